/** Moves a grid to a moment in time: the powers of its loads, generators, PV systems and storage, and the voltages of its sources. */
import type { CurrentSource, Generator, Grid, Load, Moment, PvSystem, Storage, VoltageSource } from '../grid/index.js';
import { advanceStorage, injectionPower, requireLoadShape, shapeNameAt, shapeValueAt } from '../grid/index.js';
import type { GridSolver } from '../powerflow/solver-types.js';
import type { ControlSystem } from './control-loop.js';
import { terminalPower } from './measurement.js';

/** Elements whose power follows the time. */
export type Injection = Load | Generator | PvSystem | Storage;

/** What of a grid follows the time; collected once, valid until elements are added, removed, enabled or disabled. */
export interface TimeDependents {
  injections: Injection[];
  sources: (VoltageSource | CurrentSource)[];
}

/** The enabled elements of a grid that follow the time. */
export function timeDependentsOf(grid: Grid): TimeDependents {
  const injections: Injection[] = [];
  const sources: (VoltageSource | CurrentSource)[] = [];
  for (const element of grid.elements) {
    if (!element.enabled) continue;
    switch (element.kind) {
      case 'load':
      case 'generator':
      case 'pvsystem':
      case 'storage':
        injections.push(element);
        break;
      case 'vsource':
      case 'isource':
        sources.push(element);
        break;
    }
  }
  return { injections, sources };
}

/** Hands the powers and source voltages of a moment to the solver. Throws GridError where an element names a shape that is not there. */
export function applyMoment(solver: GridSolver, dependents: TimeDependents, moment: Moment): void {
  // Should the grid be compiled on the way, then with powers of this moment: inverters remember the last power asked of them.
  solver.moment = moment;
  for (const element of dependents.injections) if (element.kind === 'load') followExponents(solver, element, moment);
  for (const element of dependents.injections) {
    const { powerKw, powerKvar } = injectionPower(solver.grid, element, moment);
    solver.setPower(element, powerKw, powerKvar);
  }
  for (const source of dependents.sources) {
    const value = source.kind === 'vsource' ? sourceVoltagePu(solver.grid, source, moment) : sourceAmps(solver.grid, source, moment);
    solver.setSourceVoltage(source, value);
  }
}

/** A load of model 4 may take its exponents from a shape, in yearly mode only; they stay as they were last. */
function followExponents(solver: GridSolver, load: Load, moment: Moment): void {
  if (load.exponentShape === undefined || load.model !== 4 || moment.mode !== 'yearly') return;
  const { active, reactive } = shapeValueAt(requireLoadShape(solver.grid, load.exponentShape), moment.hour);
  if (load.exponentWatts === active && load.exponentVars === reactive) return;
  load.exponentWatts = active;
  load.exponentVars = reactive;
  solver.elementChanged(load);
}

/**
 * Voltage of a source over its rated one. A shape takes the place of the rated per-unit value; an actual one gives kV across a phase.
 * Duty shapes fall back on daily ones, yearly ones on nothing.
 */
export function sourceVoltagePu(grid: Grid, source: VoltageSource, moment: Moment): number {
  const name = shapeNameAt(source.shapes, moment.mode, 'duty');
  if (name === undefined) return source.voltagePu;
  const shape = requireLoadShape(grid, name);
  const value = shapeValueAt(shape, moment.hour).active;
  if (!shape.useActual) return value;
  const ratedKv = source.phases === 1 ? source.baseKv : source.baseKv / (2 * Math.sin(Math.PI / source.phases));
  return value / ratedKv;
}

/** Current of a current source, ampere: the rated one times the shape, whether or not the shape holds actual values. */
export function sourceAmps(grid: Grid, source: CurrentSource, moment: Moment): number {
  const name = shapeNameAt(source.shapes, moment.mode, 'duty');
  return name === undefined ? source.amps : source.amps * shapeValueAt(requireLoadShape(grid, name), moment.hour).active;
}

/** What happens between two time steps: storage moves on by what it has delivered, and controls that look back over steps are told. */
export function endTimeStep(system: ControlSystem, dependents: TimeDependents, hours: number): void {
  const { solver, context } = system;
  for (const element of dependents.injections) {
    if (element.kind === 'storage') advanceStorage(solver.grid, element, hours, -terminalPower(solver, element, 0)[0] / 1000);
  }
  for (const device of system.devices()) if (device.record.enabled) device.endOfStep?.(context);
}
