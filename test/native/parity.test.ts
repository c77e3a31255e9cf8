import { describe, expect, it } from 'vitest';
import { randomSource } from '../../src/cli/bench-measure.js';
import { listFeeders, loadFeeder } from '../../src/feeders/index.js';
import { MemoryFiles } from '../../src/formats/opendss/index.js';
import type { Grid } from '../../src/grid/index.js';
import { type BatchMethod, type BatchOptions, BatchSession, STATUS_ISLANDED } from '../../src/powerflow/index.js';
import type { KernelBackend } from '../../src/powerflow/kernels.js';
import { wasmBackend } from '../../src/powerflow/kernels.js';
import { runScriptText } from '../../src/scripts/index.js';
import { MESHED, randomMeshes } from '../powerflow/mesh-scenarios.js';
import { nativeBackends } from './native.js';

const METHODS: BatchMethod[] = ['sweep', 'injection', 'newton', 'chord'];
/** Not a multiple of any lane width, so that idle lanes are there. */
const SCENARIOS = 9;
/** Too large to solve by every method within a test's time. */
const LARGE: Record<string, BatchMethod[]> = { ieee8500: ['sweep', 'chord'], 'ieee8500-unbalanced': ['injection', 'newton'] };

const SPECIAL = `new circuit.special basekv=12.47 bus1=a
new line.ab bus1=a bus2=b length=3 units=km
new line.bc bus1=b bus2=c length=2 units=km
new load.e bus1=b kv=12.47 kw=900 pf=0.9 model=4 cvrwatts=0.8 cvrvars=2.4
new load.z bus1=c.1 phases=1 kv=7.2 kw=300 kvar=120 model=8 zipv=[0.3 0.3 0.4 0.2 0.3 0.5 0.93]
new load.y bus1=c.2.3 phases=1 kv=12.47 kw=400 kvar=90 model=8 zipv=[0.1 0.6 0.3 0.2 0.3 0.5 0.97]
solve`;

/** All that a batch gives, as bits; NaN has one pattern. */
function outcomeOf(
  grid: Grid,
  method: BatchMethod,
  backend: KernelBackend,
  hard: boolean,
  more: Partial<BatchOptions> = {},
): { problem: string; status: number[]; bits: Buffer } {
  let batch: BatchSession;
  try {
    batch = new BatchSession(grid, { ...more, scenarios: SCENARIOS, method, backend });
  } catch (error) {
    return { problem: String(error), status: [], bits: Buffer.alloc(0) };
  }
  expect(batch.backend).toBe(backend.name);
  const random = randomSource(3);
  batch.injections.forEach((element, i) => {
    const { powerKw, powerKvar } = element as { powerKw: number; powerKvar: number };
    // Scenario 4 asks for more than a feeder can carry, scenario 7 for what is not a number.
    const draw = (nominal: number) => Float64Array.from({ length: SCENARIOS }, (_, s) => nominal * 1.5 * random() * (hard && s === 4 ? 40 : 1));
    const [watts, vars] = [draw(powerKw), draw(powerKvar)];
    if (hard && i === 0) watts[7] = Number.NaN;
    batch.setPowers(i, watts, vars);
  });
  const column = (draw: () => number) => Float64Array.from({ length: SCENARIOS }, draw);
  for (const name of batch.switches)
    batch.setSwitchStates(
      name,
      column(() => Number(random() < 0.9)),
    );
  for (const name of batch.sources)
    batch.setSourceVoltage(
      name,
      column(() => 0.97 + 0.06 * random()),
    );
  if (more.taps)
    for (const name of batch.transformers)
      batch.setTaps(
        name,
        column(() => 1 + 0.00625 * Math.round(32 * random() - 16)),
      );
  if (more.capacitors)
    for (const { name } of grid.elementsOf('capacitor'))
      batch.setCapacitorSteps(
        name,
        column(() => Math.round(random())),
      );
  const report = batch.solve();
  expect(report.islanded).toBe(batch.status.filter((status) => status === STATUS_ISLANDED).length);
  const numbers = [batch.mismatchVa, Float64Array.from(batch.iterations), ...Array.from({ length: SCENARIOS }, (_, s) => batch.voltages(s))];
  const bits = Buffer.concat(numbers.map((values) => Buffer.from(Float64Array.from(values, (x) => (Number.isNaN(x) ? Number.NaN : x)).buffer)));
  return { problem: '', status: [...batch.status], bits };
}

