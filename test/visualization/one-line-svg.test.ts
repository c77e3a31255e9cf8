import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/grid/index.js';
import { type DeviceMark, type OneLine, oneLineSvg } from '../../src/visualization/index.js';

/** a - b - c - d, e off b, f tied to d and e, g alone. */
const FEEDER: OneLine = {
  title: 'A <feeder>',
  buses: ['a', 'b', 'c', 'd', 'e', 'f', 'g'],
  branches: [
    [0, 1],
    [1, 2],
    [2, 3],
    [1, 4],
    [3, 5],
    [5, 4],
  ],
  voltagePu: [1, 0.97, 0.94, 1.06, 1, Number.NaN, 1],
  bandPu: [0.95, 1.05],
  labels: new Map([[4, 'bank open']]),
};

/** By bus: its circle's centre and fill. */
function circles(svg: string): Map<string, { x: number; y: number; fill: string; rim: string }> {
  const pattern = /<circle cx="([\d.]+)" cy="([\d.]+)" r="\d" fill="(#[0-9a-f]{6})" stroke="(#[0-9a-f]{6})"[^>]*><title>(\w+): /g;
  return new Map([...svg.matchAll(pattern)].map(([, x, y, fill, rim, bus]) => [bus, { x: Number(x), y: Number(y), fill, rim }]));
}

describe('one-line diagrams', () => {
  const svg = oneLineSvg(FEEDER);
  const at = circles(svg);
  const place = (bus: string): { x: number; y: number; fill: string; rim: string } => {
    const found = at.get(bus);
    if (!found) throw new Error(`${bus} is not drawn`);
    return found;
  };

  it('buses stand as far to the right as they are from the source; the longest way goes straight on, the other one below', () => {
    expect([...at.keys()].sort()).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    const [a, b, c, d, e, f] = ['a', 'b', 'c', 'd', 'e', 'f'].map(place);
    expect([b.x > a.x, c.x > b.x, d.x > c.x]).toEqual([true, true, true]);
    expect([e.x, f.x]).toEqual([c.x, d.x]);
    expect(new Set([a.y, b.y]).size).toBe(1);
    expect(new Set([c, e].map(({ y }) => y)).size).toBe(2);
  });

  it('colours run from blue at the lower limit to orange at the upper one; what is out of band is rimmed', () => {
    expect(place('c').fill).toBe('#0072b2');
    expect(place('d').fill).toBe('#d55e00');
    expect(place('a').fill).toBe('#bbbbbb');
    expect(place('f').fill).toBe('#ffffff');
    expect(place('c').rim).toBe(place('d').rim);
    expect(place('c').rim).not.toBe(place('a').rim);
  });

  it('is well formed, escapes, and draws a loop dashed', () => {
    expect(svg).toContain('A &lt;feeder&gt;');
    expect(svg).toContain('bank open');
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    expect(svg.match(/stroke-dasharray/g)).toHaveLength(1);
    expect(oneLineSvg(FEEDER)).toBe(svg);
  });

  it('marks devices at their buses, side by side, and explains the signs in use', () => {
    const devices: DeviceMark[] = [
      { bus: 3, kind: 'pv', title: 'pv.roof, power 0.5', label: '50' },
      { bus: 3, kind: 'battery', title: 'battery.<b>' },
      { bus: 1, kind: 'tap', title: 'tap.reg', label: '1.0125' },
    ];
    const marked = oneLineSvg({ ...FEEDER, devices });
    expect(marked.match(/<g>/g)).toHaveLength(3);
    expect(marked).toContain('<title>pv.roof, power 0.5</title></g>');
    expect(marked).toContain('<title>battery.&lt;b&gt;</title></g>');
    expect(marked).toContain('>1.0125</text>');
    for (const kind of ['PV: ', 'battery: ', 'tap changer: ']) expect(marked).toContain(kind);
    expect(marked).not.toContain('capacitor: ');
    expect(svg).not.toContain('PV: ');
    // The circles stand where they do without devices.
    expect(circles(marked)).toEqual(at);
    expect(() => oneLineSvg({ ...FEEDER, devices: [{ bus: 9, kind: 'pv', title: 'pv.far' }] })).toThrow(
      'a device (pv.far) at bus 9, where there are 7 buses',
    );
  });

  it('refuses what cannot be drawn', () => {
    expect(() => oneLineSvg({ ...FEEDER, buses: [] })).toThrow(InputError);
    expect(() => oneLineSvg({ ...FEEDER, branches: [[0, 9]] })).toThrow(/bus 0 to 9/);
  });
});
