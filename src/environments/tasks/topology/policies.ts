/** Yardsticks of the topology tasks: reconnect what may be put back, and greedy by exact trial of every choice. */
import { RISKY_LOADING, TopologyTrials } from '../../../topology/index.js';
import type { EnvironmentSnapshot } from '../../snapshot.js';
import type { TaskYardsticks } from '../../task.js';
import type { Policy } from '../../yardsticks/policy.js';
import type { TopologySetup } from './options.js';

/** Yardsticks. */
export function topologyPolicies({ settings }: TopologySetup): TaskYardsticks {
  const hasLines = settings.choices.names.some((name) => name.startsWith('switch line'));
  return {
    greedySearch: (backend) => {
      const trials = new TopologyTrials(settings, backend);
      return (states: readonly EnvironmentSnapshot[], into: Float64Array) => {
        states.forEach(({ state, seed, episode }, k) => {
          into[k] = trials.best(state, seed, episode, RISKY_LOADING);
        });
      };
    },
    policies: hasLines
      ? {
          reconnect: {
            title: 'puts back the first line that is out and may be put back, and does nothing else',
            make: () => Promise.resolve(reconnectPolicy(settings)),
          },
        }
      : {},
  };
}

/** Puts lines back. */
function reconnectPolicy({ choices, elements }: TopologySetup['settings']): Policy {
  const first = choices.names.findIndex((name) => name.startsWith('switch line'));
  const { branches, loads, generators } = elements;
  // Where observations say that a line is in service.
  const inService = 4 + 2 * loads + generators + 2 * branches;
  return {
    name: 'reconnect',
    act: (vector, observations, masks, into, logProbabilities) => {
      const width = vector.observationSpace.length;
      for (let i = 0; i < vector.environments; i++) {
        into[i] = 0;
        for (let k = 0; k < branches && into[i] === 0; k++)
          if (observations[i * width + inService + k] === 0 && masks[i * choices.count + first + k] === 1) into[i] = first + k;
      }
      logProbabilities?.fill(0);
    },
  };
}
