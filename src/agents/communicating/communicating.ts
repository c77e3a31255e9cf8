/**
 * Advantage actor-critics of a team: all agents act in all environments for a while, then one way back through time moves all of their networks. Mnih and others:
 * Asynchronous methods for deep reinforcement learning, ICML 2016, as Chu, Chinchali, Katti (Multi-agent reinforcement learning for networked system control, ICLR 2020)
 * and Chen and others (PowerNet, IEEE Trans. Power Systems 37, 2022) put it to agents on a graph.
 */
import type { Task, TaskAgents, VectorEnvironment, VectorSnapshot, VectorStep } from '../../environments/index.js';
import { InputError } from '../../grid/index.js';
import { generalisedAdvantages, type NetworkData, standardise } from '../../learning/index.js';
import { RandomStream } from '../../numeric/index.js';
import { type Agent, type AgentContext, type Iteration, type PlainData, trainingSeed } from '../agent.js';
import { EpisodeTracker } from '../episode-tracker.js';
import type { PolicyData } from '../policy-data.js';
import type { CommunicatingSettings } from './settings.js';
import { type Team, teamOf } from './team.js';
import { type TeamLoss, teamLoss } from './team-loss.js';
import { agentRewards, rewardWeights } from './team-rewards.js';
import { Trunk } from './trunk.js';
import type { Variant } from './variant.js';

/** What `save` gives. */
interface CommunicatingState {
  readonly steps: number;
  readonly networks: readonly NetworkData[];
  readonly states: Float32Array;
  readonly seen: Float32Array;
  readonly draws: number;
  readonly vector: VectorSnapshot;
  readonly episodes: PlainData;
}

/** What a rollout keeps, [time][agent][environment]. */
class TeamRollout {
  readonly actions: Float64Array;
  readonly logProbabilities: Float64Array;
  readonly rewards: Float64Array;
  readonly values: Float64Array;
  readonly advantages: Float64Array;
  readonly returns: Float64Array;
  readonly finalValues: Float64Array;
  readonly terminations: Uint8Array;
  readonly truncations: Uint8Array;

  constructor(
    steps: number,
    readonly lanes: number,
    actions: number,
  ) {
    const count = steps * lanes;
    this.actions = new Float64Array(count * actions);
    [this.logProbabilities, this.rewards, this.values, this.advantages, this.returns, this.finalValues] = Array.from(
      { length: 6 },
      () => new Float64Array(count),
    );
    this.terminations = new Uint8Array(count);
    this.truncations = new Uint8Array(count);
  }
}

/** A team at work. */
export class CommunicatingAgent implements Agent {
  readonly name: string;
  steps = 0;
  private readonly team: Team;
  private readonly trunk: Trunk;
  private readonly rollout: TeamRollout;
  private readonly draws: RandomStream;
  private readonly episodes: EpisodeTracker;
  private readonly weights: Float64Array;
  /** [agent]: column of its reward in the infos. */
  private readonly columns: Int32Array;
  private readonly observations: Float32Array;
  /** Rows of the action space, [environment][agent][entry]. */
  private readonly rows: Float64Array;
  private readonly starts: Uint8Array;

  /** See communicating/index.ts. */
  constructor(
    private readonly context: AgentContext,
    variant: Variant,
    readonly settings: CommunicatingSettings,
    private readonly vector: VectorEnvironment,
  ) {
    this.name = variant.name;
    const { task, seed, learningBackend } = context;
    const { environments, rolloutSteps, hidden, messages, neighbourActions, optimiser, learningRate, gradientNorm, forgetBias } = settings;
    const shared = settings.parameters === 'shared';
    if (shared && variant.notShared !== undefined)
      throw new InputError(`parameters of ${variant.name} cannot be shared: ${variant.notShared}; set parameters to own`);
    this.team = teamOf(task);
    const agents = task.agents as TaskAgents;
    this.trunk = new Trunk(variant, this.team, {
      environments,
      // Behind the rollout one slot looks at what comes next, one at the last observations of episodes that were cut.
      slots: rolloutSteps + 2,
      hidden,
      shared,
      messages,
      neighbourActions,
      forgetBias,
      seed,
      optimiser: { kind: optimiser, learningRate, epsilon: 1e-5, clipNorm: gradientNorm },
      backend: learningBackend,
    });
    const lanes = this.team.agents * environments;
    this.rollout = new TeamRollout(rolloutSteps, lanes, this.team.code.head.actions);
    this.draws = new RandomStream(seed, 0, 'communicating actions');
    this.episodes = new EpisodeTracker(environments);
    this.weights = rewardWeights(agents, settings.spatialDiscount);
    this.columns = Int32Array.from(agents.rewardInfos, (name) => columnOf(task, name));
    this.observations = new Float32Array(lanes * this.team.observation);
    this.rows = new Float64Array(environments * task.actionSpace.length);
    this.starts = new Uint8Array(environments);
    vector.reset({ seed: trainingSeed(seed) });
    this.observations.set(vector.observations);
  }

