/** `busbar solve`: one solution of a feeder or an OpenDSS script. */
import { ConvergenceError } from '../grid/index.js';
import { solutionRecord } from '../powerflow/index.js';
import { profileSvg, voltageProfile } from '../visualization/index.js';
import { account } from './account.js';
import { choice, numeric, onePositional, readArguments } from './arguments.js';
import type { Command, Terminal } from './command.js';
import { EXIT } from './command.js';
import type { SolvedGrid, SolveRequest } from './engine.js';
import { solveTarget } from './engine.js';
import { writeFileWhole } from './files.js';
import { jsonText } from './json.js';

const HELP = `Usage: busbar solve <feeder | file.dss> [options]

Solves a built-in feeder (see busbar feeders) or runs an OpenDSS script, and prints the state after its last solution.

  --method auto|sweep|injection|newton   default auto: the fastest that applies
  --controls off|static                  regulators, capacitor and other controls: left alone, or acting until they rest
                                         default static; a script's own "set controlmode" holds where this is not given
  --load-multiplier X                    multiplies all loads that are not fixed
  --tolerance X                          largest power mismatch at any node, per unit of 1 MVA; default 1e-12
  --max-iterations N                     of the chosen method
  --json                                 prints one JSON object and nothing else on standard output
  --out FILE                             writes the JSON object to a file
  --svg FILE                             writes a voltage profile picture

Exit status: 0 solved, 2 bad input, 3 no convergence (with mismatch and worst node).
`;

const NAMES = {
  values: ['method', 'controls', 'load-multiplier', 'tolerance', 'max-iterations', 'out', 'svg'],
  flags: ['json'],
} as const;

/** The command. */
export const solve: Command = {
  name: 'solve',
  summary: 'solve a feeder or an OpenDSS file',
  help: HELP,
  run: async (args, terminal) => {
    const found = readArguments('solve', args, NAMES);
    const request: SolveRequest = {
      target: onePositional('solve', found, 'a feeder or a .dss file'),
      method: choice('solve', found, 'method', ['auto', 'sweep', 'injection', 'newton']),
      controls: choice('solve', found, 'controls', ['off', 'static']),
      loadMultiplier: numeric('solve', found, 'load-multiplier', { least: 0 }),
      tolerance: numeric('solve', found, 'tolerance', { above: 0 }),
      maxIterations: numeric('solve', found, 'max-iterations', { integer: true, least: 1 }),
    };
    return solveAndReport(request, { json: found.flags.has('json'), out: found.values.get('out'), svg: found.values.get('svg') }, terminal);
  },
};

/** Where results go. */
interface Outputs {
  json: boolean;
  out: string | undefined;
  svg: string | undefined;
}

async function solveAndReport(request: SolveRequest, outputs: Outputs, terminal: Terminal): Promise<number> {
  let solved: SolvedGrid;
  try {
    solved = await solveTarget(request, (message) => terminal.err(`warning: ${message}\n`));
  } catch (error) {
    // A script stops where a solution is not reached; what is known of it is still an answer.
    if (outputs.json && error instanceof ConvergenceError) {
      const { iterations, mismatchPu, worstNode } = error;
      terminal.out(jsonText({ converged: false, iterations, mismatchPu, worstNode }));
    }
    throw error;
  }
  const record = solutionRecord(solved.solver, solved.report, solved);
  if (outputs.json || outputs.out !== undefined) {
    const text = jsonText(record);
    if (outputs.out !== undefined) writeFileWhole(outputs.out, text);
    if (outputs.json) terminal.out(text);
  }
  if (!outputs.json) {
    terminal.out(account(solved, record));
    if (outputs.out !== undefined) terminal.out(`wrote ${outputs.out}\n`);
  }
  const { report } = solved;
  if (!report.converged) {
    throw new ConvergenceError(
      `${solved.grid.name}: no solution (${report.status}) after ${report.iterations} iterations of ${report.method}: mismatch ${report.mismatchPu.toExponential(2)} pu of 1 MVA, worst at ${report.worstNode}; try --method newton or a smaller --load-multiplier`,
      report.iterations,
      report.mismatchPu,
      report.worstNode,
    );
  }
  if (outputs.svg !== undefined) {
    writeFileWhole(outputs.svg, profileSvg(voltageProfile(solved.grid, solved.solver)));
    if (!outputs.json) terminal.out(`wrote ${outputs.svg}\n`);
  }
  return EXIT.ok;
}
