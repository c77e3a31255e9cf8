/** Capacitors whose steps differ from scenario to scenario, posed as loads of constant impedance, so that each scenario has a kvar of its own. */
import { type Capacitor, type CircuitElement, elementId, Grid, GridError, type Load } from '../grid/index.js';

/** Name of the load that stands for a capacitor. */
export function capacitorLoadName(capacitor: string): string {
  return `capacitor:${capacitor}`;
}

/** The kvar of the load that stands for a bank with 0, 1, 2 .. steps closed. */
export function stepsKvar({ steps }: Capacitor): number[] {
  return Array.from({ length: steps.length + 1 }, (_, closed) => steps.slice(0, closed).reduce((sum, step) => sum - step.kvar, 0));
}

/** Whether an element is a load that stands for a capacitor. */
export function isCapacitorLoad({ kind, name }: CircuitElement): boolean {
  return kind === 'load' && name.startsWith(capacitorLoadName(''));
}

/**
 * A grid with the same records, but the named capacitors as loads and others replaced. The records are shared, not copied.
 * Throws {@link GridError} where a bank is not there, or is no plain delta or grounded wye bank.
 *
 * @param replaced what takes the place of other elements, by id
 */
export function withCapacitorsAsLoads(grid: Grid, names: readonly string[], replaced: ReadonlyMap<string, CircuitElement> = new Map()): Grid {
  const posed = new Grid(grid.name, grid.frequencyHz);
  posed.loadMultiplier = grid.loadMultiplier;
  posed.generatorMultiplier = grid.generatorMultiplier;
  for (const [id, bus] of grid.buses) Object.assign(posed.bus(id), bus);
  for (const name of names) grid.require('capacitor', name);
  for (const element of grid.elements) {
    const own = replaced.get(elementId(element)) ?? element;
    posed.add(own.kind === 'capacitor' && names.includes(own.name) ? capacitorAsLoad(own) : own);
  }
  for (const control of grid.controls) posed.addControl(control);
  for (const [name, shape] of grid.loadShapes) posed.loadShapes.set(name, shape);
  for (const [name, curve] of grid.xyCurves) posed.xyCurves.set(name, curve);
  for (const [name, shape] of grid.temperatureShapes) posed.temperatureShapes.set(name, shape);
  return posed;
}

function capacitorAsLoad(bank: Capacitor): Load {
  const filtered = bank.steps.some((step) => step.resistanceOhm !== 0 || step.reactanceOhm !== 0);
  const grounded = bank.connection === 'delta' || bank.terminals[1]?.nodes.every((node) => node === 0);
  if (filtered || bank.capacitanceFarad || !grounded) {
    throw new GridError(`capacitor.${bank.name}: steps a scenario need a plain bank, delta or grounded wye, without filter or matrix`);
  }
  const [{ bus, nodes }] = bank.terminals;
  return {
    kind: 'load',
    name: capacitorLoadName(bank.name),
    enabled: bank.enabled,
    phases: bank.phases,
    terminal: { bus, nodes: bank.connection === 'wye' ? [...nodes, 0] : nodes },
    connection: bank.connection,
    model: 2,
    kv: bank.kv,
    powerKw: 0,
    powerKvar: -bank.steps.reduce((sum, step) => sum + (step.closed ? step.kvar : 0), 0),
    minVoltagePu: 0,
    maxVoltagePu: 0,
    lowVoltagePu: 0,
    exponentWatts: 1,
    exponentVars: 2,
    status: 'fixed',
    shapes: {},
    customers: 0,
    growthFactor: 1,
  };
}
