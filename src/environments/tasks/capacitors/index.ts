/** The capacitor tasks. */
import { registerTask, type TaskOptions } from '../../registry.js';
import { capacitorTask, seriousCapacitorTask } from './capacitor-task.js';

export type { CapacitorRules } from './capacitor-rules.js';
export { capacitorTask, seriousCapacitorTask } from './capacitor-task.js';
export { MaskSearch, type MaskSearchOptions, type MaskSearchResult } from './mask-search.js';
export { bestMask, greedyMask } from './masks.js';

registerTask(
  'capacitors-ieee123',
  (options: TaskOptions) => capacitorTask(options),
  'IEEE 123: toggle four capacitors for least losses, as published',
);
registerTask(
  'capacitors-ieee123-serious',
  (options: TaskOptions) => seriousCapacitorTask(options),
  'IEEE 123: toggle four capacitors or stop; losses and voltage, regulators act',
);