describe.skipIf(nativeBackends.length === 0)('native kernels give the bits of WebAssembly', () => {
  it.each(listFeeders().map(({ name }) => name))(
    '%s',
    async (feeder) => {
      const grid = await loadFeeder(feeder);
      let solved = 0;
      for (const method of LARGE[feeder] ?? METHODS) {
        const hard = !(feeder in LARGE);
        const wanted = outcomeOf(grid, method, wasmBackend, hard);
        if (!wanted.problem) solved += wanted.status.filter((status) => status === 1).length;
        for (const backend of nativeBackends) {
          const found = outcomeOf(grid, method, backend, hard);
          expect({ ...found, bits: 0 }, `${method}, ${backend.name}`).toEqual({ ...wanted, bits: 0 });
          expect(found.bits.equals(wanted.bits), `${method}, ${backend.name}: bits`).toBe(true);
        }
      }
      expect(solved).toBeGreaterThan(0);
    },
    240_000,
  );

  it.each(listFeeders().map(({ name }) => name))('%s in single precision', { timeout: 120_000 }, async (feeder) => {
    const grid = await loadFeeder(feeder);
    const hard = !feeder.startsWith('ieee8500');
    const wanted = outcomeOf(grid, 'chord', wasmBackend, hard, { precision: 'single' });
    expect(wanted.status).toContain(1);
    for (const backend of nativeBackends) {
      const found = outcomeOf(grid, 'chord', backend, hard, { precision: 'single' });
      expect({ ...found, bits: 0 }, backend.name).toEqual({ ...wanted, bits: 0 });
      expect(found.bits.equals(wanted.bits), `${backend.name}: bits`).toBe(true);
    }
  });

  it('meshed grids by chord, in double and in single precision', { timeout: 120_000 }, async () => {
    const grids = [...(await Promise.all(Object.values(MESHED).map((load) => load()))), ...randomMeshes(4)];
    for (const [k, grid] of grids.entries())
      for (const more of [{}, { precision: 'single' }] as const) {
        const wanted = outcomeOf(grid, 'chord', wasmBackend, false, more);
        expect(wanted.status).toContain(1);
        for (const backend of nativeBackends) expect(outcomeOf(grid, 'chord', backend, false, more), `grid ${k}, ${backend.name}`).toEqual(wanted);
      }
  });

  it('loads with exponents and with a cut-off voltage', () => {
    const { grid } = runScriptText(SPECIAL, 'special.dss', { files: new MemoryFiles({}) });
    for (const method of METHODS) {
      const wanted = outcomeOf(grid, method, wasmBackend, false);
      expect(wanted.status).toContain(1);
      for (const backend of nativeBackends) expect(outcomeOf(grid, method, backend, false), `${method}, ${backend.name}`).toEqual(wanted);
    }
    const single = outcomeOf(grid, 'chord', wasmBackend, false, { precision: 'single' });
    expect(single.status).toContain(1);
    for (const backend of nativeBackends) expect(outcomeOf(grid, 'chord', backend, false, { precision: 'single' }), backend.name).toEqual(single);
  });

  it.each([
    ['ieee13', true],
    ['ieee37', undefined],
    ['ieee123', true],
    ['ieee123', ['sw2', 'sw6', 'sw7', 'sw8']],
    ['tree131-meshed', ['tie1', 'tie5']],
  ] as const)('%s by newton with taps, switches (%s), capacitor steps and source voltages of each scenario', async (feeder, switches) => {
    const grid = await loadFeeder(feeder);
    const more = { taps: true, switches, capacitors: true, sources: true } as const;
    const wanted = outcomeOf(grid, 'newton', wasmBackend, true, more);
    expect(wanted.problem).toBe('');
    expect(wanted.status).toContain(1);
    for (const backend of nativeBackends) expect(outcomeOf(grid, 'newton', backend, true, more), backend.name).toEqual(wanted);
  });

  it('source voltages of each scenario by every method, and second passes with taps of their own', async () => {
    for (const method of METHODS) {
      const grid = await loadFeeder('ieee13');
      const more: Partial<BatchOptions> = method === 'chord' ? { sources: true, taps: true, maxIterations: 5 } : { sources: true };
      const wanted = outcomeOf(grid, method, wasmBackend, false, more);
      expect(wanted.status).toEqual(new Array(SCENARIOS).fill(1));
      for (const backend of nativeBackends) expect(outcomeOf(grid, method, backend, false, more), `${method}, ${backend.name}`).toEqual(wanted);
    }
  });

  it.each(['ieee13', 'ieee34', 'ieee123'])('%s with taps and capacitor steps of each scenario', async (feeder) => {
    const grid = await loadFeeder(feeder);
    const wanted = outcomeOf(grid, 'chord', wasmBackend, true, { taps: true, capacitors: true });
    expect(wanted.problem).toBe('');
    expect(wanted.status.filter((status) => status === 1).length).toBeGreaterThan(5);
    for (const backend of nativeBackends) {
      expect(outcomeOf(grid, 'chord', backend, true, { taps: true, capacitors: true }), backend.name).toEqual(wanted);
    }
  });
});
