/** Draws how methods compare and how an agent learnt: bars of what each gains, and a curve of what was still missed. The text depends on the numbers alone. */
import { InputError } from '../grid/index.js';
import { escape, GRID_LINE, halo, INK, LIMIT, MUTED, px, text } from './svg-parts.js';

/** One method. */
export interface MethodBar {
  readonly label: string;
  /** Share of what can be gained, percent. */
  readonly percent: number;
  /** Written behind the percentage. */
  readonly note?: string;
  /** `ours` stands out; `quoted` was not measured in the same run and is hatched. */
  readonly kind: 'measured' | 'ours' | 'quoted';
}

/** What is drawn. */
export interface MethodChart {
  readonly title: string;
  /** A line under the title. */
  readonly subtitle: string;
  readonly barsTitle: string;
  readonly bars: readonly MethodBar[];
  readonly curveTitle: string;
  /** Steps, and the share that was gained then, percent; steps rising. */
  readonly curve: readonly { readonly steps: number; readonly percent: number }[];
  readonly stepsTitle: string;
  /** Below the curve's title: what the vertical axis is. */
  readonly missedTitle: string;
}

/** Pixels. */
const WIDTH = 1080;
const HEIGHT = 480;
const TOP = 118;
const BOTTOM = HEIGHT - 62;
const BARS = { left: 128, right: 420 };
const CURVE = { left: 640, right: WIDTH - 30 };
// Okabe and Ito's colours, which readers with any colour vision can tell apart.
const COLOURS = { measured: '#8fb8d4', ours: '#D55E00', quoted: 'url(#hatch)' } as const;
/** Least that can be missed on the logarithmic axis, percent. */
const LEAST_MISSED = 1e-3;

/** The picture as the text of an SVG file. Throws InputError for a chart without bars or without a curve. */
export function methodChartSvg(chart: MethodChart): string {
  const { bars, curve, title } = chart;
  if (bars.length === 0 || curve.length === 0) throw new InputError('there is no chart to draw: give at least one bar and one point of the curve');
  const wrong = [...bars, ...curve].find(({ percent }) => !Number.isFinite(percent));
  if (wrong) throw new InputError(`a share of ${wrong.percent} % cannot be drawn`);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" font-family="Helvetica, Arial, sans-serif" font-size="12">`,
    `<title>${escape(title)}</title>`,
    '<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" fill="#f2f2f2"/><path d="M0 0V6" stroke="#8a8a8a" stroke-width="3"/></pattern></defs>',
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    text(24, 32, title, { size: 18, weight: 600 }),
    text(24, 53, chart.subtitle, { colour: MUTED }),
    ...barParts(chart),
    ...curveParts(chart),
    '</svg>',
    '',
  ].join('\n');
}

function barParts({ bars, barsTitle }: MethodChart): string[] {
  const { left, right } = BARS;
  const x = (percent: number): number => left + (Math.max(0, Math.min(100, percent)) / 100) * (right - left);
  const pitch = (BOTTOM - TOP) / bars.length;
  const height = Math.min(30, 0.68 * pitch);
  const out = [text(24, 86, barsTitle, { weight: 600 })];
  for (let percent = 0; percent <= 100; percent += 25) {
    out.push(`<path d="M${px(x(percent))} ${TOP}L${px(x(percent))} ${BOTTOM}" stroke="${GRID_LINE}"/>`);
    out.push(text(x(percent), BOTTOM + 18, `${percent} %`, { anchor: 'middle', colour: MUTED }));
  }
  bars.forEach(({ label, percent, note, kind }, k) => {
    const middle = TOP + (k + 0.5) * pitch;
    out.push(text(left - 8, middle + 4, label, { anchor: 'end', weight: kind === 'ours' ? 600 : undefined }));
    out.push(
      `<rect x="${left}" y="${px(middle - height / 2)}" width="${px(Math.max(1, x(percent) - left))}" height="${px(height)}" fill="${COLOURS[kind]}"/>`,
    );
    const value = `${percent.toFixed(kind === 'quoted' ? 0 : 2)} %${note ? `, ${note}` : ''}`;
    out.push(halo(text(x(percent) + 6, middle + 4, value, { colour: kind === 'quoted' ? MUTED : INK, weight: kind === 'ours' ? 600 : undefined })));
  });
  return out;
}

function curveParts({ bars, curve, curveTitle, stepsTitle, missedTitle }: MethodChart): string[] {
  const { left, right } = CURVE;
  const missed = (percent: number): number => Math.log10(Math.max(LEAST_MISSED, 100 - percent));
  const heights = curve.map(({ percent }) => missed(percent));
  const low = Math.min(-1, Math.floor(Math.min(...heights)));
  const high = Math.max(2, Math.ceil(Math.max(...heights)));
  const last = curve[curve.length - 1].steps;
  const x = (steps: number): number => left + (steps / last) * (right - left);
  const y = (log: number): number => TOP + ((high - log) / (high - low)) * (BOTTOM - TOP);
  const out = [text(left - 46, 86, curveTitle, { weight: 600 }), text(left - 46, 103, missedTitle, { colour: MUTED, size: 11 })];
  for (let log = low; log <= high; log++) {
    out.push(`<path d="M${left} ${px(y(log))}L${right} ${px(y(log))}" stroke="${GRID_LINE}"/>`);
    out.push(text(left - 8, y(log) + 4, `${Number((10 ** log).toPrecision(1))} %`, { anchor: 'end', colour: MUTED }));
  }
  for (let part = 0; part <= 4; part++) {
    const steps = Math.round((last * part) / 4);
    out.push(`<path d="M${px(x(steps))} ${TOP}L${px(x(steps))} ${BOTTOM}" stroke="${GRID_LINE}"/>`);
    out.push(text(x(steps), BOTTOM + 18, String(steps), { anchor: 'middle', colour: MUTED }));
  }
  out.push(text((left + right) / 2, HEIGHT - 22, stepsTitle, { anchor: 'middle' }));
  // What others miss, as levels to be passed; what misses nothing has none.
  for (const { label, percent, kind } of bars) {
    if (kind === 'ours' || percent <= 0 || 100 - percent <= LEAST_MISSED || missed(percent) < low) continue;
    const level = y(missed(percent));
    out.push(`<path d="M${left} ${px(level)}L${right} ${px(level)}" stroke="${kind === 'quoted' ? MUTED : LIMIT}" stroke-dasharray="6 4"/>`);
    // Above or below its line, so that neighbours keep clear of each other.
    out.push(
      halo(text(right - 4, level + (kind === 'quoted' ? -4 : 12), label, { anchor: 'end', size: 11, colour: kind === 'quoted' ? MUTED : LIMIT })),
    );
  }
  const points = curve.map(({ steps }, k) => `${px(x(steps))} ${px(y(heights[k]))}`);
  out.push(`<path d="M${points.join('L')}" stroke="${COLOURS.ours}" stroke-width="2.2" fill="none" stroke-linejoin="round"/>`);
  for (const point of points) {
    const [cx, cy] = point.split(' ');
    out.push(`<circle cx="${cx}" cy="${cy}" r="2.4" fill="${COLOURS.ours}"/>`);
  }
  return out;
}
