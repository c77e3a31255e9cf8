import { describe, expect, it } from 'vitest';
import { loadFeeder } from '../../src/feeders/index.js';
import { MemoryFiles } from '../../src/formats/opendss/index.js';
import { CompiledSolver, nodeRows, powerTotals, SolutionScan } from '../../src/powerflow/index.js';
import { runScriptText } from '../../src/scripts/index.js';

describe('solution scan', () => {
  it.each(['ieee13', 'ieee34mod1', 'ieee37', 'ieee123'])('gives the totals and extremes of the slow way: %s', async (name) => {
    const grid = await loadFeeder(name);
    const solver = new CompiledSolver(grid);
    const scan = new SolutionScan(solver);
    const compare = (): void => {
      expect(solver.solve().converged).toBe(true);
      const [quick, slow] = [scan.totals(), powerTotals(solver)];
      for (const key of ['lossesW', 'lossesVar', 'sourcePowerKw', 'sourcePowerKvar'] as const) {
        expect(Math.abs(quick[key] - slow[key]) / Math.abs(slow[key]), key).toBeLessThan(1e-7);
      }
      const rows = nodeRows(solver).filter((row) => row[3] !== null);
      const lowest = Math.min(...rows.map((row) => row[3] as number));
      const highest = Math.max(...rows.map((row) => row[3] as number));
      const extremes = scan.extremes();
      expect(extremes?.minPu).toBeCloseTo(lowest, 12);
      expect(extremes?.maxPu).toBeCloseTo(highest, 12);
      expect(rows.find((row) => row[0] === extremes?.minNode)?.[3]).toBeCloseTo(lowest, 12);
    };
    compare();
    // It follows a tap, and the solver to a newly compiled grid.
    const [transformer] = grid.elementsOf('transformer');
    transformer.windings[1].tapPu *= 0.98;
    solver.elementChanged(transformer);
    compare();
    grid.loadMultiplier = 0.5;
    solver.gridChanged();
    compare();
  });

  it('takes in reactors whose sequence impedances differ', () => {
    const script =
      'new circuit.x basekv=12.47\nnew reactor.r bus1=sourcebus bus2=b z1=[1 3] z2=[2 5] z0=[3 9]\nnew load.a bus1=b.1 phases=1 kv=7.2 kw=500';
    const { solver } = runScriptText(script, 'x.dss', { files: new MemoryFiles({}) });
    const [quick, slow] = [new SolutionScan(solver as CompiledSolver).totals(), powerTotals(solver)];
    expect(slow.lossesW).toBeGreaterThan(1000);
    expect(quick.lossesW).toBeCloseTo(slow.lossesW, 5);
    expect(quick.lossesVar).toBeCloseTo(slow.lossesVar, 5);
  });
});
