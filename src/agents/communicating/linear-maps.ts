/** Linear maps y = x W + b, one for each group of agents, that can be gone back through step by step. */
import { createNetwork, type LearningBackendName, type Network, type NetworkData, type OptimiserSettings } from '../../learning/index.js';
import type { RowLayout } from './team.js';

/** How the networks of a trunk are made. */
export interface MapOptions {
  /** Gives the seed of each network's first weights; weights are zeros without it, for networks that are restored. */
  readonly nextSeed: (() => number) | undefined;
  readonly optimiser: OptimiserSettings;
  readonly backend?: LearningBackendName;
}

/**
 * One linear map for each group. `inputs` are written by whoever uses the maps, `outputs` by `forward`, `gradients` (dLoss/dOutputs) again from outside.
 *
 * What a linear map hands back to its inputs does not depend on what these were, so that going back through time needs no second forward; gradients of parameters are
 * found at the end, for all steps at once, which is what kernels are fast at.
 */
export class LinearMaps {
  readonly networks: readonly Network[];
  /** [group]: rows [slot][member][environment][input]. */
  readonly inputs: readonly Float32Array[];
  /** [row][unit] of the layout. */
  readonly outputs: Float32Array;
  readonly gradients: Float32Array;
  /** [group]: slots of the last forward, 0 where there is none to go back through, and the first of them. */
  private readonly ready: Int32Array;
  private readonly firstSlot: Int32Array;

  /** @param widths [group]: numbers of an input */
  constructor(
    private readonly layout: RowLayout,
    readonly widths: readonly number[],
    readonly units: number,
    { nextSeed, optimiser, backend }: MapOptions,
    { gain = 1, bias = 0 }: { gain?: number; bias?: number } = {},
  ) {
    const rows = layout.slots * layout.block;
    this.networks = widths.map((inputs) =>
      createNetwork(
        { inputs, layers: [{ kind: 'dense', units, initialisation: nextSeed ? 'orthogonal' : 'zeros', gain, bias }] },
        { batch: rows, seed: nextSeed?.(), optimiser, backend },
      ),
    );
    this.inputs = widths.map((width) => new Float32Array(rows * width));
    this.outputs = new Float32Array(layout.rows * units);
    this.gradients = new Float32Array(layout.rows * units);
    this.ready = new Int32Array(layout.groups);
    this.firstSlot = new Int32Array(layout.groups);
  }

  /** The inputs of a group at a slot. */
  private inputsAt(group: number, slot: number, slots: number): Float32Array {
    const width = this.widths[group] * this.layout.block;
    return this.inputs[group].subarray(slot * width, (slot + slots) * width);
  }

  /** Outputs of all groups at a slot, or at several from it on. */
  forward(slot: number, slots = 1): void {
    const { layout, units, outputs, networks } = this;
    networks.forEach((network, group) => {
      outputs.set(network.forward(this.inputsAt(group, slot, slots)), layout.blockAt(group, slot) * units);
      this.note(group, slot, slots);
    });
  }

  /** Remembers what the last forward of a group's network was over. */
  private note(group: number, slot: number, slots: number): void {
    this.firstSlot[group] = slot;
    this.ready[group] = slots;
  }

  /** dLoss/dInputs of a group at a slot, [member][environment][input], by `gradients`; valid until the next call. */
  inputGradients(group: number, slot: number): Float32Array {
    const { networks, ready } = this;
    // Any forward over as many rows will do.
    if (ready[group] !== 1) {
      networks[group].forward(this.inputsAt(group, slot, 1));
      this.note(group, slot, 1);
    }
    return networks[group].backward(this.gradientsAt(group, slot, 1), { parameters: false });
  }

  private gradientsAt(group: number, slot: number, slots: number): Float32Array {
    const { layout, units, gradients } = this;
    const from = layout.blockAt(group, slot) * units;
    return gradients.subarray(from, from + slots * layout.block * units);
  }

  /**
   * Adds up the gradients of the parameters over the first `slots` slots.
   *
   * @param handBack given dLoss/dInputs of each group over these slots, [slot][member][environment][input]; not found without it
   */
  parameterGradients(slots: number, handBack?: (group: number, gradients: Float32Array) => void): void {
    this.networks.forEach((network, group) => {
      if (this.ready[group] !== slots || this.firstSlot[group] !== 0) {
        network.forward(this.inputsAt(group, 0, slots));
        this.note(group, 0, slots);
      }
      const found = network.backward(this.gradientsAt(group, 0, slots), { inputs: handBack !== undefined });
      handBack?.(group, found);
    });
  }

  /** Moves the parameters against their gradients; gives the sum of the squares of the gradients' norms. */
  step(learningRate: number): number {
    this.ready.fill(0);
    return this.networks.reduce((sum, network) => {
      network.learningRate = learningRate;
      return sum + network.step().gradientNorm ** 2;
    }, 0);
  }

  save(): NetworkData[] {
    return this.networks.map((network) => network.save());
  }

  /** Throws InputError for data of other maps. */
  restore(data: readonly NetworkData[]): void {
    this.ready.fill(0);
    this.networks.forEach((network, group) => {
      network.restore(data[group]);
    });
  }

  /** Puts the average of some groups' parameters in place of each group's. @param averaged [group]: whose average it becomes */
  average(averaged: readonly (readonly number[])[]): void {
    const before = this.networks.map((network) => network.parameters());
    this.ready.fill(0);
    this.networks.forEach((network, group) => {
      const mean = new Float32Array(network.parameterCount);
      for (const other of averaged[group]) for (let k = 0; k < mean.length; k++) mean[k] += before[other][k] / averaged[group].length;
      network.setParameters(mean);
    });
  }
}
