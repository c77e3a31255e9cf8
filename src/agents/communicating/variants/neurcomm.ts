/** NeurComm: layers on what a neighbourhood sees, on the neighbours' policies and on their states, side by side. */
import { neighbourhood, neighbourPolicies, neighbourStates } from '../sources.js';
import type { Variant } from '../variant.js';

export const neurcomm: Variant = {
  name: 'neurcomm',
  title: 'NeurComm: observations, policies and states of neighbours, each by a layer (Chu and others, 2020)',
  branches: (make, hidden) => [
    make.dense(neighbourhood, hidden, 'relu'),
    make.dense(neighbourPolicies, hidden, 'relu'),
    make.dense(neighbourStates, hidden, 'relu'),
  ],
};
