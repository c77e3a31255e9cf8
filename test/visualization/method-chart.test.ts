/** The picture of methods and learning: what is drawn where. */
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/grid/index.js';
import { type MethodChart, methodChartSvg } from '../../src/visualization/index.js';

const CHART: MethodChart = {
  title: 'A <title>',
  subtitle: 'below',
  barsTitle: 'bars',
  bars: [
    { label: 'none', percent: 0, kind: 'measured' },
    { label: 'half', percent: 50, note: '3 kW', kind: 'measured' },
    { label: 'said', percent: 77, kind: 'quoted' },
    { label: 'agent', percent: 99, kind: 'ours' },
    { label: 'all', percent: 100, kind: 'measured' },
  ],
  curveTitle: 'curve',
  missedTitle: 'missed',
  stepsTitle: 'steps',
  curve: [
    { steps: 100, percent: 0 },
    { steps: 200, percent: 90 },
    { steps: 400, percent: 99 },
  ],
};

describe('a chart of methods', () => {
  const svg = methodChartSvg(CHART);

  it('has bars in proportion, ours and quoted ones apart', () => {
    const widths = [...svg.matchAll(/<rect x="128" y="[\d.]+" width="([\d.]+)" height="[\d.]+" fill="([^"]+)"/g)].map(([, width, fill]) => [
      Number(width),
      fill,
    ]);
    expect(widths).toEqual([
      [1, '#8fb8d4'],
      [146, '#8fb8d4'],
      [224.8, 'url(#hatch)'],
      [289.1, '#D55E00'],
      [292, '#8fb8d4'],
    ]);
    expect(svg).toContain('50.00 %, 3 kW');
    expect(svg).toContain('>77 %<');
    expect(svg).toContain('A &lt;title&gt;');
  });

  it('has a curve on a logarithmic axis: from 100 to 10 to 1 % missed in equal steps', () => {
    const [, path] = /<path d="M([\d. L]+)" stroke="#D55E00"/.exec(svg) ?? [];
    const points = path.split('L').map((pair) => pair.split(' ').map(Number));
    expect(points).toHaveLength(3);
    expect(points[1][1] - points[0][1]).toBeCloseTo(points[2][1] - points[1][1], 0);
    expect(points[2][0] - points[1][0]).toBeCloseTo(2 * (points[1][0] - points[0][0]), 0);
    // Levels of those that miss something and are not ours.
    expect(svg.match(/stroke-dasharray="6 4"/g)).toHaveLength(2);
  });

  it('is the same text for the same numbers, and is refused without any', () => {
    expect(methodChartSvg(CHART)).toBe(svg);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    expect(() => methodChartSvg({ ...CHART, bars: [] })).toThrow(InputError);
    expect(() => methodChartSvg({ ...CHART, curve: [] })).toThrow(InputError);
    expect(() => methodChartSvg({ ...CHART, curve: [{ steps: 1, percent: Number.NaN }] })).toThrow('NaN');
  });
});
