/** Near the limit of loading: a solution that exists is found, one that does not is not claimed. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadFeeder } from '../../src/feeders/index.js';
import { MemoryFiles } from '../../src/formats/opendss/memory-files.js';
import type { Grid } from '../../src/grid/index.js';
import { CompiledSolver } from '../../src/powerflow/index.js';
import { raiseLoad } from '../../src/powerflow/load-continuation.js';
import { runScriptText } from '../../src/scripts/index.js';
import { type TransmissionCase, transmissionScript } from './transmission-circuit.js';

const CASES = fileURLToPath(new URL('../../../shared/reference/matpower', import.meta.url));

function gridOf(script: string): Grid {
  return runScriptText(script, 'heavy.dss', { files: new MemoryFiles({}), solveIfUnsolved: false }).grid;
}

/** A load of constant power behind one reactance: V^2 = E^2/2 + sqrt(E^4/4 - (X P)^2), up to P = E^2 / 2X. */
const [KV, OHM, SOURCE_OHM] = [12.47, 3, 1e-9];
const LIMIT_KW = (KV * KV * 1000) / 2 / OHM;

function behindReactance(kw: number): Grid {
  return gridOf(`clear
new circuit.nose basekv=${KV} pu=1 z1=[0,${SOURCE_OHM}] z0=[0,${SOURCE_OHM}]
new line.x bus1=sourcebus bus2=b r1=0 x1=${OHM} r0=0 x0=${OHM} c1=0 c0=0 length=1
new load.p bus1=b kv=${KV} kw=${kw} kvar=0 vminpu=.01 vlowpu=0 vmaxpu=2`);
}

describe('the limit of one reactance', () => {
  it.each([0.5, 0.9, 0.99, 0.9999])('is kept to from below, at %f of it', (share) => {
    const grid = behindReactance(share * LIMIT_KW);
    const [e, xp] = [KV * 1000, (OHM + SOURCE_OHM) * share * LIMIT_KW * 1000];
    const wanted = Math.sqrt(e ** 2 / 2 + Math.sqrt(e ** 4 / 4 - xp ** 2)) / Math.sqrt(3);
    for (const method of ['auto', 'newton'] as const) {
      const solver = new CompiledSolver(grid);
      expect(solver.solve({ method }).converged).toBe(true);
      expect(Math.hypot(...(solver.nodeVoltage('b', 1) as [number, number])) / wanted).toBeCloseTo(1, 8);
    }
  });

  it.each([1.0001, 1.01, 1.5, 10])('is not claimed to be met at %f times of it', (share) => {
    const grid = behindReactance(share * LIMIT_KW);
    for (const method of ['auto', 'newton', 'injection', 'sweep'] as const) {
      const report = new CompiledSolver(grid).solve({ method });
      expect(report.converged).toBe(false);
      expect(report.mismatchPu).toBeGreaterThan(1e-6);
    }
  });
});

describe('loads of constant power on feeders, raised until nothing holds', () => {
  it.each(['ieee13', 'ieee37', 'ieee123', 'tree131-meshed'])('%s: auto from afar arrives where small steps arrive', async (name) => {
    const grid = await loadFeeder(name);
    for (const load of grid.elementsOf('load')) {
      if (load.model !== 2) Object.assign(load, { minVoltagePu: 0.01, lowVoltagePu: 0, maxVoltagePu: 3 });
    }
    const steps = new CompiledSolver(grid);
    const at = (solver: CompiledSolver, multiplier: number): void => {
      grid.loadMultiplier = multiplier;
      solver.gridChanged();
    };
    // Small steps, halved where Newton fails.
    let most = 0.2;
    let step = 0.3;
    at(steps, most);
    expect(steps.solve().converged).toBe(true);
    let voltage = Float64Array.from(steps.voltages);
    while (step > 0.01) {
      at(steps, most + step);
      if (steps.solve({ method: 'newton', maxIterations: 15 }).converged) {
        most += step;
        voltage = Float64Array.from(steps.voltages);
        continue;
      }
      step /= 2;
      at(steps, most);
      expect(steps.solve({ start: 'flat' }).converged).toBe(true);
    }
    at(steps, most);
    const afar = new CompiledSolver(grid);
    expect(afar.solve({ start: 'flat' }).converged).toBe(true);
    let worst = 0;
    for (let k = 0; k < voltage.length; k++) worst = Math.max(worst, Math.abs(afar.voltages[k] - voltage[k]));
    expect(worst / 2400).toBeLessThan(1e-6);
    at(afar, 1.02 * (most + 2 * step));
    expect(afar.solve({ start: 'flat' }).converged).toBe(false);
  });
});

describe('raising the load', () => {
  it('follows a branch that a solver knows only near it, and ends at its limit', () => {
    // x^2 = 1 - share * load on the branch of positive x, solved only from within 0.2 of the answer.
    const follow = (load: number): [boolean, number, number] => {
      const x = new Float64Array([1]);
      let solutions = 0;
      const arrived = raiseLoad(x, (share) => {
        solutions++;
        const square = 1 - share * load;
        if (square < 0 || Math.abs(x[0] - Math.sqrt(square)) > 0.2) return false;
        x[0] = Math.sqrt(square);
        return true;
      });
      return [arrived, x[0], solutions];
    };
    const [arrived, value] = follow(0.999);
    expect(arrived).toBe(true);
    expect(value).toBeCloseTo(Math.sqrt(0.001), 12);
    const [beyond, last, solutions] = follow(1.5);
    expect(beyond).toBe(false);
    expect(last).toBeGreaterThanOrEqual(0);
    expect(solutions).toBeLessThanOrEqual(60);
  });
});

describe.skipIf(!existsSync(CASES))(`transmission cases near their limit (skipped without ${CASES})`, () => {
  it.each([
    ['case39', 1.272, true],
    ['case39', 1.285, true],
    ['case39', 1.36, false],
    ['case14', 1.74, true],
    ['case14', 1.82, false],
    ['case57', 1.6, true],
    ['case57', 1.65, false],
  ])('%s with limits of vars at %f times its load: %s', (name, loading, solvable) => {
    const { mpc, baseMVA } = JSON.parse(readFileSync(join(CASES, `${name}.json`), 'utf8')) as {
      mpc: Omit<TransmissionCase, 'baseMVA'>;
      baseMVA: number;
    };
    const script = transmissionScript({ ...mpc, baseMVA }, { limits: true, loading });
    const grid = gridOf(script.replace(/\nsolve$/, '').replaceAll('vminpu=.3', 'vminpu=.02'));
    const report = new CompiledSolver(grid).solve();
    expect(report.converged).toBe(solvable);
  });
});
