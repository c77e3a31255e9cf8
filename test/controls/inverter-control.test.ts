import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ControlSystem, solveWithControls } from '../../src/controls/control-loop.js';
import { InverterUnit, type UnitReading } from '../../src/controls/inverter-unit.js';
import { RollingAverage } from '../../src/controls/rolling-average.js';
import { runTimeSteps } from '../../src/controls/time-loop.js';
import {
  curveValueAt,
  Grid,
  GridError,
  IEEE1547_VOLT_VAR,
  type InverterControl,
  injectionPower,
  type PvSystem,
  SNAPSHOT,
  type XyCurve,
} from '../../src/grid/index.js';
import { pvSystem } from '../grid/der-records.js';
import { TheveninSolver } from './thevenin-solver.js';

function control(changes: Partial<InverterControl> = {}): InverterControl {
  return {
    kind: 'invcontrol',
    name: 'c',
    enabled: true,
    elements: [],
    mode: 'voltvar',
    voltVarCurve: 'vv',
    voltWattCurve: 'vw',
    hysteresisOffset: 0,
    voltageReference: 'rated',
    averageWindowSeconds: 1,
    voltageChangeTolerance: 0.0001,
    varChangeTolerance: 0.025,
    activePowerChangeTolerance: 0.01,
    deltaQFactor: -1,
    deltaPFactor: -1,
    voltWattAxis: 'pmpppu',
    reactiveReference: 'varaval',
    rateOfChange: 'inactive',
    filterTimeConstant: 0.001,
    riseFallLimit: 0.001,
    deadBandMin: 0.95,
    deadBandMax: 1.05,
    gradientLow: 0.1,
    gradientHigh: 0.1,
    dynamicWindowSeconds: 1,
    monitoredVoltage: 'avg',
    monitoredBuses: [],
    monitoredBaseVolts: [],
    setPointPu: 1,
    controlModel: 0,
    ...changes,
  };
}

const VOLT_VAR: XyCurve = { name: 'vv', x: Float64Array.of(0.5, 0.92, 0.98, 1.02, 1.08, 1.5), y: Float64Array.of(1, 1, 0, 0, -1, -1) };
const VOLT_WATT: XyCurve = { name: 'vw', x: Float64Array.of(0.5, 1.02, 1.06, 1.5), y: Float64Array.of(1, 1, 0.2, 0.2) };
const RATED_VOLTS = 7200;

/** A PV system of 1000 kVA and 800 kW at a bus whose voltage it raises. */
function feeder(
  settings: Partial<InverterControl>,
  sourcePu = 1.02,
): { system: ControlSystem; solver: TheveninSolver; pv: PvSystem; record: InverterControl } {
  const grid = new Grid('test');
  grid.xyCurves.set('vv', VOLT_VAR);
  grid.xyCurves.set('vw', VOLT_WATT);
  const pv = grid.add(pvSystem({ phases: 1, kv: RATED_VOLTS / 1000, ratedKw: 800, terminal: { bus: 'b', nodes: [1, 0] } }, { kva: 1000 }));
  const record = grid.addControl(control(settings));
  const solver = new TheveninSolver(grid, sourcePu * RATED_VOLTS, [2, 4]);
  const power = injectionPower(grid, pv, SNAPSHOT);
  solver.setPower(pv, power.powerKw, power.powerKvar);
  return { system: new ControlSystem(solver), solver, pv, record };
}

const options = { maxControlIterations: 100 };

