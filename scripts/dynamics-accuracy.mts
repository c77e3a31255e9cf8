/**
 * Prints the figures of docs/dynamics.md and writes its picture: errors of the fast scheme and of the judge against the reference trajectories (which lie in ../shared,
 * left out where they do not), closing of the energy balance, modes of both inverter models, size and time of a control step.
 *
 *     npx tsx scripts/dynamics-accuracy.mts [--picture docs/dynamics-step.svg]
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  closingError,
  EnergyMeter,
  FastScheme,
  FullInverterModel,
  IdealInverterModel,
  INVERTER_LOOPS,
  loadMicrogrid,
  MicrogridState,
  type MicrogridVariant,
  microgridNames,
  modesAt,
  planMicrogrid,
  Radau,
  stepResponse,
} from '../src/dynamics/index.js';
import { curvesSvg } from '../src/visualization/index.js';

interface Loads {
  load_r_multiplier: number[];
  load_l_multiplier: number[];
}
interface Reference {
  reset: Loads & { state_after_0_4_s: { v: number[] } };
  steps: (Loads & { vn_volt: number[]; v: number[] })[];
}

const OFF = { frequency: false, voltage: false };
const VARIANTS: readonly MicrogridVariant[] = ['published', 'repaired'];
const print = (line = ''): void => {
  process.stdout.write(`${line}\n`);
};

function references(): (Reference & { name: string; variant: MicrogridVariant })[] {
  const path = fileURLToPath(new URL('../../shared/seeds-data/pgsim-reference-trajectories.json', import.meta.url));
  if (!existsSync(path)) {
    print(`no reference trajectories: there is no ${path}`);
    return [];
  }
  const { cases } = JSON.parse(readFileSync(path, 'utf8')) as { cases: Record<string, Reference> };
  return Object.entries(cases).map(([title, data]) => ({
    ...data,
    name: title.startsWith('microgrid6') ? 'microgrid-6' : 'microgrid-20',
    variant: title.includes('published equations') ? 'published' : 'repaired',
  }));
}

const worst = (value: (i: number) => number, expected: readonly number[]): number =>
  expected.reduce((most, reference, i) => Math.max(most, Math.abs(value(i) - reference)), 0);

function schemeError(reference: ReturnType<typeof references>[number], steps: number): number {
  const plan = planMicrogrid(loadMicrogrid(reference.name, reference.variant));
  const state = new MicrogridState(plan);
  const scheme = new FastScheme(plan, 0.05 / steps);
  const setLoads = (loads: Loads): void => {
    state.loadResistance.set(loads.load_r_multiplier);
    state.loadInductance.set(loads.load_l_multiplier);
  };
  setLoads(reference.reset);
  for (let k = 0; k < 8; k++) scheme.advance(state, steps, OFF);
  let error = 0;
  reference.steps.forEach((step, k) => {
    setLoads(step);
    state.voltageSetPoint.set(step.vn_volt);
    scheme.advance(state, steps, { frequency: k >= 8, voltage: false });
    error = Math.max(
      error,
      worst((i) => state.voltagePu(i), step.v),
    );
  });
  return error;
}

function judgeError(reference: ReturnType<typeof references>[number]): number {
  const model = new IdealInverterModel(planMicrogrid(loadMicrogrid(reference.name, reference.variant)));
  const judge = new Radau(model, { relativeTolerance: 1e-8 });
  const x = model.rest();
  model.setLoads(reference.reset.load_r_multiplier, reference.reset.load_l_multiplier);
  judge.advance(x, 0.4);
  let error = 0;
  reference.steps.forEach((step, k) => {
    model.setLoads(step.load_r_multiplier, step.load_l_multiplier);
    x.set(step.vn_volt, model.voltagesAt);
    model.secondary.frequency = k >= 8;
    judge.advance(x, 0.05);
    error = Math.max(
      error,
      worst((i) => model.voltagePu(x, i), step.v),
    );
  });
  return error;
}

print('Largest error of a reference voltage over a trajectory, pu');
print('| microgrid | variant | control steps | 2.5 ms | 1 ms | 0.5 ms | 0.25 ms | judge, 1e-8 |');
print('|---|---|---|---|---|---|---|---|');
for (const reference of references()) {
  const errors = [20, 50, 100, 200].map((steps) => schemeError(reference, steps).toExponential(1));
  print(
    `| ${reference.name} | ${reference.variant} | ${reference.steps.length} | ${errors.join(' | ')} | ${judgeError(reference).toExponential(1)} |`,
  );
}

print();
print('Energy delivered, less energy lost, used and stored, as a share of the first; 0.5 s from rest');
print('| microgrid | variant | 1 ms | 0.5 ms | 0.25 ms |');
print('|---|---|---|---|---|');
for (const name of microgridNames()) {
  for (const variant of VARIANTS) {
    const shares = [50, 100, 200].map((steps) => {
      const plan = planMicrogrid(loadMicrogrid(name, variant));
      const state = new MicrogridState(plan);
      const meter = new EnergyMeter(new FastScheme(plan, 0.05 / steps), state);
      for (let k = 0; k < 10; k++) meter.advance(steps, { frequency: k > 5, voltage: false });
      return closingError(meter.balance).toExponential(1);
    });
    print(`| ${name} | ${variant} | ${shares.join(' | ')} |`);
  }
}

print();
print('Modes of microgrid-6 slower than 75 rad/s under conventional control, 1/s and rad/s');
const six = planMicrogrid(loadMicrogrid('microgrid-6'));
const slowModes = (model: IdealInverterModel | FullInverterModel): string[] => {
  Object.assign(model.secondary, { frequency: true, voltage: true });
  return modesAt(model, model.operatingPoint(), model.heldStates())
    .filter(({ re, im }) => Math.hypot(re, im) < 75 && im >= 0)
    .map(({ re, im }) => (im === 0 ? re.toFixed(3) : `${re.toFixed(2)} +- ${im.toFixed(2)} j`));
};
print(`five states:        ${slowModes(new IdealInverterModel(six)).join(', ')}`);
for (const set of ['a', 'b'] as const) print(`thirteen, set ${set}:    ${slowModes(new FullInverterModel(six, INVERTER_LOOPS[set])).join(', ')}`);

print();
print('Size of a step, and time of a control step of 50 steps (fast scheme, plain TypeScript, one scenario, best of 5)');
print('| microgrid | variant | currents | buses | balance terms | factor entries | updates | consensus entries | microseconds |');
print('|---|---|---|---|---|---|---|---|---|');
for (const name of microgridNames()) {
  for (const variant of VARIANTS) {
    const plan = planMicrogrid(loadMicrogrid(name, variant));
    const state = new MicrogridState(plan);
    const scheme = new FastScheme(plan, 0.001);
    let best = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 5; round++) {
      const begin = performance.now();
      for (let k = 0; k < 200; k++) scheme.advance(state, 50, { frequency: true, voltage: false });
      best = Math.min(best, (performance.now() - begin) * 5);
    }
    const { nodal, consensusElimination } = plan;
    print(
      `| ${name} | ${variant} | ${plan.currents} | ${plan.buses} | ${plan.balanceCurrent.length} | ${nodal.entries} | ${nodal.updateTarget.length} | ${consensusElimination.entries} | ${best.toFixed(0)} |`,
    );
  }
}

const at = process.argv.indexOf('--picture');
if (at > 0) {
  const options = { load: 'load2', multiplier: 0.7, inverter: 'dg6', before: 0.02, after: 0.28, every: 0.001, loops: INVERTER_LOOPS.a };
  const { times, full, ideal } = stepResponse(loadMicrogrid('microgrid-6'), options);
  const kilo = (values: Float64Array): Float64Array => values.map((value) => value / 1000);
  const picture = curvesSvg({
    title: 'Load 2 of microgrid-6 falls to 70 % of its impedance',
    subtitle: 'Inverter 6, five and thirteen states an inverter, by the judge',
    timeLabel: 'Time from the change, s',
    times,
    panels: [
      {
        label: 'Active power, filtered, kW',
        curves: [
          { name: '13 states', values: kilo(full.activePower) },
          { name: '5 states', values: kilo(ideal.activePower), dashed: true },
        ],
      },
      {
        label: 'Terminal voltage, V',
        curves: [
          { name: '13 states', values: full.terminalVoltage },
          { name: '5 states', values: ideal.terminalVoltage, dashed: true },
        ],
      },
    ],
  });
  writeFileSync(process.argv[at + 1] ?? 'dynamics-step.svg', picture);
}
