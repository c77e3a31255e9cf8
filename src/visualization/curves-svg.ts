/** Draws curves over time, in panels one under the other, as an SVG picture. The text depends on the numbers alone. */
import { InputError } from '../grid/index.js';
import { escape, GRID_LINE, INK, MUTED, px, text, ticks } from './svg-parts.js';

/** A curve; a dashed one may lie over another. */
export interface Curve {
  name: string;
  values: ArrayLike<number>;
  dashed?: boolean;
}

/** Curves on one axis. */
export interface CurvePanel {
  /** What the axis shows, with its unit. */
  label: string;
  curves: readonly Curve[];
}

/** A picture of curves. */
export interface CurvesPicture {
  title: string;
  /** A line under the title. */
  subtitle?: string;
  /** Axis below all panels. */
  timeLabel: string;
  /** [sample] */
  times: ArrayLike<number>;
  panels: readonly CurvePanel[];
}

// Okabe and Ito's colours, which readers with any colour vision can tell apart.
const COLOURS = ['#D55E00', '#0072B2', '#009E73', '#CC79A7', '#E69F00', '#56B4E9'];
const WIDTH = 960;
const PANEL_HEIGHT = 250;
const MARGIN = { left: 82, right: 28, top: 66, bottom: 54, between: 34 };

/** Smallest and largest of lists, of what is finite. */
function rangeOf(lists: readonly ArrayLike<number>[]): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const list of lists) {
    for (let i = 0; i < list.length; i++) {
      if (!Number.isFinite(list[i])) continue;
      low = Math.min(low, list[i]);
      high = Math.max(high, list[i]);
    }
  }
  return [low, high];
}

/**
 * The picture as the text of an SVG file.
 *
 * @throws InputError for a picture without panels, samples or numbers, and for curves of another length than the times
 */
export function curvesSvg({ title, subtitle, timeLabel, times, panels }: CurvesPicture): string {
  if (panels.length === 0 || times.length < 2) throw new InputError('a picture of curves needs a panel and two moments at least');
  const height = MARGIN.top + panels.length * PANEL_HEIGHT + (panels.length - 1) * MARGIN.between + MARGIN.bottom;
  const [start, end] = rangeOf([times]);
  const x = (time: number): number => MARGIN.left + ((time - start) / (end - start)) * (WIDTH - MARGIN.left - MARGIN.right);
  const xTicks = ticks(start, end, 10);
  const out: string[] = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" font-family="Helvetica, Arial, sans-serif" font-size="12">`,
    `<title>${escape(title)}</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    text(MARGIN.left, 30, title, { size: 18, weight: 600 }),
  ];
  if (subtitle) out.push(text(MARGIN.left, 50, subtitle, { colour: MUTED }));
  panels.forEach(({ label, curves }, number) => {
    const top = MARGIN.top + number * (PANEL_HEIGHT + MARGIN.between);
    const bottom = top + PANEL_HEIGHT;
    const wrong = curves.find(({ values }) => values.length !== times.length);
    if (wrong) throw new InputError(`the curve ${wrong.name} has ${wrong.values.length} values for ${times.length} moments`);
    const [low, high] = rangeOf(curves.map(({ values }) => values));
    if (!(low <= high)) throw new InputError(`the panel ${label} has no number to draw`);
    const pad = Math.max(0.08 * (high - low), 1e-9 * Math.max(1, Math.abs(high)));
    const yTicks = ticks(low - pad, high + pad, 6);
    const first = yTicks.values[0];
    const last = yTicks.values[yTicks.values.length - 1];
    const y = (value: number): number => bottom - ((value - first) / (last - first)) * PANEL_HEIGHT;
    for (const time of xTicks.values) {
      if (time < start - 1e-9 || time > end + 1e-9) continue;
      out.push(`<path d="M${px(x(time))} ${px(top)}V${px(bottom)}" stroke="${GRID_LINE}"/>`);
      if (number === panels.length - 1) out.push(text(x(time), bottom + 18, time.toFixed(xTicks.digits), { anchor: 'middle', colour: MUTED }));
    }
    for (const value of yTicks.values) {
      out.push(`<path d="M${px(x(start))} ${px(y(value))}H${px(x(end))}" stroke="${GRID_LINE}"/>`);
      out.push(text(x(start) - 8, y(value) + 4, value.toFixed(yTicks.digits), { anchor: 'end', colour: MUTED }));
    }
    const middle = (top + bottom) / 2;
    out.push(`<text x="20" y="${px(middle)}" text-anchor="middle" fill="${INK}" transform="rotate(-90 20 ${px(middle)})">${escape(label)}</text>`);
    let right = x(end);
    for (let c = curves.length - 1; c >= 0; c--) {
      const { name, values, dashed } = curves[c];
      const style = `stroke="${COLOURS[c % COLOURS.length]}" stroke-width="1.6"${dashed ? ' stroke-dasharray="5 4"' : ''}`;
      const points = Array.from({ length: values.length }, (_, i) => `${px(x(times[i]))} ${px(y(values[i]))}`);
      out.push(`<path d="M${points.join('L')}" fill="none" stroke-linejoin="round" ${style}/>`);
      right -= 7 * name.length + 36;
      out.push(`<path d="M${px(right)} ${px(top - 8)}h20" ${style}/>`, text(right + 26, top - 4, name, { colour: INK }));
    }
  });
  out.push(text((x(start) + x(end)) / 2, height - 14, timeLabel, { anchor: 'middle', colour: INK }), '</svg>', '');
  return out.join('\n');
}
