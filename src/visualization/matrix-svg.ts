/** Draws a matrix as a table of shades, as it was given and with rows and columns in another order, blocks framed. The text depends on the numbers alone. */
import { InputError } from '../grid/index.js';
import { escape, INK, LIMIT, MUTED, px, text } from './svg-parts.js';

/** What is drawn. */
export interface MatrixPicture {
  readonly title: string;
  /** A line under the title. */
  readonly subtitle: string;
  readonly rowNames: readonly string[];
  readonly columnNames: readonly string[];
  /** By row. Below 0 is drawn as 0. */
  readonly values: ArrayLike<number>;
  /** Order of rows and columns in the second table, and the cluster of each (by its number in `values`; -1: none): clusters are framed. Left out: one table. */
  readonly reordered?: {
    readonly rows: readonly number[];
    readonly columns: readonly number[];
    readonly rowClusters: readonly number[];
    readonly columnClusters: readonly number[];
  };
}

const TOP = 128;
const LEFT = 76;
const GAP = 96;
/** Cells at most this wide and high, pixels; a table at most so large. */
const CELL = { width: 58, height: 30 };
const MOST = { width: 640, height: 900 };
/** Cells narrower or lower than this carry no number. */
const LEAST_NUMBERED = { width: 30, height: 14 };

/** The picture as the text of an SVG file. Throws InputError for a matrix that does not fit its names, and for values that are not finite. */
export function matrixSvg(picture: MatrixPicture): string {
  const { rowNames, columnNames, values, title, reordered } = picture;
  const rows = rowNames.length;
  const columns = columnNames.length;
  if (rows === 0 || columns === 0 || values.length !== rows * columns)
    throw new InputError(`a matrix of ${values.length} values is not one of ${rows} rows and ${columns} columns`);
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) throw new InputError(`an entry of ${values[i]} cannot be drawn`);
  const cell = { width: Math.min(CELL.width, MOST.width / columns), height: Math.min(CELL.height, MOST.height / rows) };
  const tableWidth = cell.width * columns;
  const width = Math.max(520, Math.ceil(LEFT + tableWidth + (reordered ? GAP + tableWidth : 0) + 24));
  const height = Math.ceil(TOP + cell.height * rows + 30);
  const as = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" font-family="Helvetica, Arial, sans-serif" font-size="12">`,
    `<title>${escape(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    text(24, 32, title, { size: 18, weight: 600 }),
    text(24, 53, picture.subtitle, { colour: MUTED }),
    ...table(picture, 'as sampled', LEFT, cell, as(rows), as(columns)),
  ];
  if (reordered) {
    const left = LEFT + tableWidth + GAP;
    parts.push(...table(picture, 'in clusters', left, cell, reordered.rows, reordered.columns), ...frames(picture, left, cell));
  }
  return [...parts, '</svg>', ''].join('\n');
}

type Cell = typeof CELL;

/** White to dark blue. */
function shade(share: number): string {
  const mix = (light: number, dark: number): number => Math.round(light + (dark - light) * share);
  return `rgb(${mix(255, 8)},${mix(255, 64)},${mix(255, 129)})`;
}

function table(
  { rowNames, columnNames, values }: MatrixPicture,
  title: string,
  left: number,
  cell: Cell,
  rows: readonly number[],
  columns: readonly number[],
): string[] {
  const most = Math.max(1e-300, ...Array.from(values));
  const out = [text(left, 82, title, { weight: 600 })];
  const size = Math.min(11, Math.max(4, cell.height * 0.8));
  columns.forEach((column, j) => {
    const x = left + (j + 0.5) * cell.width;
    const label = text(x, TOP - 8, columnNames[column], {
      anchor: cell.width < 40 ? 'start' : 'middle',
      size: Math.min(11, Math.max(4, cell.width * 0.7)),
    });
    out.push(cell.width < 40 ? label.replace('<text ', `<text transform="rotate(-60 ${px(x)} ${TOP - 8})" `) : label);
  });
  rows.forEach((row, i) => {
    const y = TOP + i * cell.height;
    out.push(text(left - 6, y + cell.height / 2 + size / 3, rowNames[row], { anchor: 'end', size }));
    columns.forEach((column, j) => {
      const value = values[row * columnNames.length + column];
      const share = Math.min(1, Math.max(0, value) / most);
      const x = left + j * cell.width;
      out.push(
        `<rect x="${px(x)}" y="${px(y)}" width="${px(cell.width)}" height="${px(cell.height)}" fill="${shade(share)}" stroke="#ffffff" stroke-width="0.5"/>`,
      );
      if (cell.width < LEAST_NUMBERED.width || cell.height < LEAST_NUMBERED.height) return;
      const colour = share > 0.55 ? '#ffffff' : INK;
      out.push(
        text(x + cell.width / 2, y + cell.height / 2 + 4, value.toFixed(2).replace(/^-(0\.00)$/, '$1'), { anchor: 'middle', size: 10.5, colour }),
      );
    });
  });
  return out;
}

/** Frames around the clusters, which stand together in the new order. */
function frames({ reordered }: MatrixPicture, left: number, cell: Cell): string[] {
  if (!reordered) return [];
  const { rows, columns, rowClusters, columnClusters } = reordered;
  const clusters = Array.from(new Set([...rowClusters, ...columnClusters])).filter((cluster) => cluster >= 0);
  return clusters.flatMap((cluster) => {
    const inRows = rows.flatMap((row, i) => (rowClusters[row] === cluster ? [i] : []));
    const inColumns = columns.flatMap((column, j) => (columnClusters[column] === cluster ? [j] : []));
    if (inRows.length === 0 || inColumns.length === 0) return [];
    const x = left + inColumns[0] * cell.width;
    const y = TOP + inRows[0] * cell.height;
    const [width, height] = [inColumns.length * cell.width, inRows.length * cell.height];
    return [`<rect x="${px(x)}" y="${px(y)}" width="${px(width)}" height="${px(height)}" fill="none" stroke="${LIMIT}" stroke-width="2"/>`];
  });
}
