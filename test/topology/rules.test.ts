/** What a step does by itself: overflow counters and trips, cooldowns, reconnection, maintenance, an opponent; and what is counted as an action. */
import { describe, expect, it } from 'vitest';
import { DAY_STEPS, MAINTENANCE_FROM, MAINTENANCE_TO, type TopologySettings, type TopologySimulation } from '../../src/topology/index.js';
import { counter, everyOne, infoOf, settingsOf, simulate } from './helpers.js';

/** Settings in which one line's limit is such that it stands at a loading in the first row. */
async function strained(line: number, loading: number, options: Record<string, unknown> = {}): Promise<TopologySettings> {
  const settings = await settingsOf('topology-case14', { scenarios: 1, ...options });
  const before = simulate(settings, 1).state.loading[line];
  const limitAmps = settings.elements.limitAmps.slice();
  limitAmps[line] *= before / loading;
  return { ...settings, elements: { ...settings.elements, limitAmps } };
}

function go(simulation: TopologySimulation, action: number | string = 0): void {
  const { arrays, settings } = simulation;
  arrays.actions.fill(typeof action === 'string' ? settings.choices.names.indexOf(action) : action);
  const count = arrays.rewards.length;
  simulation.step(everyOne(count), count);
}

const LINE = 12; // 9_10_12: its outage leaves the grid whole and at ease

describe('unitary topologies', () => {
  it('of l2rpn_case14_sandbox are 159: 29, 5, 31, 15, 57, 15 and 7 at substations 1, 2, 3, 4, 5, 8 and 12', async () => {
    const { choices } = await settingsOf('topology-case14', { actions: ['set'] });
    expect(choices.count).toBe(1 + 159);
    expect(choices.runs.map(([, count, , substation]) => [substation, count]).slice(1)).toEqual([
      [1, 29],
      [2, 5],
      [3, 31],
      [4, 15],
      [5, 57],
      [8, 15],
      [12, 7],
    ]);
  });

  it('never leave a busbar with a load or generator and no line', async () => {
    for (const id of ['topology-case5', 'topology-case118'] as const) {
      const { choices, elements } = await settingsOf(id, { actions: ['set'] });
      for (let choice = 1; choice < choices.count; choice++) {
        const own = elements.elementsOf[choices.index[choice]];
        const bars = own.map((_, k) => choices.patterns[choices.detail[choice] + k]);
        expect(bars[0]).toBe(1);
        for (const bar of [1, 2])
          if (bars.includes(bar)) expect(own.some((element, k) => bars[k] === bar && element < elements.firstLoad)).toBe(true);
      }
      expect(Math.max(...choices.runs.map(([, count]) => count))).toBeLessThanOrEqual(64);
    }
  });
});

describe('lines over their limit', () => {
  it('trip in the third step, wait 10 steps, and may then be put back', async () => {
    const simulation = simulate(await strained(LINE, 1.2), 1);
    const { state, arrays, settings } = simulation;
    const name = `switch line ${settings.elements.branchNames[LINE]}`;
    const choice = settings.choices.names.indexOf(name);
    expect(state.loading[LINE]).toBeCloseTo(1.2, 10);
    for (const over of [1, 2]) {
      go(simulation);
      expect([state.over[LINE], state.on[LINE]]).toEqual([over, 1]);
      expect(arrays.costs[0]).toBeCloseTo(state.loading[LINE] - 1, 12);
    }
    go(simulation);
    expect([state.on[LINE], state.over[LINE], state.loading[LINE], infoOf(simulation, 0, 'trips')]).toEqual([0, 0, 0, 1]);
    for (let wait = 10; wait > 0; wait--) {
      expect([state.lineWait[LINE], arrays.masks[choice]]).toEqual([wait, 0]);
      go(simulation, wait === 5 ? name : 0);
      // Put back too early it stays out, and the step is worth nothing.
      expect([state.on[LINE], infoOf(simulation, 0, 'illegal'), arrays.rewards[0] === 0]).toEqual([0, wait === 5 ? 1 : 0, wait === 5]);
    }
    expect(arrays.masks[choice]).toBe(1);
    go(simulation, name);
    expect([state.on[LINE], state.over[LINE]]).toEqual([1, Number(state.loading[LINE] > 1)]);
  });

  it('trip at once beyond twice the limit, and others with them', async () => {
    const simulation = simulate(await strained(LINE, 2.1), 2);
    go(simulation);
    expect(Array.from(simulation.state.on.subarray(0, 20)).filter((on) => on === 0)).toEqual([0]);
    expect(simulation.state.on[LINE]).toBe(0);
    expect(infoOf(simulation, 1, 'linesOut')).toBe(1);
    // After the trip the flows are those of the grid without it.
    expect(simulation.state.loading[LINE]).toBe(0);
    expect(infoOf(simulation, 0, 'maxLoading')).toBeGreaterThan(0.5);
  });

  it('rules may say otherwise', async () => {
    const simulation = simulate(await strained(LINE, 1.2, { softSteps: 4, reconnectionSteps: 3 }), 1);
    for (let step = 0; step < 4; step++) go(simulation);
    expect(simulation.state.on[LINE]).toBe(1);
    go(simulation);
    expect([simulation.state.on[LINE], simulation.state.lineWait[LINE]]).toEqual([0, 3]);
  });
});

