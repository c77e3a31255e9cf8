/**
 * The circuit of the capacitor task, after the published study (ognjenkundacina/Reinforcement_Learning_Volt_Var_Optimization): IEEE 123 with four switched capacitors and
 * regulators at fixed taps. Facts only; that repository has no licence.
 */
import { loadFeeder } from '../../../feeders/index.js';
import type { Grid } from '../../../grid/index.js';

/** Name of the built-in feeder. */
export const CIRCUIT = 'ieee123-capacitors';
/** The capacitors in the order of actions and of the bits of a mask (1 closed). */
export const CAPACITORS: readonly string[] = ['c83', 'c88a', 'c90b', 'c92c'];
/** Masks of all four. */
export const MASKS = 16;
/** Loads, whose multipliers are a scenario, in the order of the feeder. */
export const LOADS = 91;
/** The regulators in the order of the published study. */
export const REGULATORS: readonly string[] = ['reg1a', 'reg2a', 'reg3a', 'reg3c', 'reg4a', 'reg4b', 'reg4c'];
/** Per unit of a tap. */
export const TAP_PU = 0.00625;

/** The circuit with the large capacitor open and with it closed: what lanes start from is the base case of one or the other. */
export interface CapacitorGrids {
  readonly open: Grid;
  readonly closed: Grid;
}

/**
 * Loads the circuit.
 *
 * @param controls whether the regulators have their controls: those of the built-in feeder `ieee123`, with their published settings
 */
export async function loadCapacitorGrids(controls = false): Promise<CapacitorGrids> {
  const [open, closed, source] = await Promise.all([loadFeeder(CIRCUIT), loadFeeder(CIRCUIT), loadFeeder('ieee123')]);
  closed.require('capacitor', CAPACITORS[0]).steps.forEach((step) => {
    step.closed = true;
  });
  if (controls) {
    // The two files name the same transformers, but the tap of the published study sits on the second winding, where the control looks as well.
    for (const grid of [open, closed]) for (const control of source.controlsOf('regcontrol')) grid.addControl({ ...control });
  }
  return { open, closed };
}
