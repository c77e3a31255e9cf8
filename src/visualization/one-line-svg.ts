/** One-line diagrams: the buses of a grid as a tree from its source, coloured by voltage. The text depends on what is given alone. */
import { InputError } from '../grid/index.js';
import { type DeviceMark, marksAt, marksLegend } from './device-marks.js';
import { escape, halo, INK, LIMIT, MUTED, px, text } from './svg-parts.js';

/** What is drawn. */
export interface OneLine {
  title: string;
  /** Lines under the title. */
  notes?: readonly string[];
  /** Names of the buses, the source first. */
  buses: readonly string[];
  /** Lines and transformers that carry voltage: places of two buses. What closes a loop is drawn dashed; buses that nothing leads to are left out. */
  branches: readonly (readonly [number, number])[];
  /** [bus], per unit; NaN where it is not known. */
  voltagePu: ArrayLike<number>;
  /** Limits at which colours end. */
  bandPu: readonly [number, number];
  /** What stands at buses (a capacitor, a load that can wait), by their places: short texts. */
  labels?: ReadonlyMap<number, string>;
  /** Devices, each with a sign at its bus that a legend explains. */
  devices?: readonly DeviceMark[];
}

const WIDTH = 1100;
const MARGIN = { left: 40, right: 130, top: 90, bottom: 60 };
/** Of the legend of devices. */
const LEGEND_ROW = 20;
/** Blue at the lower limit, grey in the middle, orange at the upper one (Okabe and Ito's blue and vermilion). */
const COLD = [0, 114, 178];
const MEAN = [187, 187, 187];
const WARM = [213, 94, 0];

function colourOf(pu: number, [low, high]: readonly [number, number]): string {
  if (!Number.isFinite(pu)) return '#ffffff';
  const middle = (low + high) / 2;
  const way = Math.max(-1, Math.min(1, (pu - middle) / (high - middle)));
  const end = way < 0 ? COLD : WARM;
  const channel = (k: number): string =>
    Math.round(MEAN[k] + (end[k] - MEAN[k]) * Math.abs(way))
      .toString(16)
      .padStart(2, '0');
  return `#${channel(0)}${channel(1)}${channel(2)}`;
}

/** Where each bus stands: steps from the source, and rows, leaves one under the other and each bus with the first bus behind it. */
interface Tree {
  parent: Int32Array;
  depth: Int32Array;
  row: Float64Array;
  rows: number;
  deepest: number;
  loops: (readonly [number, number])[];
}

function layTree(count: number, branches: OneLine['branches']): Tree {
  const neighbours: number[][] = Array.from({ length: count }, () => []);
  for (const [from, to] of branches) {
    if (!(from in neighbours) || !(to in neighbours)) throw new InputError(`a branch from bus ${from} to ${to}, where there are ${count} buses`);
    neighbours[from].push(to);
    neighbours[to].push(from);
  }
  const parent = new Int32Array(count).fill(-1);
  const depth = new Int32Array(count).fill(-1);
  const order = [0];
  depth[0] = 0;
  for (let k = 0; k < order.length; k++) {
    for (const next of neighbours[order[k]]) {
      if (depth[next] >= 0) continue;
      depth[next] = depth[order[k]] + 1;
      parent[next] = order[k];
      order.push(next);
    }
  }
  const children: number[][] = Array.from({ length: count }, () => []);
  for (const bus of order) if (parent[bus] >= 0) children[parent[bus]].push(bus);
  // The way to the deepest bus goes straight on, what branches off stands below it.
  const reach = new Int32Array(count);
  for (const bus of [...order].reverse()) reach[bus] = Math.max(0, ...children[bus].map((child) => reach[child] + 1));
  const row = new Float64Array(count).fill(-1);
  let rows = 0;
  const stack = [{ bus: 0, isFirst: true }];
  for (let top = stack.pop(); top; top = stack.pop()) {
    row[top.bus] = top.isFirst ? (parent[top.bus] < 0 ? 0 : row[parent[top.bus]]) : ++rows;
    const sorted = [...children[top.bus]].sort((a, b) => reach[b] - reach[a] || a - b);
    for (let k = sorted.length - 1; k >= 0; k--) stack.push({ bus: sorted[k], isFirst: k === 0 });
  }
  const loops = branches.filter(([from, to]) => depth[from] >= 0 && depth[to] >= 0 && parent[from] !== to && parent[to] !== from);
  return { parent, depth, row, rows: rows + 1, deepest: Math.max(1, ...depth), loops };
}

