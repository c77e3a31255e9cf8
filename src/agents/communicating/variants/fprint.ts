/** FPrint: IA2C that is told its neighbours' policies too. */
import { neighbourhood, neighbourPolicies } from '../sources.js';
import type { Variant } from '../variant.js';

export const fprint: Variant = {
  name: 'fprint',
  title: 'actor-critics with fingerprints of the neighbours’ policies (Foerster and others, 2017)',
  branches: (make, hidden) => [make.dense(neighbourhood, hidden, 'relu'), make.dense(neighbourPolicies, hidden, 'relu')],
};
