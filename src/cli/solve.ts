/** `busbar solve`: one solution of a feeder, an OpenDSS script or a balanced grid. */
import { ConvergenceError, formatMismatch, printable } from '../grid/index.js';
import { solutionRecord } from '../powerflow/index.js';
import { profileSvg, voltageProfile } from '../visualization/index.js';
import { account, DEFAULT_LIMITS_PU } from './account.js';
import { type Arguments, choice, MOST_MULTIPLIER, numeric, onePositional, readArguments, UsageError, voltageLimits } from './arguments.js';
import { isCaseTarget } from './case-target.js';
import type { Command, Terminal } from './command.js';
import { EXIT } from './command.js';
import type { SolvedGrid, SolveRequest } from './engine.js';
import { solveTarget } from './engine.js';
import { checkOutputs, writeFileWhole } from './files.js';
import { jsonText } from './json.js';
import { solveCase } from './solve-case.js';

const HELP = `Usage: busbar solve <feeder | file.dss | case | file.m> [options]

Solves a built-in feeder (see busbar feeders), runs an OpenDSS script and takes the state after its last solution, or solves a balanced grid, a built-in case
(see busbar cases) or a MATPOWER case file, and prints what came out.

  --load-multiplier X                    multiplies all loads (of feeders those that are not fixed)
  --tolerance X                          largest power mismatch; of feeders at any node, per unit of 1 MVA, default 1e-12; of balanced grids |P| or |Q| at any
                                         bus, per unit of base power, default 1e-10
  --max-iterations N                     1 to 1000; with auto, a method that takes over from one that did not converge has as many again, and the account says so
  --json                                 prints one JSON object and nothing else on standard output
  --out FILE                             writes the JSON object to a file (its fields: docs/json.md)
  --svg FILE                             writes a picture: the voltage profile; of balanced grids voltages by bus and the loading of branches
  --title TEXT                           title of the picture
  --limits LOW,HIGH                      voltage limits in per unit, drawn in the picture and counted in the account; of feeders by default 0.95,1.05, of balanced
                                         grids those of each bus in the case

Feeders and OpenDSS scripts (voltages are those of nodes to ground, in delta circuits too; line to line is the difference of two nodes' voltages, --json):
  --method auto|sweep|injection|newton   default auto: the fastest that applies
  --controls off|static                  regulators, capacitor and other controls: left alone, or acting until they rest
                                         default static; a script's own "set controlmode" holds where this is not given

Balanced grids:
  --method newton|fast-decoupled|fast-decoupled-bx|dc   default newton; dc is one linear solution: --tolerance, --max-iterations, --start and --limits do not go with it
  --start case|flat|dc                   the voltages of the case (default), 1 pu, or 1 pu with the angles of the DC power flow
  --enforce-q-limits                     generators stay within their reactive limits, and their voltage is let go where they would not
  --distributed-slack                    generators share what is lacking by their participation factors (where there are none, by their largest power)

Exit status: 0 solved, 2 bad input, 3 no convergence (with mismatch and worst node or bus).
`;

const NAMES = {
  values: ['method', 'controls', 'start', 'load-multiplier', 'tolerance', 'max-iterations', 'out', 'svg', 'title', 'limits'],
  flags: ['json', 'enforce-q-limits', 'distributed-slack'],
} as const;

const FEEDER_METHODS = ['auto', 'sweep', 'injection', 'newton'] as const;
const CASE_METHODS = ['newton', 'fast-decoupled', 'fast-decoupled-bx', 'dc'] as const;

/** The command. */
export const solve: Command = {
  name: 'solve',
  summary: 'solve a feeder, an OpenDSS file, a balanced case or a MATPOWER file',
  help: HELP,
  run: async (args, terminal) => {
    const found = readArguments('solve', args, NAMES);
    const target = onePositional('solve', found, 'a feeder, a case, a .dss or a .m file');
    const isCase = isCaseTarget(target);
    refuseOptions(found, isCase);
    const shared = {
      loadMultiplier: numeric('solve', found, 'load-multiplier', { least: 0, most: MOST_MULTIPLIER }),
      tolerance: numeric('solve', found, 'tolerance', { above: 0 }),
      maxIterations: numeric('solve', found, 'max-iterations', { integer: true, least: 1, most: 1000 }),
    };
    const files = { json: found.flags.has('json'), out: found.values.get('out'), svg: found.values.get('svg'), title: found.values.get('title') };
    if (isCase) {
      const options = {
        ...shared,
        method: choice('solve', found, 'method', CASE_METHODS),
        start: choice('solve', found, 'start', ['case', 'flat', 'dc']),
        enforceReactiveLimits: found.flags.has('enforce-q-limits'),
        distributedSlack: found.flags.has('distributed-slack'),
      };
      checkOutputs(target, { out: files.out, svg: files.svg });
      return solveCase(target, options, { ...files, limitsPu: voltageLimits('solve', found) }, terminal);
    }
    const request: SolveRequest = {
      ...shared,
      target,
      method: choice('solve', found, 'method', FEEDER_METHODS),
      controls: choice('solve', found, 'controls', ['off', 'static']),
    };
    const outputs: Outputs = { ...files, limitsPu: voltageLimits('solve', found) ?? DEFAULT_LIMITS_PU };
    checkOutputs(request.target, { out: outputs.out, svg: outputs.svg });
    return solveAndReport(request, outputs, terminal);
  },
};

