/** IMPALA's actors in threads: the memory they share, lag, deaths, ends. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { SharedWeights } from '../../src/agents/impala/shared-weights.js';
import { TrajectoryQueue } from '../../src/agents/impala/trajectory-queue.js';
import { type Agent, type AgentContext, impala, LearnedPolicy, type TrainingProgress, train } from '../../src/agents/node-index.js';
import { EnvironmentError, evaluate, makeTask, makeVector } from '../../src/environments/node-index.js';
import { FUSE_MODULE } from './fuse-task.js';

const open: Agent[] = [];
afterEach(async () => {
  for (const agent of open.splice(0)) await agent.close();
});

async function agentOf(id: string, given: Record<string, unknown>, remote: Partial<NonNullable<AgentContext['remote']>> = {}): Promise<Agent> {
  const agent = await impala.create(
    {
      task: await makeTask(id, remote.options),
      makeVector: (settings) => makeVector(id, settings),
      remote: { id, options: {}, ...remote },
      seed: 1,
      totalSteps: 1e6,
      workers: 1,
    },
    given,
  );
  open.push(agent);
  return agent;
}

/** The threads of an agent's actors. */
function threadsOf(agent: Agent): readonly Worker[] {
  return (agent as unknown as { source: { living: Worker[] } }).source.living;
}

/** A fuse that blows so often. */
function fuseOf(times: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4)).fill(times);
}

describe('shared weights', () => {
  it('stay as they are while they are read, whatever is published meanwhile; the next read has the newest', () => {
    const shape = { parameters: 5, moments: 2, readers: 2 };
    const learner = SharedWeights.make(shape);
    const actor = new SharedWeights(learner.buffer, shape);
    const publish = (version: number): void =>
      learner.publish(version, ({ parameters, moments }) => {
        parameters.fill(version);
        moments.fill(-version);
      });
    expect(actor.version).toBe(-1);
    let version = 1;
    publish(version);
    for (let round = 0; round < 10; round++) {
      actor.read(0, (mine, first) => {
        expect(first).toBe(version);
        publish(++version);
        actor.read(1, (others, second) => {
          expect(second).toBe(first + 1);
          for (let k = 0; k < 5; k++) publish(++version);
          expect([...others.parameters, ...others.moments]).toEqual([...Array(5).fill(second), -second, -second]);
        });
        for (let k = 0; k < 5; k++) publish(++version);
        expect([...mine.parameters, ...mine.moments]).toEqual([...Array(5).fill(first), -first, -first]);
      });
      expect(actor.version).toBe(version);
    }
  });

  it('outlive a reader that dies while it reads', () => {
    const shape = { parameters: 1, moments: 0, readers: 2 };
    const weights = SharedWeights.make(shape);
    const publish = (version: number): void => weights.publish(version, ({ parameters }) => parameters.fill(version));
    publish(1);
    for (const reader of [0, 1]) {
      const die = (): void => weights.read(reader, () => Atomics.store(new Int32Array(weights.buffer), 2 + reader, reader + 1));
      die();
      for (let k = 0; k < 4; k++) publish(2 + k);
      weights.forget(reader);
    }
    weights.read(1, ({ parameters }, version) => expect([version, parameters[0]]).toEqual([5, 5]));
  });
});

