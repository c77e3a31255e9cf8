/** SAC for boxes: numbers squashed by tanh, drawn by way of given noise, so that the critics' gradients by actions reach the policy. */
import { InputError } from '../../grid/index.js';
import { type Network, type ReplayBatch, SquashedGaussian, squaredLoss } from '../../learning/index.js';
import { RandomStream } from '../../numeric/index.js';
import { type ActionHead, actionHead, orderedFromOf } from '../action-head.js';
import type { AgentContext } from '../agent.js';
import { beginDeviations, policyNetworkSpec, valueNetworkSpec } from '../networks.js';
import { Critics, createSacNetwork, emptyReport, type LearnerData, type SacLearner, type UpdateReport } from './learner.js';
import { softTargets, squashedPolicyLoss } from './sac-loss.js';
import type { SacSettings } from './settings.js';

/** See {@link SacLearner}. A critic takes [observation, action from -1 to 1]. */
export class NumberLearner implements SacLearner {
  readonly head: ActionHead;
  readonly kept: number;
  readonly policyNetwork: Network;
  readonly critics: Critics;
  private readonly distribution: SquashedGaussian;
  private readonly stream: RandomStream;
  private readonly report = emptyReport();
  private readonly observation: number;
  private readonly noise: Float64Array;
  private readonly actions: Float64Array;
  private readonly logProbabilities: Float64Array;
  private readonly targets: Float64Array;
  private readonly inputs: Float32Array;
  private readonly byFirst: Float32Array;
  private readonly bySecond: Float32Array;
  private readonly byAction: Float64Array;
  private readonly byLogProbability: Float64Array;
  private readonly byParameter: Float32Array;

  /** Throws InputError where actions are not all numbers with bounds. */
  constructor(
    context: AgentContext,
    private readonly settings: SacSettings,
  ) {
    const { task } = context;
    this.head = actionHead(task.actionSpace, { form: 'squashed', orderedFrom: orderedFromOf(task, settings.orderedFrom) });
    const { distribution, actions, parameters } = this.head;
    if (!(distribution instanceof SquashedGaussian))
      throw new InputError(
        `the actions of ${task.id} are choices and numbers together, and sac learns either alone; set orderedFrom to 2, or take ppo`,
      );
    this.distribution = distribution;
    this.kept = actions;
    this.observation = task.observationSpace.length;
    this.policyNetwork = createSacNetwork(policyNetworkSpec(this.observation, this.head, settings.hidden, 'relu'), context, settings, 'policy', 0);
    beginDeviations(this.policyNetwork, this.head, settings.logDeviation);
    this.critics = new Critics(valueNetworkSpec(this.observation + actions, settings.hidden, 'relu'), context, settings);
    this.stream = new RandomStream(context.seed, 0, 'sac noise');
    const rows = settings.batch;
    this.noise = new Float64Array(rows * actions);
    this.actions = new Float64Array(rows * actions);
    this.byAction = new Float64Array(rows * actions);
    this.logProbabilities = new Float64Array(rows);
    this.byLogProbability = new Float64Array(rows);
    this.targets = new Float64Array(rows);
    this.inputs = new Float32Array(rows * (this.observation + actions));
    this.byFirst = new Float32Array(rows);
    this.bySecond = new Float32Array(rows);
    this.byParameter = new Float32Array(rows * parameters);
  }

  /** Puts observations and actions side by side, for the critics. */
  private join(observations: Float32Array, actions: Float32Array | Float64Array): Float32Array {
    const { inputs, observation, kept } = this;
    const width = observation + kept;
    for (let r = 0, from = 0, at = 0; at < inputs.length; r += observation, from += kept, at += width) {
      for (let j = 0; j < observation; j++) inputs[at + j] = observations[r + j];
      for (let j = 0; j < kept; j++) inputs[at + observation + j] = actions[from + j];
    }
    return inputs;
  }

  /** Draws actions of the present policy, by new noise; gives the parameters of their distribution. */
  private draw(observations: Float32Array): Float32Array {
    this.stream.fillNormal(this.noise);
    const parameters = this.policyNetwork.forward(observations);
    this.distribution.actionsOf(parameters, this.noise, this.actions, this.logProbabilities);
    return parameters;
  }

  /** Gradients of both critics for a batch; gives the mean of their losses. */
  criticGradients(batch: ReplayBatch, temperature: number): number {
    const { critics, targets, byFirst, bySecond } = this;
    this.draw(batch.nextObservations);
    const next = this.join(batch.nextObservations, this.actions);
    const [a, b] = [critics.firstTarget.forward(next), critics.secondTarget.forward(next)];
    softTargets(batch, a, b, this.logProbabilities, temperature, targets);
    const inputs = this.join(batch.observations, batch.actions);
    const loss = squaredLoss(critics.first.forward(inputs), targets, byFirst) + squaredLoss(critics.second.forward(inputs), targets, bySecond);
    critics.first.backward(byFirst, { inputs: false });
    critics.second.backward(bySecond, { inputs: false });
    return loss / 2;
  }

  /** The policy's gradients for a batch, through the present critics, whose own are left alone. Writes loss, entropy and value into the report. */
  policyGradients(batch: ReplayBatch, temperature: number): UpdateReport {
    const { critics, distribution, report, observation, kept, byFirst, bySecond, byAction, byLogProbability, byParameter } = this;
    const parameters = this.draw(batch.observations);
    const inputs = this.join(batch.observations, this.actions);
    const [a, b] = [critics.first.forward(inputs), critics.second.forward(inputs)];
    squashedPolicyLoss(a, b, this.logProbabilities, temperature, byFirst, bySecond, byLogProbability, report);
    const viaFirst = critics.first.backward(byFirst, { parameters: false });
    const viaSecond = critics.second.backward(bySecond, { parameters: false });
    for (let at = 0, from = observation; at < byAction.length; at += kept, from += observation + kept) {
      for (let j = 0; j < kept; j++) byAction[at + j] = viaFirst[from + j] + viaSecond[from + j];
    }
    distribution.gradientsOfActions(parameters, this.noise, byAction, byLogProbability, byParameter);
    this.policyNetwork.backward(byParameter, { inputs: false });
    return report;
  }

  update(batch: ReplayBatch, temperature: number): UpdateReport {
    const { critics, report, settings } = this;
    report.criticLoss = this.criticGradients(batch, temperature);
    report.criticGradientNorm = (critics.first.step().gradientNorm + critics.second.step().gradientNorm) / 2;
    this.policyGradients(batch, temperature);
    report.policyGradientNorm = this.policyNetwork.step().gradientNorm;
    critics.follow();
    report.targetEntropy = settings.targetEntropy * this.kept;
    return report;
  }

  save(): LearnerData {
    return { policy: this.policyNetwork.save(), ...this.critics.save(), noise: this.stream.state() };
  }

  restore(data: LearnerData): void {
    this.critics.restore(data);
    this.policyNetwork.restore(data.policy);
    this.stream.restore(data.noise);
  }
}
