/** What goes wrong in learning that is not bad input. */
import { BusbarError } from '../grid/index.js';

/** Learning that cannot go on: gradients that are not finite, a backend that is not there. */
export class LearningError extends BusbarError {
  override name = 'LearningError';
}
