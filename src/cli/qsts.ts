/** `busbar qsts`: a quasi-static time series. */
import { type Grid, printable, shapeNameAt } from '../grid/index.js';
import type { TimeSeriesColumns, TimeSeriesResult } from '../profiles/index.js';
import { namedColumns, runTimeSeries, toCsv } from '../profiles/index.js';
import { choice, duration, MOST_MULTIPLIER, numeric, onePositional, readArguments, UsageError } from './arguments.js';
import type { Command } from './command.js';
import { EXIT } from './command.js';
import { followShape, loadTarget } from './engine.js';
import { checkOutputs, writeFileWhole } from './files.js';
import { jsonText } from './json.js';
import { ProgressBar } from './progress.js';

const HELP = `Usage: busbar qsts <feeder | file.dss> [options]

Solves step after step while loads and generation follow their shapes, controls act and storage fills and empties.
An OpenDSS script is run first, without a closing solution of its own; then the steps begin.

  --step TIME             length of a step: 30s, 1m, 15m, 1h; default 1m
  --duration TIME         how long: 24h, 7d; default 24h
  --start TIME            time at which the first step begins; default 0s
  --mode daily|yearly|duty  which of their shapes elements follow; default: daily, or where no element names a
                          daily shape, yearly or duty if some do
  --controls off|static|time  default time: delays run in real time; static: controls come to rest within each step
  --shape NAME|none       shape for loads that name none. Default: none, but in a built-in feeder in which no load names one,
                          "default", the 24-point shape that the OpenDSS language brings along
  --method auto|sweep|injection|newton, --tolerance X, --max-iterations N, --load-multiplier X   as in busbar solve
  --nodes LIST            nodes whose voltages are kept, as in 671.1,634.2
  --out FILE              writes the columns: CSV where the name ends in .csv, else JSON
  --json                  prints one JSON object and nothing else on standard output

Exit status: 0 all steps solved, 2 bad input, 3 a step that does not converge.
`;

const NAMES = {
  values: ['step', 'duration', 'start', 'mode', 'controls', 'shape', 'method', 'tolerance', 'max-iterations', 'load-multiplier', 'nodes', 'out'],
  flags: ['json'],
} as const;

/** More steps than this are taken for a slip of the pen (a year in seconds is 31.5 million). */
const MOST_STEPS = 40_000_000;

/** The command. */
export const qsts: Command = {
  name: 'qsts',
  summary: 'solve a time series of a feeder or an OpenDSS file',
  help: HELP,
  run: async (args, terminal) => {
    const found = readArguments('qsts', args, NAMES);
    const target = onePositional('qsts', found, 'a feeder or a .dss file');
    const stepSeconds = duration('qsts', found, 'step') ?? 60;
    const totalSeconds = duration('qsts', found, 'duration') ?? 86400;
    const startSeconds = duration('qsts', found, 'start', 'zero too') ?? 0;
    const steps = Math.round(totalSeconds / stepSeconds);
    if (steps < 1 || steps > MOST_STEPS) {
      throw new UsageError(`qsts: ${totalSeconds} s in steps of ${stepSeconds} s makes ${steps} steps; 1 to ${MOST_STEPS} are possible`);
    }
    const wantedMode = choice('qsts', found, 'mode', ['daily', 'yearly', 'duty']);
    const controlMode = choice('qsts', found, 'controls', ['off', 'static', 'time']) ?? 'time';
    const solveOptions = {
      method: choice('qsts', found, 'method', ['auto', 'sweep', 'injection', 'newton']),
      tolerance: numeric('qsts', found, 'tolerance', { above: 0 }),
      maxIterations: numeric('qsts', found, 'max-iterations', { integer: true, least: 1, most: 1000 }),
    };
    const loadMultiplier = numeric('qsts', found, 'load-multiplier', { least: 0, most: MOST_MULTIPLIER });
    const out = found.values.get('out');
    checkOutputs(target, { out });
    const nodes = (found.values.get('nodes') ?? '').split(/[\s,]+/).filter((name) => name !== '');

    const note = (text: string): void => terminal.err(`note: ${text}\n`);
    const loaded = await loadTarget({ target, ...solveOptions }, (message) => terminal.err(`warning: ${message}\n`));
    const { system, title } = loaded;
    if (loadMultiplier !== undefined) system.grid.loadMultiplier = loadMultiplier;
    const mode = wantedMode ?? modeOfShapes(system.grid);
    const shape = followShape(system.grid, mode, found.values.get('shape'), loaded.builtIn);
    if (shape !== undefined) note(`${shapeNote(system.grid, shape, mode)} (--shape none keeps them constant)`);
    else if (!anyFollows(system.grid, mode))
      note(`no load or generator follows a ${mode} shape; the powers stay as they are (--shape names one for loads)`);
    if (controlMode !== 'off' && [...system.grid.controls].some((control) => control.enabled)) note(startNote(loaded.builtIn));
    if (Math.abs(steps * stepSeconds - totalSeconds) > 1e-9 * totalSeconds) {
      note(`${totalSeconds} s are no whole number of steps of ${stepSeconds} s: ${steps} steps are solved, ${steps * stepSeconds} s`);
    }
    system.solver.gridChanged();
    // As "set mode=" does in a script: banks and switches start where they stood before the script's own solutions.
    system.reset();
    system.clock.hour = Math.floor(startSeconds / 3600);
    system.clock.seconds = startSeconds - 3600 * system.clock.hour;

    const bar = new ProgressBar(terminal);
    const started = performance.now();
    let result: TimeSeriesResult;
    try {
      result = runTimeSeries(system, {
        ...solveOptions,
        mode,
        steps,
        stepSeconds,
        controlMode,
        maxControlIterations: loaded.maxControlIterations,
        nodes,
        onProgress: (done, total) => bar.update(done, total),
      });
    } finally {
      bar.end();
    }
    const seconds = (performance.now() - started) / 1000;
    const object = {
      name: system.grid.name,
      mode,
      stepSeconds,
      steps: result.steps,
      converged: result.failed === 0,
      failedSteps: result.failed,
      columns: Object.fromEntries(namedColumns(result.columns)),
    };
    if (out !== undefined) writeFileWhole(out, /\.csv$/i.test(out) ? toCsv(result.columns) : jsonText(object));
    if (found.flags.has('json')) terminal.out(jsonText(object));
    else {
      terminal.out(printable(summary(title, result, stepSeconds, seconds), 'line feeds'));
      terminal.out(out !== undefined ? `wrote ${printable(out)}\n` : '  (--out day.csv keeps every step)\n');
    }
    return result.failed === 0 ? EXIT.ok : EXIT.notConverged;
  },
};

