/** `busbar solve` on balanced grids. */
import { type BalancedGrid, ConvergenceError, InputError, printable } from '../grid/index.js';
import { type BalancedOptions, type BalancedSolution, solveBalanced } from '../powerflow/index.js';
import { balancedSvg } from '../visualization/index.js';
import { balancedAccount } from './balanced-account.js';
import { loadCaseTarget } from './case-target.js';
import { EXIT, type Terminal } from './command.js';
import { writeFileWhole } from './files.js';
import { jsonText } from './json.js';

/** Where results go. */
export interface CaseOutputs {
  json: boolean;
  out: string | undefined;
  svg: string | undefined;
  /** Title of the picture; undefined: what was solved. */
  title: string | undefined;
  /** Limits of all buses' voltages in the place of the case's. */
  limitsPu: readonly [number, number] | undefined;
}

/** Solves a balanced grid, reports, and returns the exit status. Throws {@link InputError} or, without a solution, {@link ConvergenceError}. */
export function solveCase(target: string, options: BalancedOptions, outputs: CaseOutputs, terminal: Terminal): number {
  const warnings: string[] = [];
  const warn = (message: string): void => {
    warnings.push(message);
    terminal.err(`warning: ${message}\n`);
  };
  const { title, grid: loaded } = loadCaseTarget(target, warn);
  const grid = outputs.limitsPu === undefined ? loaded : withLimits(loaded, outputs.limitsPu);
  const solution = solveBalanced(grid, options);
  for (const message of solution.warnings) warn(message);
  if (outputs.json || outputs.out !== undefined) {
    const text = jsonText({ ...solution, warnings });
    if (outputs.out !== undefined) writeFileWhole(outputs.out, text);
    if (outputs.json) terminal.out(text);
  }
  if (!outputs.json) {
    terminal.out(printable(balancedAccount(title, grid, solution), 'line feeds'));
    if (outputs.out !== undefined) terminal.out(`wrote ${printable(outputs.out)}\n`);
  }
  if (!solution.converged) throw noSolution(title, solution, options);
  if (outputs.svg !== undefined) {
    if (!solution.buses.some(({ kind }) => kind !== 'dead')) throw new InputError('there is nothing to draw: no bus has voltage');
    writeFileWhole(outputs.svg, balancedSvg(grid, solution, { title: outputs.title ?? title }));
    if (!outputs.json) terminal.out(`wrote ${printable(outputs.svg)}\n`);
  }
  return EXIT.ok;
}

/** The grid with these limits of all voltages. */
function withLimits(grid: BalancedGrid, [minVoltagePu, maxVoltagePu]: readonly [number, number]): BalancedGrid {
  return { ...grid, buses: grid.buses.map((bus) => ({ ...bus, minVoltagePu, maxVoltagePu })) };
}

function noSolution(title: string, solution: BalancedSolution, options: BalancedOptions): ConvergenceError {
  const ways: string[] = [];
  if (solution.method !== 'newton') ways.push('--method newton');
  if (options.maxIterations !== undefined && solution.status === 'iteration-limit') ways.push('more --max-iterations');
  if ((options.start ?? 'case') === 'case') ways.push('--start dc');
  if (options.enforceReactiveLimits) ways.push('no --enforce-q-limits');
  ways.push('a smaller --load-multiplier');
  const { status, iterations, method, reason, mismatchPu, worstBus } = solution;
  const message = `${title}: no solution (${status}) after ${iterations} iterations of ${method}: ${reason}; try ${ways.join(' or ')}`;
  return new ConvergenceError(message, iterations, mismatchPu, worstBus === null ? '' : String(worstBus));
}
