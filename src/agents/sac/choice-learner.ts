/** SAC for choices: critics give a value for each choice, and expectations over them are exact. */
import { InputError } from '../../grid/index.js';
import type { Network, ReplayBatch } from '../../learning/index.js';
import { type ActionHead, actionHead } from '../action-head.js';
import type { AgentContext } from '../agent.js';
import { hiddenLayers, policyNetworkSpec } from '../networks.js';
import { type Branches, choiceCriticLoss, choicePolicyLoss, choiceTargets, largestEntropy, spreadChoices } from './choice-loss.js';
import { Critics, createSacNetwork, emptyReport, type LearnerData, type SacLearner, type UpdateReport } from './learner.js';
import type { SacSettings } from './settings.js';

/** See {@link SacLearner}. A critic takes the observation. What was allowed is kept behind the action, because the policy's loss needs it. */
export class ChoiceLearner implements SacLearner {
  readonly head: ActionHead;
  readonly kept: number;
  readonly policyNetwork: Network;
  readonly critics: Critics;
  private readonly branches: Branches;
  private readonly masked: boolean;
  private readonly report = emptyReport();
  private readonly masks: Uint8Array;
  private readonly probabilities: Float64Array;
  private readonly logs: Float64Array;
  private readonly targets: Float64Array;
  private readonly gradient: Float32Array;

  /** Throws InputError where actions are not all choices. */
  constructor(
    context: AgentContext,
    private readonly settings: SacSettings,
  ) {
    const { task } = context;
    this.head = actionHead(task.actionSpace, { form: 'squashed' });
    const { actions, discrete, parameters } = this.head;
    if (discrete !== actions) throw new InputError(`the actions of ${task.id} are not choices alone`);
    this.branches = { sizes: task.actionSpace.counts, width: parameters };
    this.masked = task.masksActions;
    this.kept = actions + (this.masked ? parameters : 0);
    const observation = task.observationSpace.length;
    this.policyNetwork = createSacNetwork(policyNetworkSpec(observation, this.head, settings.hidden, 'relu'), context, settings, 'policy', 0);
    const critic = [...hiddenLayers(settings.hidden, 'relu'), { kind: 'dense', units: parameters, initialisation: 'orthogonal', gain: 1 } as const];
    this.critics = new Critics({ inputs: observation, layers: critic }, context, settings);
    const rows = settings.batch;
    this.masks = new Uint8Array(this.masked ? rows * parameters : 0);
    this.probabilities = new Float64Array(rows * parameters);
    this.logs = new Float64Array(rows * parameters);
    this.targets = new Float64Array(rows);
    this.gradient = new Float32Array(rows * parameters);
  }

  /** What was allowed with the observations of a batch; undefined where nothing is masked. */
  private masksOf(batch: ReplayBatch): Uint8Array | undefined {
    if (!this.masked) return undefined;
    const { masks, kept, head } = this;
    const width = head.parameters;
    for (let at = 0, from = head.actions; at < masks.length; at += width, from += kept) {
      for (let j = 0; j < width; j++) masks[at + j] = batch.actions[from + j];
    }
    return masks;
  }

  /** Gradients of both critics for a batch; gives the mean of their losses. */
  criticGradients(batch: ReplayBatch, temperature: number): number {
    const { critics, branches, probabilities, logs, targets, gradient, kept } = this;
    const logits = this.policyNetwork.forward(batch.nextObservations);
    spreadChoices(logits, this.masked ? batch.nextMasks : undefined, branches, probabilities, logs);
    const [a, b] = [critics.firstTarget.forward(batch.nextObservations), critics.secondTarget.forward(batch.nextObservations)];
    choiceTargets(batch, branches, probabilities, logs, a, b, temperature, targets);
    let loss = choiceCriticLoss(critics.first.forward(batch.observations), batch.actions, kept, targets, branches, gradient);
    critics.first.backward(gradient, { inputs: false });
    loss += choiceCriticLoss(critics.second.forward(batch.observations), batch.actions, kept, targets, branches, gradient);
    critics.second.backward(gradient, { inputs: false });
    return loss / 2;
  }

  /** The policy's gradients for a batch. Writes loss, entropy, its target and value into the report. */
  policyGradients(batch: ReplayBatch, temperature: number): UpdateReport {
    const { critics, branches, probabilities, logs, gradient, report, settings } = this;
    const masks = this.masksOf(batch);
    spreadChoices(this.policyNetwork.forward(batch.observations), masks, branches, probabilities, logs);
    const [a, b] = [critics.first.forward(batch.observations), critics.second.forward(batch.observations)];
    choicePolicyLoss(branches, probabilities, logs, a, b, temperature, gradient, report);
    this.policyNetwork.backward(gradient, { inputs: false });
    report.targetEntropy = settings.targetEntropyShare * largestEntropy(masks, branches);
    return report;
  }

  update(batch: ReplayBatch, temperature: number): UpdateReport {
    const { critics, report } = this;
    report.criticLoss = this.criticGradients(batch, temperature);
    report.criticGradientNorm = (critics.first.step().gradientNorm + critics.second.step().gradientNorm) / 2;
    this.policyGradients(batch, temperature);
    report.policyGradientNorm = this.policyNetwork.step().gradientNorm;
    critics.follow();
    return report;
  }

  save(): LearnerData {
    return { policy: this.policyNetwork.save(), ...this.critics.save(), noise: 0 };
  }

  restore(data: LearnerData): void {
    this.critics.restore(data);
    this.policyNetwork.restore(data.policy);
  }
}