describe('what is legal', () => {
  it('heeds cooldowns of substations and lines', async () => {
    const settings = await settingsOf('topology-case14', { substationCooldown: 3, lineCooldown: 2 });
    const simulation = simulate(settings, 1);
    const {
      state,
      arrays,
      settings: { choices },
    } = simulation;
    const [first, count] = choices.runs.find(([, , kind, index]) => kind === 1 && index === 4) ?? [0, 0];
    const allowed = (): number[] => Array.from(arrays.masks.subarray(first, first + count));
    go(simulation, first + 3);
    for (const wait of [3, 2, 1]) {
      expect([state.substationWait[4], ...new Set(allowed())]).toEqual([wait, 0]);
      expect(arrays.masks[choices.runs[1][0]]).toBe(1);
      go(simulation);
    }
    expect([...new Set(allowed())]).toEqual([1]);
    go(simulation, 'switch line 9_10_12');
    expect(state.lineWait[12]).toBe(2);
    go(simulation, 'switch line 9_10_12');
    expect([state.on[12], infoOf(simulation, 0, 'illegal')]).toEqual([0, 1]);
    go(simulation);
    go(simulation, 'switch line 9_10_12');
    expect(state.on[12]).toBe(1);
  });

  it('naming the end of a line that is out puts it back, if it may be', async () => {
    const settings = await settingsOf('topology-case14', { reconnectionSteps: 5 });
    const simulation = simulate(settings, 1);
    const { state, arrays } = simulation;
    const [first, count] = settings.choices.runs.find(([, , kind, index]) => kind === 1 && index === 12) ?? [0, 0];
    go(simulation, 'switch line 12_13_14');
    expect([state.on[14], arrays.masks[first]]).toEqual([0, 1]);
    go(simulation, first);
    expect(state.on[14]).toBe(1);
    state.on[14] = 0;
    state.setNode(0, 14);
    state.lineWait[14] = 3;
    simulation.restore(0, simulation.snapshot(0));
    expect(new Set(arrays.masks.subarray(first, first + count))).toEqual(new Set([0]));
    // With two lines out at a substation a set would put both back: one line a step.
    go(simulation, 'switch line 11_12_13');
    for (let step = 0; step < 4; step++) go(simulation);
    expect([state.on[13], state.on[14], arrays.masks[first]]).toEqual([0, 0, 0]);
  });

  it('masks say the same as the step', { timeout: 60_000 }, async () => {
    for (const options of [{ actions: ['set', 'change', 'lines'], lineCooldown: 2, substationCooldown: 1, opponent: true }, {}]) {
      const settings = await settingsOf('topology-case14', options);
      const simulation = simulate(settings, 16);
      const { arrays } = simulation;
      const random = counter(7);
      let illegal = 0;
      for (let step = 0; step < 40; step++) {
        for (let i = 0; i < 16; i++) arrays.actions[i] = Math.floor(random() * settings.choices.count);
        const masked = everyOne(16).map((i) => 1 - arrays.masks[i * settings.choices.count + arrays.actions[i]]);
        simulation.step(everyOne(16), 16);
        for (let i = 0; i < 16; i++) {
          expect(infoOf(simulation, i, 'illegal')).toBe(masked[i]);
          illegal += masked[i];
        }
        const ended = everyOne(16).filter((i) => arrays.terminations[i] === 1);
        for (const i of ended) arrays.episodes[i] += 1;
        simulation.reset(ended, ended.length);
      }
      expect(illegal).toBeGreaterThan(5);
    }
  });
});

describe('what happens from outside', () => {
  it('maintenance holds a line out from 9:00 to 17:00 of a working day', async () => {
    const settings = { ...(await settingsOf('topology-case14', { maintenance: true, scenarios: 40 })), maintenance: { dailyProbability: 0.05 } };
    const simulation = simulate(settings, 16);
    const seen = new Set<number>();
    for (let step = 1; step < DAY_STEPS; step++) {
      go(simulation);
      for (let i = 0; i < 16; i++) {
        const line = infoOf(simulation, i, 'maintained');
        if (simulation.arrays.terminations[i] === 1 || line < 0) continue;
        expect(step).toBeGreaterThanOrEqual(MAINTENANCE_FROM);
        expect(step).toBeLessThan(MAINTENANCE_TO);
        seen.add(line);
        expect(simulation.state.on[i * 20 + line]).toBe(0);
        expect(simulation.state.lineWait[i * 20 + line]).toBe(MAINTENANCE_TO - step - 1);
      }
      const ended = everyOne(16).filter((i) => simulation.arrays.terminations[i] === 1);
      expect(ended.length).toBeLessThan(16);
      if (ended.length > 0) simulation.reset(ended, ended.length, { row: step });
    }
    expect(seen.size).toBeGreaterThan(3);
  });

  it('an opponent takes a line out for four hours, once a day', async () => {
    const settings = await settingsOf('topology-case14', { opponent: true, hardRatio: 50, softSteps: 200 });
    const simulation = simulate(settings, 8);
    const held = new Map<string, number>();
    for (let step = 1; step <= DAY_STEPS; step++) {
      go(simulation);
      for (let i = 0; i < 8; i++) {
        if (simulation.arrays.terminations[i] === 1) continue;
        const line = infoOf(simulation, i, 'attackedLine');
        if (line < 0) continue;
        expect(simulation.state.on[i * 20 + line]).toBe(0);
        held.set(`${i} ${line}`, (held.get(`${i} ${line}`) ?? 0) + 1);
      }
      const ended = everyOne(8).filter((i) => simulation.arrays.terminations[i] === 1);
      for (const i of ended) held.delete([...held.keys()].find((key) => key.startsWith(`${i} `)) ?? '');
      if (ended.length > 0) simulation.reset(ended, ended.length, { row: step });
    }
    const whole = [...held.values()].filter((steps) => steps === 48);
    expect(whole.length).toBeGreaterThan(2);
  });
});

