/** Smart inverters and batteries. */
import { registerTask } from '../../registry.js';
import { invertersTask, TITLE } from './task.js';

export { BATTERY_BUSES, INVERTER_BUSES, invertersTask, TAPS } from './task.js';

registerTask('inverters-ieee123', invertersTask, TITLE);