/** The picture as the text of an SVG file. Throws {@link InputError} where there is no bus, a branch leads nowhere, or a device stands at no bus. */
export function oneLineSvg(diagram: OneLine): string {
  const { title, notes = [], buses, branches, voltagePu, bandPu, labels, devices = [] } = diagram;
  if (buses.length === 0) throw new InputError('there is no one-line diagram to draw: there are no buses');
  const lost = devices.find(({ bus }) => !(bus in buses));
  if (lost) throw new InputError(`a device (${lost.title}) at bus ${lost.bus}, where there are ${buses.length} buses`);
  const { parent, depth, row, rows, deepest, loops } = layTree(buses.length, branches);
  const spacing = Math.max(16, Math.min(44, 560 / rows));
  const legendRows = devices.length > 0 ? LEGEND_ROW : 0;
  const height = MARGIN.top + MARGIN.bottom + legendRows + spacing * Math.max(1, rows - 1);
  const x = (bus: number): number => MARGIN.left + (depth[bus] / deepest) * (WIDTH - MARGIN.left - MARGIN.right);
  const y = (bus: number): number => MARGIN.top + row[bus] * spacing;
  const out = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${px(height)}" viewBox="0 0 ${WIDTH} ${px(height)}" role="img" font-family="Helvetica, Arial, sans-serif" font-size="11">`,
    `<title>${escape(title)}: one-line diagram</title>`,
    `<rect width="${WIDTH}" height="${px(height)}" fill="#ffffff"/>`,
    text(MARGIN.left, 30, title, { size: 18, weight: 600 }),
    ...notes.map((note, k) => text(MARGIN.left, 50 + 15 * k, note, { colour: MUTED })),
  ];
  for (let bus = 0; bus < buses.length; bus++) {
    const from = parent[bus];
    if (from >= 0) out.push(`<path d="M${px(x(from))} ${px(y(from))}V${px(y(bus))}H${px(x(bus))}" fill="none" stroke="${MUTED}"/>`);
  }
  for (const [from, to] of loops)
    out.push(`<path d="M${px(x(from))} ${px(y(from))}L${px(x(to))} ${px(y(to))}" stroke="${MUTED}" stroke-dasharray="4 3" fill="none"/>`);
  for (let bus = 0; bus < buses.length; bus++) {
    if (depth[bus] < 0) continue;
    const pu = voltagePu[bus];
    const outside = pu < bandPu[0] || pu > bandPu[1];
    const stroke = outside ? LIMIT : INK;
    const shown = Number.isFinite(pu) ? `${pu.toFixed(4)} pu` : 'no voltage';
    out.push(
      `<circle cx="${px(x(bus))}" cy="${px(y(bus))}" r="${outside ? 5 : 4}" fill="${colourOf(pu, bandPu)}" stroke="${stroke}" stroke-width="${outside ? 2 : 0.8}"><title>${escape(buses[bus])}: ${shown}</title></circle>`,
    );
    const label = labels?.get(bus);
    if (label) out.push(halo(text(x(bus) + 7, y(bus) - 6, label, { weight: 600 })));
    out.push(
      ...marksAt(
        x(bus),
        y(bus),
        devices.filter((device) => device.bus === bus),
      ),
    );
  }
  const legend = height - 22 - legendRows;
  [bandPu[0], (bandPu[0] + bandPu[1]) / 2, bandPu[1]].forEach((pu, k) => {
    const at = MARGIN.left + 110 * k;
    out.push(`<circle cx="${at + 5}" cy="${px(legend - 4)}" r="5" fill="${colourOf(pu, bandPu)}" stroke="${INK}" stroke-width="0.8"/>`);
    out.push(text(at + 16, legend, `${pu.toFixed(3)} pu`, { colour: MUTED }));
  });
  out.push(text(MARGIN.left + 330, legend, 'thick rim: out of band', { colour: LIMIT }));
  out.push(...marksLegend(MARGIN.left, height - 20, devices));
  out.push('</svg>');
  return `${out.join('\n')}\n`;
}
