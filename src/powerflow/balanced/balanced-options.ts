/** Checks of the options of a balanced power flow, where they enter. */
import { describeValue, InputError } from '../../grid/index.js';
import type { BalancedMethod, BalancedOptions, BalancedStart } from './solution-types.js';

const METHODS: readonly BalancedMethod[] = ['newton', 'fast-decoupled', 'fast-decoupled-bx', 'dc'];
const STARTS: readonly BalancedStart[] = ['case', 'flat', 'dc', 'last'];

/** Every key of {@link BalancedOptions}; the type has the compiler say when one is missing here. */
const KNOWN: Record<keyof BalancedOptions, true> = {
  method: true,
  tolerance: true,
  maxIterations: true,
  start: true,
  last: true,
  enforceReactiveLimits: true,
  distributedSlack: true,
  loadMultiplier: true,
};

/** Keys of {@link BalancedOptions}, for who adds options of their own. */
export const BALANCED_OPTION_NAMES: readonly string[] = Object.keys(KNOWN);

/**
 * Throws {@link InputError} for a key that is no option, a value that cannot be, and options that do not go together (reactive limits with `dc`, a distributed
 * slack with the fast decoupled methods, `last` without a start from it). What is left undefined is not looked at.
 */
export function checkBalancedOptions(options: BalancedOptions): void {
  if (typeof options !== 'object' || options === null) throw new InputError(`solve options are an object, not ${describeValue(options)}`);
  for (const key in options) {
    if (!Object.hasOwn(KNOWN, key))
      throw new InputError(`there is no option "${key}" for balanced grids; there are ${BALANCED_OPTION_NAMES.join(', ')}`);
  }
  const { method, tolerance, maxIterations, start, last, enforceReactiveLimits, distributedSlack, loadMultiplier } = options;
  if (method !== undefined && !METHODS.includes(method)) fail('method', method, `it must be ${METHODS.join(', ')}`);
  if (tolerance !== undefined && !(typeof tolerance === 'number' && tolerance > 0 && tolerance < Infinity)) {
    fail('tolerance', tolerance, 'it must be a number above 0');
  }
  if (maxIterations !== undefined && !(Number.isInteger(maxIterations) && maxIterations >= 1 && maxIterations <= 1000)) {
    fail('maxIterations', maxIterations, 'it must be a whole number from 1 to 1000');
  }
  if (start !== undefined && !STARTS.includes(start)) fail('start', start, `it must be ${STARTS.join(', ')}`);
  if (last !== undefined && !(typeof last === 'object' && last !== null && Array.isArray(last.buses))) {
    fail('last', last, 'it must be an earlier solution');
  }
  if (last !== undefined && start !== 'last')
    throw new InputError('solve option last is given, but the start is another; write start: "last" beside it');
  if (start === 'last' && last === undefined) throw new InputError('the start "last" needs the solution to start from; give it as option last');
  if (enforceReactiveLimits !== undefined && typeof enforceReactiveLimits !== 'boolean') {
    fail('enforceReactiveLimits', enforceReactiveLimits, 'it must be true or false');
  }
  if (distributedSlack !== undefined && typeof distributedSlack !== 'boolean' && !isNumbers(distributedSlack)) {
    fail('distributedSlack', distributedSlack, 'it must be true, false or factors, one a generator');
  }
  if (loadMultiplier !== undefined && !(typeof loadMultiplier === 'number' && Math.abs(loadMultiplier) <= 1e9)) {
    fail('loadMultiplier', loadMultiplier, 'it must be a finite number');
  }
  if (enforceReactiveLimits && method === 'dc')
    throw new InputError('enforceReactiveLimits does not go with the method dc, which has no reactive power');
  if (distributedSlack && (method === 'fast-decoupled' || method === 'fast-decoupled-bx')) {
    throw new InputError(`distributedSlack does not go with the method ${method}; take newton or dc`);
  }
}

function isNumbers(value: unknown): boolean {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'number');
}

function fail(option: string, value: unknown, rule: string): never {
  throw new InputError(`solve option ${option} is ${describeValue(value)}; ${rule}`);
}
