/** A module that a test loads by its address: registers the task `parcel`. */
import { registerTask } from '../../../src/environments/index.js';
import { toy } from '../toy-task.js';

registerTask('parcel', (options) => ({ ...toy(options), id: 'parcel' }), 'a parcel');

export const PARCEL_MODULE = import.meta.url;
