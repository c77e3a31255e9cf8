import { describe, expect, it } from 'vitest';
import { givenConditions } from '../../../src/powerflow/balanced/conditions.js';
import { compileNetwork } from '../../../src/powerflow/balanced/network.js';
import { solveNewton } from '../../../src/powerflow/balanced/newton.js';
import { busOrder, PolarEquations, type PolarState } from '../../../src/powerflow/balanced/polar-equations.js';
import { caseGrid, hasCase } from './case-files.js';

/** Iterations from the voltages of the file to 1e-8 pu; MATPOWER's runpf is without damping, and so is Newton where each full step helps. */
const ITERATIONS: [string, number][] = [
  ['case9', 4],
  ['case14', 2],
  ['case30', 3],
  ['case39', 1],
  ['case57', 3],
  ['case118', 3],
  ['case300', 5],
  ['case1354pegase', 4],
  ['case2869pegase', 5],
];

describe('Newton in polar coordinates', () => {
  it.each(ITERATIONS)('%s: %d iterations from the case to 1e-8, quadratic', (name, iterations) => {
    if (!hasCase(name)) return;
    const network = compileNetwork(caseGrid(name));
    const equations = new PolarEquations(network, givenConditions(network), busOrder(network));
    const state: PolarState = { magnitude: network.voltageMagnitude.slice(), angle: network.voltageAngle.slice(), lacking: new Float64Array(0) };
    const result = solveNewton(equations, state, 1e-8, 30);
    expect(result).toMatchObject({ status: 'converged', iterations });
    for (let k = 1; k < result.history.length; k++) {
      const [before, after] = [result.history[k - 1], result.history[k]];
      if (before < 0.1) expect(after).toBeLessThan(Math.max(1e-10, 10 * before * before));
    }
  });

  it('has the Jacobian of its mismatches', () => {
    if (!hasCase('case14')) return;
    const network = compileNetwork(caseGrid('case14'));
    const equations = new PolarEquations(network, givenConditions(network), busOrder(network));
    const { size, start, row } = equations.pattern;
    const state: PolarState = { magnitude: network.voltageMagnitude.slice(), angle: network.voltageAngle.slice(), lacking: new Float64Array(0) };
    equations.measure(state, 1e-8);
    equations.linearise(state);
    const jacobian = equations.values.slice();
    const nudge = 1e-6;
    for (let bus = 0; bus < network.busCount; bus++) {
      for (const [unknown, values] of [
        [equations.angleUnknown[bus], state.angle],
        [equations.magnitudeUnknown[bus], state.magnitude],
      ] as const) {
        if (unknown < 0) continue;
        const at = values[bus];
        values[bus] = at + nudge;
        equations.measure(state, 1e-8);
        const above = equations.mismatch.slice();
        values[bus] = at - nudge;
        equations.measure(state, 1e-8);
        const below = equations.mismatch.slice();
        values[bus] = at;
        const column = new Float64Array(size);
        for (let p = start[unknown]; p < start[unknown + 1]; p++) column[row[p]] = jacobian[p];
        for (let i = 0; i < size; i++) expect((above[i] - below[i]) / (2 * nudge)).toBeCloseTo(column[i], 6);
      }
    }
  });
});
