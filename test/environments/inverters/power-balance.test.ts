/** A step against a power flow of the same grid by another method, one at a time: source = loads + losses - PV - batteries, with each part summed by itself. */
import { describe, expect, it } from 'vitest';
import { addInjection, copyGrid } from '../../../src/environments/devices/attach.js';
import { type Device, defineTask, LOCAL_TOLERANCE, seriesProfiles } from '../../../src/environments/index.js';
import { loadFeeder } from '../../../src/feeders/index.js';
import type { CircuitElement } from '../../../src/grid/index.js';
import { voltVar } from '../../../src/grid/index.js';
import { CompiledSolver, nodeRows, SolutionScan } from '../../../src/powerflow/index.js';
import { bareSlice, infoOf } from './slices.js';

const LOAD = [0.55, 0.8, 1, 0.3];
const SUN = [0.2, 0.9, 0.5, 1];

const devices = (reactive: 'agent' | 'volt-var'): Device[] => [
  { kind: 'pv', name: 'p', bus: '675', ratedKw: 900, kva: 1000, reactive },
  { kind: 'pv', name: 'q', bus: '652', nodes: [1], ratedKw: 200, kva: 220, reactive },
  {
    kind: 'battery',
    name: 'b',
    bus: '671',
    battery: { maxChargeKw: 300, maxDischargeKw: 300, minimumKwh: 0, maximumKwh: 500, chargeEfficiency: 0.95, dischargeEfficiency: 0.95 },
  },
  { kind: 'capacitor', name: 'cap2' },
  { kind: 'tap', name: 'reg2', initial: 24 },
];

/** Active power into an element, kW. */
function powerKw(solver: CompiledSolver, element: CircuitElement): number {
  let watts = 0;
  const voltages = solver.terminalVoltages(element, 0);
  const currents = solver.terminalCurrents(element, 0);
  for (let k = 0; k < voltages.length; k += 2) watts += voltages[k] * currents[k] + voltages[k + 1] * currents[k + 1];
  return watts / 1000;
}

describe.each(['agent', 'volt-var'] as const)('a step of a task with reactive power by %s', (reactive) => {
  it('is what another solver finds', async () => {
    const profiles = seriesProfiles({ stepSeconds: 900, load: LOAD, sun: SUN });
    const task = await defineTask({ id: 'balance', grid: 'ieee13', devices: devices(reactive), profiles, tolerance: 1e-9 });
    const environments = 5;
    const run = bareSlice(task, environments);
    const { slice, arrays, which } = run;
    slice.reset(which, environments);
    for (let step = 0; step < LOAD.length; step++) {
      for (let e = 0; e < environments; e++) {
        for (let k = 0; k < task.actionSpace.length; k++) {
          const share = ((7 * e + 3 * k + 5 * step) % 11) / 10;
          const { low, high, counts } = task.actionSpace;
          const value = low[k] + share * (high[k] - low[k]);
          arrays.actions[e * task.actionSpace.length + k] = counts[k] > 0 ? Math.round(k === 1 ? 14 + 10 * share : value) : value;
        }
      }
      slice.step(which, environments);
      for (let e = 0; e < environments; e++) {
        const [p, pq, q, qq, , b, closed, tap] = slice.snapshot(e).devices as readonly number[];
        const grid = copyGrid(await loadFeeder('ieee13'));
        for (const load of grid.elementsOf('load')) {
          load.powerKw *= LOAD[step];
          load.powerKvar *= LOAD[step];
        }
        const generators = [
          { ...{ bus: '675', nodes: [1, 2, 3] }, kw: p, kvar: pq },
          { ...{ bus: '652', nodes: [1] }, kw: q, kvar: qq },
          { ...{ bus: '671', nodes: [1, 2, 3] }, kw: b, kvar: 0 },
        ].map(({ bus, nodes, kw, kvar }, k) => Object.assign(addInjection(grid, `g${k}`, { bus, nodes }), { powerKw: kw, powerKvar: kvar }));
        grid.require('capacitor', 'cap2').steps[0].closed = closed === 1;
        grid.require('transformer', 'reg2').windings[1].tapPu = 0.9 + tap * 0.00625;
        const solver = new CompiledSolver(grid);
        expect(solver.solve({ tolerance: 1e-11 }).converged).toBe(true);

        const loadsKw = grid.elementsOf('load').reduce((sum, load) => sum + powerKw(solver, load), 0);
        const deliveredKw = generators.reduce((sum, generator) => sum - powerKw(solver, generator), 0);
        expect(Math.abs(deliveredKw - (infoOf(run, e, 'pvKw') + infoOf(run, e, 'batteryKw')))).toBeLessThan(1e-6);
        const balance = loadsKw + infoOf(run, e, 'lossesKw') - infoOf(run, e, 'pvKw') - infoOf(run, e, 'batteryKw');
        expect(Math.abs(infoOf(run, e, 'sourceKw') - balance)).toBeLessThan(1e-4);
        expect(Math.abs(new SolutionScan(solver).totals().lossesW / 1000 - infoOf(run, e, 'lossesKw'))).toBeLessThan(1e-4);

        const rows = new Map(nodeRows(solver).map(([name, , , pu]) => [name, pu ?? 0]));
        task.observationNames?.forEach((name, k) => {
          if (name.startsWith('voltagePu.'))
            expect(Math.abs((rows.get(name.slice(10)) ?? 0) - arrays.observations[e * task.observationSpace.length + k])).toBeLessThan(2e-7);
        });
        if (reactive === 'volt-var') {
          const mean = ['675.1', '675.2', '675.3'].reduce((sum, node) => sum + (rows.get(node) ?? 0) / 3, 0);
          expect(Math.abs(pq / 1000 - voltVar('B', mean))).toBeLessThan(1.05 * LOCAL_TOLERANCE);
          expect(Math.abs(qq / 220 - voltVar('B', rows.get('652.1') ?? 0))).toBeLessThan(1.05 * LOCAL_TOLERANCE);
        } else expect(Math.hypot(p, pq)).toBeLessThanOrEqual(1000 + 1e-9);
      }
    }
  });
});
