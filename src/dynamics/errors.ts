/** What goes wrong with dynamics that is not bad input. */
import { BusbarError } from '../grid/index.js';

/** A trajectory that cannot go on, or an operating point that was not found; says when and where. */
export class DynamicsError extends BusbarError {
  override name = 'DynamicsError';
}
