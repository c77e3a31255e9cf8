import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/grid/index.js';
import { microgridSvg } from '../../src/visualization/index.js';

const view = {
  title: 'a < b',
  note: 'now',
  names: ['x', 'y'],
  voltagePu: [1.03, 0.93],
  hertz: [60.1, 40],
  bandPu: [0.95, 1.05],
  nominalHertz: 60,
} as const;

describe('microgridSvg', () => {
  it('draws a bar for each value, from the reference to the value, red outside the band, cut at the end of the axis', () => {
    const svg = microgridSvg(view);
    const bars = [...svg.matchAll(/<rect x="[\d.]+" y="([\d.]+)" width="[\d.]+" height="([\d.]+)" fill="(#[0-9a-f]+)"/g)].map((m) => [
      Number(m[1]),
      Number(m[2]),
      m[3],
    ]);
    // 150 px for 0.3 pu from 1.15 at 80; 150 px for 2 Hz from 60.5 at 290.
    expect(bars).toEqual([
      [140, 15, '#2a6f97'],
      [155, 35, '#9a1b1b'],
      [320, 7.5, '#2a6f97'],
      [327.5, 112.5, '#2a6f97'],
    ]);
    expect(svg).toContain('a &lt; b');
    expect(svg).toContain('dashed: 0.95 and 1.05');
  });

  it('refuses lists that do not fit', () => {
    expect(() => microgridSvg({ ...view, hertz: [60] })).toThrow(InputError);
    expect(() => microgridSvg({ ...view, voltagePu: [1, Number.NaN] })).toThrow('voltagePu of a picture of a microgrid must be 2 finite numbers');
  });
});
