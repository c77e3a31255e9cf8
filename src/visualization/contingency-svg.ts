/** Draws the worst contingencies of an analysis as an SVG picture. The text depends on the report alone. */
import { type ContingencyReport, type ContingencyRow, contingenciesBySeverity } from '../powerflow/index.js';
import { escape, GRID_LINE, halo, INK, LIMIT, MUTED, px, text, ticks } from './svg-parts.js';

/** How an analysis is drawn. */
export interface ContingencySvgOptions {
  /** Default: the grid's name. */
  title?: string;
  /** Contingencies, the most severe first, 200 at most. Default 20. */
  top?: number;
  /** Pixels. Default 1160, more where labels are long. */
  width?: number;
}

const NEW = LIMIT;
const OLD = '#8a8a8a';
const RANGE = '#0072B2';
const ROW = 22;
const TOP = 112;
const BOTTOM = 46;
/** Share of the width that each panel takes, and the gap between two. */
const LABEL_WIDTH = 240;
const WIDEST_LABEL = 520;
/** Pixels that a letter takes, more or less. */
const LETTER = 6.3;
const SEVERITY_WIDTH = 70;
const GAP = 36;
const MOST_ROWS = 200;

/** A panel's scale. */
interface Scale {
  left: number;
  right: number;
  x: (value: number) => number;
  out: string[];
}

/**
 * The picture as the text of an SVG file: a row for the base case and for each of the worst contingencies, with its severity, and beside it load without voltage as a bar, loadings of
 * the branches beyond their ratings as dots with the highest loading as a bar, and the range of voltages with those outside of limits as dots. What is new is red, what the base case has too is
 * grey.
 */
