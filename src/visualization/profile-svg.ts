/** Draws a voltage profile as an SVG picture. The text depends on the profile alone: the same solution gives the same bytes. */
import { InputError } from '../grid/index.js';
import { escape, GRID_LINE, halo, INK, LIMIT, MUTED, px, text, ticks } from './svg-parts.js';
import type { Phase, ProfilePoint, VoltageProfile } from './voltage-profile.js';

/** How a profile is drawn. */
export interface ProfileSvgOptions {
  /** Default: the grid's name. */
  title?: string;
  /** A line under the title. */
  subtitle?: string;
  /** Pixels. Default 960 x 540. */
  width?: number;
  height?: number;
  /** Limits drawn dashed, per unit. Default [0.95, 1.05]. */
  limitsPu?: readonly [number, number];
}

// Okabe and Ito's colours, which readers with any colour vision can tell apart, also in print on white.
const COLOURS: Record<Phase, string> = { 1: '#D55E00', 2: '#0072B2', 3: '#009E73' };
const PHASE_NAMES: Record<Phase, string> = { 1: 'Phase A', 2: 'Phase B', 3: 'Phase C' };
const MARGIN = { left: 72, right: 28, top: 74, bottom: 62 };

/** The picture as the text of an SVG file. Throws {@link InputError} for a profile without points: no bus with a base voltage, or none alive. */
export function profileSvg(profile: VoltageProfile, options: ProfileSvgOptions = {}): string {
  if (profile.points.length === 0) {
    throw new InputError(
      profile.basesKnown
        ? 'there is no voltage profile to draw: no node with a base voltage is alive'
        : 'there is no voltage profile to draw: no bus has a base voltage; in a script say "set voltagebases=[...]" and "calcvoltagebases" before "solve"',
    );
  }
  const width = options.width ?? 960;
  const height = options.height ?? 540;
  const [lowLimit, highLimit] = options.limitsPu ?? [0.95, 1.05];
  const title = options.title ?? profile.name;
  const xTicks = ticks(0, Math.max(...profile.points.map((point) => point.distance), 1e-9), 8);
  const lowest = Math.min(lowLimit, profile.lowest?.voltagePu ?? lowLimit);
  const highest = Math.max(highLimit, profile.highest?.voltagePu ?? highLimit);
  const pad = 0.06 * (highest - lowest);
  const yTicks = ticks(lowest - pad, highest + pad, 9);
  const xEnd = xTicks.values[xTicks.values.length - 1];
  const yStart = yTicks.values[0];
  const yEnd = yTicks.values[yTicks.values.length - 1];
  const x = (distance: number): number => MARGIN.left + (distance / xEnd) * (width - MARGIN.left - MARGIN.right);
  const y = (pu: number): number => height - MARGIN.bottom - ((pu - yStart) / (yEnd - yStart)) * (height - MARGIN.top - MARGIN.bottom);
  const out: string[] = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" font-family="Helvetica, Arial, sans-serif" font-size="12">`,
    `<title>${escape(title)}: voltage profile</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    text(MARGIN.left, 30, title, { size: 18, weight: 600 }),
  ];
  if (options.subtitle) out.push(text(MARGIN.left, 50, options.subtitle, { colour: MUTED }));

  for (const value of xTicks.values) {
    out.push(`<path d="M${px(x(value))} ${px(y(yStart))}V${px(y(yEnd))}" stroke="${GRID_LINE}"/>`);
    out.push(text(x(value), y(yStart) + 18, value.toFixed(xTicks.digits), { anchor: 'middle', colour: MUTED }));
  }
  for (const value of yTicks.values) {
    out.push(`<path d="M${px(x(0))} ${px(y(value))}H${px(x(xEnd))}" stroke="${GRID_LINE}"/>`);
    out.push(text(x(0) - 8, y(value) + 4, value.toFixed(yTicks.digits), { anchor: 'end', colour: MUTED }));
  }
  for (const limit of [lowLimit, highLimit]) {
    out.push(`<path d="M${px(x(0))} ${px(y(limit))}H${px(x(xEnd))}" stroke="${LIMIT}" stroke-dasharray="6 4"/>`);
    out.push(text(x(xEnd) - 4, y(limit) - 5, `limit ${limit.toFixed(2)}`, { anchor: 'end', colour: LIMIT, size: 11 }));
  }
  out.push(
    text(
      (x(0) + x(xEnd)) / 2,
      height - 18,
      profile.unitsKnown ? 'Distance from the source, km' : 'Distance from the source, sum of line lengths (unit not given)',
      {
        anchor: 'middle',
        colour: INK,
      },
    ),
  );
  const yMiddle = (y(yStart) + y(yEnd)) / 2;
  out.push(`<text x="20" y="${px(yMiddle)}" text-anchor="middle" fill="${INK}" transform="rotate(-90 20 ${px(yMiddle)})">Voltage, per unit</text>`);

  const place = (point: ProfilePoint): string => `${px(x(point.distance))} ${px(y(point.voltagePu))}`;
  const present = ([1, 2, 3] as const).filter((phase) => profile.points.some((point) => point.phase === phase));
  const radius = profile.points.length > 1500 ? 0 : 1.8;
  for (const phase of present) {
    const path = (kind: 'line' | 'step'): string =>
      profile.segments
        .filter((segment) => segment.phase === phase && segment.kind === kind)
        .map((segment) => `M${place(segment.from)}L${place(segment.to)}`)
        .join('');
    out.push(`<g stroke="${COLOURS[phase]}" fill="none" stroke-linecap="round">`);
    const steps = path('step');
    const lines = path('line');
    // Phases of one transformer lie over each other: each has its turn among the dots.
    if (steps)
      out.push(`<path d="${steps}" stroke-width="1.2" stroke-linecap="butt" stroke-dasharray="3 6" stroke-dashoffset="${-3 * (phase - 1)}"/>`);
    if (lines) out.push(`<path d="${lines}" stroke-width="1.5"/>`);
    out.push('</g>');
    if (radius > 0) {
      const dots = profile.points.filter((point) => point.phase === phase).map((point) => `M${place(point)}h0`);
      out.push(`<path d="${dots.join('')}" stroke="${COLOURS[phase]}" stroke-width="${2 * radius}" stroke-linecap="round" fill="none"/>`);
    }
  }

  const extremes: [string, ProfilePoint | undefined, number][] = [
    ['lowest', profile.lowest, 18],
    ['highest', profile.highest, -11],
  ];
  for (const [word, point, shift] of extremes) {
    if (!point) continue;
    const right = x(point.distance) > width / 2;
    out.push(`<circle cx="${px(x(point.distance))}" cy="${px(y(point.voltagePu))}" r="5" fill="none" stroke="${INK}" stroke-width="1.4"/>`);
    const label = `${word} ${point.voltagePu.toFixed(4)} pu at ${point.bus}.${point.node}`;
    out.push(
      halo(
        text(right ? x(point.distance) + 6 : Math.max(x(point.distance) - 6, x(0) + 10), y(point.voltagePu) + shift, label, {
          anchor: right ? 'end' : 'start',
          weight: 600,
        }),
      ),
    );
  }

  let left = x(xEnd) - 84 * present.length - 118;
  for (const phase of present) {
    out.push(`<path d="M${px(left)} 46h18" stroke="${COLOURS[phase]}" stroke-width="3" stroke-linecap="round"/>`);
    out.push(text(left + 24, 50, PHASE_NAMES[phase], { colour: INK }));
    left += 84;
  }
  out.push(`<path d="M${px(left)} 46h18" stroke="${MUTED}" stroke-dasharray="2 3"/>`);
  out.push(text(left + 24, 50, 'transformer', { colour: INK }), '</svg>', '');
  return out.join('\n');
}
