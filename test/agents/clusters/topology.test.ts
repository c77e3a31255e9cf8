/** Agents of clusters on the grid of 14 substations: the clusters of the thesis, lines that are put back, a training. */
import { describe, expect, it } from 'vitest';
import { clusters, DIRECT, Dispatcher, LearnedPolicy, partitionOf, policyFromJSON, policyToJSON, train } from '../../../src/agents/node-index.js';
import { evaluate, makeTask, makeVector } from '../../../src/environments/node-index.js';

const CASE = 'topology-case14';
const TWO = clusters.tuned[CASE].clusters as string;

describe('the grid of 14 substations', () => {
  it('is parted as in the thesis: 49 and 110 choices, 159 together', async () => {
    const task = await makeTask(CASE, {});
    const parted = partitionOf(task, TWO, true, false);
    expect([...parted.acting]).toEqual([1, 2, 3, 4, 5, 8, 12]);
    expect(parted.clusters.map(({ choices }) => choices.length)).toEqual([49, 110]);
    expect(partitionOf(task, 'central', true, false).clusters.map(({ choices }) => choices.length)).toEqual([159]);
    const names = task.observationNames as readonly string[];
    const [south, north] = parted.clusters.map(({ entries }) => new Set(Array.from(entries, (entry) => names[entry])));
    // Time for both; a line for the clusters at its ends; loads and busbars for their own.
    expect([south, north].map((seen) => seen.has('sine of day'))).toEqual([true, true]);
    expect([south, north].map((seen) => seen.has('line 0_1_0 loading'))).toEqual([true, false]);
    expect([south, north].map((seen) => seen.has('line 4_5_17 loading'))).toEqual([true, true]);
    expect([south, north].map((seen) => seen.has('line 4_5_17 from on busbar 2'))).toEqual([true, false]);
    expect([south, north].map((seen) => seen.has('load_13_10 MW'))).toEqual([false, true]);
    expect([south, north].map((seen) => seen.has('substation 12 wait'))).toEqual([false, true]);
    expect(new Set([...south, ...north]).size).toBe(names.length);
    const { loadingEntries, serviceEntries } = parted.network;
    expect(loadingEntries.map((entry) => names[entry])).toEqual(parted.network.lines.map(([a, b], k) => `line ${a}_${b}_${k} loading`));
    expect(serviceEntries.map((entry) => names[entry])).toEqual(parted.network.lines.map(([a, b], k) => `line ${a}_${b}_${k} in service`));
  });

  it('has a choice for each cap, target and storage unit too, at its substation', async () => {
    const task = await makeTask(CASE, { redispatch: true, curtailment: true, storage: true, actions: ['set', 'change', 'lines'] });
    const { clusters: parts, network } = partitionOf(task, 'central', true, false);
    // All but doing nothing and the 20 lines.
    expect(parts[0].choices.length).toBe(network.choiceLine.length - 21);
    expect(network.choiceSubstation.every((at, choice) => at >= 0 || choice === 0 || network.choiceLine[choice] >= 0)).toBe(true);
  });

  it('has its lines put back as soon as they may be', async () => {
    const task = await makeTask(CASE, {});
    const partition = partitionOf(task, TWO, false, false);
    const dispatcher = new Dispatcher(partition, 'published', 10, 1);
    const vector = await makeVector(CASE, { environments: 1, autoreset: 'disabled', lineCooldown: 3 });
    vector.reset({ seed: 3 });
    vector.step(Float64Array.of(partition.switchOf[19]));
    const isOut = (): boolean => vector.observations[partition.network.serviceEntries[19]] === 0;
    expect(isOut()).toBe(true);
    let waited = 0;
    for (; isOut() && waited < 20; waited++) {
      const { who, actions } = dispatcher.dispatch(vector.observations, vector.masks);
      expect(who[0]).toBe(DIRECT);
      vector.step(Float64Array.of(actions[0]));
    }
    expect(isOut()).toBe(false);
    expect(waited).toBe(4);
    await vector.close();
  });

  it('is learned on; what was learned acts again out of a file', async () => {
    const options = {
      steps: 4096,
      seed: 1,
      settings: { observation: 'partial', safeLoading: 0.6, epochs: 2 },
      taskOptions: { start: 'random' },
      evaluationTaskOptions: { start: 'first', seriesSeed: 1, episodeSteps: 288 },
      evaluations: 1,
      evaluationEpisodes: 4,
    };
    const first = await train(CASE, 'clusters', options);
    const again = await train(CASE, 'clusters', options);
    expect(again.policy).toEqual(first.policy);
    expect(first.settings.clusters).toBe(TWO);
    const { metrics } = first.records[1];
    expect(metrics.updates).toBeGreaterThan(10);
    expect(metrics.share0).toBeGreaterThan(0.05);
    expect(metrics.share1).toBeGreaterThan(0.05);
    const judged = await evaluate(CASE, new LearnedPolicy(policyFromJSON(JSON.parse(JSON.stringify(policyToJSON(first.policy))))), {
      taskOptions: { seriesSeed: 1, episodeSteps: 288 },
      episodes: 4,
    });
    expect(judged.returns.mean).toBeCloseTo(first.records.at(-1)?.evaluation.mean as number, 10);
  });
});