export function contingencySvg(report: ContingencyReport, options: ContingencySvgOptions = {}): string {
  const { title = report.name, top = 20 } = options;
  const rows = [report.rows[0], ...contingenciesBySeverity(report).slice(0, Math.min(top, MOST_ROWS))];
  const longest = LETTER * largest(rows, ({ label }) => label.length);
  const labelWidth = Math.round(Math.min(WIDEST_LABEL, Math.max(LABEL_WIDTH, longest)));
  const { width = 1160 + labelWidth - LABEL_WIDTH } = options;
  const height = TOP + ROW * rows.length + BOTTOM;
  const end = TOP + ROW * rows.length;
  const { summary } = report;
  const { long, short, emergency, current } = summary.ratings;
  const hasRatings = long + short + emergency + current > 0;
  const room = width - 20 - labelWidth - SEVERITY_WIDTH - 3 * GAP - 28;
  const severityRight = 20 + labelWidth + SEVERITY_WIDTH;
  const firstLeft = 20 + labelWidth + SEVERITY_WIDTH + GAP;
  const unserved = scale(
    firstLeft,
    0.2 * room,
    end,
    0,
    Math.max(
      1,
      largest(rows, (row) => row.unservedMw),
    ),
    2,
    'Without voltage, MW',
  );
  const most = largest(rows, ({ highestLoading }) => highestLoading?.percent ?? 0);
  const loading = scale(
    unserved.right + GAP,
    0.42 * room,
    end,
    0,
    Math.min(400, Math.max(120, most)),
    6,
    hasRatings ? 'Loading, %: highest (bar), beyond rating (dots)' : 'Loading: no branch has a rating',
  );
  const lowest = -largest(rows, ({ lowestVoltage }) => -(lowestVoltage?.voltagePu ?? Infinity));
  const highest = largest(rows, ({ highestVoltage }) => highestVoltage?.voltagePu ?? 0);
  const label = 'Voltages, pu: range, outside of limits (dots)';
  const voltage = scale(loading.right + GAP, 0.38 * room, end, Math.min(0.95, lowest) - 0.005, Math.max(1.05, highest) + 0.005, 6, label);
  const out: string[] = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" font-family="Helvetica, Arial, sans-serif" font-size="12">`,
    `<title>${escape(title)}: contingencies</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    text(20, 30, title, { size: 18, weight: 600 }),
    text(
      20,
      52,
      `${summary.contingencies} contingencies: ${summary.solved} solved whole, ${summary.islanded} with buses without voltage, ${summary.unsolved} without a solution; the ${rows.length - 1} most severe`,
      { colour: MUTED },
    ),
    ...legend(hasRatings),
    text(20, TOP - 14, 'Contingency', { colour: MUTED }),
    text(severityRight, TOP - 14, 'Severity', { anchor: 'end', colour: MUTED }),
    ...unserved.out,
    ...loading.out,
    ...voltage.out,
  ];
  if (hasRatings) out.push(`<path d="M${px(loading.x(100))} ${px(TOP)}V${px(end)}" stroke="${LIMIT}" stroke-dasharray="6 4"/>`);
  rows.forEach((row, i) => {
    const y = TOP + ROW * (i + 0.5);
    if (i % 2 === 1) out.splice(3, 0, `<rect x="12" y="${px(y - ROW / 2)}" width="${width - 24}" height="${ROW}" fill="#f6f6f6"/>`);
    out.push(...rowParts(row, y, { unserved, loading, voltage }, { labelWidth, severityRight, hasRatings }));
  });
  out.push('</svg>', '');
  return out.join('\n');
}

function largest(rows: readonly ContingencyRow[], of: (row: ContingencyRow) => number): number {
  return rows.reduce((most, row) => Math.max(most, of(row)), -Infinity);
}

function legend(hasRatings: boolean): string[] {
  return [
    `<circle cx="24" cy="70" r="4" fill="${NEW}"/>`,
    text(34, 74, 'new', { size: 11 }),
    `<circle cx="70" cy="70" r="4" fill="${OLD}"/>`,
    text(80, 74, 'violated in the base case too', { size: 11 }),
    ...(hasRatings ? [`<path d="M248 70h24" stroke="${LIMIT}" stroke-dasharray="6 4"/>`, text(278, 74, 'rating', { size: 11 })] : []),
  ];
}

function scale(left: number, width: number, bottom: number, low: number, high: number, count: number, label: string): Scale {
  const { values, digits } = ticks(low, high, count);
  const [start, end] = [values[0], values[values.length - 1]];
  const right = left + width;
  const x = (value: number): number => left + ((Math.min(Math.max(value, start), end) - start) / (end - start)) * width;
  const out = values.flatMap((value) => [
    `<path d="M${px(x(value))} ${px(TOP)}V${px(bottom)}" stroke="${GRID_LINE}"/>`,
    text(x(value), bottom + 16, value.toFixed(digits), { anchor: 'middle', colour: MUTED, size: 11 }),
  ]);
  out.push(text(left, TOP - 14, label, { colour: MUTED }));
  return { left, right, x, out };
}

function rowParts(
  row: ContingencyRow,
  y: number,
  { unserved, loading, voltage }: Record<'unserved' | 'loading' | 'voltage', Scale>,
  { labelWidth, severityRight, hasRatings }: { labelWidth: number; severityRight: number; hasRatings: boolean },
): string[] {
  const isUnsolved = row.status === 'unsolved';
  // That of the base case is of its own violations, not of what is worse.
  const severity = row.row === 0 ? '-' : row.severity.toFixed(row.severity < 1000 ? 2 : 0);
  const out = [
    text(20, y + 4, shortened(row.label, Math.floor(labelWidth / LETTER)), { weight: row.row === 0 ? 600 : undefined }),
    text(severityRight, y + 4, severity, { anchor: 'end', colour: isUnsolved ? NEW : INK, weight: isUnsolved ? 600 : undefined }),
  ];
  if (row.unservedMw > 0) out.push(bar(unserved.left, unserved.x(row.unservedMw), y, 10, NEW, 0.75));
  if (isUnsolved) {
    const where = row.worstBus === null ? '' : `, largest at bus ${row.worstBus}`;
    out.push(
      halo(
        text(
          loading.left + 4,
          y + 4,
          `no solution: mismatch ${Number.isFinite(row.mismatchPu) ? `${row.mismatchPu.toExponential(1)} pu` : 'not finite'}${where}`,
          { colour: NEW },
        ),
      ),
    );
    return out;
  }
  if (row.highestLoading !== null) out.push(bar(loading.left, loading.x(row.highestLoading.percent), y, 6, RANGE, 0.35));
  else if (hasRatings) out.push(halo(text(loading.left + 4, y + 4, '-', { colour: MUTED })));
  for (const isNew of [false, true]) {
    const colour = isNew ? NEW : OLD;
    out.push(
      ...dots(
        row.overloads.filter(({ inBase }) => inBase !== isNew).map(({ percent }) => loading.x(percent)),
        y,
        colour,
      ),
    );
  }
  if (row.lowestVoltage && row.highestVoltage) {
    const [low, high] = [voltage.x(row.lowestVoltage.voltagePu), voltage.x(row.highestVoltage.voltagePu)];
    out.push(`<path d="M${px(low)} ${px(y)}H${px(high)}" stroke="${RANGE}" stroke-opacity="0.5" stroke-width="2"/>`);
  }
  for (const isNew of [false, true]) {
    const colour = isNew ? NEW : OLD;
    out.push(
      ...dots(
        row.voltages.filter(({ inBase }) => inBase !== isNew).map(({ voltagePu }) => voltage.x(voltagePu)),
        y,
        colour,
      ),
    );
  }
  return out;
}

/** A label with its middle left out where it is too long: names stand at its beginning, elements at its end. */
function shortened(label: string, most: number): string {
  if (label.length <= most) return label;
  const half = Math.floor((most - 4) / 2);
  return `${label.slice(0, half).trimEnd()} .. ${label.slice(label.length - half).trimStart()}`;
}

function bar(from: number, to: number, y: number, height: number, colour: string, opacity: number): string {
  return `<rect x="${px(from)}" y="${px(y - height / 2)}" width="${px(Math.max(1, to - from))}" height="${height}" fill="${colour}" fill-opacity="${opacity}"/>`;
}

/** Dots beside each other; those that would lie at one place are one. */
function dots(places: readonly number[], y: number, colour: string): string[] {
  const distinct = [...new Set(places.map(px))];
  if (distinct.length === 0) return [];
  return [`<path d="${distinct.map((x) => `M${x} ${px(y)}h0`).join('')}" stroke="${colour}" stroke-width="6" stroke-linecap="round" fill="none"/>`];
}
