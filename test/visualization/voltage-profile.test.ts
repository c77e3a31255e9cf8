import { describe, expect, it } from 'vitest';
import type { Line, Transformer, VoltageSource } from '../../src/grid/index.js';
import { Grid, InputError, zeros } from '../../src/grid/index.js';
import { profileSvg, voltageProfile } from '../../src/visualization/index.js';

function source(bus: string): VoltageSource {
  return {
    kind: 'vsource',
    name: 'source',
    enabled: true,
    phases: 3,
    terminals: [
      { bus, nodes: [1, 2, 3] },
      { bus, nodes: [0, 0, 0] },
    ],
    baseKv: 12.47,
    voltagePu: 1,
    angleDegrees: 0,
    sequence: 1,
    impedanceOhm: zeros(3),
    shapes: {},
  };
}

function line(name: string, from: [string, number[]], to: [string, number[]], lengthMeters: number, more: Partial<Line> = {}): Line {
  const order = from[1].length;
  return {
    kind: 'line',
    name,
    enabled: true,
    phases: order,
    terminals: [
      { bus: from[0], nodes: from[1] },
      { bus: to[0], nodes: to[1] },
    ],
    seriesOhm: zeros(order),
    shuntSiemens: zeros(order),
    lengthMeters,
    isSwitch: false,
    ...more,
  };
}

function serviceTransformer(primary: [string, number[]], secondary: string): Transformer {
  const winding = (bus: string, nodes: number[], kv: number): Transformer['windings'][number] => ({
    terminal: { bus, nodes },
    connection: 'wye',
    kv,
    kva: 25,
    tapPu: 1,
    minTapPu: 0.9,
    maxTapPu: 1.1,
    tapSteps: 32,
    resistancePercent: 1,
    neutralOhm: -1,
    neutralReactanceOhm: 0,
  });
  return {
    kind: 'transformer',
    name: 't',
    enabled: true,
    phases: 1,
    windings: [winding(primary[0], primary[1], 7.2), winding(secondary, [1, 0], 0.12), winding(secondary, [0, 2], 0.12)],
    shortCircuitReactancePercent: [2, 2, 1],
    noLoadLossPercent: 0,
    magnetizingCurrentPercent: 0,
    antiFloatPpm: 1,
    phaseShift: 'lag',
  };
}

/** Source - 2 km line - bus b, from phase 3 of which a service transformer feeds bus s; c hangs on an open line. */
function feeder(): { grid: Grid; solution: Parameters<typeof voltageProfile>[1] } {
  const grid = new Grid('made up <feeder>');
  grid.add(source('a'));
  grid.add(line('long', ['a', [1, 2, 3]], ['b', [1, 2, 3]], 3000));
  grid.add(line('short', ['a', [1, 2, 3]], ['b', [1, 2, 3]], 2000));
  grid.add(serviceTransformer(['b', [3, 0]], 's'));
  const open = line('open', ['b', [1, 2, 3]], ['c', [1, 2, 3]], 500);
  open.terminals[1].open = [true, true, true];
  grid.add(open);
  grid.bus('a').baseKv = 7.2;
  grid.bus('b').baseKv = 7.2;
  grid.bus('s').baseKv = 0.12;
  grid.bus('c').baseKv = 7.2;
  const volts = new Map([
    ['a.1', 7200],
    ['a.2', 7200],
    ['a.3', 7344],
    ['b.1', 7056],
    ['b.2', 6984],
    ['b.3', 7128],
    ['s.1', 118],
    ['s.2', 117],
    ['c.1', 0],
    ['c.2', 0],
    ['c.3', 0],
  ]);
  const solution = {
    nodesOf: (bus: string) => [...volts.keys()].filter((key) => key.startsWith(`${bus}.`)).map((key) => Number(key.slice(2))),
    nodeVoltage: (bus: string, node: number): [number, number] | undefined => {
      const magnitude = volts.get(`${bus}.${node}`);
      return magnitude === undefined ? undefined : [0, -magnitude];
    },
  };
  return { grid, solution };
}

describe('voltage profile', () => {
  it('measures the shortest way along lines, in km', () => {
    const { grid, solution } = feeder();
    const profile = voltageProfile(grid, solution);
    const at = (bus: string) => profile.points.filter((point) => point.bus === bus).map((point) => point.distance);
    expect(at('a')).toEqual([0, 0, 0]);
    expect(at('b')).toEqual([2, 2, 2]);
    expect(at('s')).toEqual([2, 2]);
    expect(profile.unitsKnown).toBe(true);
  });

  it('gives both legs of a service the phase that feeds them', () => {
    const { grid, solution } = feeder();
    const legs = voltageProfile(grid, solution).points.filter((point) => point.bus === 's');
    expect(legs.map((point) => [point.node, point.phase])).toEqual([
      [1, 3],
      [2, 3],
    ]);
  });

  it('leaves out buses behind open lines and finds the extremes', () => {
    const { grid, solution } = feeder();
    const profile = voltageProfile(grid, solution);
    expect(profile.points.some((point) => point.bus === 'c')).toBe(false);
    expect(profile.lowest).toMatchObject({ bus: 'b', node: 2, voltagePu: 0.97 });
    expect(profile.highest).toMatchObject({ bus: 'a', node: 3, voltagePu: 1.02 });
    // Two parallel lines of three conductors; the service transformer joins phase 3 to both legs.
    expect(profile.segments.filter((segment) => segment.kind === 'line')).toHaveLength(6);
    expect(profile.segments.filter((segment) => segment.kind === 'step')).toHaveLength(2);
  });

  it('says when lengths have no unit', () => {
    const { grid, solution } = feeder();
    grid.require('line', 'short').lengthUnitKnown = false;
    const profile = voltageProfile(grid, solution);
    expect(profile.unitsKnown).toBe(false);
    expect(profile.points.find((point) => point.bus === 'b')?.distance).toBe(2000);
    expect(profileSvg(profile)).toContain('unit not given');
  });

  it('draws the same text for the same solution, well formed', () => {
    const { grid, solution } = feeder();
    const svg = profileSvg(voltageProfile(grid, solution));
    expect(profileSvg(voltageProfile(grid, solution))).toBe(svg);
    expect(svg).toContain('made up &lt;feeder&gt;');
    expect(svg).toContain('lowest 0.9700 pu at b.2');
    expect(svg).not.toMatch(/NaN|undefined|Infinity|-0[" ]/);
    const tags = [...svg.matchAll(/<(\/?)(\w+)[^>]*?(\/?)>/g)].filter(([, , , alone]) => !alone);
    expect(tags.filter(([, closing]) => closing).length * 2).toBe(tags.length);
  });

  it('draws no picture without a point, and says why', () => {
    const empty = new Grid('empty');
    const nothing = { nodesOf: () => [], nodeVoltage: () => undefined };
    expect(() => profileSvg(voltageProfile(empty, nothing))).toThrow(InputError);
    expect(() => profileSvg(voltageProfile(empty, nothing))).toThrow(/no bus has a base voltage/);
    const { grid } = feeder();
    expect(() => profileSvg(voltageProfile(grid, nothing))).toThrow(/no node with a base voltage is alive/);
  });

  it('draws the phases of a transformer beside each other', () => {
    const { grid, solution } = feeder();
    const svg = profileSvg(voltageProfile(grid, solution));
    const offsets = [...svg.matchAll(/stroke-dasharray="3 6" stroke-dashoffset="([^"]+)"/g)].map((match) => match[1]);
    expect(offsets.length).toBeGreaterThan(0);
    expect(new Set(offsets).size).toBe(offsets.length);
  });
});
