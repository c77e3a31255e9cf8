/** `busbar contingency`: what outages of a balanced grid lead to. */
import { readFileSync, statSync } from 'node:fs';
import { type BalancedGrid, ConvergenceError, InputError, printable } from '../grid/index.js';
import {
  analyseContingencies,
  type ContingencyOptions,
  type ContingencyReport,
  contingenciesBySeverity,
  readContingencyList,
} from '../powerflow/index.js';
import { contingencySvg } from '../visualization/index.js';
import { type Arguments, choice, MOST_MULTIPLIER, numeric, onePositional, readArguments, UsageError, voltageLimits } from './arguments.js';
import { isCaseTarget, loadCaseTarget } from './case-target.js';
import type { Command, Terminal } from './command.js';
import { EXIT } from './command.js';
import { contingencyAccount, contingencyCsv } from './contingency-text.js';
import { checkOutputs, writeFileWhole } from './files.js';
import { jsonText } from './json.js';
import { ProgressBar } from './progress.js';

const HELP = `Usage: busbar contingency <case | file.m> [options]

Takes branches and generators of a balanced grid (a built-in case, see busbar cases, or a MATPOWER case file) out of service, one
after the other or as a list says, and prints the worst of what comes of it: no solution, parts without voltage, branches beyond
their ratings, voltages outside of limits, generators beyond reactive limits.

  --branches[=LIST]      every branch in service, one at a time (what is done where nothing else is asked for), or those in a list: their buses, as
                         --branches=4-7,4-9#2 (the second of parallel ones), or places in the case's table, from 1
  --generators[=LIST]    every generator in service, one at a time, or those in a list: --generators=at8,at9#2 (by their bus), or places from 1
  --only KINDS           lines, transformers (with a ratio or phase shift, or between two base voltages), generators, separated by commas:
                         every element in service of these kinds, one at a time; in the place of --branches and --generators
  --list FILE            cases of several elements, one a line: "4-7, 4-9#2" (buses; the second of parallel branches),
                         "name: branch 12 + generator 3" (places in the case's tables, from 1), "generator at 8"; # begins a comment
  --rating auto|long|short|emergency
                         what loadings are of; auto (default): emergency where it is stated, else short-term, else long
  --limits LOW,HIGH      voltage limits of all buses in per unit, as 0.94,1.06; default: those of each bus in the case
  --load-multiplier X    multiplies all loads (generators stay as scheduled; the slack delivers the difference)
  --violations all|new   all (default), or those alone that the base case has not, or has less; for the lists in --json, --out and --svg
  --tolerance X          largest |P| or |Q| mismatch at any bus, per unit of base power; default 1e-9
  --no-second-pass       what does not converge in a lane is not tried alone, from two starts and with damping
  --top N                contingencies in the table and the picture (there 200 at most), the worst first; default 20
  --json                 prints one JSON object and nothing else on standard output
  --out FILE             writes the JSON object to a file (its fields: docs/json.md)
  --csv FILE             writes a line a contingency; numbers of branches beyond ratings and of buses outside of limits in one cell each
  --svg FILE             writes a picture of the worst
  --title TEXT           title of the picture

Severity, 0 where nothing is worse than in the base case: overloads and voltages count by the fourth power of their size, 1 or more for
each new one and less than 1000 together; generators beyond reactive limits, a slack beyond its active limits, generation that is lost and
buses without voltage less than 1 together; load without voltage adds 1000 to 10000 by its share in all load; no solution adds 20000.
Reactive limits are shown and not enforced.

Exit status: 0 analysed, 2 bad input, 3 the base case has no solution.
`;

const NAMES = {
  values: ['list', 'only', 'rating', 'limits', 'load-multiplier', 'violations', 'tolerance', 'top', 'out', 'csv', 'svg', 'title'],
  flags: ['no-second-pass', 'json'],
  flagsWithValue: ['branches', 'generators'],
} as const;

/** Largest list that is read, bytes. */
const LARGEST_LIST = 64 * 1024 * 1024;

/** The command. */
export const contingency: Command = {
  name: 'contingency',
  summary: 'take branches and generators of a balanced grid out, and rank what comes of it',
  help: HELP,
  run: async (args, terminal) => {
    const found = readArguments('contingency', args, NAMES);
    const listed = ['branches', 'generators'].find((name) => found.flags.has(name));
    if (found.positionals.length > 1 && listed !== undefined) {
      throw new UsageError(
        `contingency: "${found.positionals[1]}" is one argument too many; a list belongs behind an equals sign, as in --${listed}=LIST`,
      );
    }
    const target = onePositional('contingency', found, 'a built-in case or a .m file');
    const file = (name: string): string | undefined => found.values.get(name);
    const list = file('list');
    const options: ContingencyOptions = {
      ...elementsOf(found, list !== undefined),
      rating: choice('contingency', found, 'rating', ['auto', 'long', 'short', 'emergency']),
      limitsPu: voltageLimits('contingency', found),
      violations: choice('contingency', found, 'violations', ['all', 'new']),
      tolerance: numeric('contingency', found, 'tolerance', { above: 0 }),
      secondPass: !found.flags.has('no-second-pass'),
    };
    const loadMultiplier = numeric('contingency', found, 'load-multiplier', { least: 0, most: MOST_MULTIPLIER }) ?? 1;
    const top = numeric('contingency', found, 'top', { integer: true, least: 0, most: 1e6 }) ?? 20;
    if (!isCaseTarget(target))
      throw new UsageError(`contingency: "${target}" is no balanced grid; name a built-in case (busbar cases) or a MATPOWER .m file`);
    const outputs = { out: file('out'), csv: file('csv'), svg: file('svg') };
    checkOutputs(target, outputs);
    if (list !== undefined) checkOutputs(list, outputs);
    return analyse({ target, list, loadMultiplier, options }, { ...outputs, json: found.flags.has('json'), title: file('title'), top }, terminal);
  },
};

