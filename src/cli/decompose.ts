/** `busbar decompose`: into which parts a decision process falls, by mutual information. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  blockOrder,
  canTest,
  partitionMatrix,
  samplerNames,
  significantInformation,
  type TransitionSampler,
  transitionSampler,
} from '../decomposition/index.js';
import { informationMatrixParallel } from '../decomposition/node-information-matrix.js';
import { InputError, printable } from '../grid/index.js';
import { matrixSvg } from '../visualization/index.js';
import { noPositionals, numeric, readArguments, UsageError } from './arguments.js';
import type { Command, Terminal } from './command.js';
import { EXIT } from './command.js';
import { type DecompositionResult, decompositionAccount, decompositionCsv, decompositionRecord } from './decompose-text.js';
import { makeFolder, writeFileWhole } from './files.js';
import { jsonText } from './json.js';
import { ProgressBar } from './progress.js';

const HELP = `Usage: busbar decompose --task ID [options]

Samples transitions of a decision process under random actions, estimates the mutual information between every part of state and action
and every part of the next state (mixed KSG, nats), takes the bias off, tests each figure, and says into which clusters the matrix falls.

  --task ID        synthetic, synthetic-binary, synthetic-factored (blocks are hidden in them, and known), or a built-in balanced case
                   (l2rpn-case14; busbar cases): random topologies at one substation at a time, and the loadings of branches after it
  --samples N      transitions (of a case: at each substation); default 20000
  --neighbours K   k of the estimator; default N/20 rounded down, as published (synthetic-factored: 5)
  --shuffles S     copies with shuffled outputs, which give bias and significance; default 19; 1 takes the bias off and tests nothing, 0 neither
  --level P        chance that anything at all without information is called significant; default 0.05; needs S of at least 1/P - 1
  --quantiles LIST thresholds of the published clustering that are shown beside ours, as 0.7,0.74,0.78; default 0.7
  --seed N         of samples and shuffles; default 0
  --workers N      threads; default: as many as the machine runs at once, 8 at most; results do not depend on it
  --json           prints one JSON object and nothing else on standard output
  --out FOLDER     writes decomposition.json, matrix.csv and matrix.svg (before and after reordering) into a folder, which is made where there is none

Exit status: 0 done, 2 bad input.
`;

const NAMES = {
  values: ['task', 'samples', 'neighbours', 'shuffles', 'level', 'quantiles', 'seed', 'workers', 'out'],
  flags: ['json'],
} as const;

const DEFAULT_SAMPLES = 20000;
const DEFAULT_SHUFFLES = 19;
const DEFAULT_LEVEL = 0.05;

/** The command. */
export const decompose: Command = {
  name: 'decompose',
  summary: 'find the parts into which a decision process falls, by mutual information',
  help: HELP,
  run: async (args, terminal) => {
    const found = readArguments('decompose', args, NAMES);
    noPositionals('decompose', found);
    const task = found.values.get('task');
    if (task === undefined) throw new UsageError(`decompose: name a process with --task; there are ${samplerNames().join(', ')}`);
    const whole = (name: string, least: number, most: number): number | undefined =>
      numeric('decompose', found, name, { integer: true, least, most });
    const samples = whole('samples', 20, 2 ** 24) ?? DEFAULT_SAMPLES;
    const neighbours = whole('neighbours', 1, 2 ** 24);
    const shuffles = whole('shuffles', 0, 10000) ?? DEFAULT_SHUFFLES;
    const level = numeric('decompose', found, 'level', { above: 0, most: 0.5 }) ?? DEFAULT_LEVEL;
    const seed = whole('seed', 0, Number.MAX_SAFE_INTEGER) ?? 0;
    const workers = whole('workers', 1, 64);
    const quantiles = quantileList(found.values.get('quantiles') ?? '0.7');
    if (neighbours !== undefined && neighbours >= samples)
      throw new UsageError(`decompose: --neighbours is ${neighbours}; with ${samples} samples it must be ${samples - 1} at most`);
    if (found.values.has('level') && !canTest(shuffles, level))
      throw new UsageError(`decompose: --level ${level} needs --shuffles of at least ${Math.max(2, Math.ceil(1 / level - 1 - 1e-9))}`);
    const out = found.values.get('out');
    if (out !== undefined) checkFolder(out);
    const sampler = transitionSampler(task);
    const settings = { samples, neighbours, shuffles, level, seed, workers };
    const result = await work(sampler, settings, quantiles, terminal);
    const record = decompositionRecord(result);
    if (out !== undefined) writeFolder(out, result, jsonText(record));
    if (found.flags.has('json')) terminal.out(jsonText(record));
    else {
      terminal.out(printable(decompositionAccount(result), 'line feeds'));
      if (out !== undefined)
        terminal.out(`wrote ${printable(['decomposition.json', 'matrix.csv', 'matrix.svg'].map((name) => join(out, name)).join(', '))}\n`);
    }
    return EXIT.ok;
  },
};

