/** The power flows of a slice: a batch with one scenario an environment, and what is looked at in it. */
import { GridError } from '../../../grid/index.js';
import { BatchObserver, BatchSession, STATUS_CONTROL_LIMIT, STATUS_CONVERGED } from '../../../powerflow/index.js';
import type { SliceOptions } from '../../task.js';
import type { VoltVarSetup } from './setup.js';

/** Batch and observer of one way of control. */
export interface Flow {
  readonly batch: BatchSession;
  /** Its meters are the batteries, in order. */
  readonly observer: BatchObserver;
  /** Places of the loads (each as the list of one that batches take) and batteries among the batch's injections. */
  readonly loads: readonly (readonly [number])[];
  readonly batteries: readonly number[];
}

/**
 * Makes the batch of a task. Throws GridError where the feeder has no power flow.
 *
 * @param controlled whether the feeder's own regulator and capacitor controls act
 */
export function makeFlow(setup: VoltVarSetup, { environments, backend }: SliceOptions, controlled: boolean): Flow {
  const { grid, system, capacitors, regulators, batteries, loads, buses, nodes, variant } = setup;
  const batch = new BatchSession(grid, {
    scenarios: environments,
    taps: regulators,
    capacitors,
    tolerance: system.tolerance,
    baseMultiplier: system.baseMultiplier * variant.loadScale,
    backend,
    observe: { buses, rows: 'nodes' },
    ...(controlled ? { controls: true } : {}),
  });
  const places = batteries.map(({ name }) => batch.injectionIndex(`generator.${name}`));
  const observer = new BatchObserver(batch, { meters: places });
  if (observer.nodeNames.some((name, i) => name !== nodes[i]))
    throw new GridError(`${system.feeder}: the nodes of the grid are not those of its power flow`);
  return { batch, observer, loads: loads.map((name) => [batch.injectionIndex(`load.${name}`)] as const), batteries: places };
}

/** Whether a scenario has no solution; controls that still act at the last iteration allowed leave one. */
export function hasFailed({ batch }: Flow, scenario: number): boolean {
  const status = batch.status[scenario];
  return status !== STATUS_CONVERGED && status !== STATUS_CONTROL_LIMIT;
}
