import { describe, expect, it } from 'vitest';
import { randomSource } from '../../src/cli/bench-measure.js';
import { loadFeeder } from '../../src/feeders/index.js';
import type { Grid } from '../../src/grid/index.js';
import { BatchSession, type KernelBackend, STATUS_CONTROL_LIMIT, STATUS_CONVERGED, scalarBackend, wasmBackend } from '../../src/powerflow/index.js';
import { nativeBackends } from '../native/native.js';
import { drawPowers, expectAsSingle, smallFeeder } from './control-scenarios.js';

const REGULATORS = ['one', 'two', 'three']
  .map((name) => `new regcontrol.${name} transformer=${name} winding=2 vreg=121 band=2 ptratio=60 ctprim=300 r=2 x=3 delay=15`)
  .join('\n');
const FAR = 'new regcontrol.far transformer=far winding=2 vreg=122 band=1.5 ptratio=60 delay=30';

/** Settings of controls that together use every rule; each must move something in some scenario. */
const SETTINGS: readonly (readonly [string, string])[] = [
  ['regulators with line-drop compensation, one behind the other', `${REGULATORS}\n${FAR}`],
  ['delays shorter the further the voltage is off', `${REGULATORS.replaceAll('delay=15', 'delay=15 inversetime=yes')}\n${FAR} inversetime=yes`],
  ['the highest phase', `${FAR} ptphase=max`],
  ['the lowest phase, few taps an action', `${FAR} ptphase=min maxtapchange=2`],
  ['the third phase, compensated', `${FAR} ptphase=3 ctprim=200 r=3 x=5`],
  ['a remote bus', `${FAR} bus=g.2`],
  ['a limit of the local voltage', `${FAR} bus=g.1 vreg=125 vlimit=123`],
  ['a tap on the other winding', 'new regcontrol.far transformer=far winding=2 tapwinding=1 vreg=123 band=1.5 ptratio=60'],
  ['reversing', `${REGULATORS}\n${FAR} reversible=yes revvreg=119 revband=1.5 revdelay=20 revthreshold=50`],
  ['reversing with compensation', `${FAR} reversible=yes revvreg=120 revband=2 revdelay=5 revthreshold=10 ctprim=200 r=2 x=1 revr=-1 revx=2`],
  ['to neutral in reverse', `${REGULATORS}\n${FAR} reversible=yes revneutral=yes revdelay=5 revthreshold=20`],
  ['cogeneration', `${FAR} cogen=yes reversible=yes revvreg=124 revband=1 revdelay=5 revthreshold=20`],
  ['banks by kvar', 'new capcontrol.near capacitor=near element=line.cd terminal=1 type=kvar on=250 off=-150 delay=20 delayoff=10'],
  [
    'banks by current, the mean of the phases',
    'new capcontrol.near capacitor=near element=line.ab terminal=1 type=current ctphase=avg ctratio=10 on=8 off=5',
  ],
  ['banks by current of a phase', 'new capcontrol.near capacitor=near element=line.ab terminal=2 type=current ctphase=2 ctratio=10 on=9 off=4'],
  ['banks by voltage', 'new capcontrol.far capacitor=far element=line.fg terminal=1 type=voltage ptratio=60 on=105 off=112'],
  ['banks by the lowest voltage', 'new capcontrol.far capacitor=far element=line.fg terminal=1 type=voltage ptratio=60 ptphase=min on=102 off=110'],
  ['banks by power factor', 'new capcontrol.near capacitor=near element=line.cd terminal=1 type=pf on=0.9 off=-0.97 pctminkvar=20'],
  [
    'banks by kvar with a voltage override, of a bus of its own',
    `new capcontrol.near capacitor=near element=line.cd terminal=1 type=kvar on=900 off=-900 voltoverride=yes ptratio=60 vmin=118 vmax=124
new capcontrol.far capacitor=far element=line.ef terminal=1 type=kvar on=900 off=-900 voltoverride=yes vbus=g ptphase=avg ptratio=60 vmin=112 vmax=121`,
  ],
  [
    'a current through a transformer with a tap of its own',
    `${FAR}\nnew capcontrol.near capacitor=near element=transformer.far terminal=1 type=current ctratio=10 on=5 off=3`,
  ],
  [
    'kvar into a transformer with a tap of its own',
    `${FAR}\nnew capcontrol.far capacitor=far element=transformer.far terminal=1 type=kvar on=250 off=-100 deadtime=10`,
  ],
  [
    'all at once',
    `${REGULATORS}\n${FAR}
new capcontrol.near capacitor=near element=line.cd terminal=1 type=kvar on=250 off=-150 delay=20 delayoff=10 voltoverride=yes ptratio=60 vmin=112 vmax=126
new capcontrol.far capacitor=far element=line.fg terminal=1 type=voltage ptratio=60 on=116 off=124 delay=15`,
  ],
];