  /** Acts for a rollout; gives the seconds that the environments took. */
  private act(): number {
    const { trunk, vector, rollout, settings, starts } = this;
    const { rolloutSteps } = settings;
    const { lanes } = rollout;
    let simulation = 0;
    for (let t = 0; t < rolloutSteps; t++) {
      trunk.observe(t, this.observations);
      trunk.forward(t);
      const actions = this.draw(t);
      trunk.evaluate(t, actions);
      this.readValues(t, rollout.values.subarray(t * lanes, (t + 1) * lanes));
      const from = performance.now();
      const step = vector.step(this.rows);
      simulation += performance.now() - from;
      this.episodes.add(step);
      this.keep(t, step);
      for (let e = 0; e < starts.length; e++) starts[e] = step.terminations[e] | step.truncations[e];
      this.observations.set(vector.observations);
      trunk.carry(t, t + 1, starts);
    }
    const last = new Float64Array(lanes);
    trunk.observe(rolloutSteps, this.observations);
    trunk.forward(rolloutSteps);
    trunk.evaluate(rolloutSteps);
    this.readValues(rolloutSteps, last);
    const { rewards, values, terminations, truncations, finalValues, advantages, returns } = rollout;
    const seen = { environments: lanes, rewards, values, lastValues: last, terminations, truncations, finalValues };
    generalisedAdvantages(seen, settings.gamma, settings.lambda, advantages, returns);
    this.steps += rolloutSteps * settings.environments;
    return simulation / 1000;
  }

  /** Draws the actions of a slot, [agent][environment][action], and writes them as rows of the space. */
  private draw(t: number): Float64Array {
    const { trunk, rollout, rows, team } = this;
    const { head, fingerprint } = team.code;
    const { environments } = this.settings;
    const each = environments * head.actions;
    const actions = rollout.actions.subarray(t * team.agents * each, (t + 1) * team.agents * each);
    const own = new Float64Array(each);
    for (let agent = 0; agent < team.agents; agent++) {
      const first = trunk.layout.rowOf(t, agent);
      const parameters = trunk.parameters.subarray(first * fingerprint, (first + environments) * fingerprint);
      const drawn = actions.subarray(agent * each, (agent + 1) * each);
      head.distribution.sample(parameters, this.draws, drawn);
      const at = (t * team.agents + agent) * environments;
      head.distribution.logProbabilities(parameters, drawn, rollout.logProbabilities.subarray(at, at + environments));
      head.toRows(drawn, own);
      for (let e = 0; e < environments; e++) {
        for (let k = 0; k < head.actions; k++) rows[(e * team.agents + agent) * head.actions + k] = own[e * head.actions + k];
      }
    }
    return actions;
  }

  /** Copies the values of a slot, [agent][environment]. */
  private readValues(slot: number, into: Float64Array): void {
    const { trunk, team } = this;
    const { environments } = this.settings;
    for (let agent = 0; agent < team.agents; agent++) {
      const first = trunk.layout.rowOf(slot, agent);
      for (let e = 0; e < environments; e++) into[agent * environments + e] = trunk.values[first + e];
    }
  }

  /** Keeps what a step gave. */
  private keep(t: number, step: VectorStep): void {
    const { trunk, rollout, settings, columns, weights } = this;
    const { lanes } = rollout;
    const [from, to] = [t * lanes, (t + 1) * lanes];
    agentRewards(step.infos, step.finalInfos, step.hasFinal, columns, weights, settings.rewardScale, rollout.rewards.subarray(from, to));
    for (let at = from; at < to; at++) {
      const e = (at - from) % settings.environments;
      rollout.terminations[at] = step.terminations[e];
      rollout.truncations[at] = step.truncations[e] && !step.terminations[e] ? 1 : 0;
      rollout.finalValues[at] = 0;
    }
    if (!settings.bootstrapTruncated || !rollout.truncations.subarray(from, to).includes(1)) return;
    const slot = settings.rolloutSteps + 1;
    trunk.carry(t, slot);
    trunk.observe(slot, step.finalObservations);
    trunk.forward(slot);
    trunk.evaluate(slot);
    this.readValues(slot, rollout.finalValues.subarray(from, to));
    // Only where an episode was cut are there final observations.
    for (let at = from; at < to; at++) if (!rollout.truncations[at]) rollout.finalValues[at] = 0;
  }

  /** Moves the networks by the rollout. */
  private learn(): Record<string, number> {
    const { trunk, settings, context, rollout } = this;
    const { rolloutSteps, environments } = settings;
    const done = this.steps - rolloutSteps * environments;
    const rate = settings.annealLearningRate ? settings.learningRate * Math.max(0, 1 - done / context.totalSteps) : settings.learningRate;
    const sums = { policyLoss: 0, valueLoss: 0, entropy: 0, divergence: 0, gradientNorm: 0 };
    for (let pass = 0; pass < settings.passes; pass++) {
      if (pass > 0) trunk.replay(rolloutSteps);
      const loss = this.findGradients();
      trunk.backward(rolloutSteps);
      sums.gradientNorm += trunk.update(rate) / settings.passes;
      for (const name of ['policyLoss', 'valueLoss', 'entropy', 'divergence'] as const) sums[name] += loss[name] / settings.passes;
    }
    // The next rollout begins with the states that this one ended with.
    trunk.states.repeat(rolloutSteps, 0);
    const squares = rollout.returns.reduce((sum, x, k) => sum + (x - rollout.values[k]) ** 2, 0);
    const average = rollout.returns.reduce((sum, x) => sum + x, 0) / rollout.returns.length;
    const spread = rollout.returns.reduce((sum, x) => sum + (x - average) ** 2, 0);
    return { ...sums, explainedVariance: spread > 0 ? 1 - squares / spread : 0, learningRate: rate };
  }