describe('the queue', () => {
  const shape = { steps: 2, environments: 3, observation: 2, action: 1, choices: 2 };

  it('gives trajectories in the order in which they were finished, and has room for so many', () => {
    const queue = TrajectoryQueue.make(shape, 3);
    const actors = new TrajectoryQueue(queue.buffer, shape, 3);
    expect(queue.first()).toBe(-1);
    const slots = [0, 1, 2].map((actor) => actors.tryClaim(actor));
    expect([...slots].sort()).toEqual([0, 1, 2]);
    expect(actors.tryClaim(0)).toBe(-1);
    for (const actor of [2, 0, 1]) {
      actors.trajectories[slots[actor]].rewards.fill(actor);
      actors.finish(slots[actor]);
    }
    expect(queue.full).toBe(3);
    for (const actor of [2, 0, 1]) {
      const slot = queue.first();
      expect(Array.from(queue.trajectories[slot].rewards)).toEqual(Array(6).fill(actor));
      queue.release(slot);
      // What is finished later comes later, whichever slot it has.
      const again = actors.tryClaim(7);
      actors.trajectories[again].rewards.fill(7);
      actors.finish(again);
    }
    for (let k = 0; k < 3; k++) {
      expect(queue.trajectories[queue.first()].rewards[0]).toBe(7);
      queue.release(queue.first());
    }
    expect(queue.first()).toBe(-1);
  });

  it('takes back what an actor that died was writing, and nothing else', () => {
    const queue = TrajectoryQueue.make(shape, 3);
    const [done, half, others] = [queue.tryClaim(0), queue.tryClaim(0), queue.tryClaim(1)];
    queue.finish(done);
    const { seen } = queue.finishedWord;
    queue.releaseOf(0);
    expect(queue.finishedWord.seen).toBe(seen);
    expect(queue.first()).toBe(done);
    expect(queue.tryClaim(1)).toBe(half);
    expect(queue.tryClaim(1)).toBe(-1);
    queue.finish(others);
    expect(queue.full).toBe(2);
  });

  it('lays arrays out without overlap', () => {
    const queue = TrajectoryQueue.make(shape, 2);
    const arrays = queue.trajectories.flatMap((trajectory) => Object.values(trajectory) as Uint8Array[]);
    arrays.forEach((array, k) => array.fill(k + 1));
    arrays.forEach((array, k) => expect(Array.from(array)).toEqual(Array(array.length).fill(k + 1)));
    expect(queue.first()).toBe(-1);
  });
});