/** All that a batch gives, as bits. */
function outcomeOf(batch: BatchSession): unknown {
  const { status, iterations, controlIterations, controlActions, tapMoves, mismatchVa, transformers } = batch;
  const voltages = Array.from({ length: batch.scenarios }, (_, scenario) => Buffer.from(batch.voltages(scenario).buffer).toString('base64'));
  return {
    counts: [status, iterations, controlIterations, controlActions, tapMoves].map((column) => [...column]),
    mismatch: [...mismatchVa],
    taps: transformers.map((name) => [...batch.taps(name)]),
    voltages,
  };
}

describe('controls of each scenario, as the single solver in static mode', () => {
  it.each([
    ['ieee13', 'chord', 17],
    ['ieee13', 'newton', 5],
    ['ieee34', 'chord', 9],
    ['ieee37', 'newton', 9],
    ['ieee123', 'chord', 13],
    ['ieee123', 'newton', 5],
  ] as const)('%s by %s: taps, counts, and voltages to 1e-8 pu', async (feeder, method, scenarios) => {
    const batch = new BatchSession(await loadFeeder(feeder), {
      scenarios,
      controls: true,
      method: method === 'newton' ? method : 'auto',
      tolerance: 1e-12,
    });
    expect(batch.method).toBe(method);
    const columns = drawPowers(batch, randomSource(31));
    expect(batch.solve()).toMatchObject({ converged: scenarios, unsettled: 0, secondPass: 0 });
    const { moves } = await expectAsSingle(batch, columns, () => loadFeeder(feeder));
    expect(moves).toBeGreaterThan(scenarios);
  });

  it.each(['ieee8500', 'ieee8500-unbalanced'])('%s by chord: regulators and capacitor controls', { timeout: 60_000 }, async (feeder) => {
    const scenarios = 3;
    const batch = new BatchSession(await loadFeeder(feeder), { scenarios, controls: true });
    const columns = drawPowers(batch, randomSource(3), 1.1);
    expect(batch.solve()).toMatchObject({ converged: scenarios, secondPass: 0 });
    const { moves, switched } = await expectAsSingle(batch, columns, () => loadFeeder(feeder));
    expect(moves).toBeGreaterThan(20);
    expect(switched).toBeGreaterThan(2);
  });

  it.each(SETTINGS)('%s', async (name, script) => {
    const load = (): Grid => smallFeeder(script);
    let changes = 0;
    for (const method of ['chord', 'newton'] as const) {
      const batch = new BatchSession(load(), { scenarios: 24, controls: true, method, tolerance: 1e-12 });
      expect(batch.method).toBe(method);
      const columns = drawPowers(batch, randomSource(8), 2);
      batch.solve();
      const { moves, switched } = await expectAsSingle(batch, columns, load);
      changes += moves + switched;
      // Turning round is an action that moves no tap.
      if (/revers|cogeneration/.test(name)) expect(batch.controlActions.some((actions, scenario) => actions > batch.tapMoves[scenario])).toBe(true);
    }
    expect(changes).toBeGreaterThan(0);
  });

  it.each([
    ['by the time of day', 'type=time on=1.5 off=6'],
    ['by the time of day, over midnight', 'type=time on=20 off=3'],
    ['by a signal', 'type=follow controlsignal=signal'],
  ])('banks %s, hour by hour', async (_, how) => {
    const load = (): Grid =>
      smallFeeder(
        `new capcontrol.near capacitor=near element=line.cd terminal=1 ${how}\nnew capcontrol.far capacitor=far element=line.cd terminal=1 ${how}`,
      );
    const found = new Set<number>();
    for (const hour of [0, 1, 2, 4, 7, 21]) {
      const batch = new BatchSession(load(), { scenarios: 3, controls: true, hour, maxControlIterations: 30 });
      const columns = drawPowers(batch, randomSource(9));
      batch.solve();
      await expectAsSingle(batch, columns, load, { hour, maxControlIterations: 30 });
      found.add(batch.capacitorSteps('far')[0]);
    }
    expect([...found].sort()).toEqual([0, 1]);
  });

  it('scenarios start from the taps and steps that are set', async () => {
    const load = (): Grid => smallFeeder(SETTINGS.at(-1)?.[1] as string);
    const scenarios = 12;
    const batch = new BatchSession(load(), { scenarios, controls: true, tolerance: 1e-12 });
    const random = randomSource(12);
    const columns = drawPowers(batch, random);
    const column = (draw: () => number): Float64Array => Float64Array.from({ length: scenarios }, draw);
    for (const name of batch.transformers)
      columns.taps.set(
        name,
        column(() => 1 + 0.00625 * Math.round(20 * random() - 10)),
      );
    columns.steps.set(
      'near',
      column(() => Math.floor(4 * random())),
    );
    columns.steps.set(
      'far',
      column(() => Math.floor(2 * random())),
    );
    for (const [name, taps] of columns.taps) batch.setTaps(name, taps);
    for (const [name, steps] of columns.steps) batch.setCapacitorSteps(name, steps);
    batch.solve();
    const first = outcomeOf(batch);
    await expectAsSingle(batch, columns, load);
    // A second solution starts from there again, not from where the first one ended.
    batch.solve();
    expect(outcomeOf(batch)).toEqual(first);
    batch.solve('warm');
    await expectAsSingle(batch, columns, load);
  });

  it('what the chord method leaves begins anew by Newton, from the taps and steps that were set', async () => {
    const load = (): Grid => smallFeeder(SETTINGS.at(-1)?.[1] as string);
    const scenarios = 9;
    const batch = new BatchSession(load(), { scenarios, controls: true, method: 'chord', maxIterations: 3 });
    const columns = drawPowers(batch, randomSource(14), 2);
    columns.taps.set('far', new Float64Array(scenarios).fill(1.0375));
    batch.setTaps('far', columns.taps.get('far') as Float64Array);
    expect(batch.solve()).toMatchObject({ converged: scenarios, secondPass: scenarios });
    const { moves, switched } = await expectAsSingle(batch, columns, load);
    expect(moves * switched).toBeGreaterThan(0);
  });

  it('only the controls that are named act', () => {
    const batch = new BatchSession(smallFeeder(`${REGULATORS}\n${FAR}`), { scenarios: 5, controls: ['one', 'regcontrol.far'] });
    drawPowers(batch, randomSource(4), 2);
    batch.solve();
    expect(batch.transformers).toEqual(['one', 'far']);
    expect(batch.taps('far').some((tap) => tap !== 1)).toBe(true);
  });
});

