/** Draws a learning curve as an SVG picture: returns of evaluations and of training episodes over steps. The same points give the same bytes. */
import { InputError } from '../grid/index.js';
import { escape, GRID_LINE, INK, MUTED, px, text, ticks } from './svg-parts.js';

/** One evaluation. */
export interface LearningCurvePoint {
  /** Steps of all environments done before it. */
  readonly steps: number;
  /** Mean of the evaluation's returns, and their standard deviation; NaN for none. */
  readonly mean: number;
  readonly sd: number;
  /** Least and largest of the evaluation's returns, beyond which the band of the deviation is not drawn; undefined where they are not known. */
  readonly min?: number;
  readonly max?: number;
  /** Mean return of the training episodes since the evaluation before; NaN for none. */
  readonly trainingReturn: number;
}

/** How a curve is drawn. */
export interface LearningCurveSvgOptions {
  readonly title?: string;
  /** A line under the title. */
  readonly subtitle?: string;
  /** Pixels. Default 960 x 540. */
  readonly width?: number;
  readonly height?: number;
}

// Okabe and Ito's colours, which readers with any colour vision can tell apart.
const EVALUATION = '#0072B2';
const TRAINING = '#D55E00';
/** Training returns further beside evaluations than so many times their range lie outside the picture. */
const FAR = 2;
const MARGIN = { left: 84, right: 28, top: 74, bottom: 62 };

/** In what steps are counted on the axis. */
const UNITS: readonly [number, string][] = [
  [1e6, 'Steps of all environments, millions'],
  [1e3, 'Steps of all environments, thousands'],
  [1, 'Steps of all environments'],
];

