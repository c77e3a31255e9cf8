/**
 * Partitions of a matrix of weights into clusters of rows and columns, without a hand.
 *
 * Columns are put together by bipartite modularity (Barber: Modularity and community detection in bipartite networks, Physical Review E 76, 2007): what lies within clusters beyond what sums of
 * rows and columns alone would put there. The largest modularity is sought for every number of clusters, and the fewest are taken that reach 95 % of the largest of all. Columns, what
 * agents act on, then stay where they are, and rows move one at a time to where the normalised cut falls most (Dhillon: Co-clustering documents and words using bipartite spectral graph
 * partitioning, KDD 2001): modularity alone likes clusters of equal weight a little too well.
 */
import { describeValue, InputError } from '../grid/index.js';
import { RandomStream } from '../numeric/index.js';

/** Clusters of rows and columns together, numbered from 0; -1: belongs nowhere, having no weight at all. */
export interface Partition {
  readonly clusters: number;
  readonly rows: readonly number[];
  readonly columns: readonly number[];
}

/** A partition that {@link partitionMatrix} found. */
export interface FoundPartition extends Partition {
  readonly modularity: number;
  readonly normalisedCut: number;
  /** Largest modularity by number of clusters, as far as there are any. */
  readonly tried: readonly { readonly clusters: number; readonly modularity: number }[];
}

/** Most clusters that are looked for. */
const MOST_CLUSTERS = 10;
/** Share of the largest modularity that is enough. */
const ENOUGH = 0.95;
/** Columns (or rows) up to which all their partitions are tried, 21,147 of them. */
const MOST_ENUMERATED = 9;
const RANDOM_STARTS = 32;
/** Gains below this are rounding. */
const LEAST_GAIN = 1e-12;

function checkMatrix(matrix: ArrayLike<number>, rows: number, columns: number): void {
  if (!(Number.isInteger(rows) && Number.isInteger(columns) && rows >= 1 && columns >= 1 && matrix.length === rows * columns))
    throw new InputError(`a matrix of ${matrix.length} entries is not one of ${describeValue(rows)} by ${describeValue(columns)}`);
  for (let i = 0; i < matrix.length; i++)
    if (!(matrix[i] >= 0 && matrix[i] < Infinity))
      throw new InputError(
        `entry ${Math.floor(i / columns)}, ${i % columns} of the matrix is ${describeValue(matrix[i])}; weights must be finite and not below 0`,
      );
}

/** Weights with their sums. */
interface Weights {
  readonly matrix: ArrayLike<number>;
  readonly rows: number;
  readonly columns: number;
  readonly rowSum: Float64Array;
  readonly columnSum: Float64Array;
  readonly total: number;
}

function weigh(matrix: ArrayLike<number>, rows: number, columns: number): Weights {
  const rowSum = new Float64Array(rows);
  const columnSum = new Float64Array(columns);
  let total = 0;
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const weight = matrix[row * columns + column];
      rowSum[row] += weight;
      columnSum[column] += weight;
      total += weight;
    }
  return { matrix, rows, columns, rowSum, columnSum, total };
}

/** Barber's modularity of a partition: at most 1; 0 for a single cluster, and for a matrix of zeros. */
export function bipartiteModularity(matrix: ArrayLike<number>, rows: number, columns: number, partition: Partition): number {
  const { rowSum, columnSum, total } = weigh(matrix, rows, columns);
  if (total === 0) return 0;
  let sum = 0;
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      if (partition.rows[row] >= 0 && partition.rows[row] === partition.columns[column])
        sum += matrix[row * columns + column] - (rowSum[row] * columnSum[column]) / total;
  return sum / total;
}

/**
 * Normalised cut: summed over clusters, the weight between a cluster and all others over the weight of all its rows and columns. 0 where nothing is cut; a cluster that has no weight
 * within it counts 1.
 */
export function normalisedCut(
  matrix: ArrayLike<number>,
  rows: number,
  columns: number,
  { clusters, rows: ofRow, columns: ofColumn }: Partition,
): number {
  const { rowSum, columnSum } = weigh(matrix, rows, columns);
  const within = new Float64Array(clusters);
  const volume = new Float64Array(clusters);
  for (let row = 0; row < rows; row++) {
    if (ofRow[row] < 0) continue;
    volume[ofRow[row]] += rowSum[row];
    for (let column = 0; column < columns; column++) if (ofColumn[column] === ofRow[row]) within[ofRow[row]] += matrix[row * columns + column];
  }
  for (let column = 0; column < columns; column++) if (ofColumn[column] >= 0) volume[ofColumn[column]] += columnSum[column];
  let cut = 0;
  for (let cluster = 0; cluster < clusters; cluster++) cut += volume[cluster] > 0 ? 1 - (2 * within[cluster]) / volume[cluster] : 1;
  return cut;
}

