import { describe, expect, it } from 'vitest';
import { ControlSystem } from '../../src/controls/index.js';
import { ConvergenceError } from '../../src/grid/index.js';
import type { SolveReport } from '../../src/powerflow/index.js';
import { namedColumns, runTimeSeries, runTimeSeriesAsync, toCsv } from '../../src/profiles/index.js';
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
