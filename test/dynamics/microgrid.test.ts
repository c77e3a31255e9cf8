import { describe, expect, it } from 'vitest';
import { defineMicrogrid, loadMicrogrid, type MicrogridDefinition, microgridNames, planMicrogrid } from '../../src/dynamics/index.js';
import { InputError } from '../../src/grid/index.js';
import { type MicrogridFacts, readReference } from './reference.js';
import { smallMicrogrid } from './small-microgrid.js';

describe('defineMicrogrid', () => {
  it('completes a definition', () => {
    const microgrid = defineMicrogrid(smallMicrogrid());
    expect(microgrid.buses).toEqual(['at-a', 'at-b']);
    expect(microgrid.neighbours).toEqual([[1], [0]]);
    expect(microgrid.hopDistances).toEqual([
      [0, 1],
      [1, 0],
    ]);
    expect(microgrid.nominalFrequencyHz).toBe(60);
  });

  const without = <T>(list: readonly T[], at: number): T[] => list.filter((_, i) => i !== at);
  it.each<[string, (definition: MicrogridDefinition) => unknown, RegExp]>([
    [
      'a reference that some cannot hear',
      (d) => ({ ...d, secondary: { ...d.secondary, edges: [], oneWay: [['a', 'b']] }, graph: [['a', 'b']] }),
      /secondary\.edges: is not connected: no path leads from a to b/,
    ],
    [
      'a network in two parts',
      (d) => ({ ...d, lines: [] }),
      /microgrid\.lines: the network is not connected: no lines lead from bus at-a to bus at-b/,
    ],
    [
      'a graph in two parts',
      (d) => ({ ...d, secondary: { ...d.secondary, edges: [] } }),
      /secondary\.edges: is not connected: no path leads from a to b/,
    ],
    ["an agents' graph in two parts", (d) => ({ ...d, graph: [] }), /graph: is not connected/],
    [
      'a load nowhere',
      (d) => ({ ...d, loads: [{ ...d.loads[0], bus: 'nowhere' }] }),
      /load\.load\.bus: is "nowhere", where no line ends .* at-a, at-b/,
    ],
    ['a load without a bus', (d) => ({ ...d, loads: [{ name: 'x', resistanceOhm: 1, inductanceHenry: 1 }] }), /load\.x\.bus: is missing/],
    [
      'no inductance of a line',
      (d) => ({ ...d, lines: [{ ...d.lines[0], inductanceHenry: 0 }] }),
      /line\.line\.inductanceHenry: is 0; it must be a number above 0/,
    ],
    [
      'no inductance of a coupling',
      (d) => ({ ...d, inverters: [{ ...d.inverters[0], couplingInductanceHenry: 0 }, d.inverters[1]] }),
      /inverter\.a\.couplingInductanceHenry/,
    ],
    ['NaN', (d) => ({ ...d, inverters: [d.inverters[0], { ...d.inverters[1], activeDroop: Number.NaN }] }), /inverter\.b\.activeDroop: is NaN/],
    ['a name twice', (d) => ({ ...d, lines: [{ ...d.lines[0], name: 'a' }] }), /stands for inverter a already/],
    ['no inverter', (d) => ({ ...d, inverters: [] }), /microgrid\.inverters: is empty/],
    ['one inverter of two', (d) => ({ ...d, inverters: without(d.inverters, 1) }), /secondary\.edges: names "b", which is no inverter/],
    ['an unknown pinned inverter', (d) => ({ ...d, secondary: { ...d.secondary, pinned: 'c' } }), /secondary\.pinned: is "c"/],
    ['no secondary control', (d) => ({ ...d, secondary: undefined }), /microgrid\.secondary: is undefined/],
    [
      'an edge twice',
      (d) => ({
        ...d,
        secondary: {
          ...d.secondary,
          edges: [
            ['a', 'b'],
            ['b', 'a'],
          ],
        },
      }),
      /has the edge b - a twice/,
    ],
    [
      'a mistake at a bus that is not there',
      (d) => ({ ...d, mistakes: { busCurrents: [{ bus: 'q', element: 'load', factor: 1 }] } }),
      /mistakes\.busCurrents: names bus "q"/,
    ],
    ['no record', () => null, /is defined by a record/],
  ])('refuses %s', (_what, change, message) => {
    const define = (): unknown => defineMicrogrid(change(smallMicrogrid()) as MicrogridDefinition);
    expect(define).toThrow(InputError);
    expect(define).toThrow(message);
  });
});

