/** The operator of a distribution feeder. */
import { registerTask, type TaskOptions } from '../../registry.js';
import { dsoTask } from './dso-task.js';

export { type DsoOptions, dsoTask } from './dso-task.js';

registerTask('dso-case33bw', (options: TaskOptions) => dsoTask(options), 'Feeder of 33 buses: six flexible loads wait or do without to lower losses');