  /** Losses of all groups, their gradients to the trunk. Means over agents. */
  private findGradients(): TeamLoss {
    const { trunk, rollout, settings, team } = this;
    const { layout } = trunk;
    const { head, fingerprint } = team.code;
    const { rolloutSteps, environments } = settings;
    const mean: TeamLoss = { policyLoss: 0, valueLoss: 0, entropy: 0, divergence: 0 };
    const count = rolloutSteps * layout.block;
    for (let group = 0; group < layout.groups; group++) {
      const [actions, oldLogProbabilities, advantages, returns] = [head.actions, 1, 1, 1].map((width) => new Float64Array(count * width));
      for (let agent = 0; agent < team.agents; agent++) {
        if (layout.groupOf(agent) !== group) continue;
        for (let t = 0; t < rolloutSteps; t++) {
          const from = (t * team.agents + agent) * environments;
          const to = layout.rowInGroup(t, agent);
          actions.set(rollout.actions.subarray(from * head.actions, (from + environments) * head.actions), to * head.actions);
          oldLogProbabilities.set(rollout.logProbabilities.subarray(from, from + environments), to);
          advantages.set(rollout.advantages.subarray(from, from + environments), to);
          returns.set(rollout.returns.subarray(from, from + environments), to);
        }
      }
      if (settings.normaliseAdvantages) standardise(advantages);
      const first = layout.blockAt(group, 0);
      const loss = teamLoss(
        head.distribution,
        trunk.parameters.subarray(first * fingerprint, (first + count) * fingerprint),
        trunk.values.subarray(first, first + count),
        { actions, oldLogProbabilities, advantages, returns },
        settings,
        trunk.parameterGradients.subarray(first * fingerprint, (first + count) * fingerprint),
        trunk.valueGradients.subarray(first, first + count),
      );
      for (const name of Object.keys(mean) as (keyof TeamLoss)[]) mean[name] += loss[name] / layout.groups;
    }
    return mean;
  }

  iterate(): Iteration {
    const from = performance.now();
    const simulationSeconds = this.act();
    const actingSeconds = (performance.now() - from) / 1000 - simulationSeconds;
    const metrics = this.learn();
    const { returns, lengths } = this.episodes.take();
    const seconds = (performance.now() - from) / 1000;
    const steps = this.settings.rolloutSteps * this.settings.environments;
    return { steps, returns, lengths, metrics, simulationSeconds, learningSeconds: seconds - simulationSeconds, actingSeconds };
  }

  policy(): PolicyData {
    const { task, seed, remote } = this.context;
    const { team, settings, trunk } = this;
    const [network, ...further] = trunk.save();
    return {
      format: 'busbar-policy',
      version: 1,
      agent: this.name,
      task: task.id,
      taskOptions: remote?.options ?? {},
      seed,
      steps: this.steps,
      observation: task.observationSpace.length,
      actionSpace: task.actionSpace.toJSON(),
      head: 'communicating',
      network,
      team: {
        neighbours: team.neighbours,
        features: team.features,
        actionSpace: team.code.space.toJSON(),
        hidden: settings.hidden,
        parameters: settings.parameters,
        messages: settings.messages,
        neighbourActions: settings.neighbourActions,
        further,
      },
    };
  }

  save(): PlainData {
    const state: CommunicatingState = {
      steps: this.steps,
      networks: this.trunk.save(),
      states: this.trunk.states.read(0),
      seen: this.observations.slice(),
      draws: this.draws.state(),
      vector: this.vector.snapshot(),
      episodes: this.episodes.save(),
    };
    return state as unknown as PlainData;
  }

  restore(saved: PlainData): void {
    const state = saved as unknown as CommunicatingState;
    if (
      typeof state?.steps !== 'number' ||
      state.seen?.length !== this.observations.length ||
      state.states?.length !== this.trunk.states.read(0).length
    )
      throw new InputError(`this is no saved state of ${this.name} with these settings`);
    this.trunk.restore(state.networks);
    this.trunk.states.write(0, state.states);
    this.observations.set(state.seen);
    this.draws.restore(state.draws);
    this.vector.restore(state.vector);
    this.episodes.restore(state.episodes);
    this.steps = state.steps;
  }

  close(): Promise<void> {
    return this.vector.close();
  }
}

function columnOf(task: Task, info: string): number {
  const column = task.infoNames.indexOf(info);
  if (column < 0) throw new InputError(`the task ${task.id} says that ${info} is an agent's reward, but has no such info`);
  return column;
}