const KINDS = ['lines', 'transformers', 'generators'] as const;

/** What is to fail one at a time. Throws {@link UsageError}. */
function elementsOf(found: Arguments, hasList: boolean): Pick<ContingencyOptions, 'branches' | 'generators'> {
  const only = found.values.get('only');
  const listOf = (name: string): true | (number | string)[] | false => {
    const text = found.values.get(name);
    if (text === undefined) return found.flags.has(name);
    const parts = text.split(',').map((part) => part.trim());
    if (parts.includes('')) throw new UsageError(`contingency: --${name} is "${text}"; write elements between commas`);
    return parts.map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  };
  if (only === undefined) {
    const generators = listOf('generators');
    return { branches: listOf('branches') || (generators === false && !hasList), generators };
  }
  const other = ['branches', 'generators'].find((name) => found.flags.has(name));
  if (other !== undefined) throw new UsageError(`contingency: --only and --${other} exclude each other; give one of them`);
  const kinds = new Set(
    only.split(',').map((part) => {
      const kind = KINDS.find((candidate) => candidate === part.trim().toLowerCase());
      if (kind === undefined) throw new UsageError(`contingency: --only has "${part}"; it may be ${KINDS.join(', ')}`);
      return kind;
    }),
  );
  const [hasLines, hasTransformers] = [kinds.has('lines'), kinds.has('transformers')];
  const branches = hasLines && hasTransformers ? true : hasLines ? 'lines' : hasTransformers ? 'transformers' : false;
  return { branches, generators: kinds.has('generators') };
}

/** Where results go. */
interface Outputs {
  json: boolean;
  out: string | undefined;
  csv: string | undefined;
  svg: string | undefined;
  title: string | undefined;
  /** Contingencies in the table and the picture. */
  top: number;
}

/** What is asked for. */
interface Request {
  target: string;
  /** File with cases. */
  list: string | undefined;
  loadMultiplier: number;
  options: ContingencyOptions;
}

function analyse({ target, list, loadMultiplier, options }: Request, outputs: Outputs, terminal: Terminal): number {
  const warnings: string[] = [];
  const warn = (message: string): void => {
    warnings.push(message);
    terminal.err(`warning: ${printable(message)}\n`);
  };
  const { title, grid: loaded } = loadCaseTarget(target, warn);
  const grid = loadMultiplier === 1 ? loaded : withLoads(loaded, loadMultiplier);
  const cases = list === undefined ? undefined : readContingencyList(readList(list), grid, { file: list });
  const started = performance.now();
  const report = withProgress(grid, { ...options, cases }, outputs, warnings, terminal);
  const seconds = (performance.now() - started) / 1000;
  if (report.rows.length <= 1 && report.skipped.length === 0)
    throw new InputError(`${target} has nothing in service of what is to be taken out; ask for others (--only lines, --generators, --branches=LIST)`);
  for (const message of report.warnings) warn(message);
  for (const { label, reason } of report.skipped) warn(`${label} is left out: ${reason}`);
  if (outputs.json || outputs.out !== undefined) {
    const text = jsonText({ ...report, rows: [report.rows[0], ...contingenciesBySeverity(report)], warnings });
    if (outputs.out !== undefined) writeFileWhole(outputs.out, text);
    if (outputs.json) terminal.out(text);
  }
  if (outputs.csv !== undefined) writeFileWhole(outputs.csv, contingencyCsv(report));
  if (outputs.svg !== undefined)
    writeFileWhole(outputs.svg, contingencySvg(report, { title: outputs.title ?? title, top: Math.max(1, outputs.top) }));
  if (!outputs.json) {
    terminal.out(printable(contingencyAccount(title, report, { seconds, top: outputs.top, loadMultiplier }), 'line feeds'));
    for (const path of [outputs.out, outputs.csv, outputs.svg]) if (path !== undefined) terminal.out(`wrote ${printable(path)}\n`);
  }
  return EXIT.ok;
}

/** The grid with all loads so many times as large. */
function withLoads(grid: BalancedGrid, factor: number): BalancedGrid {
  return { ...grid, loads: grid.loads.map((load) => ({ ...load, powerMw: load.powerMw * factor, powerMvar: load.powerMvar * factor })) };
}

/** Analyses with a progress bar; a base case without a solution is printed as JSON where that is asked for. */
function withProgress(
  grid: BalancedGrid,
  options: ContingencyOptions,
  outputs: Outputs,
  warnings: readonly string[],
  terminal: Terminal,
): ContingencyReport {
  const bar = new ProgressBar(terminal);
  try {
    return analyseContingencies(grid, { ...options, onProgress: (done, total) => bar.update(done, total) });
  } catch (error) {
    if (outputs.json && error instanceof ConvergenceError) {
      const { iterations, mismatchPu, worstNode } = error;
      terminal.out(
        jsonText({ converged: false, error: error.message, iterations, mismatchPu, worstBus: worstNode === '' ? null : Number(worstNode), warnings }),
      );
    }
    throw error;
  } finally {
    bar.end();
  }
}

function readList(path: string): string {
  const fail = (why: string): never => {
    throw new InputError(`cannot read the list ${path}: ${why}`);
  };
  let stats: ReturnType<typeof statSync> | undefined;
  try {
    stats = statSync(path);
  } catch {
    fail('there is no such file');
  }
  if (!stats?.isFile()) fail('it is no regular file');
  if (Number(stats?.size) > LARGEST_LIST) fail('it is larger than 64 MiB');
  return readFileSync(path, 'utf8');
}
