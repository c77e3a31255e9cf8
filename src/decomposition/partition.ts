/**
 * Partitions of a matrix of weights into clusters of rows and columns, without a hand.
 *
 * For every number of clusters from 1 to 10 the least normalised cut (Dhillon: Co-clustering documents and words using bipartite spectral graph partitioning, KDD 2001) is sought by moving rows and
 * columns one at a time, from many starts. Of these partitions that of the largest bipartite modularity is taken (Barber: Modularity and community detection in bipartite networks,
 * Physical Review E 76, 2007): what lies within clusters beyond what sums of rows and columns alone would put there. So the cut says where the border runs, and modularity how many there are.
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
  /** By number of clusters, from 1: least cut that was found, and modularity of that partition. */
  readonly tried: readonly { readonly clusters: number; readonly normalisedCut: number; readonly modularity: number }[];
}

/** Most clusters that are looked for. */
const MOST_CLUSTERS = 10;
const RANDOM_STARTS = 64;
/** Gains below this are rounding. */
const LEAST_GAIN = 1e-12;

function checkMatrix(matrix: ArrayLike<number>, rows: number, columns: number): void {
  if (!(Number.isInteger(rows) && Number.isInteger(columns) && rows >= 1 && columns >= 1 && matrix.length === rows * columns))
    throw new InputError(`a matrix of ${matrix.length} entries is not one of ${describeValue(rows)} by ${describeValue(columns)}`);
  for (let i = 0; i < matrix.length; i++)
    if (!(matrix[i] >= 0 && matrix[i] < Infinity))
      throw new InputError(`entry ${Math.floor(i / columns)}, ${i % columns} of the matrix is ${describeValue(matrix[i])}; weights must be finite and not below 0`);
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
export function normalisedCut(matrix: ArrayLike<number>, rows: number, columns: number, { clusters, rows: ofRow, columns: ofColumn }: Partition): number {
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
 * The partition of a matrix of weights (by row; significant information, {@link significantInformation}). Rows and columns without any weight belong nowhere, and clusters have both rows and
 * columns. The same matrix gives the same partition. Clusters are numbered by their first column.
 *
 * @throws InputError for weights below 0 or not finite
 */
export function partitionMatrix(matrix: ArrayLike<number>, rows: number, columns: number): FoundPartition {
  checkMatrix(matrix, rows, columns);
  const weights = weigh(matrix, rows, columns);
  const idle = { clusters: 0, rows: Array<number>(rows).fill(-1), columns: Array<number>(columns).fill(-1) };
  if (weights.total === 0) return { ...idle, modularity: 0, normalisedCut: 0, tried: [] };
  const weighing = (sums: Float64Array): number => sums.reduce((count, sum) => count + (sum > 0 ? 1 : 0), 0);
  const most = Math.min(MOST_CLUSTERS, weighing(weights.rowSum), weighing(weights.columnSum));
  const found: (Omit<FoundPartition, 'tried'> & Partition)[] = [];
  for (let clusters = 1; clusters <= most; clusters++) {
    const partition = leastCut(weights, clusters);
    found.push({
      ...partition,
      modularity: bipartiteModularity(matrix, rows, columns, partition),
      normalisedCut: normalisedCut(matrix, rows, columns, partition),
    });
  }
  const best = found.reduce((one, other) => (other.modularity > one.modularity + LEAST_GAIN ? other : one));
  return { ...best, tried: found.map(({ clusters, modularity, normalisedCut: cut }) => ({ clusters, normalisedCut: cut, modularity })) };
}

/** The least normalised cut into so many clusters that is found from random starts; into fewer, where one of them would be empty. */
function leastCut(weights: Weights, clusters: number): Partition {
  let best: Partition | undefined;
  let least = Infinity;
  for (let start = 0; start < (clusters === 1 ? 1 : RANDOM_STARTS); start++) {
    const stream = new RandomStream(0, start, `decomposition partition ${clusters}`);
    const draw = (length: number): number[] => Array.from({ length }, () => stream.integer(clusters));
    const { rows, columns } = weights;
    const partition = descend(weights, { clusters, rows: draw(rows), columns: draw(columns) });
    const cut = normalisedCut(weights.matrix, rows, columns, partition);
    if (cut < least - LEAST_GAIN) {
      best = partition;
      least = cut;
    }
  }
  return compact(withoutIdle(weights, best as Partition));
}

/** Moves one row or column at a time to where the normalised cut falls most, until none falls. */
function descend({ matrix, rows, columns, rowSum, columnSum }: Weights, start: Partition): Partition {
  const { clusters } = start;
  const nodes = rows + columns;
  const cluster = Int32Array.from([...start.rows, ...start.columns]);
  const sums = Float64Array.from([...rowSum, ...columnSum]);
  /** Weight between a row or column and a cluster, by node * clusters + cluster. */
  const share = new Float64Array(nodes * clusters);
  const within = new Float64Array(clusters);
  const volume = new Float64Array(clusters);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const weight = matrix[row * columns + column];
      share[row * clusters + cluster[rows + column]] += weight;
      share[(rows + column) * clusters + cluster[row]] += weight;
      if (cluster[row] === cluster[rows + column]) within[cluster[row]] += weight;
    }
  for (let node = 0; node < nodes; node++) volume[cluster[node]] += sums[node];
  const least = LEAST_GAIN * Math.max(...sums);
  const term = (inside: number, all: number): number => (all > least ? 1 - (2 * inside) / all : 1);
  for (;;) {
    let gain = LEAST_GAIN;
    let moved = -1;
    let to = -1;
    for (let node = 0; node < nodes; node++) {
      const from = cluster[node];
      const at = node * clusters;
      const loss = term(within[from] - share[at + from], volume[from] - sums[node]) - term(within[from], volume[from]);
      for (let other = 0; other < clusters; other++) {
        if (other === from) continue;
        const fall = term(within[other], volume[other]) - term(within[other] + share[at + other], volume[other] + sums[node]) - loss;
        if (fall > gain) {
          gain = fall;
          moved = node;
          to = other;
        }
      }
    }
    if (moved < 0) break;
    const from = cluster[moved];
    within[from] -= share[moved * clusters + from];
    within[to] += share[moved * clusters + to];
    volume[from] -= sums[moved];
    volume[to] += sums[moved];
    cluster[moved] = to;
    const isRow = moved < rows;
    for (let other = 0; other < (isRow ? columns : rows); other++) {
      const weight = isRow ? matrix[moved * columns + other] : matrix[other * columns + moved - rows];
      const at = (isRow ? rows + other : other) * clusters;
      share[at + from] -= weight;
      share[at + to] += weight;
    }
  }
  return { clusters, rows: Array.from(cluster.subarray(0, rows)), columns: Array.from(cluster.subarray(rows)) };
}

/** Rows and columns without weight belong nowhere. */
function withoutIdle({ rowSum, columnSum }: Weights, { clusters, rows, columns }: Partition): Partition {
  return { clusters, rows: rows.map((of, row) => (rowSum[row] > 0 ? of : -1)), columns: columns.map((of, column) => (columnSum[column] > 0 ? of : -1)) };
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
