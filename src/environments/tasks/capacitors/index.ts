/** The capacitor tasks. */
import { registerTask, type TaskOptions } from '../../registry.js';
import { CAPACITOR_TASKS, capacitorTask, onceCapacitorTask, seriousCapacitorTask } from './capacitor-task.js';

export type { CapacitorRules } from './capacitor-rules.js';
export { type CapacitorOptions, capacitorTask, onceCapacitorTask, seriousCapacitorTask } from './capacitor-task.js';
export { CAPACITORS as CAPACITOR_NAMES, LOADS as CAPACITOR_LOADS, MASKS as CAPACITOR_STATES } from './circuit.js';
export { MaskFit } from './mask-fit.js';
export { MaskSearch, type MaskSearchOptions, type MaskSearchResult } from './mask-search.js';
export { bestMask, type GreedyCourse, greedyCourse, greedyMask } from './masks.js';
export { type CapacitorScenarios, drawScenario as drawCapacitorScenario } from './scenarios.js';

const { published, serious, once } = CAPACITOR_TASKS;
registerTask(published.id, (options: TaskOptions) => capacitorTask(options), published.title);
registerTask(serious.id, (options: TaskOptions) => seriousCapacitorTask(options), serious.title);
registerTask(once.id, (options: TaskOptions) => onceCapacitorTask(options), once.title);
