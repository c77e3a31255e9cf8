/** What `busbar decompose` prints and writes of its result. */
import {
  bipartiteModularity,
  type FoundPartition,
  givenPartition,
  type InformationMatrix,
  normalisedCut,
  type Partition,
  quantileComponents,
  samePartition,
  type TransitionSampler,
} from '../decomposition/index.js';

/** A process decomposed. */
export interface DecompositionResult {
  sampler: TransitionSampler;
  matrix: InformationMatrix;
  /** Significant information, of which the partition is made. */
  weights: Float64Array;
  partition: FoundPartition;
  /** Thresholds of the published clustering. */
  quantiles: readonly number[];
  seed: number;
  notes: readonly string[];
  sampleSeconds: number;
  matrixSeconds: number;
}

/** Partitions that the found one is compared with: by quantiles, and, where it is known, the truth or what was set by hand. */
function others({ sampler, matrix, quantiles }: DecompositionResult): { name: string; partition: Partition }[] {
  const { unbiased, outputs, inputs } = matrix;
  const listed = quantiles.map((q) => ({
    name: `components at q = ${q}`,
    partition: quantileComponents(unbiased, outputs.length, inputs.length, q),
  }));
  const { truth } = sampler;
  return truth ? [...listed, { name: truth.name, partition: givenPartition(truth.outputs, truth.inputs) }] : listed;
}

function compared(result: DecompositionResult): { name: string; clusters: number; modularity: number; normalisedCut: number; same: boolean }[] {
  const { weights, matrix, partition } = result;
  const size = [matrix.outputs.length, matrix.inputs.length] as const;
  return [{ name: 'found', partition: partition as Partition }, ...others(result)].map(({ name, partition: one }) => ({
    name,
    clusters: one.clusters,
    modularity: bipartiteModularity(weights, ...size, one),
    normalisedCut: normalisedCut(weights, ...size, one),
    same: samePartition(one, partition),
  }));
}

function membersOf({ matrix, partition }: DecompositionResult): { inputs: string[]; outputs: string[] }[] {
  return Array.from({ length: partition.clusters }, (_, cluster) => ({
    inputs: matrix.inputs.flatMap(({ name }, column) => (partition.columns[column] === cluster ? [name] : [])),
    outputs: matrix.outputs.flatMap((name, row) => (partition.rows[row] === cluster ? [name] : [])),
  }));
}

/** The result as an object for JSON; matrices are arrays of rows. */
export function decompositionRecord(result: DecompositionResult): object {
  const { matrix, partition, sampler, seed, notes } = result;
  const columns = matrix.inputs.length;
  const byRow = (values: ArrayLike<number> | undefined): number[][] | undefined =>
    values && matrix.outputs.map((_, row) => Array.from({ length: columns }, (__, column) => values[row * columns + column]));
  return {
    task: sampler.id,
    seed,
    shuffles: matrix.shuffles,
    level: matrix.level,
    inputs: matrix.inputs,
    outputs: matrix.outputs,
    samples: matrix.samples,
    neighbours: matrix.neighbours,
    clusters: membersOf(result),
    inputClusters: partition.columns,
    outputClusters: partition.rows,
    modularityByClusters: partition.tried,
    compared: compared(result),
    unbiased: byRow(matrix.unbiased),
    raw: byRow(matrix.raw),
    bias: byRow(matrix.bias),
    deviation: byRow(matrix.deviation),
    pValue: byRow(matrix.pValue),
    notes,
  };
}

/** The matrix as CSV: a line an entry. */
export function decompositionCsv({ inputs, outputs, raw, bias, deviation, unbiased, pValue, significant }: InformationMatrix): string {
  const lines = ['output,input,kind,unbiased,raw,bias,deviation,p,significant'];
  outputs.forEach((output, row) => {
    inputs.forEach(({ name, kind }, column) => {
      const at = row * inputs.length + column;
      lines.push([output, name, kind, unbiased[at], raw[at], bias[at], deviation[at], pValue?.[at] ?? '', significant?.[at] ?? ''].join(','));
    });
  });
  return `${lines.join('\n')}\n`;
}

/** Rows below a header: the first column to the left, all others to the right. */
function textTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column].length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
      .join('  ')
      .trimEnd();
  return [header, ...rows].map(line).join('\n');
}

/** What is printed. */
export function decompositionAccount(result: DecompositionResult): string {
  const { matrix, sampler, seed } = result;
  const { inputs, outputs, samples, neighbours, shuffles, level, unbiased, significant } = matrix;
  const span = (numbers: readonly number[]): string => {
    const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
    return least === most ? String(least) : `${least} to ${most}`;
  };
  const entry = (at: number): string =>
    `${unbiased[at].toFixed(4).replace(/^-(0\.0000)$/, '$1')}${significant === undefined ? '' : significant[at] ? '*' : ' '}`;
  const rows = outputs.map((output, row) => [`${output}'`, ...inputs.map((_, column) => entry(row * inputs.length + column))]);
  const shuffled =
    shuffles === 0
      ? 'bias left in'
      : `less the mean of ${shuffles} shuffled copies${significant ? `; * significant, ${level} for the whole matrix` : '; not tested'}`;
  const clusters = membersOf(result).map(
    (members, cluster) => `  ${cluster + 1}: ${members.inputs.join(' ')}  |  ${members.outputs.map((name) => `${name}'`).join(' ')}`,
  );
  const { partition } = result;
  const idle = [
    ...inputs.flatMap(({ name }, column) => (partition.columns[column] < 0 ? [name] : [])),
    ...outputs.flatMap((name, row) => (partition.rows[row] < 0 ? [`${name}'`] : [])),
  ];
  const comparison = compared(result).map(({ name, clusters: count, modularity, normalisedCut: cut, same }) => [
    name,
    String(count),
    modularity.toFixed(4),
    cut.toFixed(4),
    name === 'found' ? '' : same ? 'yes' : 'no',
  ]);
  return [
    `${sampler.id}: ${sampler.title}`,
    `${span(samples)} transitions, seed ${seed}, sampled in ${result.sampleSeconds.toFixed(1)} s; information in ${result.matrixSeconds.toFixed(1)} s`,
    '',
    `Mutual information in nats, k = ${span(neighbours)}, ${shuffled}`,
    textTable(['', ...inputs.map(({ name }) => name)], rows),
    '',
    partition.clusters === 0 ? 'Nothing is significant: there are no clusters' : `Clusters (inputs | what they move): ${partition.clusters}`,
    ...clusters,
    ...(idle.length > 0 ? [`  belonging nowhere: ${idle.join(' ')}`] : []),
    '',
    textTable(['partition', 'clusters', 'modularity', 'normalised cut', 'as found'], comparison),
    '',
  ].join('\n');
}
