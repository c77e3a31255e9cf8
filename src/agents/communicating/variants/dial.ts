/** DIAL: messages are learnt layers on the neighbours' states; the agent's own last choice is added. */
import { neighbourStates, ownObservation } from '../sources.js';
import type { Variant } from '../variant.js';

export const dial: Variant = {
  name: 'dial',
  title: 'DIAL: a layer on neighbours’ states and the own last choice, added up (Foerster and others, 2016)',
  join: 'sum',
  branches: (make, hidden) => [make.dense(ownObservation, hidden, 'relu'), make.dense(neighbourStates, hidden, 'relu'), make.lastChoice(hidden)],
};