/** The picture as the text of an SVG file. Throws {@link InputError} for no points, and for steps or means that are not finite. */
export function learningCurveSvg(points: readonly LearningCurvePoint[], options: LearningCurveSvgOptions = {}): string {
  if (points.length === 0) throw new InputError('there is no learning curve to draw: no evaluation was made yet');
  const bad = points.find(({ steps, mean }) => !Number.isFinite(steps) || !Number.isFinite(mean));
  if (bad) throw new InputError(`a learning curve has a point at ${bad.steps} steps with the return ${bad.mean}; both must be finite`);
  const { width = 960, height = 540, title = 'Learning curve' } = options;
  const most = points[points.length - 1].steps;
  const [unit, axis] = UNITS.find(([size]) => most >= 2 * size) ?? UNITS[UNITS.length - 1];
  // A mean and a deviation say nothing of where returns end, as at 500 steps of a pole; what was seen does.
  const lowerOf = ({ mean, sd, min = -Infinity }: LearningCurvePoint): number => (Number.isFinite(sd) ? Math.max(mean - sd, min) : mean);
  const upperOf = ({ mean, sd, max = Infinity }: LearningCurvePoint): number => (Number.isFinite(sd) ? Math.min(mean + sd, max) : mean);
  const trained = points.filter(({ trainingReturn }) => Number.isFinite(trainingReturn));
  const judged = points.flatMap((point) => [lowerOf(point), upperOf(point)]);
  const [worst, best] = [judged.reduce((a, b) => Math.min(a, b)), judged.reduce((a, b) => Math.max(a, b))];
  // First attempts may be so far off that nothing would be seen of what was learnt: the axis follows evaluations, and leaves out what is far beside them.
  const far = best > worst ? FAR * (best - worst) : Infinity;
  const all = [
    ...judged,
    ...trained.flatMap(({ trainingReturn }) => (trainingReturn < worst - far || trainingReturn > best + far ? [] : [trainingReturn])),
  ];
  const [lowest, highest] = [all.reduce((a, b) => Math.min(a, b)), all.reduce((a, b) => Math.max(a, b))];
  const pad = highest > lowest ? 0.04 * (highest - lowest) : Math.max(1e-6, 0.1 * Math.abs(highest), 0.1);
  const xTicks = ticks(0, Math.max(most / unit, 1e-9), 8);
  const yTicks = ticks(lowest - pad, highest + pad, 8);
  const xEnd = xTicks.values[xTicks.values.length - 1];
  const [yStart, yEnd] = [yTicks.values[0], yTicks.values[yTicks.values.length - 1]];
  const x = (steps: number): number => MARGIN.left + (steps / unit / xEnd) * (width - MARGIN.left - MARGIN.right);
  const y = (value: number): number => height - MARGIN.bottom - ((value - yStart) / (yEnd - yStart)) * (height - MARGIN.top - MARGIN.bottom);
  const [left, right] = [MARGIN.left, width - MARGIN.right];
  const out: string[] = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" font-family="Helvetica, Arial, sans-serif" font-size="12">`,
    `<title>${escape(title)}: learning curve</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    text(left, 30, title, { size: 18, weight: 600 }),
  ];
  if (options.subtitle) out.push(text(left, 50, options.subtitle, { colour: MUTED }));
  for (const value of xTicks.values) {
    out.push(`<path d="M${px(x(value * unit))} ${px(y(yStart))}V${px(y(yEnd))}" stroke="${GRID_LINE}"/>`);
    out.push(text(x(value * unit), y(yStart) + 18, value.toFixed(xTicks.digits), { anchor: 'middle', colour: MUTED }));
  }
  for (const value of yTicks.values) {
    out.push(`<path d="M${px(left)} ${px(y(value))}H${px(right)}" stroke="${GRID_LINE}"/>`);
    out.push(text(left - 8, y(value) + 4, tickText(value, yTicks.digits), { anchor: 'end', colour: MUTED }));
  }
  out.push(text((left + right) / 2, height - 18, axis, { anchor: 'middle' }));
  const middle = px((y(yStart) + y(yEnd)) / 2);
  out.push(`<text x="20" y="${middle}" text-anchor="middle" fill="${INK}" transform="rotate(-90 20 ${middle})">Return of an episode</text>`);

  const line = (values: readonly (readonly [number, number])[]): string =>
    values.map(([steps, value]) => `${px(x(steps))} ${px(y(value))}`).join('L');
  const banded = points.filter(({ sd }) => Number.isFinite(sd));
  if (banded.length > 1) {
    const upper = banded.map((point) => [point.steps, upperOf(point)] as const);
    const lower = banded.map((point) => [point.steps, lowerOf(point)] as const).reverse();
    out.push(`<path d="M${line([...upper, ...lower])}Z" fill="${EVALUATION}" fill-opacity="0.16"/>`);
  } else if (banded.length === 1) {
    const [point] = banded;
    out.push(
      `<path d="M${px(x(point.steps))} ${px(y(lowerOf(point)))}V${px(y(upperOf(point)))}" stroke="${EVALUATION}" stroke-opacity="0.4" stroke-width="4"/>`,
    );
  }
  out.push(
    `<clipPath id="plot"><rect x="${px(left)}" y="${px(y(yEnd))}" width="${px(right - left)}" height="${px(y(yStart) - y(yEnd))}"/></clipPath>`,
    '<g clip-path="url(#plot)">',
  );
  const curve = (values: readonly (readonly [number, number])[], colour: string, strokeWidth: number): void => {
    if (values.length > 1)
      out.push(`<path d="M${line(values)}" stroke="${colour}" stroke-width="${strokeWidth}" stroke-linejoin="round" fill="none"/>`);
    if (values.length > 200) return;
    const dots = values.map(([steps, value]) => `M${px(x(steps))} ${px(y(value))}h0`).join('');
    if (dots) out.push(`<path d="${dots}" stroke="${colour}" stroke-width="${3 * strokeWidth}" stroke-linecap="round" fill="none"/>`);
  };
  curve(
    trained.map(({ steps, trainingReturn }) => [steps, trainingReturn]),
    TRAINING,
    1.2,
  );
  curve(
    points.map(({ steps, mean }) => [steps, mean]),
    EVALUATION,
    2,
  );

  out.push('</g>');
  // From the right, what there is.
  let place = right;
  const entry = (label: string, span: number, mark: (at: number) => string): void => {
    place -= span;
    out.push(mark(place), text(place + 24, 50, label));
  };
  const stroke = (colour: string, size: number) => (at: number) =>
    `<path d="M${px(at)} 46h18" stroke="${colour}" stroke-width="${size}" stroke-linecap="round"/>`;
  if (trained.length > 0) entry('training', 80, stroke(TRAINING, 1.5));
  if (banded.length > 0)
    entry('one deviation, within range', 192, (at) => `<rect x="${px(at)}" y="40" width="18" height="12" fill="${EVALUATION}" fill-opacity="0.16"/>`);
  entry('evaluation, mean', 130, stroke(EVALUATION, 3));
  out.push('</svg>', '');
  return out.join('\n');
}

/** A number on an axis, without the sign of a zero. */
function tickText(value: number, digits: number): string {
  const shown = value.toFixed(digits);
  return Number(shown) === 0 ? (0).toFixed(digits) : shown;
}
