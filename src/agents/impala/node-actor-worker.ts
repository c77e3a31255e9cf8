/** The program of an actor's thread: makes its environments, then acts, trajectory after trajectory. Never ends by itself. */
import { workerData } from 'node:worker_threads';
import { makeVector } from '../../environments/node-index.js';
import '../../learning/node-index.js';
import { Actor } from './actor.js';
import type { ActorThreadTask } from './node-actor-threads.js';
import { SharedWeights } from './shared-weights.js';
import { TrajectoryQueue } from './trajectory-queue.js';

const { setup, queue: room, weights: shared, remote, backend, delivered } = workerData as ActorThreadTask;
if (remote.module !== undefined) await import(remote.module);
const queue = new TrajectoryQueue(room.buffer, room.shape, room.slots);
const weights = new SharedWeights(shared.buffer, shared.shape);
const vector = await makeVector(remote.id, { ...remote.options, environments: room.shape.environments, backend, autoreset: 'same-step' });
const actor = new Actor(vector, setup);
for (;;) {
  const slot = queue.claim(setup.actor);
  if (weights.version !== actor.version) weights.read(setup.actor, (policy, version) => actor.follow(version, policy));
  actor.act(queue.trajectories[slot]);
  Atomics.add(delivered, setup.actor, 1);
  queue.finish(slot);
}
