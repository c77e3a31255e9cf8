import { describe, expect, it } from 'vitest';
import { ControlSystem } from '../../src/controls/index.js';
import { ConvergenceError, InputError } from '../../src/grid/index.js';
import type { SolveReport } from '../../src/powerflow/index.js';
import { namedColumns, runTimeSeries, runTimeSeriesAsync, type TimeSeriesOptions, toCsv } from '../../src/profiles/index.js';
import { FakeFeeder, regulatorControl } from '../controls/fake-feeder.js';

/** A regulated feeder whose source sags more each solution. */
class SaggingFeeder extends FakeFeeder {
  constructor(readonly voltsPerSolution: number) {
    super();
    this.grid.addControl(regulatorControl({ name: 'creg' }));
    for (const bus of this.grid.buses.values()) bus.baseKv = 2.4;
  }
  override solve(): SolveReport {
    this.sourceVolts -= this.voltsPerSolution;
    return super.solve();
  }
}

const DAY = { mode: 'daily', steps: 6, stepSeconds: 3600 } as const;

describe('options of a time series', () => {
  const system = (): ControlSystem => new ControlSystem(new SaggingFeeder(0));

  it.each([
    [{ mode: 'foo' }, 'option mode is "foo"; it must be daily, yearly'],
    [{ controlMode: 'foo' }, 'option controlMode is "foo"; it must be off, static'],
    [{ maxControlIterations: 0 }, 'option maxControlIterations is 0'],
    [{ maxControlIterations: Number.NaN }, 'option maxControlIterations is NaN'],
    [{ steps: -1 }, 'option steps is -1'],
    [{ steps: 1.5 }, 'option steps is 1.5'],
    [{ steps: 1e15 }, 'option steps is 1000000000000000; it must be at most'],
    [{ stepSeconds: 0 }, 'option stepSeconds is 0'],
    [{ stepSeconds: Infinity }, 'option stepSeconds is Infinity'],
    [{ clockMoves: 'never' }, 'option clockMoves is "never"'],
    [{ nodes: [null] }, 'option nodes is null'],
    [{ nodes: 'load.1' }, 'option nodes is "load.1"'],
    [{ onDivergence: 'ignore' }, 'option onDivergence is "ignore"'],
    [{ onProgress: 5 }, 'option onProgress is 5'],
    [{ signal: 5 }, 'option signal is 5'],
    [{ stepsize: 5 }, 'no solve option "stepsize"'],
  ])('refuse %j', (wrong, message) => {
    const options = { ...DAY, ...wrong } as TimeSeriesOptions;
    expect(() => runTimeSeries(system(), options)).toThrow(InputError);
    expect(() => runTimeSeries(system(), options)).toThrow(message);
  });

  it('refuse what is no object and no system', () => {
    for (const options of [undefined, null, 5]) expect(() => runTimeSeries(system(), options as unknown as TimeSeriesOptions)).toThrow(InputError);
    expect(() => runTimeSeries(null as unknown as ControlSystem, DAY)).toThrow('needs a ControlSystem, not null');
  });
});

describe('time series', () => {
  it('keeps one entry a step', () => {
    const { columns, steps, cancelled, failed } = runTimeSeries(new ControlSystem(new SaggingFeeder(12)), { ...DAY, nodes: ['load.1'] });
    expect({ steps, cancelled, failed }).toEqual({ steps: 6, cancelled: false, failed: 0 });
    expect([...columns.hour]).toEqual([1, 2, 3, 4, 5, 6]);
    for (const [name, values] of namedColumns(columns)) expect(values.length, name).toBe(6);
    const taps = columns.taps.get('creg') as Int16Array;
    expect(taps[5]).toBeGreaterThan(0);
    expect([...columns.actions].reduce((a, b) => a + b, 0)).toBeGreaterThan(0);
    const last = columns.voltages.get('load.1') as Float64Array;
    expect(columns.minVoltagePu[5]).toBeLessThanOrEqual(last[5]);
    expect(columns.maxVoltagePu[5]).toBeGreaterThanOrEqual(last[5]);
    expect(['load.1', 'source.1']).toContain(columns.minVoltageNode[5]);
  });

  it('writes a table that reads back to the same numbers', () => {
    const { columns } = runTimeSeries(new ControlSystem(new SaggingFeeder(7)), { ...DAY, nodes: ['load.1'] });
    const [head, ...rows] = toCsv(columns).trimEnd().split('\n');
    const names = head.split(',');
    expect(names).toEqual(namedColumns(columns).map(([name]) => name));
    expect(rows.length).toBe(6);
    const at = names.indexOf('voltage.load.1');
    rows.forEach((row, i) => expect(Number(row.split(',')[at])).toBeCloseTo((columns.voltages.get('load.1') as Float64Array)[i], 11));
  });

  it('reports progress and can be cancelled', async () => {
    const abort = new AbortController();
    const seen: number[] = [];
    const result = runTimeSeries(new ControlSystem(new SaggingFeeder(1)), {
      ...DAY,
      signal: abort.signal,
      onProgress: (done, steps) => {
        expect(steps).toBe(6);
        seen.push(done);
        if (done === 3) abort.abort();
      },
    });
    expect(seen).toEqual([1, 2, 3]);
    expect(result).toMatchObject({ steps: 3, cancelled: true });
    expect(result.columns.hour.length).toBe(3);

    // The asynchronous run hears a signal that comes from outside.
    const later = new AbortController();
    setTimeout(() => later.abort(), 5);
    const long = await runTimeSeriesAsync(new ControlSystem(new SaggingFeeder(0)), { ...DAY, steps: 1_000_000, signal: later.signal }, 1);
    expect(long.cancelled).toBe(true);
    expect(long.steps).toBeGreaterThan(0);
  });

  it('stops at a step that does not converge, or takes it down', () => {
    class Failing extends SaggingFeeder {
      override solve(): SolveReport {
        const report = super.solve();
        return this.solutions === 3 ? { ...report, converged: false, status: 'diverged', mismatchPu: Number.NaN } : report;
      }
    }
    expect(() => runTimeSeries(new ControlSystem(new Failing(0)), DAY)).toThrow(ConvergenceError);
    expect(() => runTimeSeries(new ControlSystem(new Failing(0)), DAY)).toThrow(/step 3 \(hour 3\)/);
    const { columns, failed } = runTimeSeries(new ControlSystem(new Failing(0)), { ...DAY, onDivergence: 'continue' });
    expect(failed).toBe(1);
    expect([...columns.converged]).toEqual([1, 1, 0, 1, 1, 1]);
  });

  it('refuses what makes no sense', () => {
    const system = new ControlSystem(new SaggingFeeder(0));
    expect(() => runTimeSeries(system, { ...DAY, steps: 1.5 })).toThrow(/whole number of steps/);
    expect(() => runTimeSeries(system, { ...DAY, stepSeconds: 0 })).toThrow(/longer than 0 s/);
    expect(() => runTimeSeries(system, { ...DAY, nodes: ['nowhere.1'] })).toThrow(/"nowhere\.1"/);
    expect(runTimeSeries(system, { ...DAY, steps: 0 })).toMatchObject({ steps: 0, cancelled: false });
  });
});
