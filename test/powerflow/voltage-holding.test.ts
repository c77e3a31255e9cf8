/** Generators that hold their voltage: closed form, MATPOWER's solutions, the reference engine's own slow rule, limits, order, series in time. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { terminalPower } from '../../src/controls/index.js';
import { MemoryFiles } from '../../src/formats/opendss/memory-files.js';
import type { Generator } from '../../src/grid/index.js';
import { BatchSession, ScenarioSolver } from '../../src/powerflow/index.js';
import { runScriptText, type SolvedScript } from '../../src/scripts/index.js';
import { KV, type TransmissionCase, transmissionScript } from './transmission-circuit.js';

const CASES = fileURLToPath(new URL('../../../shared/reference/matpower', import.meta.url));

function run(script: string, options: { method?: 'sweep' | 'injection' | 'newton' } = {}): SolvedScript {
  return runScriptText(script, 'held.dss', { files: new MemoryFiles({}), ...options });
}

/** kvar a generator delivers. */
function kvar({ solver, grid }: SolvedScript, name: string): number {
  return -terminalPower(solver, grid.require('generator', name), 0)[1] / 1000;
}

/** Mean voltage over a generator's phases, of wye or delta, over its target. */
function held({ solver }: SolvedScript, generator: Generator): number {
  const { terminal, phases, connection, kv, targetVoltagePu } = generator;
  const volts = terminal.nodes.map((node) => solver.nodeVoltage(terminal.bus, node) ?? ([0, 0] as const));
  let sum = 0;
  for (let i = 0; i < phases; i++) {
    const [a, b] = [volts[i], connection === 'wye' ? volts[phases] : volts[(i + 1) % volts.length]];
    sum += Math.hypot(a[0] - b[0], a[1] - b[1]);
  }
  const mean = sum / phases / (connection === 'delta' ? Math.sqrt(3) : 1);
  return mean / ((1000 * targetVoltagePu * kv) / (phases > 1 ? Math.sqrt(3) : 1));
}

/** Every generator of model 3 holds its voltage, or stands at a limit with the voltage on the far side. Returns how many stand at one. */
function checkHeld(result: SolvedScript): number {
  let limited = 0;
  for (const generator of result.grid.elementsOf('generator')) {
    if (generator.model !== 3) continue;
    const ratio = held(result, generator);
    const q = kvar(result, generator.name);
    const slack = 1e-7 * Math.max(1, Math.abs(generator.maxKvar), Math.abs(generator.minKvar));
    expect(q).toBeGreaterThan(generator.minKvar - slack);
    expect(q).toBeLessThan(generator.maxKvar + slack);
    if (q > generator.maxKvar - slack && ratio < 1 - 1e-9) limited++;
    else if (q < generator.minKvar + slack && ratio > 1 + 1e-9) limited++;
    else expect(Math.abs(ratio - 1)).toBeLessThan(1e-9);
  }
  return limited;
}

/** Three meshed MV buses, uneven loads, one generator in wye and one in delta. */
const RING = `
clear
new circuit.ring basekv=12.47 pu=1.02 mvasc3=150 mvasc1=120
new linecode.lc nphases=3 r1=.3 x1=.6 r0=.9 x0=1.8 c1=10 c0=5 units=km
new line.a bus1=sourcebus bus2=a linecode=lc length=4 units=km
new line.b bus1=sourcebus bus2=b linecode=lc length=6 units=km
new line.c bus1=a bus2=b linecode=lc length=3 units=km
new load.a1 bus1=a.1 phases=1 kv=7.2 kw=900 pf=.9
new load.a2 bus1=a.2 phases=1 kv=7.2 kw=300 pf=.9
new load.b bus1=b kv=12.47 kw=1500 pf=.92 conn=delta
`;
const HELD = `
new generator.ga bus1=a kv=12.47 kw=700 model=3 vpu=1.005 maxkvar=3000 minkvar=-3000
new generator.gb bus1=b kv=12.47 kw=400 model=3 vpu=1.0 maxkvar=3000 minkvar=-3000 conn=delta
`;
const SOLVE = '\nset voltagebases=[12.47]\ncalcv\nsolve\n';

