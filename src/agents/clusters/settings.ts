/**
 * Settings of the agent of clusters: those of PPO but for minibatches, whose number depends here on how many decisions there were, and what parts the grid and the work.
 * Defaults of the parting are those of the thesis that docs/agents/clusters.md names.
 */
import { describeValue, InputError } from '../../grid/index.js';
import { PPO_SETTINGS } from '../ppo/index.js';
import { choice, flag, real, type Setting, type SettingsOf, whole } from '../settings.js';

const {
  environments: _environments,
  rolloutSteps: _rolloutSteps,
  minibatches: _minibatches,
  logDeviation: _logDeviation,
  orderedFrom: _orderedFrom,
  ...SHARED
} = PPO_SETTINGS;

/** What an agent of a cluster sees. */
export const CLUSTER_OBSERVATIONS = ['partial', 'full'] as const;
/** Who says which cluster acts. */
export const DISPATCHER_KINDS = ['published', 'worst', 'learned'] as const;
/** One of {@link DISPATCHER_KINDS}. */
export type DispatcherKind = (typeof DISPATCHER_KINDS)[number];

/** The text of a partition; its substations are checked against the task's network later. */
function partitionText(value: string, about: string): Setting<string> {
  return {
    value,
    about,
    check: (what, given) => {
      if (typeof given !== 'string' || !(given === 'central' || given === 'each' || /^\d+(,\d+)*(\|\d+(,\d+)*)*$/.test(given)))
        throw new InputError(
          `${what} is ${describeValue(given)}; give "central", "each", or numbers of substations with commas between them and | between clusters, as in "1,2,4|3,5,8,12"`,
        );
      return given;
    },
  };
}

/** What may be set. */
export const CLUSTERS_SETTINGS = {
  clusters: partitionText(
    'central',
    'which substations belong together, numbers with commas between them and | between clusters; central: all in one; each: one cluster a substation',
  ),
  observation: choice('full', CLUSTER_OBSERVATIONS, "what a cluster's agent sees: its own substations and lines and the time, or everything"),
  dispatcher: choice(
    'published',
    DISPATCHER_KINDS,
    'who says which cluster acts: published, a list of substations by loading that is worked through; worst, the substation with the highest loading anew each step; learned, a further network',
  ),
  safeLoading: real(0.9, 0, 10, 'nothing is done while all loadings are below this'),
  nothing: flag(false, 'whether doing nothing is among the choices of the agents (a learned dispatcher always may do nothing)'),
  environments: whole(64, 1, 2 ** 20, 'environments stepped side by side'),
  rolloutSteps: whole(32, 1, 65536, 'steps of each environment in a round'),
  decisions: whole(256, 2, 2 ** 20, 'an agent learns at the end of a round when so many of its decisions are complete'),
  minibatch: whole(64, 2, 65536, 'decisions of a gradient step, about'),
  ...SHARED,
} as const;

/** Complete settings. */
export type ClustersSettings = SettingsOf<typeof CLUSTERS_SETTINGS>;
