/** The judge against trajectories of the published equations, computed with another integrator, and against itself at another tolerance. */
import { describe, expect, it } from 'vitest';
import { differenceJacobian, IdealInverterModel, loadMicrogrid, planMicrogrid, Radau } from '../../src/dynamics/index.js';
import { type ReferenceMoment, type ReferenceTrajectory, readTrajectories } from './reference.js';

/** Plays the first steps of a trajectory; returns the states after the reset and each step. */
function play(trajectory: ReferenceTrajectory, tolerance: number, steps: number): { model: IdealInverterModel; states: Float64Array[] } {
  const microgrid = loadMicrogrid(trajectory.microgrid, trajectory.variant);
  const model = new IdealInverterModel(planMicrogrid(microgrid));
  const judge = new Radau(model, { relativeTolerance: tolerance });
  const x = model.rest();
  model.setLoads(trajectory.reset.load_r_multiplier, trajectory.reset.load_l_multiplier);
  judge.advance(x, 0.4);
  const states = [x.slice()];
  trajectory.steps.slice(0, steps).forEach((step, k) => {
    model.setLoads(step.load_r_multiplier, step.load_l_multiplier);
    x.set(step.vn_volt, model.voltagesAt);
    model.secondary.frequency = k >= 8;
    judge.advance(x, 0.05);
    states.push(x.slice());
  });
  return { model, states };
}

const worst = (values: readonly number[], reference: readonly number[]): number =>
  values.reduce((most, value, i) => Math.max(most, Math.abs(value - reference[i])), 0);

/** Largest differences of voltage (pu), angle (rad), power (W) and frequency (Hz). */
function differences(model: IdealInverterModel, x: Float64Array, moment: ReferenceMoment): number[] {
  const all = Array.from({ length: model.plan.inverters }, (_, i) => i);
  return [
    worst(
      all.map((i) => model.voltagePu(x, i)),
      moment.v,
    ),
    worst(
      all.map((i) => x[5 * i]),
      moment.delta,
    ),
    worst(
      all.map((i) => x[5 * i + 1]),
      moment.p,
    ),
    worst(
      all.map((i) => model.speed(x, i) / (2 * Math.PI)),
      moment.f,
    ),
  ];
}

describe('the judge', () => {
  const trajectories = readTrajectories();
  it.skipIf(trajectories.length === 0).each(trajectories.map((trajectory) => [trajectory.title, trajectory] as const))(
    'reproduces %s',
    (_title, trajectory) => {
      const small = trajectory.microgrid === 'microgrid-6';
      const steps = small ? 10 : 2;
      const { model, states } = play(trajectory, small ? 1e-8 : 1e-7, steps);
      const moments = [trajectory.reset.state_after_0_4_s, ...trajectory.steps.slice(0, steps)];
      states.forEach((x, k) => {
        const [voltage, angle, power, frequency] = differences(model, x, moments[k]);
        expect(voltage).toBeLessThan(small ? 1e-7 : 1e-6);
        expect(angle).toBeLessThan(small ? 1e-7 : 2e-6);
        expect(power).toBeLessThan(small ? 0.01 : 0.5);
        expect(frequency).toBeLessThan(small ? 1e-6 : 1e-5);
      });
    },
  );

  it.skipIf(trajectories.length === 0)('agrees with itself at a tolerance a hundred times tighter', () => {
    const loose = play(trajectories[1], 1e-8, 2);
    const tight = play(trajectories[1], 1e-10, 2);
    const voltages = ({ model, states }: typeof loose) => states.flatMap((x) => [0, 1, 2, 3, 4, 5].map((i) => model.voltagePu(x, i)));
    expect(worst(voltages(loose), voltages(tight))).toBeLessThan(1e-8);
  });

  it('has the derivatives of its equations', () => {
    for (const variant of ['published', 'repaired'] as const) {
      const model = new IdealInverterModel(planMicrogrid(loadMicrogrid('microgrid-6', variant)));
      Object.assign(model.secondary, { frequency: true, voltage: true });
      const x = model.rest().map((value, i) => value + 0.1 * model.scale[i] * Math.sin(i));
      const n = model.size;
      const exact = new Float64Array(n * n);
      const differenced = new Float64Array(n * n);
      model.jacobian(x, exact);
      differenceJacobian(model, x, differenced);
      for (let i = 0; i < n; i++) {
        const row = Array.from({ length: n }, (_, j) => exact[i * n + j] * model.scale[j]);
        const largest = Math.max(...row.map(Math.abs), 1e-9);
        row.forEach((value, j) => expect(Math.abs(value - differenced[i * n + j] * model.scale[j])).toBeLessThan(1e-9 * largest));
      }
    }
  });
});

describe('the published reading of the wrong active power', () => {
  it('has no effect: it cancels in the control', () => {
    const right = new IdealInverterModel(planMicrogrid(loadMicrogrid('microgrid-20', 'repaired')));
    const wrong = new IdealInverterModel(planMicrogrid(loadMicrogrid('microgrid-20', 'published')));
    const x = right.rest().map((value, i) => value + right.scale[i] * Math.sin(i) * (i < right.speedsAt ? 1 : 1e-3));
    const rates = [right, wrong].map((model) => {
      model.secondary.frequency = true;
      const dx = new Float64Array(model.size);
      model.derivative(x, dx);
      return dx.slice(model.speedsAt, model.voltagesAt);
    });
    expect(wrong.powerState(6)).not.toBe(right.powerState(6));
    const largest = Math.max(...rates[0].map(Math.abs));
    expect(largest).toBeGreaterThan(1000);
    rates[0].forEach((rate, i) => expect(Math.abs(rate - rates[1][i])).toBeLessThan(1e-9 * largest));
  });
});