describe('generators that hold their voltage', () => {
  it.each([0.9, 1, 1.08])('behind one reactance give the vars of the closed form at %f pu', (target) => {
    const [sourcePu, ohm, kw] = [1.02, 1.7, 2500];
    const result = run(`clear
new circuit.two basekv=12.47 pu=${sourcePu} z1=[0,${ohm}] z0=[0,${ohm}]
new generator.g bus1=sourcebus kv=12.47 kw=${kw} model=3 vpu=${target} maxkvar=1e5 minkvar=-1e5${SOLVE}`);
    const [near, far] = [12470 * target, 12470 * sourcePu];
    const angle = Math.asin((kw * 1000 * ohm) / (near * far));
    expect(kvar(result, 'g')).toBeCloseTo((near ** 2 - near * far * Math.cos(angle)) / ohm / 1000, 5);
    expect(Math.abs(held(result, result.grid.require('generator', 'g')) - 1)).toBeLessThan(1e-12);
  });

  it('arrive where the reference engine does by small steps of the vars against the lack of voltage', () => {
    const result = run(RING + HELD + SOLVE);
    expect(checkHeld(result)).toBe(0);
    // The slow rule on generators of given vars: q += k (target - mean), the same for all phases.
    const slow = run(RING + HELD.replaceAll(/model=3 vpu=[\d.]+ maxkvar=3000 minkvar=-3000/g, 'kvar=0 vminpu=.5 vmaxpu=1.5') + SOLVE);
    const targets = new Map([
      ['ga', 1.005],
      ['gb', 1],
    ]);
    const vars = new Map([
      ['ga', 0],
      ['gb', 0],
    ]);
    for (let step = 0; step < 400; step++) {
      for (const [name, target] of targets) {
        const generator = slow.grid.require('generator', name);
        const next = (vars.get(name) as number) + 20000 * target * (1 - held(slow, { ...generator, targetVoltagePu: target }));
        vars.set(name, next);
        slow.solver.setPower(generator, generator.powerKw, next);
      }
      slow.solver.solve();
    }
    for (const [name] of targets) expect(kvar(result, name)).toBeCloseTo(vars.get(name) as number, 4);
    for (const node of [1, 2, 3]) {
      const [re, im] = result.solver.nodeVoltage('b', node) as [number, number];
      const [re2, im2] = slow.solver.nodeVoltage('b', node) as [number, number];
      expect(Math.hypot(re - re2, im - im2) / 7200).toBeLessThan(1e-9);
    }
  });

  it('agree by all methods and start from where the last solution was', () => {
    const [newton, injection] = (['newton', 'injection'] as const).map((method) => run(RING + HELD + SOLVE, { method }));
    expect(injection.report.method).toBe('injection');
    for (const name of ['ga', 'gb']) expect(kvar(injection, name)).toBeCloseTo(kvar(newton, name), 5);
    const radial = `${RING.replace(/new line.c.*\n/, '')}${HELD}${SOLVE}`;
    const [byNewton, bySweep] = (['newton', 'sweep'] as const).map((method) => run(radial, { method }));
    expect(bySweep.report.method).toBe('sweep');
    for (const name of ['ga', 'gb']) expect(kvar(bySweep, name)).toBeCloseTo(kvar(byNewton, name), 5);
    const { solver, grid } = newton;
    const load = grid.require('load', 'a1');
    solver.setPower(load, load.powerKw * 1.001, load.powerKvar);
    const flat = newton.report.iterations;
    const warm = solver.solve({ method: 'newton' });
    expect(warm.converged).toBe(true);
    expect(warm.iterations).toBeLessThan(flat);
    checkHeld(newton);
    // Asking for the powers that stand already is no change, whatever vars come with it.
    solver.setPower(grid.require('generator', 'ga'), 700, 0);
    expect(solver.solve({ method: 'newton' }).iterations).toBe(0);
  });

  it('stop at either limit and come off it again', () => {
    const tight = (vpu: number): SolvedScript =>
      run(`${RING}new generator.g bus1=a kv=12.47 kw=200 model=3 vpu=${vpu} maxkvar=400 minkvar=-100${SOLVE}`);
    const high = tight(1.05);
    expect(kvar(high, 'g')).toBeCloseTo(400, 8);
    expect(checkHeld(high)).toBe(1);
    const low = tight(0.94);
    expect(kvar(low, 'g')).toBeCloseTo(-100, 8);
    expect(checkHeld(low)).toBe(1);
    // More load than the limit can carry, then less: the unit leaves its limit.
    const generator = high.grid.require('generator', 'g');
    generator.targetVoltagePu = 0.99;
    high.solver.elementChanged(generator);
    expect(high.solver.solve().converged).toBe(true);
    expect(checkHeld(high)).toBe(0);
  });

  it('share a bus in equal parts from the middle of their ranges, and part where they want different voltages', () => {
    const two = run(`${RING}
new generator.g1 bus1=a kv=12.47 kw=100 model=3 vpu=1.0 maxkvar=900 minkvar=-900
new generator.g2 bus1=a kv=12.47 kw=300 model=3 vpu=1.0 maxkvar=1200 minkvar=-800${SOLVE}`);
    const one = run(`${RING}new generator.g bus1=a kv=12.47 kw=400 model=3 vpu=1.0 maxkvar=9000 minkvar=-9000${SOLVE}`);
    expect(kvar(two, 'g1') + kvar(two, 'g2')).toBeCloseTo(kvar(one, 'g'), 5);
    expect(kvar(two, 'g2') - kvar(two, 'g1')).toBeCloseTo(200, 5);
    const apart = run(`${RING}
new generator.g1 bus1=a kv=12.47 kw=100 model=3 vpu=1.0 maxkvar=300 minkvar=-300
new generator.g2 bus1=a kv=12.47 kw=300 model=3 vpu=1.01 maxkvar=2000 minkvar=-2000${SOLVE}`);
    expect(checkHeld(apart)).toBe(1);
    expect(kvar(apart, 'g1')).toBeCloseTo(-300, 6);
  });

  it('follow a day: watts move, vars hold the voltage at every step', () => {
    const script = `${RING}
new loadshape.day npts=6 interval=1 mult=[.2 .5 1 1.4 .9 .3]
${HELD.replaceAll('model=3', 'model=3 daily=day')}
batchedit load..* daily=day
set voltagebases=[12.47]
calcv
set mode=daily number=6 stepsize=1h
solve`;
    const iterations: number[] = [];
    const vars: number[] = [];
    const result = runScriptText(script, 'day.dss', {
      files: new MemoryFiles({}),
      onStep: (system, _hour, solution) => {
        const now = { grid: system.grid, solver: system.solver } as SolvedScript;
        expect(checkHeld(now)).toBe(0);
        iterations.push(solution.iterations);
        vars.push(kvar(now, 'ga'));
      },
    });
    expect(result.report.converged).toBe(true);
    expect(new Set(vars.map((q) => q.toFixed(3))).size).toBe(6);
    expect(Math.max(...iterations.slice(1))).toBeLessThanOrEqual(6);
  });

  it('rest where they should whatever stands together: phases, connections, targets, limits', () => {
    const unit = fc.record({
      bus: fc.constantFrom('a', 'b'),
      phase: fc.constantFrom(0, 1, 2, 3),
      delta: fc.boolean(),
      kw: fc.integer({ min: 0, max: 900 }),
      target: fc.integer({ min: 97, max: 103 }),
      kvar: fc.constantFrom(30, 200, 1000, 5000),
    });
    fc.assert(
      fc.property(fc.array(unit, { minLength: 1, maxLength: 7 }), (units) => {
        const lines = units.map(({ bus, phase, delta, kw, target, kvar }, k) => {
          const place = phase > 0 ? `bus1=${bus}.${phase} phases=1 kv=7.2` : `bus1=${bus} kv=12.47 conn=${delta ? 'delta' : 'wye'}`;
          return `new generator.g${k} ${place} kw=${kw} model=3 vpu=${target / 100} maxkvar=${kvar} minkvar=${-kvar}`;
        });
        const result = run(`${RING}${lines.join('\n')}${SOLVE}`);
        checkHeld(result);
        expect(result.report.mismatchPu).toBeLessThan(1e-9);
      }),
      { numRuns: 60, seed: 7 },
    );
  });

  it('are refused by what solves with given powers only', () => {
    const { grid } = run(RING + HELD + SOLVE);
    expect(() => new BatchSession(grid, { scenarios: 2 })).toThrow(/generator\.ga holds its voltage/);
    expect(() => new ScenarioSolver(grid, { method: 'injection' })).toThrow(/generator\.ga holds its voltage/);
  });

  it('say so where no vars can hold the voltage', () => {
    // 40 MW through 12 ohm at 12.47 kV: beyond what the line carries at any voltage near the target.
    const script = `clear
new circuit.two basekv=12.47 pu=1 z1=[0,12] z0=[0,12]
new generator.g bus1=sourcebus kv=12.47 kw=40000 model=3 vpu=1 maxkvar=1e6 minkvar=-1e6${SOLVE}`;
    expect(() => run(script)).toThrow(/no convergence/);
  });
});

