/** The program of a worker of {@link informationMatrixParallel}: takes items until there are none. */
import { parentPort, workerData } from 'node:worker_threads';
import { InformationWorker, informationItems } from './information-work.js';
import type { InformationThreadTask } from './node-information-matrix.js';

const { task, values, next } = workerData as InformationThreadTask;
const items = informationItems(task);
const worker = new InformationWorker(task);
for (let item = Atomics.add(next, 0, 1); item < items.length; item = Atomics.add(next, 0, 1)) {
  values[item] = worker.value(items[item]);
  parentPort?.postMessage(item);
}
