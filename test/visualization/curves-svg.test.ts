import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/grid/index.js';
import { curvesSvg } from '../../src/visualization/index.js';

const picture = {
  title: 'A <title>',
  timeLabel: 'Time, s',
  times: [0, 1, 2],
  panels: [
    {
      label: 'Power, kW',
      curves: [
        { name: 'one', values: [1, 2, 3] },
        { name: 'other', values: [3, 2, 1], dashed: true },
      ],
    },
    { label: 'Flat', curves: [{ name: 'level', values: [5, 5, 5] }] },
  ],
};

describe('curvesSvg', () => {
  it('draws each curve, names it and escapes texts', () => {
    const svg = curvesSvg(picture);
    expect(svg.startsWith('<svg ')).toBe(true);
    expect(svg).toContain('A &lt;title&gt;');
    for (const word of ['one', 'other', 'level', 'Power, kW', 'Time, s']) expect(svg).toContain(`>${word}<`);
    expect(svg.match(/stroke-linejoin="round"/g)?.length).toBe(3);
    expect(svg).not.toMatch(/NaN|Infinity/);
    expect(curvesSvg(picture)).toBe(svg);
    // A rising curve ends higher, at a smaller y, than it began.
    const path = /d="M([\d. L]+)" fill="none" stroke-linejoin="round" stroke="#D55E00"/.exec(svg)?.[1] ?? '';
    const points = path.split('L').map((pair) => pair.split(' ').map(Number));
    expect(points.length).toBe(3);
    expect(points[2][1]).toBeLessThan(points[0][1]);
  });

  it('refuses what cannot be drawn', () => {
    expect(() => curvesSvg({ ...picture, panels: [] })).toThrow(InputError);
    expect(() => curvesSvg({ ...picture, times: [0, 1] })).toThrow(/the curve one has 3 values for 2 moments/);
    expect(() =>
      curvesSvg({ ...picture, panels: [{ label: 'Nothing', curves: [{ name: 'x', values: [Number.NaN, Number.NaN, Number.NaN] }] }] }),
    ).toThrow(/no number to draw/);
  });
});