describe('production apart from schedules', () => {
  it('targets move generators by their ramps, others make up for it', async () => {
    const settings = await settingsOf('topology-case14', { redispatch: true, scenarios: 1 });
    const { elements } = settings;
    const simulation = simulate(settings, 2);
    const { state, arrays } = simulation;
    arrays.actions.set([settings.choices.names.indexOf('gen_1_0 up'), 0]);
    simulation.step(everyOne(2), 2);
    // 5 MW more of the first, as much less of the other two: no more, no less in all.
    const schedule = state.produced.slice(6, 12);
    const given = state.produced.slice(0, 6);
    expect(given[0] - schedule[0]).toBeGreaterThan(3);
    expect(given[0] - schedule[0]).toBeLessThanOrEqual(5 + 1e-9);
    const sum = (values: Float64Array): number => values.reduce((a, b) => a + b, 0);
    expect(sum(given)).toBeCloseTo(sum(schedule), 9);
    expect(infoOf(simulation, 0, 'loadMw')).toBe(infoOf(simulation, 1, 'loadMw'));
    expect(elements.dispatchable.filter((k) => given[k] < schedule[k]).length).toBe(2);
    // Ramps hold from step to step.
    for (let step = 0; step < 30; step++) {
      const before = state.produced.slice(0, 6);
      arrays.actions.set([settings.choices.names.indexOf('gen_1_0 up'), 0]);
      simulation.step(everyOne(2), 2);
      for (const k of elements.dispatchable) {
        const { rampMw, maxMw, minMw } = elements.facts.generators[k];
        expect(Math.abs(state.produced[k] - before[k])).toBeLessThanOrEqual(rampMw + 1e-9);
        expect(state.produced[k]).toBeLessThanOrEqual(maxMw + 1e-9);
        expect(state.produced[k]).toBeGreaterThanOrEqual(minMw - 1e-9);
      }
    }
  });

  it('caps hold wind and sun down, and are lifted again', async () => {
    const settings = await settingsOf('topology-case14', { curtailment: true, scenarios: 1 });
    const simulation = simulate(settings, 1);
    const wind = 2;
    go(simulation, 'gen_5_2 at most 0.25');
    for (let step = 0; step < 100; step++) {
      go(simulation);
      const scheduled = settings.chronics.day(0, 0)[simulation.state.row[0] * settings.chronics.width + 22 + wind];
      expect(simulation.state.produced[wind]).toBe(Math.min(scheduled, 0.25 * 70));
    }
    go(simulation, 'gen_5_2 at most 1');
    expect(simulation.state.produced[wind]).toBe(settings.chronics.day(0, 0)[simulation.state.row[0] * settings.chronics.width + 22 + wind]);
  });

  it('storage units keep their energy: what goes in less what is lost comes out', async () => {
    const settings = await settingsOf('topology-case14', { storage: true, scenarios: 1 });
    const simulation = simulate(settings, 1);
    const { state } = simulation;
    expect(Array.from(state.energy)).toEqual([10, 7.5]);
    go(simulation, 'storage 3 charges');
    expect(state.drawn[0]).toBe(10);
    expect(state.energy[0]).toBeCloseTo(10 + (10 / 12) * 0.95, 12);
    go(simulation, 'storage 3 discharges');
    expect(state.drawn[0]).toBe(-10);
    expect(state.energy[0]).toBeCloseTo(10 + (10 / 12) * 0.95 - 10 / 12 / 0.95, 12);
    go(simulation);
    expect(state.drawn[0]).toBe(0);
    for (let step = 0; step < 40; step++) go(simulation, 'storage 3 charges');
    expect(state.energy[0]).toBeCloseTo(20, 9);
    for (let step = 0; step < 60; step++) go(simulation, 'storage 3 discharges');
    expect(state.energy[0]).toBeCloseTo(0, 9);
  });
});
