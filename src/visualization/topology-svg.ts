/** Draws a grid of substations with two busbars as an SVG picture: lines coloured by loading, split substations as two bars. Places are computed; the text depends on what is given alone. */
import { cos, sin } from '../numeric/index.js';
import { escape, halo, INK, LIMIT, MUTED, px, text } from './svg-parts.js';

/** A substation. */
export interface TopologySubstationView {
  readonly hasLoad: boolean;
  readonly hasGenerator: boolean;
  /** Whether both its busbars are in use. */
  readonly isSplit: boolean;
}

/** A branch. */
export interface TopologyBranchView {
  /** Substations, counted from 0, and busbars (1 or 2) of its ends. */
  readonly from: number;
  readonly to: number;
  readonly fromBusbar: number;
  readonly toBusbar: number;
  readonly inService: boolean;
  /** Current over limit. */
  readonly loading: number;
}

/** What is drawn. */
export interface TopologyView {
  readonly title: string;
  readonly note: string;
  readonly substations: readonly TopologySubstationView[];
  readonly branches: readonly TopologyBranchView[];
}

const WIDTH = 960;
const HEIGHT = 720;
const MARGIN = 60;
const TOP = 110;
/** Rounds of the layout. */
const ROUNDS = 400;
/** Colours by loading, from the loading given on. */
const COLOURS: readonly (readonly [number, string, string])[] = [
  [0, '#5b8fb0', 'below 50 %'],
  [0.5, '#3f9a5f', '50 %'],
  [0.75, '#d5a021', '75 %'],
  [0.9, '#d5661b', '90 %'],
  [1, LIMIT, 'over 100 %'],
];

/**
 * Places of nodes by forces (Fruchterman and Reingold, "Graph drawing by force-directed placement", 1991), from a circle on, [node][x, y] in 0 to 1.
 */
export function forceLayout(nodes: number, edges: readonly (readonly [number, number])[]): Float64Array {
  const places = new Float64Array(2 * nodes);
  for (let k = 0; k < nodes; k++) {
    places[2 * k] = 0.5 + 0.5 * cos((2 * Math.PI * k) / nodes);
    places[2 * k + 1] = 0.5 + 0.5 * sin((2 * Math.PI * k) / nodes);
  }
  const ideal = Math.sqrt(1 / nodes);
  const moves = new Float64Array(2 * nodes);
  for (let round = 0; round < ROUNDS; round++) {
    moves.fill(0);
    const push = (a: number, b: number, size: number): void => {
      const dx = places[2 * a] - places[2 * b];
      const dy = places[2 * a + 1] - places[2 * b + 1];
      const distance = Math.max(1e-6, Math.sqrt(dx * dx + dy * dy));
      const force = size === 0 ? (ideal * ideal) / distance / distance : (-size * distance) / ideal;
      moves[2 * a] += dx * force;
      moves[2 * a + 1] += dy * force;
      moves[2 * b] -= dx * force;
      moves[2 * b + 1] -= dy * force;
    };
    for (let a = 0; a < nodes; a++) for (let b = a + 1; b < nodes; b++) push(a, b, 0);
    for (const [a, b] of edges) if (a !== b) push(a, b, 1);
    const most = 0.1 * (1 - round / ROUNDS) ** 2 + 1e-4;
    for (let k = 0; k < nodes; k++) {
      const length = Math.sqrt(moves[2 * k] * moves[2 * k] + moves[2 * k + 1] * moves[2 * k + 1]);
      const scale = length > most ? most / length : 1;
      places[2 * k] += moves[2 * k] * scale;
      places[2 * k + 1] += moves[2 * k + 1] * scale;
    }
  }
  const bounds = [0, 1].map((axis) => {
    const values = Array.from({ length: nodes }, (_, k) => places[2 * k + axis]);
    return [Math.min(...values), Math.max(...values)];
  });
  return places.map((value, k) => {
    const [low, high] = bounds[k % 2];
    return high > low ? (value - low) / (high - low) : 0.5;
  });
}

