/** Power at a terminal, from the solver's voltages and currents. */
import type { CircuitElement } from '../grid/index.js';
import type { GridSolver } from '../powerflow/solver-types.js';

/** Complex powers into an element at one terminal, conductor by conductor: kW and kvar, interleaved. */
export function terminalPowers(solver: GridSolver, element: CircuitElement, terminal: number): Float64Array {
  const volts = solver.terminalVoltages(element, terminal);
  const amps = solver.terminalCurrents(element, terminal);
  const powers = new Float64Array(amps.length);
  for (let i = 0; i < amps.length; i += 2) {
    powers[i] = (volts[i] * amps[i] + volts[i + 1] * amps[i + 1]) / 1000;
    powers[i + 1] = (volts[i + 1] * amps[i] - volts[i] * amps[i + 1]) / 1000;
  }
  return powers;
}

/** Active power an element delivers at its first terminal, kW. */
export function deliveredPower(solver: GridSolver, element: CircuitElement): number {
  const powers = terminalPowers(solver, element, 0);
  let sum = 0;
  for (let i = 0; i < powers.length; i += 2) sum -= powers[i];
  return sum;
}