/**
 * The partition of a matrix of weights (by row; significant information, {@link significantInformation}). Rows and columns without any weight belong nowhere, and each cluster has both rows and
 * columns. The same matrix gives the same partition. Clusters are numbered by their first column. With at most 9 columns (or rows) the largest modularity is certain, else it is the best from 32
 * random starts for each number of clusters up to 10.
 *
 * @throws InputError for weights below 0 or not finite
 */
export function partitionMatrix(matrix: ArrayLike<number>, rows: number, columns: number): FoundPartition {
  checkMatrix(matrix, rows, columns);
  const weights = weigh(matrix, rows, columns);
  if (weights.total === 0) {
    return { clusters: 0, rows: Array(rows).fill(-1), columns: Array(columns).fill(-1), modularity: 0, normalisedCut: 0, tried: [] };
  }
  const modular = mostModular(weights);
  const largest = Math.max(...modular.map(({ modularity }) => modularity));
  // A modularity of nothing but rounding is that of one cluster.
  const enough = modular.find(({ modularity }) => modularity >= ENOUGH * largest - LEAST_GAIN) as Modular;
  const partition = compact(withoutIdle(weights, settleRows(weights, enough.partition)));
  return {
    ...partition,
    modularity: bipartiteModularity(matrix, rows, columns, partition),
    normalisedCut: normalisedCut(matrix, rows, columns, partition),
    tried: modular.map(({ modularity, partition: { clusters } }) => ({ clusters, modularity })),
  };
}

/** A partition and its modularity. */
interface Modular {
  readonly partition: Partition;
  readonly modularity: number;
}

/** The most modular partitions, by rising number of clusters. */
function mostModular(weights: Weights): Modular[] {
  if (weights.rows < weights.columns) {
    return mostModular(transposed(weights)).map(({ modularity, partition: { clusters, rows, columns } }) => ({
      modularity,
      partition: { clusters, rows: columns, columns: rows },
    }));
  }
  const best = new Map<number, Modular>();
  const consider = (found: Partition): void => {
    const partition = compact(found);
    if (partition.clusters > MOST_CLUSTERS || !hasBothSides(partition)) return;
    const modularity = bipartiteModularity(weights.matrix, weights.rows, weights.columns, partition);
    if (modularity > (best.get(partition.clusters)?.modularity ?? -Infinity) + LEAST_GAIN) best.set(partition.clusters, { partition, modularity });
  };
  const { columns } = weights;
  if (columns <= MOST_ENUMERATED) for (const ofColumn of partitionsOf(columns)) consider(withBestRows(weights, ofColumn));
  else {
    consider(withBestRows(weights, Array<number>(columns).fill(0)));
    for (let clusters = 2; clusters <= MOST_CLUSTERS; clusters++)
      for (let start = 0; start < RANDOM_STARTS; start++) {
        const stream = new RandomStream(0, start, `decomposition partition ${clusters}`);
        consider(
          alternate(
            weights,
            Array.from({ length: columns }, () => stream.integer(clusters)),
          ),
        );
      }
  }
  return [...best.values()].sort((one, other) => one.partition.clusters - other.partition.clusters);
}

function hasBothSides({ clusters, rows, columns }: Partition): boolean {
  return new Set(rows).size === clusters && new Set(columns).size === clusters;
}

/** Weights turned over. */
function transposed({ matrix, rows, columns, rowSum, columnSum, total }: Weights): Weights {
  const turned = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) for (let column = 0; column < columns; column++) turned[column * rows + row] = matrix[row * columns + column];
  return { matrix: turned, rows: columns, columns: rows, rowSum: columnSum, columnSum: rowSum, total };
}

/** All partitions of n things: restricted growth strings, first the one that leaves all together. */
function* partitionsOf(n: number): Generator<number[]> {
  const string = new Array<number>(n).fill(0);
  for (;;) {
    yield string.slice();
    let at = n - 1;
    while (at > 0 && string[at] > Math.max(...string.slice(0, at))) at -= 1;
    if (at <= 0) return;
    string[at] += 1;
    string.fill(0, at + 1);
  }
}

/** Each row in the cluster in which its weights exceed expectation most. */
function withBestRows({ matrix, rows, columns, rowSum, columnSum, total }: Weights, ofColumn: readonly number[]): Partition {
  const clusters = Math.max(...ofColumn) + 1;
  const gain = new Float64Array(clusters);
  const ofRow = Array.from({ length: rows }, (_, row) => {
    gain.fill(0);
    for (let column = 0; column < columns; column++)
      gain[ofColumn[column]] += matrix[row * columns + column] - (rowSum[row] * columnSum[column]) / total;
    return gain.indexOf(Math.max(...gain));
  });
  return { clusters, rows: ofRow, columns: ofColumn };
}