function colourOf(loading: number): string {
  return COLOURS.reduce((found, [from, colour]) => (loading >= from ? colour : found), COLOURS[0][1]);
}

/** The picture as the text of an SVG file. */
export function topologySvg({ title, note, substations, branches }: TopologyView): string {
  const places = forceLayout(
    substations.length,
    branches.map(({ from, to }) => [from, to] as const),
  );
  const size = Math.max(5, Math.min(12, 60 / Math.sqrt(substations.length)));
  const at = (k: number): [number, number] => [MARGIN + places[2 * k] * (WIDTH - 2 * MARGIN), TOP + places[2 * k + 1] * (HEIGHT - TOP - MARGIN)];
  /** Where a branch ends: on the bar, the second one below the first. */
  const endOf = (k: number, busbar: number): [number, number] => {
    const [x, y] = at(k);
    return substations[k].isSplit ? [x, y + (busbar === 2 ? size : -size)] : [x, y];
  };
  const parallel = new Map<string, number>();
  const lines = branches.map(({ from, to, fromBusbar, toBusbar, inService, loading }) => {
    const pair = `${Math.min(from, to)} ${Math.max(from, to)}`;
    const nth = parallel.get(pair) ?? 0;
    parallel.set(pair, nth + 1);
    const [x1, y1] = endOf(from, fromBusbar);
    const [x2, y2] = endOf(to, toBusbar);
    const shift = 5 * nth;
    const style = inService
      ? `stroke="${colourOf(loading)}" stroke-width="${px(1.5 + 3 * Math.min(1.2, loading))}"`
      : `stroke="${MUTED}" stroke-width="1.5" stroke-dasharray="3 5"`;
    const label = inService ? `${(100 * loading).toFixed(0)} %` : 'out';
    const number =
      inService && loading >= 0.75 && substations.length <= 60
        ? halo(text((x1 + x2) / 2, (y1 + y2) / 2 + shift - 4, label, { size: 10, anchor: 'middle' }))
        : '';
    return `<path d="M${px(x1)} ${px(y1 + shift)}L${px(x2)} ${px(y2 + shift)}" ${style} fill="none"><title>${from} - ${to}: ${label}</title></path>${number}`;
  });
  const nodes = substations.map(({ hasLoad, hasGenerator, isSplit }, k) => {
    const [x, y] = at(k);
    const fill = hasGenerator ? '#fff3d6' : '#ffffff';
    const shape = isSplit
      ? [-size, size]
          .map((dy) => `<rect x="${px(x - size)}" y="${px(y + dy - 3)}" width="${px(2 * size)}" height="6" fill="${fill}" stroke="${INK}"/>`)
          .join('')
      : `<circle cx="${px(x)}" cy="${px(y)}" r="${px(size)}" fill="${fill}" stroke="${INK}"/>`;
    const load = hasLoad ? `<path d="M${px(x - 3)} ${px(y + size + 2)}h6l-3 5z" fill="${INK}"/>` : '';
    const name = halo(
      text(isSplit ? x + size + 8 : x, y + (substations.length > 60 ? 3 : 4), String(k), {
        size: substations.length > 60 ? 7 : 10,
        anchor: 'middle',
      }),
    );
    return `${shape}${load}${name}`;
  });
  const legend = COLOURS.map(([, colour, words], k) => {
    const left = MARGIN + 130 * k;
    return `<path d="M${left} 76h24" stroke="${colour}" stroke-width="4"/>${text(left + 32, 80, words, { size: 11, colour: MUTED })}`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" font-family="Helvetica, Arial, sans-serif" font-size="12">`,
    `<title>${escape(title)}: loading of lines</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    text(MARGIN, 30, title, { size: 18, weight: 600 }),
    text(MARGIN, 52, note, { colour: MUTED }),
    ...legend,
    `<path d="M${MARGIN + 660} 76h24" stroke="${MUTED}" stroke-width="1.5" stroke-dasharray="3 5"/>`,
    text(MARGIN + 692, 80, 'out; two bars: split', { size: 11, colour: MUTED }),
    ...lines,
    ...nodes,
    '</svg>',
    '',
  ].join('\n');
}
