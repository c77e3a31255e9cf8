/** The Volt-VAR tasks: 4 systems, each with 33 levels or continuous orders of batteries, with or without a price on the state of charge, as published and corrected. */
import { registerTask } from '../../registry.js';
import type { VoltVarOptions } from './options.js';
import { VOLTVAR_SYSTEMS } from './systems.js';
import { voltVarTask } from './task.js';

export { type VoltVarOptions, type VoltVarVariant, voltVarVariant } from './options.js';
export { VOLTVAR_SYSTEMS, type VoltVarSystem } from './systems.js';
export { voltVarTask } from './task.js';

const VARIANTS: readonly (readonly [string, string])[] = [
  ['', ''],
  ['-cbat', ', continuous orders of batteries'],
  ['-soc', ', state of charge priced'],
  ['-cbat-soc', ', continuous orders of batteries, state of charge priced'],
];

for (const { id, title } of VOLTVAR_SYSTEMS) {
  for (const [rules, corrected] of [
    ['', ''],
    ['-corrected', ', corrected'],
  ]) {
    for (const [ending, what] of VARIANTS)
      registerTask(id + ending + rules, (options) => voltVarTask(id + ending + rules, options as VoltVarOptions), title + what + corrected);
  }
}
