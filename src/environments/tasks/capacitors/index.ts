/** The capacitor tasks. */
import { registerTask, type TaskOptions } from '../../registry.js';
import { CAPACITOR_TASKS, capacitorTask, onceCapacitorTask, seriousCapacitorTask } from './capacitor-task.js';

export type { CapacitorRules } from './capacitor-rules.js';
export { type CapacitorOptions, capacitorTask, onceCapacitorTask, seriousCapacitorTask } from './capacitor-task.js';
export { CAPACITORS, LOADS } from './circuit.js';
export { MaskSearch, type MaskSearchOptions, type MaskSearchResult } from './mask-search.js';
export { bestMask, greedyMask } from './masks.js';
export { type CapacitorScenarios, drawScenario } from './scenarios.js';

const { published, serious, once } = CAPACITOR_TASKS;
registerTask(published.id, (options: TaskOptions) => capacitorTask(options), published.title);
registerTask(serious.id, (options: TaskOptions) => seriousCapacitorTask(options), serious.title);
registerTask(once.id, (options: TaskOptions) => onceCapacitorTask(options), once.title);
