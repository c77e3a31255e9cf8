/** Chooses the voltage base of every bus as the OpenDSS command `calcvoltagebases` does. */
import type { GridSolver } from '../powerflow/index.js';

/** The legal bases of a circuit that names none, kV line to line. */
export const DEFAULT_VOLTAGE_BASES_KV: readonly number[] = [0.208, 0.48, 12.47, 24.9, 34.5, 115, 230];

/** Volts to kV times the square root of 3, in the digits that the engine uses; a tie between two bases may hang on them. */
const LINE_KV_PER_VOLT = 0.001732;

/** The legal base nearest to a voltage by ratio: the least |1 - kV / base|, the first of equals. 0 where there is no base. */
export function nearestBaseKv(kv: number, bases: readonly number[]): number {
  let nearest = 0;
  let least = 1e50;
  for (const base of bases) {
    // In the engine's table a zero ends the list.
    if (base === 0) break;
    const difference = Math.abs(1 - kv / base);
    if (difference < least) {
      least = difference;
      nearest = base;
    }
  }
  return nearest;
}

/**
 * Solves the grid with its sources alone and gives each bus the line-to-neutral base nearest to the voltage of its first node. Buses without nodes
 * (nothing enabled is connected) are left as they are.
 */
export function assignVoltageBases(solver: GridSolver): void {
  const { grid } = solver;
  const bases = grid.voltageBasesKv.length > 0 ? grid.voltageBasesKv : DEFAULT_VOLTAGE_BASES_KV;
  solver.solveUnloaded();
  for (const bus of grid.buses.values()) {
    const [first] = solver.nodesOf(bus.id);
    const voltage = first === undefined ? undefined : solver.nodeVoltage(bus.id, first);
    if (!voltage) continue;
    const base = nearestBaseKv(Math.sqrt(voltage[0] * voltage[0] + voltage[1] * voltage[1]) * LINE_KV_PER_VOLT, bases);
    if (base > 0) bus.baseKv = base / Math.sqrt(3);
  }
}
