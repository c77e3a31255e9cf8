/** Settings of IMPALA found good for tasks, by id; what is not named has its default. */
import type { GivenSettings } from '../settings.js';

/** By task. */
export const IMPALA_TUNED: Readonly<Record<string, GivenSettings>> = {};
