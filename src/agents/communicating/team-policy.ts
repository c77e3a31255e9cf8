/** A trained team that acts: what each agent remembers is kept for each environment, and forgotten where an episode begins. */
import { EpisodeMemory, type Policy, spaceFromJSON, type VectorEnvironment } from '../../environments/index.js';
import { describeValue, InputError } from '../../grid/index.js';
import type { LearningBackendName } from '../../learning/index.js';
import { RandomStream } from '../../numeric/index.js';
import type { PolicyData, TeamPolicyData } from '../policy-data.js';
import { rowLogProbability } from '../row-probability.js';
import { ActionCode } from './action-code.js';
import { teamFrom } from './team.js';
import { Trunk } from './trunk.js';
import { VARIANTS } from './variants/index.js';

/** How a trained team acts; see `LearnedPolicyOptions`. */
export interface TeamPolicyOptions {
  readonly name: string;
  readonly stochastic: boolean;
  readonly seed: number;
  readonly learningBackend?: LearningBackendName;
}

/** Words of random numbers that lie between the draws of two steps, per number of an action. */
const STRIDE = 4;

/** See above. */
export class TeamPolicy implements Policy {
  readonly name: string;
  private trunk: Trunk;
  private readonly memory = new EpisodeMemory<Float32Array>();
  private readonly saved: TeamPolicyData;

  /** Throws InputError for data that are none. */
  constructor(
    private readonly data: PolicyData,
    private readonly options: TeamPolicyOptions,
  ) {
    this.name = options.name;
    if (!Object.hasOwn(VARIANTS, data.agent))
      throw new InputError(`a saved team is of the agent ${describeValue(data.agent)}; there are ${Object.keys(VARIANTS).join(', ')}`);
    if (data.team === undefined) throw new InputError('a saved policy of a team does not say what team it is');
    this.saved = data.team;
    this.trunk = this.trunkFor(1);
  }

  private trunkFor(environments: number): Trunk {
    const { data, saved, options } = this;
    const code = new ActionCode(spaceFromJSON(saved.actionSpace));
    const team = teamFrom(saved, data.observation / saved.neighbours.length, code);
    const trunk = new Trunk(VARIANTS[data.agent], team, {
      environments,
      slots: 1,
      hidden: saved.hidden,
      shared: saved.parameters === 'shared',
      messages: saved.messages,
      neighbourActions: saved.neighbourActions,
      seed: undefined,
      optimiser: data.network.optimiser,
      backend: options.learningBackend,
    });
    trunk.restore([data.network, ...saved.further]);
    return trunk;
  }

  act(vector: VectorEnvironment, observations: Float32Array, _masks: Uint8Array, into: Float64Array, logProbabilities?: Float64Array): void {
    const { environments } = vector;
    if (this.trunk.layout.environments !== environments) this.trunk = this.trunkFor(environments);
    const { trunk, memory } = this;
    trunk.states.forget(0);
    const before = trunk.states.read(0);
    for (let e = 0; e < environments; e++) {
      const own = memory.get(vector, e);
      if (own) placeState(trunk, before, e, own);
    }
    trunk.states.write(0, before);
    trunk.observe(0, observations);
    trunk.forward(0);
    this.choose(vector, into, logProbabilities);
    trunk.carry(0, 0);
    const behind = trunk.states.read(0);
    for (let e = 0; e < environments; e++) memory.set(vector, e, takeState(trunk, behind, e));
  }

  /** Writes the actions of the slot, drawn or likeliest. */
  private choose(vector: VectorEnvironment, into: Float64Array, logProbabilities?: Float64Array): void {
    const { trunk, options } = this;
    const { team, layout } = trunk;
    const { head, fingerprint, space } = team.code;
    const { actions } = head;
    const drawn = new Float64Array(actions);
    const log = new Float64Array(1);
    logProbabilities?.fill(0);
    for (let e = 0; e < layout.environments; e++) {
      // A stream by seed, episode and step, so that what an environment does depends on that environment alone.
      const words = vector.steps[e] * team.agents * actions * STRIDE;
      const stream = new RandomStream(vector.seeds[e], vector.episodes[e], `policy ${options.seed}`, words);
      for (let agent = 0; agent < team.agents; agent++) {
        const row = layout.rowOf(0, agent) + e;
        const parameters = trunk.parameters.subarray(row * fingerprint, (row + 1) * fingerprint);
        if (options.stochastic) head.distribution.sample(parameters, stream, drawn);
        else head.distribution.mode(parameters, drawn);
        const at = (e * team.agents + agent) * actions;
        head.toRows(drawn, into.subarray(at, at + actions));
        if (!options.stochastic || !logProbabilities) continue;
        head.distribution.logProbabilities(parameters, drawn, log);
        logProbabilities[e] += rowLogProbability(space, head, false, parameters, drawn, log[0]);
      }
    }
  }
}

/** The state of one environment, [agent][states.size], out of those of all. */
function takeState({ team, layout, states }: Trunk, state: Float32Array, e: number): Float32Array {
  const own = new Float32Array(team.agents * states.size);
  for (let agent = 0; agent < team.agents; agent++) {
    const from = (agent * layout.environments + e) * states.size;
    own.set(state.subarray(from, from + states.size), agent * states.size);
  }
  return own;
}

/** The reverse. */
function placeState({ team, layout, states }: Trunk, state: Float32Array, e: number, own: Float32Array): void {
  for (let agent = 0; agent < team.agents; agent++) {
    state.set(own.subarray(agent * states.size, (agent + 1) * states.size), (agent * layout.environments + e) * states.size);
  }
}
