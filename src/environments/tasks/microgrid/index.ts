/** Islanded microgrids of droop-controlled inverters. */
import { registerTask } from '../../registry.js';
import { microgridTask } from './microgrid-task.js';
import { MICROGRID_TASKS } from './options.js';

export { microgridTask } from './microgrid-task.js';
export type { MicrogridOptions, MicrogridReward, MicrogridTaskId } from './options.js';

for (const id of MICROGRID_TASKS) {
  registerTask(
    id,
    (options) => microgridTask(id, options),
    `Microgrid of ${id.slice('microgrid-'.length)} inverters: each sets its voltage every 50 ms while loads wander`,
  );
}
