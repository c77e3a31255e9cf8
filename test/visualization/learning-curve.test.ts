/** The picture of a learning curve: what is in it, and what is refused. */
import { describe, expect, it } from 'vitest';
import { type LearningCurvePoint, learningCurveSvg } from '../../src/visualization/index.js';

const POINTS: LearningCurvePoint[] = [
  { steps: 5000, mean: -1200, sd: 200, trainingReturn: Number.NaN },
  { steps: 10000, mean: -600, sd: 300, trainingReturn: -1100 },
  { steps: 15000, mean: -200, sd: 50, trainingReturn: -700 },
];

/** Numbers of all paths of a colour, in their order. */
function pathsOf(svg: string, pattern: RegExp): number[][] {
  return [...svg.matchAll(/<path d="([^"]+)"([^>]*)\/>/g)]
    .filter(([, , rest]) => pattern.test(rest))
    .map(([, path]) => [...path.matchAll(/-?\d+(?:\.\d+)?/g)].map(([number]) => Number(number)));
}

describe('learningCurveSvg', () => {
  it('draws mean, spread and training return where they are', () => {
    const svg = learningCurveSvg(POINTS, { title: 'A & B', subtitle: 'under it' });
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" width="960" height="540"[^]*<\/svg>\n$/);
    for (const part of [
      'fill="#ffffff"',
      'A &amp; B',
      'under it',
      'Return of an episode',
      'Steps of all environments, thousands',
      'evaluation, mean',
      'training',
      'one deviation',
    ])
      expect(svg).toContain(part);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    const [line] = pathsOf(svg, /stroke="#0072B2" stroke-width="2"/);
    // Even steps lie evenly, higher returns higher.
    expect(line[2] - line[0]).toBeCloseTo(line[4] - line[2], 0);
    expect(line[1]).toBeGreaterThan(line[3]);
    expect((line[1] - line[3]) / (line[3] - line[5])).toBeCloseTo(600 / 400, 1);
    const [band] = pathsOf(svg, /fill-opacity/);
    expect(band).toHaveLength(12);
    // Up the means plus deviations, back the means less deviations: the last point is the first mean less 200.
    const scale = (line[1] - line[3]) / 600;
    expect(band[1]).toBeCloseTo(line[1] - 200 * scale, 0);
    expect(band[11]).toBeCloseTo(line[1] + 200 * scale, 0);
    const [training] = pathsOf(svg, /stroke="#D55E00" stroke-width="1.2"/);
    expect([training[0], training[2]]).toEqual([line[2], line[4]]);
  });

  it('ends the band where the returns that were seen do', () => {
    const seen = [
      { steps: 1000, mean: 450, sd: 100, min: 20, max: 500, trainingReturn: Number.NaN },
      { steps: 2000, mean: 490, sd: 40, min: 480, max: 500, trainingReturn: Number.NaN },
    ];
    const svg = learningCurveSvg(seen);
    const [line] = pathsOf(svg, /stroke="#0072B2" stroke-width="2"/);
    const [band] = pathsOf(svg, /fill-opacity/);
    const scale = (line[1] - line[3]) / 40;
    // There up to 500 twice, back down to 480, which is nearer than a deviation, and to 450 - 100.
    expect([band[1], band[3]]).toEqual([band[1], band[1]]);
    expect((line[1] - band[1]) / scale).toBeCloseTo(50, 0);
    expect((band[5] - line[3]) / scale).toBeCloseTo(10, 0);
    expect((band[7] - line[1]) / scale).toBeCloseTo(100, 0);
    // The axis goes no further than it has to.
    expect(svg).toContain('>500<');
    expect(svg).not.toMatch(/>(5[6-9]|[6-9]\d)0</);
    const [bar] = pathsOf(learningCurveSvg(seen.slice(0, 1)), /stroke-opacity="0.4"/);
    expect(bar).toHaveLength(3);
    const [whole] = pathsOf(learningCurveSvg([{ ...seen[0], min: undefined, max: undefined }]), /stroke-opacity="0.4"/);
    expect(whole[1] - whole[2]).not.toBeCloseTo(bar[1] - bar[2], 0);
  });

  it('draws a single evaluation of a single episode', () => {
    const svg = learningCurveSvg([{ steps: 128, mean: 0, sd: Number.NaN, trainingReturn: Number.NaN }]);
    expect(svg).not.toMatch(/NaN|Infinity|one deviation|>training</);
    expect(svg).toContain('>Steps of all environments<');
    expect(learningCurveSvg([{ steps: 3e6, mean: 1, sd: 0, trainingReturn: 1 }])).toContain('Steps of all environments, millions');
  });

  it('refuses what it cannot draw', () => {
    expect(() => learningCurveSvg([])).toThrow('no evaluation was made yet');
    expect(() => learningCurveSvg([{ ...POINTS[0], mean: Number.NaN }])).toThrow(
      'a learning curve has a point at 5000 steps with the return NaN; both must be finite',
    );
  });
});
