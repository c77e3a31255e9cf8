/** Checks of the options of solutions with controls and in time, where they enter: callers in JavaScript have no compiler to warn them. */
import { describeValue, InputError } from '../grid/index.js';
import { SOLVE_OPTION_NAMES, unknownOption } from '../powerflow/index.js';
import type { ControlOptions } from './control-loop.js';
import type { TimeLoopOptions } from './time-loop.js';

const CONTROL_MODES: readonly unknown[] = ['off', 'static', 'event', 'time'];
const TIME_MODES: readonly unknown[] = ['daily', 'yearly', 'duty', 'snapshot'];
const CONTROL_NAMES = ['controlMode', 'maxControlIterations'] as const satisfies readonly (keyof ControlOptions)[];
const TIME_NAMES = ['mode', 'clockMoves', 'steps', 'stepSeconds', 'signal'] as const satisfies readonly (keyof TimeLoopOptions)[];

/** Throws {@link InputError} for an option of a name that there is not; those of the power flow are always known. */
export function refuseUnknown(options: object, known: readonly string[]): void {
  for (const key in options) if (!known.includes(key) && !SOLVE_OPTION_NAMES.includes(key)) unknownOption(key, [...known, ...SOLVE_OPTION_NAMES]);
}

/** Throws {@link InputError} where an option has a value that it cannot have. */
export function wrongOption(name: string, value: unknown, rule: string): never {
  throw new InputError(`option ${name} is ${describeValue(value)}; it must be ${rule}`);
}

/** Throws {@link InputError} where options are no object. */
export function requireOptions(options: unknown): void {
  if (typeof options !== 'object' || options === null) throw new InputError(`options are an object, not ${describeValue(options)}`);
}

/** Throws {@link InputError} for a control mode that there is not and a limit that is no whole number above 0. Those of the power flow are checked by the solver. */
export function checkControlOptions({ controlMode, maxControlIterations }: ControlOptions): void {
  if (controlMode !== undefined && !CONTROL_MODES.includes(controlMode)) wrongOption('controlMode', controlMode, CONTROL_MODES.join(', '));
  if (maxControlIterations !== undefined && !(Number.isSafeInteger(maxControlIterations) && maxControlIterations >= 1)) {
    wrongOption('maxControlIterations', maxControlIterations, 'a whole number from 1 up');
  }
}

/** As {@link checkControlOptions}, and for mode, steps and clock of a loop in time; `more` are names of options besides. */
export function checkTimeOptions(options: TimeLoopOptions, more: readonly string[] = []): void {
  requireOptions(options);
  refuseUnknown(options, [...TIME_NAMES, ...CONTROL_NAMES, ...more]);
  checkControlOptions(options);
  const { mode, clockMoves, steps, stepSeconds, signal } = options;
  if (!TIME_MODES.includes(mode)) wrongOption('mode', mode, TIME_MODES.join(', '));
  if (clockMoves !== undefined && clockMoves !== 'before' && clockMoves !== 'after') wrongOption('clockMoves', clockMoves, 'before or after');
  if (!(Number.isSafeInteger(steps) && steps >= 0)) wrongOption('steps', steps, 'a whole number of steps from 0 up');
  if (!(typeof stepSeconds === 'number' && stepSeconds > 0 && Number.isFinite(stepSeconds))) {
    wrongOption('stepSeconds', stepSeconds, 'a number above 0: steps are longer than 0 s');
  }
  if (signal !== undefined && (typeof signal !== 'object' || signal === null)) wrongOption('signal', signal, 'an AbortSignal');
}