describe('inverter control', () => {
  it('brings volt-var to the curve at the final voltage', () => {
    const tight = { voltageChangeTolerance: 1e-9, varChangeTolerance: 1e-9 };
    const { system, solver, pv } = feeder(tight);
    const before = (solver.solve(), solver.magnitude);
    expect(solveWithControls(system, options).converged).toBe(true);
    const wanted = curveValueAt(VOLT_VAR, solver.magnitude / RATED_VOLTS) * Math.sqrt(1000 ** 2 - 800 ** 2);
    expect(pv.inverter.state?.powerKvar).toBeCloseTo(wanted, 3);
    expect(wanted).toBeLessThan(-50);
    expect(solver.magnitude).toBeLessThan(before);
  });

  it('refers vars to the kvar limits where told so', () => {
    const { system, solver, pv } = feeder({ reactiveReference: 'varmax', voltageChangeTolerance: 1e-9, varChangeTolerance: 1e-9 });
    pv.inverter.maxKvar = 440;
    pv.inverter.maxAbsorbedKvar = 440;
    solveWithControls(system, options);
    expect(pv.inverter.state?.powerKvar).toBeCloseTo(curveValueAt(VOLT_VAR, solver.magnitude / RATED_VOLTS) * 440, 3);
  });

  it('takes half the way first, then goes by its own rule or a fixed factor', () => {
    const { system, pv } = feeder({ deltaQFactor: 0.3 });
    const first = system.devices()[0];
    system.solver.solve();
    system.context.controlIteration = 1;
    first.sample(system.context);
    system.queue.runNearest((action) => action.device.execute(action.code, system.context, action.value));
    const volts = (system.solver as TheveninSolver).magnitude / RATED_VOLTS;
    // The engine starts from -1 kvar.
    const target = curveValueAt(VOLT_VAR, volts) * 600;
    expect(pv.inverter.powerKvar).toBeCloseTo(-1 + 0.3 * (target + 1), 8);
  });

  it('cuts active power by volt-watt to the curve at the final voltage', () => {
    const { system, solver, pv } = feeder({ mode: 'voltwatt', voltageChangeTolerance: 1e-9, activePowerChangeTolerance: 1e-9 });
    solveWithControls(system, options);
    const limit = curveValueAt(VOLT_WATT, solver.magnitude / RATED_VOLTS) * 800;
    expect(limit).toBeLessThan(790);
    expect(pv.inverter.state?.powerKw).toBeCloseTo(limit, 3);
  });

  it('does both at once', () => {
    const tight = { voltageChangeTolerance: 1e-9, activePowerChangeTolerance: 1e-9, varChangeTolerance: 1e-9 };
    const { system, solver, pv } = feeder({ mode: 'none', combination: 'vv_vw', deltaQFactor: 0.4, deltaPFactor: 0.4, ...tight }, 1.05);
    solveWithControls(system, options);
    const state = pv.inverter.state;
    const volts = solver.magnitude / RATED_VOLTS;
    expect(state?.powerKw).toBeCloseTo(curveValueAt(VOLT_WATT, volts) * 800, 2);
    const headroom = Math.sqrt(1000 ** 2 - (state?.powerKw ?? 0) ** 2);
    expect(state?.powerKvar).toBeCloseTo(curveValueAt(VOLT_VAR, volts) * headroom, 1);
  });

  it('holds its set point by voltage regulation', () => {
    const { system, solver } = feeder({ mode: 'avr', setPointPu: 1.03, voltageChangeTolerance: 1e-5 });
    // Each action takes 4 % of what is missing.
    solveWithControls(system, { maxControlIterations: 1000 });
    expect(solver.magnitude / RATED_VOLTS).toBeCloseTo(1.03, 3);
  });

  it('sets the power factor of a watt-pf curve', () => {
    const { system, pv } = feeder({ mode: 'wattpf', wattPowerFactorCurve: 'wp' });
    system.grid.xyCurves.set('wp', { name: 'wp', x: Float64Array.of(0, 0.5, 1), y: Float64Array.of(1, 0.95, 0.9) });
    pv.irradianceKwPerM2 = 0.75;
    const power = injectionPower(system.grid, pv, SNAPSHOT);
    system.solver.setPower(pv, power.powerKw, power.powerKvar);
    solveWithControls(system, options);
    expect(pv.inverter.state?.powerKvar).toBeCloseTo(600 * Math.sqrt(1 / 0.925 ** 2 - 1), 9);
  });

  it('sets the vars of a watt-var curve, on its curve also at kVA', () => {
    const { system, pv } = feeder({ mode: 'wattvar', wattVarCurve: 'wv', reactiveReference: 'varmax' });
    system.grid.xyCurves.set('wv', { name: 'wv', x: Float64Array.of(0, 0.5, 1), y: Float64Array.of(0, 0, -0.44) });
    pv.ratedKw = 1000;
    injectionPower(system.grid, pv, SNAPSHOT);
    solveWithControls(system, options);
    const { powerKw = 0, powerKvar = 0 } = pv.inverter.state ?? {};
    expect(Math.hypot(powerKw, powerKvar)).toBeCloseTo(1000, 6);
    expect(powerKvar).toBeCloseTo(-0.88 * (powerKw - 500), 6);
  });

  it('acts in time steps, ramping vars and answering to a change against the rolling mean', () => {
    const ramp = feeder({ rateOfChange: 'risefall', riseFallLimit: 0.02, deltaQFactor: 1, varChangeTolerance: 1e-9, voltageChangeTolerance: 1e-9 });
    const kvars: number[] = [];
    for (const _ of runTimeSteps(ramp.system, { mode: 'duty', steps: 3, stepSeconds: 1, ...options }))
      kvars.push(ramp.pv.inverter.state?.powerKvar ?? 0);
    expect(kvars.map((kvar) => Math.round(kvar * 1e6) / 1e6)).toEqual([-12, -24, -36]);

    const dynamic = feeder({ mode: 'dynamicreaccurr', gradientHigh: 10, deadBandMax: 1, dynamicWindowSeconds: 10, deltaQFactor: 1 });
    const answer: number[] = [];
    for (const step of runTimeSteps(dynamic.system, { mode: 'duty', steps: 3, stepSeconds: 2, ...options })) {
      answer.push(dynamic.pv.inverter.state?.powerKvar ?? 0);
      if (step.index === 1) dynamic.solver.sourceVolts *= 1.03;
    }
    expect(Math.abs(answer[0])).toBeLessThan(2);
    expect(answer[2]).toBeLessThan(-20);
  });

  it('looks at monitored buses, and says which is missing', () => {
    const monitored = {
      monitoredBuses: [{ bus: 'b', nodes: [1] }],
      monitoredBaseVolts: [RATED_VOLTS],
      voltageChangeTolerance: 1e-9,
      varChangeTolerance: 1e-9,
    };
    const own = feeder({ voltageChangeTolerance: 1e-9, varChangeTolerance: 1e-9 });
    const other = feeder(monitored);
    solveWithControls(own.system, options);
    solveWithControls(other.system, options);
    expect(other.pv.inverter.state?.powerKvar).toBeCloseTo(own.pv.inverter.state?.powerKvar ?? 0, 9);
    const wrong = feeder({ ...monitored, monitoredBuses: [{ bus: 'nowhere', nodes: [1] }] });
    expect(() => solveWithControls(wrong.system, options)).toThrow(GridError);
    expect(() => solveWithControls(feeder({ voltVarCurve: undefined }).system, options)).toThrow(/vvc_curve1/);
  });
});