/** Throws {@link UsageError} for options and methods that are for the other sort of grid, and for options that mean nothing to the method. */
function refuseOptions(found: Arguments, isCase: boolean): void {
  const [here, other] = isCase ? ['balanced grids', 'feeders and .dss files'] : ['feeders and .dss files', 'balanced grids (cases, .m files)'];
  const foreign = isCase ? ['controls'] : ['start', 'enforce-q-limits', 'distributed-slack'];
  for (const name of foreign) {
    if (found.values.has(name) || found.flags.has(name)) throw new UsageError(`solve: --${name} is for ${other}, this is one of ${here}`);
  }
  const method = found.values.get('method')?.toLowerCase() ?? '';
  const [methods, others]: (readonly string[])[] = isCase ? [CASE_METHODS, FEEDER_METHODS] : [FEEDER_METHODS, CASE_METHODS];
  if (!methods.includes(method) && others.includes(method)) {
    throw new UsageError(`solve: --method ${method} is for ${other}; for ${here} it may be ${methods.join(', ')}`);
  }
  if (!isCase) return;
  for (const [name, why] of Object.entries(MEANINGLESS[method] ?? {})) {
    if (found.values.has(name) || found.flags.has(name)) throw new UsageError(`solve: --${name} does not go with --method ${method}, ${why}`);
  }
}

const NOT_SHARED = { 'distributed-slack': 'in whose equations one bus delivers what is lacking; take newton or dc' };

/** Options that mean nothing to a method of balanced grids, and why. */
const MEANINGLESS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'fast-decoupled': NOT_SHARED,
  'fast-decoupled-bx': NOT_SHARED,
  dc: {
    tolerance: 'one linear solution that is exact but for rounding; leave it out',
    'max-iterations': 'one linear solution without iterations; leave it out',
    start: 'one linear solution that starts from nowhere; leave it out',
    limits: 'which has no voltages to be held against limits; leave it out',
    'enforce-q-limits': 'which has no reactive power; leave it out',
  },
};

/** Where results go. */
interface Outputs {
  json: boolean;
  out: string | undefined;
  svg: string | undefined;
  /** Title of the picture; undefined: what was solved. */
  title: string | undefined;
  limitsPu: readonly [number, number];
}

async function solveAndReport(request: SolveRequest, outputs: Outputs, terminal: Terminal): Promise<number> {
  let solved: SolvedGrid;
  const warnings: string[] = [];
  const warn = (message: string): void => {
    warnings.push(message);
    terminal.err(`warning: ${message}\n`);
  };
  try {
    solved = await solveTarget(request, warn);
  } catch (error) {
    // A script stops where a solution is not reached; what is known of it is still an answer.
    if (outputs.json && error instanceof ConvergenceError) {
      const { iterations, mismatchPu, worstNode } = error;
      terminal.out(jsonText({ converged: false, error: error.message, iterations, mismatchPu, worstNode, warnings }));
    }
    throw error;
  }
  const record = solutionRecord(solved.solver, solved.report, solved);
  if (outputs.json || outputs.out !== undefined) {
    const text = jsonText({ ...record, warnings });
    if (outputs.out !== undefined) writeFileWhole(outputs.out, text);
    if (outputs.json) terminal.out(text);
  }
  if (!outputs.json) {
    terminal.out(printable(account(solved, record, outputs.limitsPu), 'line feeds'));
    if (outputs.out !== undefined) terminal.out(`wrote ${printable(outputs.out)}\n`);
  }
  const { report } = solved;
  if (!report.converged) {
    throw new ConvergenceError(
      `${solved.title}: no solution (${report.status}) after ${report.iterations} iterations of ${report.method}: mismatch ${formatMismatch(report.mismatchPu)}, worst at ${report.worstNode}; ${advice(request)}`,
      report.iterations,
      report.mismatchPu,
      report.worstNode,
    );
  }
  if (outputs.svg !== undefined) {
    writeFileWhole(outputs.svg, pictureOf(solved, outputs));
    if (!outputs.json) terminal.out(`wrote ${printable(outputs.svg)}\n`);
  }
  return EXIT.ok;
}

/** What may help where there is no solution: nothing that was tried already. (`auto` ends with Newton's method by itself.) */
function advice({ method, maxIterations }: SolveRequest): string {
  const ways: string[] = [];
  if (method === 'sweep' || method === 'injection') ways.push('--method newton');
  if (maxIterations !== undefined) ways.push('more --max-iterations');
  return `try ${[...ways, 'a smaller --load-multiplier'].join(' or ')}`;
}

function pictureOf({ grid, solver, title }: SolvedGrid, outputs: Outputs): string {
  return profileSvg(voltageProfile(grid, solver), { title: outputs.title ?? title, limitsPu: outputs.limitsPu });
}
