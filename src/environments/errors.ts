/** What goes wrong with environments that is not bad input. */
import { BusbarError } from '../grid/index.js';

/** A vector of environments that cannot go on: a worker that threw or died, a task that threw, a vector that was closed. */
export class EnvironmentError extends BusbarError {
  override name = 'EnvironmentError';
}

/** An error's own words. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