describe('hysteresis of volt-var', () => {
  it('keeps its vars on the way back until the shifted curve is met', () => {
    const settings = control({ hysteresisOffset: -0.01 });
    const reading: UnitReading = {
      ...{ voltagePu: 1.05, ratedVoltagePu: 1.05, powerKw: 800, powerKvar: -300, kva: 1000, maxKvar: 1000, maxAbsorbedKvar: 1000 },
      ...{ kvarLimit: 1000, absorbedKvarLimit: 1000, ratedKw: 800, ratedShare: 1, dcKw: 800, efficiency: 1, wattPriority: false, baseVolts: 1 },
    };
    const unit = new InverterUnit(pvSystem(), settings, reading);
    unit.updateHeadroom();
    expect(unit.headroomKvar).toBe(600);
    expect(unit.voltVarTarget(VOLT_VAR, 0.01)).toBeCloseTo(-0.5, 12);
    // Turning back: the present output is held and the second curve becomes the active one.
    expect(unit.voltVarTarget(VOLT_VAR, -0.001)).toBeCloseTo(-0.5, 12);
    expect(unit.activeCurve).toBe(2);
    expect(unit.voltVarTarget(VOLT_VAR, -0.001)).toBeCloseTo(-0.5, 12);
    expect(unit.voltVarTarget(VOLT_VAR, -0.001)).toBeCloseTo(curveValueAt(VOLT_VAR, 1.06), 12);
  });
});

describe('rolling mean', () => {
  it('fills by seconds or by samples, then forgets', () => {
    const mean = new RollingAverage(3);
    expect(mean.mean).toBe(0);
    for (const value of [1, 2, 3, 4]) mean.add(value, 1);
    expect(mean.mean).toBe(3);
    const long = new RollingAverage(3);
    for (const value of [1, 2, 3]) long.add(value, 10);
    expect(long.mean).toBe(3);
  });
});

const tables = new URL('../../../shared/reference/ieee1547.json', import.meta.url);
describe.skipIf(!existsSync(tables))('published volt-var table (skipped where ../shared is absent)', () => {
  it('gives the tabulated kvar under both references', () => {
    const table = (JSON.parse(readFileSync(tables, 'utf8')) as { worked: Record<string, { rows: number[][] }> }).worked['opendss_reference_at_P_0.8'];
    for (const [voltagePu, share, available, whole] of table.rows) {
      for (const reactiveReference of ['varaval', 'varmax'] as const) {
        const reading: UnitReading = {
          ...{ voltagePu, ratedVoltagePu: voltagePu, powerKw: 800, powerKvar: 0, kva: 1000, maxKvar: 440, maxAbsorbedKvar: 440 },
          ...{ kvarLimit: 1e9, absorbedKvarLimit: 1e9, ratedKw: 800, ratedShare: 1, dcKw: 800, efficiency: 1, wattPriority: false, baseVolts: 1 },
        };
        const unit = new InverterUnit(pvSystem(), control({ reactiveReference }), reading);
        unit.updateHeadroom();
        const target = unit.voltVarTarget(VOLT_VAR, 0);
        expect(target).toBeCloseTo(share, 8);
        unit.limitVars(target, 1);
        expect(unit.kvarOf(unit.wantedPu)).toBeCloseTo(reactiveReference === 'varmax' ? whole : available, 6);
      }
    }
    expect(curveValueAt(IEEE1547_VOLT_VAR.B, 0.9) * 1000).toBe(440);
  });
});
