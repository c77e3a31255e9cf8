/**
 * Makes test/data/reference-extract.json from ../shared/reference: the expected results of all cases, with all nodes of the small feeders and 60 of the large ones.
 *
 *   npx tsx scripts/make-reference-extract.mts [--full FILE]   (--full: all nodes, to another file)
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { CaseEdits, ReferenceCase, ReferenceNode } from '../test/parity/reference-cases.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const reference = join(root, '..', 'shared', 'reference');
const full = process.argv.indexOf('--full');
const target = full > 0 ? process.argv[full + 1] : join(root, 'test', 'data', 'reference-extract.json');
const NODES_OF_LARGE_FEEDERS = 60;

/** The file, as far as it is used here. */
interface ReferenceFile {
  case: string;
  feeder: string;
  commands: string[];
  control_iterations: number;
  losses_W_var: [number, number];
  total_source_power_kW_kvar: [number, number];
  regulators: Record<string, { tap_pu: number }>;
  capacitor_states: Record<string, number[]>;
  nodes: [string, number, number, number | null, number, number | null][];
}

/** Built-in feeder of a case. */
function feederOf(file: ReferenceFile): string {
  if (file.feeder === 'ieee4') return file.case.replaceAll('_', '-');
  if (file.feeder === 'ieee34') return file.case.startsWith('ieee34mod2') ? 'ieee34-mod2' : 'ieee34';
  if (file.feeder === 'ieee8500') return file.case.startsWith('ieee8500_unbal') ? 'ieee8500-unbalanced' : 'ieee8500';
  return file.feeder === 'eulv' ? 'european-lv' : file.feeder;
}

/** The commands that follow `compile`, as data. Throws for one that is not known here. */
function editsOf(commands: string[]): CaseEdits {
  const edits: CaseEdits = {};
  for (const command of commands.slice(1)) {
    const taps = /^Transformer\.(\w+)\.Taps=\[([\d. ]+)\]$/i.exec(command);
    const tap = /^Transformer\.(\w+)\.wdg=2 Tap=\(0\.00625\s+(-?\d+)\s+\* 1 \+\)$/i.exec(command);
    const control = /^RegControl\.(\w+)\.maxtapchange=(\d+) Delay=(\d+)$/i.exec(command);
    const limit = /^set maxcontroliter=(\d+)$/i.exec(command);
    const steps = /^set mode=yearly stepsize=1m number=(\d+)$/i.exec(command);
    if (taps) {
      edits.taps ??= {};
      edits.taps[taps[1].toLowerCase()] = taps[2].split(' ').map((value, i) => [i + 1, Number(value)]);
    } else if (tap) {
      edits.taps ??= {};
      edits.taps[tap[1].toLowerCase()] = [[2, 0.00625 * Number(tap[2]) + 1]];
    } else if (control) {
      edits.regulators ??= {};
      edits.regulators[control[1].toLowerCase()] = { maxTapChange: Number(control[2]), delaySeconds: Number(control[3]) };
    } else if (limit) edits.maxControlIterations = Number(limit[1]);
    else if (steps) edits.steps = { mode: 'yearly', stepSeconds: 60, number: Number(steps[1]) };
    else if (/^set controlmode=off$/i.test(command)) edits.controlMode = 'off';
    // Limits on iterations of the other engine.
    else if (!/^set maxiterations=\d+$/i.test(command)) throw new Error(`unknown command: ${command}`);
  }
  return edits;
}

function extract(rows: ReferenceFile['nodes']): ReferenceNode[] {
  const all = rows.map(([name, re, im, , , baseKv]): ReferenceNode => [name, re, im, baseKv]);
  if (full > 0 || all.length <= 300) return all;
  const picked = new Set(Array.from({ length: NODES_OF_LARGE_FEEDERS }, (_, i) => Math.round((i * (all.length - 1)) / (NODES_OF_LARGE_FEEDERS - 1))));
  // The ends of the voltage profile are the most telling.
  const magnitude = rows.map((row) => row[3] ?? 1);
  picked.add(magnitude.indexOf(Math.min(...magnitude)));
  picked.add(magnitude.indexOf(Math.max(...magnitude)));
  return [...picked].sort((a, b) => a - b).map((i) => all[i]);
}

const index = readFileSync(join(reference, 'index.csv'), 'utf8').trim().split('\n').slice(1);
const cases = index.map((row): ReferenceCase => {
  const name = row.split(',')[1];
  const bytes = readFileSync(join(reference, name));
  const file = JSON.parse((name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')) as ReferenceFile;
  return {
    name: file.case,
    feeder: feederOf(file),
    commands: file.commands,
    edits: editsOf(file.commands),
    tolerancePu: file.case === 'ieee4_yyd_3wdg' ? 1e-6 : 1e-8,
    lossesW: file.losses_W_var[0],
    lossesVar: file.losses_W_var[1],
    sourceKw: file.total_source_power_kW_kvar[0],
    sourceKvar: file.total_source_power_kW_kvar[1],
    controlIterations: file.control_iterations,
    taps: Object.fromEntries(Object.entries(file.regulators).map(([key, value]) => [key, value.tap_pu])),
    capacitors: file.capacitor_states,
    nodeCount: file.nodes.length,
    nodes: extract(file.nodes),
  };
});
const text = cases.map((one) => {
  const { nodes, ...rest } = one;
  return `${JSON.stringify(rest).slice(0, -1)},"nodes":[\n${nodes.map((node) => JSON.stringify(node)).join(',\n')}\n]}`;
});
writeFileSync(target, `[${text.join(',\n')}]\n`);
console.log(`${target}: ${cases.length} cases, ${text.join().length} characters`);
