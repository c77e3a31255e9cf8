/** Streams of random numbers, as users hand them over. */
import { describeValue, InputError } from '../grid/index.js';
import type { RandomStream } from '../numeric/index.js';

/** Throws InputError for what is no stream of random numbers. */
export function checkStream(stream: RandomStream): void {
  if (typeof stream !== 'object' || stream === null || typeof stream.normal !== 'function' || typeof stream.uniform !== 'function')
    throw new InputError(
      `the stream of random numbers is ${describeValue(stream)}; give a RandomStream, as in new RandomStream(seed, episode, 'clouds')`,
    );
}