/** What is asked for. */
interface Settings {
  samples: number;
  neighbours: number | undefined;
  shuffles: number;
  level: number;
  seed: number;
  workers: number | undefined;
}

async function work(sampler: TransitionSampler, settings: Settings, quantiles: readonly number[], terminal: Terminal): Promise<DecompositionResult> {
  const { samples, shuffles, level, seed, workers } = settings;
  const neighbours = settings.neighbours ?? (sampler.neighbours !== undefined && sampler.neighbours < samples ? sampler.neighbours : undefined);
  const bar = new ProgressBar(terminal);
  try {
    let started = performance.now();
    const sample = sampler.sample(samples, seed, (share) => bar.update(Math.round(share * samples), samples));
    const sampleSeconds = (performance.now() - started) / 1000;
    for (const note of sample.notes ?? []) terminal.err(`note: ${printable(note)}\n`);
    started = performance.now();
    const matrix = await informationMatrixParallel(sample, {
      neighbours,
      shuffles,
      level,
      seed,
      workers,
      onProgress: (done, total) => bar.update(done, total),
    });
    const matrixSeconds = (performance.now() - started) / 1000;
    const weights = significantInformation(matrix);
    const partition = partitionMatrix(weights, matrix.outputs.length, matrix.inputs.length);
    return { sampler, matrix, weights, partition, quantiles, seed, notes: sample.notes ?? [], sampleSeconds, matrixSeconds };
  } finally {
    bar.end();
  }
}

/** Numbers between commas, each from 0 to 1. */
function quantileList(given: string): number[] {
  return given.split(',').map((part) => {
    const value = part.trim() === '' ? Number.NaN : Number(part);
    if (!(value >= 0 && value <= 1)) throw new UsageError(`decompose: --quantiles is "${given}"; write numbers from 0 to 1 between commas`);
    return value;
  });
}

function checkFolder(path: string): void {
  if (existsSync(path) && !statSync(path).isDirectory()) throw new InputError(`--out ${path} is no folder; name another`);
}

function writeFolder(folder: string, result: DecompositionResult, json: string): void {
  const { matrix, partition, sampler } = result;
  try {
    makeFolder(folder);
  } catch (error) {
    throw new InputError(`cannot make the folder ${folder}: ${(error as Error).message}`);
  }
  writeFileWhole(join(folder, 'decomposition.json'), json);
  writeFileWhole(join(folder, 'matrix.csv'), decompositionCsv(matrix));
  const svg = matrixSvg({
    title: `Mutual information: ${sampler.id}`,
    subtitle: `nats, bias removed; k = ${Math.max(...matrix.neighbours)}, up to ${Math.max(...matrix.samples)} transitions; rows: next state`,
    rowNames: matrix.outputs,
    columnNames: matrix.inputs.map(({ name }) => name),
    values: matrix.unbiased,
    reordered: { ...blockOrder(partition), rowClusters: partition.rows, columnClusters: partition.columns },
  });
  writeFileWhole(join(folder, 'matrix.svg'), svg);
}
