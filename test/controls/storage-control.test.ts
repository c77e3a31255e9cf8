import { describe, expect, it } from 'vitest';
import { ControlSystem, solveWithControls } from '../../src/controls/control-loop.js';
import { runTimeSteps } from '../../src/controls/time-loop.js';
import {
  adoptStorageFleet,
  Grid,
  injectionPower,
  type Line,
  type LoadShape,
  SNAPSHOT,
  type Storage,
  type StorageControl,
  zeros,
} from '../../src/grid/index.js';
import { loadOf, storageUnit } from '../grid/der-records.js';
import { TheveninSolver } from './thevenin-solver.js';

function control(changes: Partial<StorageControl> = {}): StorageControl {
  return {
    kind: 'storagecontroller',
    name: 'c',
    enabled: true,
    element: 'line.feeder',
    terminal: 0,
    monitoredPhase: 'max',
    fleet: [],
    weights: [],
    dischargeMode: 'peakshave',
    chargeMode: 'time',
    targetKw: 100,
    lowTargetKw: 50,
    halfBandKw: 1,
    lowHalfBandKw: 1,
    bandPercent: 2,
    thresholdKw: 75,
    dischargeTriggerHour: -1,
    chargeTriggerHour: 2,
    dischargePercent: 20,
    chargePercent: 20,
    inhibitHours: 5,
    rampUpHours: 0.25,
    flatHours: 2,
    rampDownHours: 0.25,
    dispatchFactor: 1,
    resetLevel: 0.8,
    shapes: {},
    ...changes,
  };
}

const bus = { bus: 'b', nodes: [1, 0] };
const feederLine: Line = {
  ...{ kind: 'line', name: 'feeder', enabled: true, phases: 1, terminals: [bus, bus], seriesOhm: zeros(1), shuntSiemens: zeros(1) },
  ...{ lengthMeters: 1, isSwitch: false },
};

/** Load of `loadKw` and batteries of 25 kW, 50 kWh each at one bus. */
function feeder(settings: Partial<StorageControl>, loadKw: number, batteries: Partial<Storage>[] = [{}], shape?: number[]) {
  const grid = new Grid('test');
  const one = { phases: 1, terminal: bus, kv: 7.2 };
  grid.add({ ...feederLine });
  if (shape) {
    const level: LoadShape = { name: 'level', intervalHours: 1, active: Float64Array.from(shape), useActual: false };
    grid.loadShapes.set('level', level);
  }
  const load = grid.add(loadOf({ ...one, powerKw: loadKw, powerKvar: 0, shapes: shape ? { daily: 'level' } : {} }));
  const units = batteries.map((changes, i) => grid.add(storageUnit({ ...one, name: `b${i}`, ...changes })));
  const record = grid.addControl(control(settings));
  adoptStorageFleet(grid, record);
  const solver = new TheveninSolver(grid, 7200, [0.001, 0.001]);
  for (const element of [load, ...units]) {
    const { powerKw, powerKvar } = injectionPower(grid, element, SNAPSHOT);
    solver.setPower(element, powerKw, powerKvar);
  }
  return { system: new ControlSystem(solver), solver, units, record, load };
}

const hourly = { mode: 'daily', stepSeconds: 3600, maxControlIterations: 50 } as const;

describe('storage control', () => {
  it('takes over the fleet at its own rates', () => {
    const { units, record } = feeder({}, 90, [{}, {}]);
    expect(record.fleet).toEqual(['b0', 'b1']);
    expect(units[0]).toMatchObject({ dispatchMode: 'external', chargePercent: 20, dischargePercent: 20 });
  });

  it('discharges what is needed to come down to the target, shared by weight', () => {
    const { system, units } = feeder({ fleet: ['b0', 'b1'], weights: [3, 1], halfBandKw: 0.001 }, 115, [{}, {}]);
    solveWithControls(system, { maxControlIterations: 50 });
    const [first, second] = units.map((unit) => unit.inverter.state?.powerKw ?? 0);
    // Idling losses of 0.25 kW each are in the power that was watched.
    expect(first + second).toBeCloseTo(15, 1);
    expect((first + 0.25) / (second + 0.25)).toBeCloseTo(3, 2);
  });

  it('leaves the fleet alone below the target', () => {
    const { system, units } = feeder({}, 99);
    const solution = solveWithControls(system, { maxControlIterations: 50 });
    expect(solution.actions).toBe(0);
    expect(units[0].state).toBe('idling');
  });

  it('charges while the power is below the low target', () => {
    const { system, units } = feeder({ chargeMode: 'peakshavelow', lowHalfBandKw: 0.001 }, 40, [{ storedKwh: 20 }]);
    solveWithControls(system, { maxControlIterations: 50 });
    expect(units[0]).toMatchObject({ state: 'charging' });
    expect(units[0].inverter.state?.powerKw).toBeCloseTo(-10, 1);
  });

  it('watches the current instead', () => {
    const amps = 100_000 / 7200;
    const { system, units } = feeder({ dischargeMode: 'i-peakshave', targetKw: amps / 1000, halfBandKw: 0.001 }, 110);
    solveWithControls(system, { maxControlIterations: 50 });
    expect(units[0].inverter.state?.powerKw).toBeCloseTo(10, 1);
  });

  it('charges at its hour, and may not discharge for the hours after', () => {
    const { system, units } = feeder({ inhibitHours: 3, dischargeTriggerHour: -1 }, 120, [{ storedKwh: 20 }], [0.5, 0.5, 1, 1, 1, 1, 1]);
    const states: string[] = [];
    for (const _ of runTimeSteps(system, { ...hourly, steps: 7, controlMode: 'time' })) states.push(units[0].state);
    // Rated 20 % of 25 kW from 2 o'clock on; the inhibition ends at 5 o'clock, then the peak at 120 kW is shaved until the reserve is reached.
    expect(states).toEqual(['idling', 'charging', 'charging', 'charging', 'discharging', 'discharging', 'idling']);
  });

  it('follows a shape', () => {
    const { system, units } = feeder(
      { dischargeMode: 'loadshape', chargeMode: 'loadshape', shapes: { daily: 'level' } },
      60,
      [{ storedKwh: 30 }],
      [0.4, -0.3, 0],
    );
    const powers: number[] = [];
    for (const _ of runTimeSteps(system, { ...hourly, steps: 3 })) powers.push(units[0].inverter.state?.powerKw ?? 0);
    expect(powers.map((kw) => Math.round(kw * 1e9) / 1e9)).toEqual([10, -7.5, -0.25]);
  });

  it('runs a schedule up, along and down', () => {
    const settings = {
      dischargeMode: 'schedule',
      dischargeTriggerHour: 1,
      rampUpHours: 1,
      flatHours: 1,
      rampDownHours: 1,
      dischargePercent: 40,
    } as const;
    const { system, units } = feeder(settings, 60);
    const powers: number[] = [];
    for (const _ of runTimeSteps(system, { ...hourly, stepSeconds: 1800, steps: 9 })) powers.push(units[0].inverter.state?.powerKw ?? 0);
    // It idles again after the ramp, but at an unchanged rate the step is not solved anew.
    expect(powers.map((kw) => Math.round(kw * 1e6) / 1e6)).toEqual([-0.25, 0, 5, 10, 10, 10, 5, 0, 0]);
  });
});