interface Published {
  baseMVA: number;
  mpc: Omit<TransmissionCase, 'baseMVA'>;
  pf: Solution;
  pf_qlim_one_at_a_time: Solution;
}

interface Solution {
  bus_Vm: number[];
  bus_Va: number[];
}

/** Largest complex difference over all phases, per unit. */
function distance({ solver }: SolvedScript, bus: readonly number[][], { bus_Vm, bus_Va }: Solution): number {
  let worst = 0;
  bus.forEach(([id], i) => {
    for (const node of [1, 2, 3]) {
      const [re, im] = solver.nodeVoltage(`b${id}`, node) as [number, number];
      const angle = ((bus_Va[i] - 120 * (node - 1)) * Math.PI) / 180;
      const base = (KV * 1000) / Math.sqrt(3);
      worst = Math.max(worst, Math.hypot(re / base - bus_Vm[i] * Math.cos(angle), im / base - bus_Vm[i] * Math.sin(angle)));
    }
  });
  return worst;
}

describe.skipIf(!existsSync(CASES))(`transmission cases as three-phase circuits, by MATPOWER's solutions (skipped without ${CASES})`, () => {
  const read = (name: string): Published & { whole: TransmissionCase } => {
    const published = JSON.parse(readFileSync(join(CASES, `${name}.json`), 'utf8')) as Published;
    return { ...published, whole: { ...published.mpc, baseMVA: published.baseMVA } };
  };

  it.each(['case9', 'case14', 'case30', 'case39', 'case57', 'case118', 'case300'])('%s: every voltage within 1e-8 pu', (name) => {
    const { whole, pf } = read(name);
    const result = run(transmissionScript(whole));
    expect(distance(result, whole.bus, pf)).toBeLessThan(1e-8);
    expect(checkHeld(result)).toBe(0);
  });

  // Where MATPOWER puts its slack within limits too, which a source of the OpenDSS language has not (14, 300), the fixed point alone is checked.
  it.each([
    ['case39', true],
    ['case57', true],
    ['case118', true],
    ['case14', false],
    ['case300', false],
  ])('%s with limits of vars', (name, comparable) => {
    const { whole, pf_qlim_one_at_a_time } = read(name);
    const result = run(transmissionScript(whole, { limits: true }));
    checkHeld(result);
    if (comparable) expect(distance(result, whole.bus, pf_qlim_one_at_a_time)).toBeLessThan(1e-7);
  });

  it('case118 gives the same in any order of its generators, by any start, and from near in few iterations', () => {
    const { whole } = read('case118');
    const [forward, backward] = [false, true].map((reversed) => run(transmissionScript(whole, { limits: true, reversed })));
    for (const generator of forward.grid.elementsOf('generator')) {
      expect(kvar(backward, generator.name)).toBeCloseTo(kvar(forward, generator.name), 2);
    }
    const { solver, grid } = forward;
    const again = solver.solve({ start: 'flat' });
    expect(again.converged).toBe(true);
    checkHeld(forward);
    for (const load of grid.elementsOf('load')) solver.setPower(load, load.powerKw * 1.02, load.powerKvar * 1.02);
    const report = solver.solve();
    expect(report.converged).toBe(true);
    expect(report.iterations).toBeLessThanOrEqual(6);
    checkHeld(forward);
  });
});