describe('bits and neighbours', () => {
  const script = SETTINGS.at(-1)?.[1] as string;
  const outcome = (method: 'chord' | 'newton', backend: KernelBackend, order: readonly number[]): unknown => {
    const all = new BatchSession(smallFeeder(script), { scenarios: 11, controls: true, method, backend: scalarBackend });
    const { powers } = drawPowers(all, randomSource(21), 2);
    const batch = new BatchSession(smallFeeder(script), { scenarios: order.length, controls: true, method, backend });
    for (const { id, kw, kvar } of powers) {
      const pick = (column: Float64Array): Float64Array => Float64Array.from(order, (scenario) => column[scenario]);
      batch.setPowers(batch.injectionIndex(id), pick(kw), pick(kvar));
    }
    batch.solve();
    return outcomeOf(batch);
  };
  const everyOne = Array.from({ length: 11 }, (_, k) => k);

  it.each(['chord', 'newton'] as const)('%s: native kernels give the bits of WebAssembly', (method) => {
    const wanted = outcome(method, wasmBackend, everyOne);
    for (const backend of nativeBackends) expect(outcome(method, backend, everyOne), backend.name).toEqual(wanted);
  });

  it.each(['chord', 'newton'] as const)('%s: the plain program gives the same positions and counts', (method) => {
    const [a, b] = [wasmBackend, scalarBackend].map((backend) => outcome(method, backend, everyOne) as { counts: number[][]; taps: number[][] });
    expect(b.taps).toEqual(a.taps);
    expect(b.counts).toEqual(a.counts);
  });

  it.each(['chord', 'newton'] as const)('%s: no lane depends on its neighbours', (method) => {
    const { voltages } = outcome(method, wasmBackend, everyOne) as { voltages: string[] };
    const order = [4, 9, 0, 7, 2];
    const { voltages: others } = outcome(method, wasmBackend, order) as { voltages: string[] };
    expect(others).toEqual(order.map((scenario) => voltages[scenario]));
  });
});

