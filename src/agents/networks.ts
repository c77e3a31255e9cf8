/** Networks that agents have in common. */
import type { ActivationName, LayerSpec, Network, NetworkSpec } from '../learning/index.js';
import type { ActionHead } from './action-head.js';

/** Hidden layers: orthogonal weights of gain sqrt 2 for relu and tanh, as is usual for policies (Andrychowicz and others: What matters in on-policy reinforcement learning, ICLR 2021). */
export function hiddenLayers(units: readonly number[], activation: ActivationName): LayerSpec[] {
  return units.map((count): LayerSpec => ({ kind: 'dense', units: count, activation, initialisation: 'orthogonal', gain: Math.SQRT2 }));
}

/**
 * A network that gives the parameters of a head's distribution. Its last weights are small (gain 0.01), so that at first all choices are about equally likely and numbers lie
 * around the middle of their box. Deviations of numbers depend on the observation too; see {@link beginDeviations}.
 */
export function policyNetworkSpec(observation: number, head: ActionHead, hidden: readonly number[], activation: ActivationName): NetworkSpec {
  return {
    inputs: observation,
    layers: [...hiddenLayers(hidden, activation), { kind: 'dense', units: head.parameters, initialisation: 'orthogonal', gain: 0.01 }],
  };
}

/** Sets the bias of the logarithms of deviations, the last of a head's parameters, so that numbers are drawn with about that deviation at first. */
export function beginDeviations(network: Network, head: ActionHead, logDeviation: number): void {
  const numbers = head.actions - head.discrete;
  const parameters = network.parameters();
  parameters.fill(logDeviation, parameters.length - numbers);
  network.setParameters(parameters);
}

/** A network that gives one value. */
export function valueNetworkSpec(observation: number, hidden: readonly number[], activation: ActivationName): NetworkSpec {
  return { inputs: observation, layers: [...hiddenLayers(hidden, activation), { kind: 'dense', units: 1, initialisation: 'orthogonal', gain: 1 }] };
}
