/** Draws the solution of a balanced grid as an SVG picture: voltages by bus within their limits, loading of branches. The text depends on the solution alone. */
import type { BalancedGrid } from '../grid/index.js';
import type { BalancedSolution } from '../powerflow/index.js';
import { escape, GRID_LINE, halo, INK, LIMIT, MUTED, px, text, ticks } from './svg-parts.js';

/** How a balanced solution is drawn. */
export interface BalancedSvgOptions {
  /** Default: the grid's name. */
  title?: string;
  /** Pixels. Default 960 x 720. */
  width?: number;
  height?: number;
}

const VALUE = '#0072B2';
/** Pixels that a letter of a label takes in width and height, more or less. */
const LETTER = 6.8;
const LETTERS_HIGH = 10;
const MARGIN = { left: 72, right: 28, top: 70, bottom: 56, between: 76 };

/** A frame with scales. */
interface Panel {
  x: (place: number) => number;
  y: (value: number) => number;
  out: string[];
}

/**
 * The picture as the text of an SVG file: above, the voltage of each live bus in the grid's order with its limits (of a DC solution, which has no voltages, the
 * angles); below, branches with a rating by falling loading (where none has one, branches by falling power). What is beyond a limit is drawn in red.
 */
export function balancedSvg(grid: BalancedGrid, solution: BalancedSolution, options: BalancedSvgOptions = {}): string {
  const { width = 960, height = 720, title = grid.name } = options;
  const middle = (height + MARGIN.top - MARGIN.bottom - MARGIN.between) / 2;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" font-family="Helvetica, Arial, sans-serif" font-size="12">`,
    `<title>${escape(title)}: voltages and loading</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    text(MARGIN.left, 30, title, { size: 18, weight: 600 }),
    ...legend(solution),
    ...busPanel(grid, solution, [MARGIN.left, width - MARGIN.right, MARGIN.top, middle]),
    ...loadingPanel(solution, [MARGIN.left, width - MARGIN.right, middle + MARGIN.between, height - MARGIN.bottom]),
    '</svg>',
    '',
  ].join('\n');
}

/** What the red lines are. */
function legend(solution: BalancedSolution): string[] {
  const entries: [string, string][] = [];
  if (solution.method !== 'dc') entries.push(['stroke-opacity="0.5"', 'voltage limits of the buses']);
  if (ratedBranches(solution).length > 0) entries.push(['stroke-dasharray="6 4"', 'rating of the branches']);
  return entries.flatMap(([style, words], i) => {
    const left = MARGIN.left + 210 * i;
    return [`<path d="M${left} 48h24" stroke="${LIMIT}" ${style}/>`, text(left + 32, 52, words, { size: 11, colour: MUTED })];
  });
}

/** A frame over places 0 to count - 1 and values, with its lines and labels; [left, right, top, bottom] in pixels. */
function panel(count: number, low: number, high: number, area: readonly number[], labels: { x: string; y: string }): Panel {
  const [left, right, top, bottom] = area;
  const scale = ticks(low, high, 6);
  const start = scale.values[0];
  const end = scale.values[scale.values.length - 1];
  const x = (place: number): number => left + ((place + 0.5) / Math.max(count, 1)) * (right - left);
  const y = (value: number): number => bottom - ((value - start) / (end - start)) * (bottom - top);
  const out: string[] = [];
  for (const value of scale.values) {
    out.push(`<path d="M${px(left)} ${px(y(value))}H${px(right)}" stroke="${GRID_LINE}"/>`);
    out.push(text(left - 8, y(value) + 4, value.toFixed(scale.digits), { anchor: 'end', colour: MUTED }));
  }
  const yMiddle = (top + bottom) / 2;
  out.push(text((left + right) / 2, bottom + 36, labels.x, { anchor: 'middle' }));
  out.push(`<text x="20" y="${px(yMiddle)}" text-anchor="middle" fill="${INK}" transform="rotate(-90 20 ${px(yMiddle)})">${escape(labels.y)}</text>`);
  return { x, y, out };
}

function dots(points: readonly (readonly [number, number])[], colour: string, size: number): string[] {
  if (points.length === 0) return [];
  const path = points.map(([x, y]) => `M${px(x)} ${px(y)}h0`).join('');
  return [`<path d="${path}" stroke="${colour}" stroke-width="${size}" stroke-linecap="round" fill="none"/>`];
}

function busPanel(grid: BalancedGrid, solution: BalancedSolution, area: readonly number[]): string[] {
  const isDc = solution.method === 'dc';
  const live = solution.buses.map((bus, i) => ({ ...bus, limits: grid.buses[i] })).filter(({ kind }) => kind !== 'dead');
  const values = live.map((bus) => (isDc ? bus.angleDegrees : bus.voltagePu));
  const limitsOf = (i: number): number[] => (isDc ? [] : [live[i].limits.minVoltagePu, live[i].limits.maxVoltagePu]).filter((v) => v > 0 && v < 10);
  const seen = [...values, ...live.flatMap((_, i) => limitsOf(i))];
  // Lists may be too long to be arguments.
  const least = (list: readonly number[]): number => list.reduce((a, b) => Math.min(a, b), Infinity);
  const most = (list: readonly number[]): number => list.reduce((a, b) => Math.max(a, b), -Infinity);
  const lowest = least(seen);
  const highest = Math.max(most(seen), lowest + 1e-6);
  const pad = 0.05 * (highest - lowest);
  const labels = { x: `Buses (${live.length}) in the order of the grid`, y: isDc ? 'Angle, degrees' : 'Voltage, per unit' };
  const { x, y, out } = panel(live.length, lowest - pad, highest + pad, area, labels);
  const half = (x(1) - x(0)) / 2;
  const bounds = live.flatMap((_, i) => limitsOf(i).map((limit) => `M${px(x(i) - half)} ${px(y(limit))}H${px(x(i) + half)}`));
  if (bounds.length > 0) out.push(`<path d="${bounds.join('')}" stroke="${LIMIT}" stroke-opacity="0.5"/>`);
  const beyond = new Set(solution.violations.filter(({ what }) => what === 'voltage').map(({ bus }) => bus));
  const at = (i: number): readonly [number, number] => [x(i), y(values[i])];
  const places = live.map((_, i) => i);
  const size = live.length > 500 ? 2 : 4;
  out.push(...dots(places.filter((i) => !beyond.has(live[i].bus)).map(at), VALUE, size));
  out.push(...dots(places.filter((i) => beyond.has(live[i].bus)).map(at), LIMIT, size + 1));
  const taken: number[] = [];
  for (const [word, value, shifts] of [
    ['lowest', least(values), [18, -10, 34, -26, 50, -42, 66, -58]],
    ['highest', most(values), [-10, 18, -26, 34, -42, 50, -58, 66]],
  ] as const) {
    const i = values.indexOf(value);
    if (i < 0) continue;
    const label = `${word} ${value.toFixed(isDc ? 2 : 4)} ${isDc ? 'degrees' : 'pu'} at bus ${live[i].bus}`;
    // Where it covers no line of a limit and not the other label.
    const reach = LETTER * label.length;
    const [from, to] = i < live.length / 2 ? [x(i), x(i) + reach] : [x(i) - reach, x(i)];
    const lines = places.filter((at) => x(at) + half >= from && x(at) - half <= to).flatMap((at) => limitsOf(at).map(y));
    const isFree = (place: number): boolean =>
      place - LETTERS_HIGH >= area[2] &&
      place <= area[3] &&
      ![...lines, ...taken].some((line) => line > place - LETTERS_HIGH - 2 && line < place + 5);
    const place = shifts.map((shift) => y(value) + shift).find(isFree) ?? y(value) + shifts[0];
    taken.push(place - 12, place - 6, place, place + 4);
    out.push(halo(text(x(i), place, label, { anchor: i < live.length / 2 ? 'start' : 'end', weight: 600 })));
  }
  return out;
}

/** A branch as a bar. */
interface Bar {
  /** Index in the grid's list. */
  k: number;
  from: number;
  to: number;
  size: number;
}

function byFallingSize(bars: Bar[]): Bar[] {
  return bars.sort((a, b) => b.size - a.size || a.k - b.k);
}

/** Branches with a rating, by falling loading in percent. */
function ratedBranches({ branches }: BalancedSolution): Bar[] {
  return byFallingSize(
    branches.flatMap(({ inService, from, to, loadingPercent, currentLoadingPercent }, k) => {
      const size = loadingPercent ?? currentLoadingPercent;
      return inService && size !== null ? [{ k, from, to, size }] : [];
    }),
  );
}

/** Branches by falling power, for grids without ratings. */
function powerPanel({ method, branches }: BalancedSolution, area: readonly number[]): string[] {
  const bars = byFallingSize(
    branches.flatMap(({ inService, from, to, fromMw, fromMvar, toMw, toMvar }, k) =>
      inService ? [{ k, from, to, size: Math.max(Math.hypot(fromMw, fromMvar ?? 0), Math.hypot(toMw, toMvar ?? 0)) }] : [],
    ),
  );
  if (bars.length === 0) return [];
  const unit = method === 'dc' ? 'MW' : 'MVA';
  const labels = { x: `Branches (${bars.length}), by falling power; none has a rating`, y: `Power, ${unit}` };
  const { x, y, out } = panel(bars.length, 0, Math.max(1e-6, 1.1 * bars[0].size), area, labels);
  const wide = barWidth(x);
  out.push(
    `<path d="${bars.map(({ size }, i) => `M${px(x(i))} ${px(y(0))}V${px(y(size))}`).join('')}" stroke="${VALUE}" stroke-width="${px(wide)}"/>`,
  );
  const [first] = bars;
  out.push(
    halo(text(x(0) + 8, y(first.size) - 6, `${first.size.toFixed(1)} ${unit}: branch ${first.k + 1} (${first.from} - ${first.to})`, { weight: 600 })),
  );
  return out;
}

function barWidth(x: (place: number) => number): number {
  return Math.max(0.6, Math.min(14, 0.7 * (x(1) - x(0))));
}

function loadingPanel(solution: BalancedSolution, area: readonly number[]): string[] {
  const rated = ratedBranches(solution);
  if (rated.length === 0) return powerPanel(solution, area);
  const labels = { x: `Branches with a rating (${rated.length}), by falling loading`, y: 'Loading, %' };
  const { x, y, out } = panel(rated.length, 0, Math.max(110, rated[0].size), area, labels);
  out.push(`<path d="M${px(area[0])} ${px(y(100))}H${px(area[1])}" stroke="${LIMIT}" stroke-dasharray="6 4"/>`);
  const wide = barWidth(x);
  for (const isBeyond of [false, true]) {
    const bars = rated.flatMap(({ size }, i) => (size > 100 === isBeyond ? [`M${px(x(i))} ${px(y(0))}V${px(y(size))}`] : []));
    if (bars.length > 0) out.push(`<path d="${bars.join('')}" stroke="${isBeyond ? LIMIT : VALUE}" stroke-width="${px(wide)}"/>`);
  }
  const [first] = rated;
  const label = `${first.size.toFixed(1)} %: branch ${first.k + 1} (${first.from} - ${first.to})`;
  out.push(halo(text(x(0) + 8, y(first.size) - 6, label, { weight: 600 })));
  return out;
}
