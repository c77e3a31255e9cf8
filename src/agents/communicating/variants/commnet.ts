/** CommNet: what a neighbourhood sees and the mean of the neighbours' states, added up. */
import { meanState, neighbourhood } from '../sources.js';
import type { Variant } from '../variant.js';

export const commnet: Variant = {
  name: 'commnet',
  title: 'CommNet: mean of neighbours’ states added to what a neighbourhood sees (Sukhbaatar and others, 2016)',
  join: 'sum',
  branches: (make, hidden) => [make.dense(neighbourhood, hidden, 'relu'), make.dense(meanState, hidden, 'linear')],
};