/** Rows by columns, then columns by rows, until modularity rises no more (Barber's BRIM). */
function alternate(weights: Weights, start: readonly number[]): Partition {
  const turned = transposed(weights);
  let partition = withBestRows(weights, start);
  let reached = bipartiteModularity(weights.matrix, weights.rows, weights.columns, partition);
  for (;;) {
    const next = withBestRows(weights, withBestRows(turned, partition.rows).rows);
    const modularity = bipartiteModularity(weights.matrix, weights.rows, weights.columns, next);
    if (modularity <= reached + LEAST_GAIN) return partition;
    partition = next;
    reached = modularity;
  }
}

/** Moves one row at a time to where the normalised cut falls most, until none falls. */
function settleRows({ matrix, rows, columns, rowSum, columnSum }: Weights, { clusters, rows: startRows, columns: ofColumn }: Partition): Partition {
  const ofRow = [...startRows];
  /** Weight of a row's entries in the columns of a cluster, by row * clusters + cluster. */
  const share = new Float64Array(rows * clusters);
  const within = new Float64Array(clusters);
  const volume = new Float64Array(clusters);
  for (let column = 0; column < columns; column++) volume[ofColumn[column]] += columnSum[column];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) share[row * clusters + ofColumn[column]] += matrix[row * columns + column];
    within[ofRow[row]] += share[row * clusters + ofRow[row]];
    volume[ofRow[row]] += rowSum[row];
  }
  const term = (inside: number, all: number): number => (all > 0 ? 1 - (2 * inside) / all : 1);
  for (;;) {
    let gain = LEAST_GAIN;
    let moved = -1;
    let to = -1;
    for (let row = 0; row < rows; row++) {
      const from = ofRow[row];
      const at = row * clusters;
      const loss = term(within[from] - share[at + from], volume[from] - rowSum[row]) - term(within[from], volume[from]);
      for (let other = 0; other < clusters; other++) {
        if (other === from) continue;
        const fall = term(within[other], volume[other]) - term(within[other] + share[at + other], volume[other] + rowSum[row]) - loss;
        if (fall > gain) {
          gain = fall;
          moved = row;
          to = other;
        }
      }
    }
    if (moved < 0) return { clusters, rows: ofRow, columns: ofColumn };
    const from = ofRow[moved];
    within[from] -= share[moved * clusters + from];
    within[to] += share[moved * clusters + to];
    volume[from] -= rowSum[moved];
    volume[to] += rowSum[moved];
    ofRow[moved] = to;
  }
}

/** Rows and columns without weight belong nowhere. */
function withoutIdle({ rowSum, columnSum }: Weights, { clusters, rows, columns }: Partition): Partition {
  return {
    clusters,
    rows: rows.map((of, row) => (rowSum[row] > 0 ? of : -1)),
    columns: columns.map((of, column) => (columnSum[column] > 0 ? of : -1)),
  };
}

/** Clusters numbered without gaps, by their first column, then row. */
function compact({ rows, columns }: Partition): Partition {
  const number = new Map<number, number>();
  for (const of of [...columns, ...rows]) if (of >= 0 && !number.has(of)) number.set(of, number.size);
  const renumber = (of: number): number => number.get(of) ?? -1;
  return { clusters: number.size, rows: rows.map(renumber), columns: columns.map(renumber) };
}

/** The partition that is known, as {@link Partition}: how many clusters are asked for by their numbers. */
export function givenPartition(rows: readonly number[], columns: readonly number[]): Partition {
  return { clusters: Math.max(...rows, ...columns) + 1, rows, columns };
}

/** Whether two partitions put the same things together, whatever their numbers. */
export function samePartition(one: Partition, other: Partition): boolean {
  const a = compact(one);
  const b = compact(other);
  return [...a.rows, ...a.columns].every((of, i) => of === [...b.rows, ...b.columns][i]);
}

/** Rows and columns in the order in which clusters are blocks on the diagonal; what belongs nowhere comes last. */
export function blockOrder({ rows, columns }: Partition): { rows: number[]; columns: number[] } {
  const ordered = (of: readonly number[]): number[] => {
    const place = (i: number): number => (of[i] < 0 ? Number.MAX_SAFE_INTEGER : of[i]);
    return of.map((_, i) => i).sort((a, b) => place(a) - place(b) || a - b);
  };
  return { rows: ordered(rows), columns: ordered(columns) };
}
