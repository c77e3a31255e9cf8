/** What the two forms of SAC, for numbers and for choices, have in common: a policy, two critics that are followed by target networks, one gradient step of all. */
import { InputError } from '../../grid/index.js';
import { createNetwork, type Network, type NetworkData, type NetworkSpec, type ReplayBatch } from '../../learning/index.js';
import type { ActionHead } from '../action-head.js';
import type { AgentContext } from '../agent.js';
import type { PolicyLossReport } from './sac-loss.js';
import type { SacSettings } from './settings.js';

/** What a gradient step told. */
export interface UpdateReport extends PolicyLossReport {
  /** Mean of both critics. */
  criticLoss: number;
  criticGradientNorm: number;
  policyGradientNorm: number;
  /** What the policy's entropy should be for this batch. */
  targetEntropy: number;
}

/** Networks as plain data. */
export interface LearnerData {
  readonly policy: NetworkData;
  readonly critics: readonly NetworkData[];
  readonly targets: readonly NetworkData[];
  /** Position of the stream of noise. */
  readonly noise: number;
}

/** A policy and its critics, learning. */
export interface SacLearner {
  readonly head: ActionHead;
  /** Numbers of an action as it is kept: the distribution's action, then, where choices are masked, what was allowed. */
  readonly kept: number;
  readonly policyNetwork: Network;
  readonly critics: Critics;
  /** One gradient step of the critics, then of the policy; the targets follow. The same object each time. */
  update(batch: ReplayBatch, temperature: number): UpdateReport;
  save(): LearnerData;
  /** Throws InputError for what `save` did not give. */
  restore(data: LearnerData): void;
}

/** The policy's network: all settings of its optimiser are the critics', but for the rate. */
export function createSacNetwork(
  spec: NetworkSpec,
  context: AgentContext,
  settings: SacSettings,
  part: 'policy' | 'critic',
  number: number,
): Network {
  const learningRate = part === 'policy' ? settings.policyLearningRate : settings.criticLearningRate;
  return createNetwork(spec, {
    batch: Math.max(settings.batch, settings.environments),
    optimiser: { kind: 'adam', learningRate, clipNorm: settings.gradientNorm },
    seed: 3 * context.seed + number,
    backend: context.learningBackend,
  });
}

/** Two critics and the target networks that follow them. */
export class Critics {
  readonly first: Network;
  readonly second: Network;
  readonly firstTarget: Network;
  readonly secondTarget: Network;

  constructor(
    spec: NetworkSpec,
    context: AgentContext,
    private readonly settings: SacSettings,
  ) {
    this.first = createSacNetwork(spec, context, settings, 'critic', 1);
    this.second = createSacNetwork(spec, context, settings, 'critic', 2);
    this.firstTarget = createSacNetwork(spec, context, settings, 'critic', 1);
    this.secondTarget = createSacNetwork(spec, context, settings, 'critic', 2);
  }

  /** The targets follow. */
  follow(): void {
    this.firstTarget.blend(this.first, this.settings.targetShare);
    this.secondTarget.blend(this.second, this.settings.targetShare);
  }

  save(): Pick<LearnerData, 'critics' | 'targets'> {
    return { critics: [this.first.save(), this.second.save()], targets: [this.firstTarget.save(), this.secondTarget.save()] };
  }

  /** Throws InputError for what `save` did not give. */
  restore({ critics, targets }: Pick<LearnerData, 'critics' | 'targets'>): void {
    if (critics?.length !== 2 || targets?.length !== 2) throw new InputError('a saved state of sac has two critics and two target networks');
    this.first.restore(critics[0]);
    this.second.restore(critics[1]);
    this.firstTarget.restore(targets[0]);
    this.secondTarget.restore(targets[1]);
  }
}

/** A report with nothing in it. */
export function emptyReport(): UpdateReport {
  return { loss: 0, entropy: 0, value: 0, criticLoss: 0, criticGradientNorm: 0, policyGradientNorm: 0, targetEntropy: 0 };
}
