/** How parameters follow their gradients. */
import { describeValue, InputError } from '../grid/index.js';
import { numberWithin, requireKnown } from './checks.js';

/** Kingma, Ba: Adam: a method for stochastic optimization, ICLR 2015. p -= rate m' / (sqrt(v') + epsilon), m' and v' without their bias towards 0. */
export interface AdamSettings {
  readonly kind: 'adam';
  readonly learningRate: number;
  /** Default 0.9. */
  readonly beta1?: number;
  /** Default 0.999. */
  readonly beta2?: number;
  /** Default 1e-8. */
  readonly epsilon?: number;
  /** Gradients are scaled to at most this norm, over all parameters; default 0, which leaves them as they are. */
  readonly clipNorm?: number;
}

/** Tieleman, Hinton: lecture 6.5, 2012. u = momentum u + rate g / (sqrt(v) + epsilon); p -= u. */
export interface RmsPropSettings {
  readonly kind: 'rmsprop';
  readonly learningRate: number;
  /** Of the mean of squares; default 0.99. */
  readonly decay?: number;
  /** Default 0. */
  readonly momentum?: number;
  /** Default 1e-8. */
  readonly epsilon?: number;
  /** Whether epsilon stands under the root, sqrt(v + epsilon), as in TensorFlow and the published IMPALA; default false. */
  readonly epsilonInside?: boolean;
  /** As in {@link AdamSettings}. */
  readonly clipNorm?: number;
}

/** What a step does. */
export type OptimiserSettings = AdamSettings | RmsPropSettings;

/** Settings with defaults written out. */
export type CompleteOptimiser = Required<AdamSettings> | Required<RmsPropSettings>;

/** Settings with defaults written out. Throws InputError for what is none. */
export function completeOptimiser(settings: OptimiserSettings = { kind: 'adam', learningRate: 1e-3 }): CompleteOptimiser {
  const { kind } = settings ?? {};
  if (kind !== 'adam' && kind !== 'rmsprop') throw new InputError(`an optimiser's kind is ${describeValue(kind)}; it may be adam, rmsprop`);
  const learningRate = numberWithin('the learning rate', settings.learningRate, 0, 1e6);
  const epsilon = numberWithin('epsilon', settings.epsilon ?? 1e-8, 1e-30, 1e6);
  const clipNorm = numberWithin('clipNorm', settings.clipNorm ?? 0, 0, 1e30);
  const decay = (name: string, value: number): number => {
    if (value === 1) throw new InputError(`${name} is 1; it must be below`);
    return numberWithin(name, value, 0, 1);
  };
  if (settings.kind === 'adam') {
    requireKnown('adam', settings, ['kind', 'learningRate', 'beta1', 'beta2', 'epsilon', 'clipNorm']);
    return {
      kind: 'adam',
      learningRate,
      beta1: decay('beta1', settings.beta1 ?? 0.9),
      beta2: decay('beta2', settings.beta2 ?? 0.999),
      epsilon,
      clipNorm,
    };
  }
  requireKnown('rmsprop', settings, ['kind', 'learningRate', 'decay', 'momentum', 'epsilon', 'epsilonInside', 'clipNorm']);
  const { epsilonInside = false } = settings;
  return {
    kind: 'rmsprop',
    learningRate,
    decay: decay('decay', settings.decay ?? 0.99),
    momentum: decay('momentum', settings.momentum ?? 0),
    epsilon,
    epsilonInside,
    clipNorm,
  };
}
