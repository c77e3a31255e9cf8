import { describe, expect, it } from 'vitest';
import { DynamicsError, defineMicrogrid, IdealInverterModel, loadMicrogrid, microgridNames, planMicrogrid, Radau } from '../../src/dynamics/index.js';
import { smallMicrogrid } from './small-microgrid.js';

const CONTROLS = [
  { frequency: false, voltage: false },
  { frequency: true, voltage: false },
  { frequency: true, voltage: true },
];

function modelOf(name: string, variant: 'published' | 'repaired', controls: { frequency: boolean; voltage: boolean }): IdealInverterModel {
  const model = new IdealInverterModel(planMicrogrid(loadMicrogrid(name, variant)));
  Object.assign(model.secondary, controls);
  return model;
}

describe('the operating point', () => {
  for (const name of microgridNames()) {
    for (const variant of ['published', 'repaired'] as const) {
      it.each(CONTROLS)(`of ${name}, ${variant}, is where the judge stays (controls %o)`, (controls) => {
        const model = modelOf(name, variant, controls);
        const start = model.operatingPoint();
        const x = start.slice();
        new Radau(model, { relativeTolerance: 1e-6 }).advance(x, 0.05);
        start.forEach((value, i) => expect(Math.abs(x[i] - value)).toBeLessThan(1e-8 * Math.max(model.scale[i], Math.abs(value))));
        const all = Array.from({ length: model.plan.inverters }, (_, i) => i);
        for (const i of all) {
          expect(model.speed(start, i)).toBeCloseTo(model.speed(start, 0), 8);
          if (controls.frequency) expect(model.speed(start, i)).toBeCloseTo(model.plan.nominalSpeed, 8);
          // Power is shared in inverse proportion to the droops.
          expect(model.plan.activeDroop[i] * start[5 * i + 1]).toBeCloseTo(model.plan.activeDroop[0] * start[1], 8);
        }
        if (controls.voltage) {
          expect(model.voltagePu(start, 0)).toBeCloseTo(1, 10);
          // In the sum of its two terms the reactive powers cancel: all set points go to the one that holds the pinned inverter at the reference.
          for (const i of all) expect(start[model.voltagesAt + i]).toBeCloseTo(model.plan.nominalVoltage + model.plan.reactiveDroop[0] * start[2], 6);
        }
      });
    }
  }

  it('is where a long trajectory ends', () => {
    const model = modelOf('microgrid-6', 'repaired', CONTROLS[0]);
    const voltages = [500, 510, 520, 530, 490, 480];
    model.setLoads([0.9, 1.1, 1, 0.8], [1, 0.9, 1.2, 1.1]);
    const x = model.rest();
    x.set(voltages, model.voltagesAt);
    new Radau(model, { relativeTolerance: 1e-7 }).advance(x, 5);
    const point = model.operatingPoint(voltages);
    point.forEach((value, i) => expect(Math.abs(x[i] - value)).toBeLessThan(1e-5 * Math.max(model.scale[i], Math.abs(value))));
  });

  it('is refused where a line cannot carry the share that droop asks for', () => {
    const small = smallMicrogrid();
    const weak = defineMicrogrid({ ...small, lines: [{ ...small.lines[0], inductanceHenry: 0.3 }] });
    expect(() => new IdealInverterModel(planMicrogrid(defineMicrogrid(small))).operatingPoint()).not.toThrow();
    const search = () => new IdealInverterModel(planMicrogrid(weak)).operatingPoint();
    expect(search).toThrow(DynamicsError);
    expect(search).toThrow(/no operating point was found/);
  });
});