describe('actors in threads', () => {
  it('train: two of them beat chance by far', async () => {
    const seen: TrainingProgress[] = [];
    const { policy, settings, records } = await train('cartpole', 'impala', {
      steps: 120_000,
      seed: 1,
      workers: 3,
      evaluations: 0,
      onProgress: (progress) => seen.push(progress),
    });
    expect(settings.actors).toBe(2);
    const { returns } = await evaluate('cartpole', new LearnedPolicy(policy), { episodes: 20, seed: 500 });
    // Chance gets about 22.
    expect(returns.mean).toBeGreaterThan(100);
    expect(records[0].episodes).toBeGreaterThan(100);
    expect(records[0].metrics.actorsReplaced).toBe(0);
    for (const { metrics } of seen) {
      expect(Number.isInteger(metrics.lagMax) && metrics.lagMax >= 0).toBe(true);
      expect(metrics.queueFill).toBeGreaterThan(0);
      expect(metrics.queueFill).toBeLessThanOrEqual(1);
    }
  });

  it('are behind by no more than what the queue holds', async () => {
    const agent = await agentOf('cartpole', { actors: 1, queue: 3, unroll: 2 });
    for (let k = 0; k < 300; k++) {
      const { metrics } = await agent.iterate();
      // One actor and three more: those before it in the queue, and the update under way when it began.
      expect(metrics.lagMax).toBeLessThanOrEqual(4);
      expect(metrics.lagMax === 0).toBe(Math.abs(metrics.divergence) === 0);
    }
    // The learner stops until the queue is full: what it then takes was acted upon with its present policy at the newest.
    const { source } = agent as unknown as { source: { waiting: number; room: number } };
    expect(source.room).toBe(4);
    while (source.waiting < source.room) await new Promise((done) => setTimeout(done, 5));
    for (let before = 0; before < 4; before++) {
      const { lagMax } = (await agent.iterate()).metrics;
      expect(lagMax).toBeGreaterThanOrEqual(before);
      expect(lagMax).toBeLessThanOrEqual(4);
    }
  });

  it.each(['throw', 'exit'])('that fail (%s) or are ended from outside are replaced, and training goes on', async (how) => {
    const agent = await agentOf('fuse', { actors: 1, environments: 4, unroll: 5 }, { options: { fuse: fuseOf(1), how }, module: FUSE_MODULE });
    const lengths: number[] = [];
    const round = async (): Promise<number> => {
      const { lengths: ended, metrics } = await agent.iterate();
      lengths.push(...ended);
      return metrics.actorsReplaced;
    };
    // The first one fails in its third step already.
    expect(await round()).toBe(1);
    const [thread, ...none] = threadsOf(agent);
    expect(none).toEqual([]);
    await thread.terminate();
    let replaced = 1;
    // What it had finished is taken first.
    for (let k = 0; k < 4; k++) replaced = await round();
    expect(replaced).toBe(2);
    expect(agent.steps).toBe(5 * 20);
    // Five steps an episode: each round ends one in every environment.
    expect(lengths).toEqual(Array(20).fill(5));
    expect((agent.save() as { actors: unknown }).actors).toEqual({ lives: [3] });
    await agent.close();
    expect(threadsOf(agent)).toHaveLength(0);
    await expect(agent.iterate()).rejects.toThrow('the actors were closed');
  });

  it('that die again and again end the training with one error', { timeout: 120_000 }, async () => {
    const options = { fuse: fuseOf(1000), how: 'make' };
    const agent = await agentOf('fuse', { actors: 1, environments: 4 }, { options, module: FUSE_MODULE });
    const failure = expect(agent.iterate()).rejects;
    await failure.toThrow(EnvironmentError);
    await expect(agent.iterate()).rejects.toThrow(
      /^actor 1 of 1 \(environments 0 to 3\) ended 5 times in a row without a trajectory; the last time it threw: the fuse is blown$/,
    );
    await agent.close();
    expect(threadsOf(agent)).toHaveLength(0);
  });

  it('go on from networks, normalisers and steps that were saved, with episodes of their own', async () => {
    const settings = { actors: 1, environments: 4, unroll: 8, normaliseObservations: true, normaliseRewards: true };
    const agent = await agentOf('cartpole', settings);
    for (let k = 0; k < 3; k++) await agent.iterate();
    const saved = structuredClone(agent.save());
    const resumed = await agentOf('cartpole', settings);
    resumed.restore(saved);
    expect(resumed.steps).toBe(96);
    expect(resumed.policy()).toEqual(agent.policy());
    await resumed.iterate();
    expect((resumed.save() as { actors: unknown }).actors).toEqual({ lives: [2] });
    expect(() => resumed.restore(saved)).toThrow('before the first round');
    const alone = await agentOf('cartpole', { ...settings, actors: 0 });
    expect(() => alone.restore(saved)).toThrow('no saved state');
  });

  it('keep no process alive, whether closed or not', () => {
    const source = fileURLToPath(new URL('../../src/agents/node-index.ts', import.meta.url));
    const program = `
      import { impala, train } from ${JSON.stringify(source)};
      import { makeTask, makeVector } from ${JSON.stringify(source.replace('agents', 'environments'))};
      const { steps } = await train('cartpole', 'impala', { steps: 500, evaluations: 0, evaluationEpisodes: 2, workers: 2 });
      console.log(steps >= 500, process.getActiveResourcesInfo().filter((name) => /Worker|Message/.test(name)).length);
      const context = { task: await makeTask('cartpole'), makeVector, remote: { id: 'cartpole', options: {} }, seed: 1, totalSteps: 1000, workers: 1 };
      const agent = await impala.create(context, { actors: 1 });
      console.log((await agent.iterate()).steps);
    `;
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
      encoding: 'utf8',
      timeout: 60_000,
    });
    expect([status, stdout, stderr]).toEqual([0, 'true 0\n128\n', '']);
  }, 90_000);
});