/** What the first step starts from, which decides how soon regulators come to rest. */
function startNote(builtIn: boolean): string {
  return builtIn
    ? "regulators and capacitors start where the feeder's data put them (regulators neutral), not at rest"
    : 'regulators and capacitors start where the script left them, after its own solutions if it has any';
}

function shapeNote(grid: Grid, name: string, mode: string): string {
  const shape = grid.loadShapes.get(name);
  const points = shape?.active.length ?? 0;
  const hours = (shape?.intervalHours ?? 0) * points;
  return `loads follow the shape "${name}"${hours > 0 ? `, ${points} points over ${hours} h, again and again,` : ''} in ${mode} mode`;
}

/** Whether anything that takes or gives power follows a shape in this mode. */
function anyFollows(grid: Grid, mode: 'daily' | 'yearly' | 'duty'): boolean {
  for (const element of grid.elements) {
    if (!element.enabled || !('shapes' in element)) continue;
    const fallback = element.kind === 'pvsystem' || element.kind === 'storage' ? 'duty-and-yearly' : 'duty';
    if (shapeNameAt(element.shapes, mode, fallback) !== undefined) return true;
  }
  return false;
}

/** The mode in which the most immediate shapes are followed. */
function modeOfShapes(grid: Grid): 'daily' | 'yearly' | 'duty' {
  for (const mode of ['daily', 'yearly', 'duty'] as const) {
    for (const element of grid.elements) if (element.enabled && 'shapes' in element && element.shapes[mode]) return mode;
  }
  return 'daily';
}

function summary(name: string, result: TimeSeriesResult, stepSeconds: number, seconds: number): string {
  const { columns } = result;
  const lines: string[] = [];
  const push = (label: string, value: string): void => void lines.push(`  ${label.padEnd(16)}  ${value}`);
  const hours = stepSeconds / 3600;
  const energy = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) * hours;
  lines.push(`${name}: ${result.steps} steps of ${stepSeconds} s in ${seconds.toFixed(2)} s (${Math.round(result.steps / seconds)} steps/s)`);
  push('source energy', `${energy(columns.sourceKw).toFixed(1)} kWh`);
  push('losses', `${energy(columns.lossesKw).toFixed(2)} kWh`);
  const low = indexOf(columns.minVoltagePu, (value, best) => value < best);
  const high = indexOf(columns.maxVoltagePu, (value, best) => value > best);
  if (columns.minVoltageNode[low] !== '') {
    push('lowest voltage', `${columns.minVoltagePu[low].toFixed(4)} pu at ${columns.minVoltageNode[low]}, hour ${columns.hour[low].toFixed(2)}`);
    push('highest voltage', `${columns.maxVoltagePu[high].toFixed(4)} pu at ${columns.maxVoltageNode[high]}, hour ${columns.hour[high].toFixed(2)}`);
  }
  const moves = movesOf(columns);
  if (moves !== undefined) push('tap changes', moves);
  return `${lines.join('\n')}\n`;
}

function indexOf(values: Float64Array, better: (value: number, best: number) => boolean): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (better(values[i], values[best])) best = i;
  return best;
}

function movesOf(columns: TimeSeriesColumns): string | undefined {
  if (columns.taps.size === 0) return undefined;
  const parts = [...columns.taps].map(([name, taps]) => {
    let moved = 0;
    for (let i = 1; i < taps.length; i++) moved += Math.abs(taps[i] - taps[i - 1]);
    return `${name} ${moved}`;
  });
  return parts.join('  ');
}