describe('lanes that do not settle', () => {
  // It closes below a voltage above the one over which it opens: in between it opens and closes for ever.
  const hunting = 'new capcontrol.far capacitor=far element=line.fg type=voltage ptratio=60 on=110 off=108 deadtime=0';

  it.each(['chord', 'newton'] as const)('%s: are flagged, keep the last power flow, and hold up no others', async (method) => {
    const load = (): Grid => smallFeeder(hunting);
    const maxControlIterations = 12;
    const scenarios = 32;
    const batch = new BatchSession(load(), { scenarios, controls: true, method, maxControlIterations, tolerance: 1e-12 });
    const columns = drawPowers(batch, randomSource(77));
    const report = batch.solve();
    expect(report.unsettled).toBeGreaterThan(3);
    expect(report.converged).toBeGreaterThan(3);
    expect(report).toMatchObject({ converged: scenarios - report.unsettled, failed: report.unsettled, secondPass: 0 });
    const { unsettled } = await expectAsSingle(batch, columns, load, { maxControlIterations });
    expect(unsettled).toBe(report.unsettled);
    const at = batch.status.indexOf(STATUS_CONTROL_LIMIT);
    expect(Number.isFinite(batch.voltages(at)[0])).toBe(true);
  });

  it('a lane whose power flow diverges does not touch its neighbours', () => {
    const solve = (kw: number): { batch: BatchSession; columns: number[][] } => {
      const batch = new BatchSession(smallFeeder(`${REGULATORS}\n${FAR}`), { scenarios: 4, controls: true });
      drawPowers(batch, randomSource(5));
      const load = batch.injectionIndex('load.d');
      batch.setPowers(load, Float64Array.of(300, kw, 500, 700), new Float64Array(4));
      batch.solve();
      return { batch, columns: batch.transformers.map((name) => [0, 2, 3].map((scenario) => batch.taps(name)[scenario])) };
    };
    const bad = solve(1e7);
    expect(bad.batch.status[1]).not.toBe(STATUS_CONVERGED);
    expect(Number.isNaN(bad.batch.voltages(1)[0])).toBe(true);
    const good = solve(400);
    expect(bad.columns).toEqual(good.columns);
    for (const scenario of [0, 2, 3]) expect(bad.batch.voltages(scenario)).toEqual(good.batch.voltages(scenario));
  });
});

describe('what cannot be is refused with the control and its property', () => {
  const make = (script: string, more: object = {}): (() => BatchSession) => {
    const grid = smallFeeder(script);
    return () => new BatchSession(grid, { scenarios: 2, controls: true, ...more });
  };

  it.each([
    ['a control that is not there', FAR, { controls: ['nobody'] }, 'there is no control nobody'],
    ['a name of two', `${FAR}\nnew capcontrol.far capacitor=far element=line.fg type=kvar`, { controls: ['far'] }, 'give the id'],
    ['neither names nor true', FAR, { controls: 'far' }, 'takes an array of names'],
    ['a disabled one', `${FAR} enabled=no`, { controls: ['far'] }, 'is disabled'],
    [
      'other kinds',
      'new pvsystem.p bus1=g phases=3 kv=12.47 kva=100 pmpp=100\nnew invcontrol.i mode=voltvar',
      {},
      'invcontrol.i: a batch has regulator',
    ],
    ['a sweep', FAR, { method: 'sweep' }, 'chord and newton methods only'],
    ['an injection solver', FAR, { method: 'injection' }, 'chord and newton methods only'],
    ['limits', FAR, { maxControlIterations: 0 }, 'maxControlIterations is 0'],
    ['hours', FAR, { hour: -1 }, 'hour is -1'],
    ['a load that is watched', 'new capcontrol.far capacitor=far element=load.g type=current', {}, 'capcontrol.far.element'],
    ['a bank that is watched', 'new capcontrol.far capacitor=far element=capacitor.far type=kvar', {}, 'capcontrol.far.element'],
    [
      'phases combined in two ways',
      'new capcontrol.far capacitor=far element=line.fg type=current ctphase=avg ptphase=max voltoverride=yes',
      {},
      'capcontrol.far.ptphase',
    ],
  ])('%s', (_, script, more, message) => {
    expect(make(script, more)).toThrow(message);
  });

  it('a remote node, another winding of the same transformer, steps out of order', () => {
    const grid = smallFeeder(FAR);
    const [control] = grid.controlsOf('regcontrol');
    const batch = (): BatchSession => new BatchSession(grid, { scenarios: 2, controls: true });
    control.remoteBus = { bus: 'g', nodes: [4] };
    expect(batch).toThrow('regcontrol.far.bus: bus "g" has no node 4');
    delete control.remoteBus;
    grid.addControl({ ...control, name: 'other', tapWinding: 0 });
    expect(batch).toThrow('regcontrol.other.tapwinding: another control moves winding 2');
    const banks = smallFeeder('new capcontrol.near capacitor=near element=line.cd type=kvar');
    banks.require('capacitor', 'near').steps[2].closed = true;
    expect(() => new BatchSession(banks, { scenarios: 2, controls: true })).toThrow('a step in before one that is out');
  });

  it('positions of what has none of each scenario', () => {
    const batch = make(FAR)();
    expect(() => batch.taps('one')).toThrow('transformer.one');
    expect(() => batch.capacitorSteps('far')).toThrow('capacitor.far is switched by none');
  });
});