describe('built-in microgrids', () => {
  it('are found by name', () => {
    expect(microgridNames()).toEqual(['microgrid-6', 'microgrid-20']);
    expect(() => loadMicrogrid('microgrid-7')).toThrow(/no microgrid "microgrid-7"; built in are microgrid-6, microgrid-20/);
    expect(() => loadMicrogrid('toString')).toThrow(InputError);
    expect(() => loadMicrogrid('microgrid-6', 'other' as 'published')).toThrow(/variant "other"/);
  });

  for (const name of microgridNames()) {
    it(`${name} has the published parameters`, (context) => {
      const facts = readReference<MicrogridFacts>(`pgsim-${name.replace('-', '')}.json`);
      if (!facts) return context.skip();
      const microgrid = loadMicrogrid(name);
      const near = (value: number, reference: number): void => expect(Math.abs(value / reference - 1)).toBeLessThan(2e-9);
      expect(microgrid.inverters.map(({ bus }) => Number(bus))).toEqual(facts.dg.map(({ bus }) => bus));
      microgrid.inverters.forEach((inverter, i) => {
        near(inverter.activeDroop, facts.dg[i].mp_rad_per_s_per_watt);
        near(inverter.reactiveDroop, facts.dg[i].nq_volt_per_var);
      });
      expect(microgrid.lines.map((line) => [line.name, line.from, line.to])).toEqual(
        facts.lines.map((line) => [`line${line.id}`, String(line.from_bus), String(line.to_bus)]),
      );
      microgrid.lines.forEach((line, i) => {
        near(line.resistanceOhm, facts.lines[i].r_ohm);
        near(line.inductanceHenry, facts.lines[i].l_henry);
      });
      expect(microgrid.loads.map(({ bus }) => Number(bus))).toEqual(facts.loads.map(({ bus }) => bus));
      microgrid.loads.forEach((load, i) => {
        near(load.resistanceOhm, facts.loads[i].r_ohm);
        near(load.inductanceHenry, facts.loads[i].l_henry);
        const branch = facts.loads[i].series_line;
        if (!branch) return expect(load.branchInductanceHenry ?? 0).toBe(0);
        near(load.branchResistanceOhm ?? 0, branch.r_ohm);
        near(load.branchInductanceHenry ?? 0, branch.l_henry);
      });
      const one = (lists: readonly (readonly number[])[]): number[][] => lists.map((list) => list.map((i) => i + 1));
      expect(one(loadMicrogrid(name, 'published').neighbours)).toEqual(facts.neighbours_published ?? facts.neighbours);
      if (facts.neighbours_from_lines) expect(one(microgrid.neighbours)).toEqual(facts.neighbours_from_lines);
      expect(microgrid.hopDistances).toEqual(facts.hop_distance_from_lines ?? facts.hop_distance);
      expect(microgrid.secondary).toMatchObject({ gain: facts.frequency_secondary.gain, edgeWeight: facts.frequency_secondary.edge_weight });
      const edges = facts.frequency_secondary.communication_edges;
      if (edges) expect(microgrid.secondary.edges).toEqual(edges.map((pair) => pair.map((number) => `dg${number}`)));
    });
  }

  it('microgrid-20 as published balances other currents at buses 5 and 10 alone', () => {
    const termsAt = (variant: 'published' | 'repaired') => {
      const plan = planMicrogrid(loadMicrogrid('microgrid-20', variant));
      const { inverters, lines, loads, buses } = plan.microgrid;
      const names = [...inverters, ...lines, ...loads].map(({ name }) => name);
      return new Map(
        buses.map((bus, b) => {
          const terms = [];
          for (let term = plan.balanceStart[b]; term < plan.balanceStart[b + 1]; term++)
            terms.push(`${plan.balanceFactor[term]} ${names[plan.balanceCurrent[term]]}`);
          return [bus, terms.sort()];
        }),
      );
    };
    const [published, repaired] = [termsAt('published'), termsAt('repaired')];
    expect([...repaired.keys()].filter((bus) => String(published.get(bus)) !== String(repaired.get(bus)))).toEqual(['5', '10']);
    expect(repaired.get('5')).toEqual(['-1 line9', '-1 load5', '1 dg5', '1 line8']);
    expect(published.get('5')).toEqual(['-1 line9', '-1 load4', '1 dg5', '1 line8']);
    expect(repaired.get('10')).toEqual(['-1 line11', '1 dg10', '1 line9']);
    expect(published.get('10')).toEqual(['-1 line10', '1 dg10', '1 line9']);
  });
});
