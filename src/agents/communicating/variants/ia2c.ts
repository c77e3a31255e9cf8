/** Independent actor-critics that see what their neighbours see, and hear nothing. */
import { neighbourhood } from '../sources.js';
import type { Variant } from '../variant.js';

export const ia2c: Variant = {
  name: 'ia2c',
  title: 'independent advantage actor-critics on the observations of a neighbourhood (Chu and others, 2020)',
  branches: (make, hidden) => [make.dense(neighbourhood, hidden, 'relu')],
};
