/** Matrices of mutual information: synthetic processes, topologies of a grid, workers. */
import { describe, expect, it } from 'vitest';
import { loadCase } from '../../src/cases/index.js';
import {
  givenPartition,
  type InformationMatrix,
  informationMatrix,
  normalisedCut,
  partitionMatrix,
  quantileComponents,
  quantileEdges,
  SYNTHETIC_BLOCKS,
  samePartition,
  significantInformation,
  type TransitionSample,
  topologySubstations,
  transitionSampler,
} from '../../src/decomposition/index.js';
import { adjustedProbabilities } from '../../src/decomposition/information-matrix.js';
import { shuffledOrder } from '../../src/decomposition/information-work.js';
import { informationMatrixParallel } from '../../src/decomposition/node-information-matrix.js';
import { InputError } from '../../src/grid/index.js';
import { RandomStream } from '../../src/numeric/index.js';

const hidden = givenPartition(SYNTHETIC_BLOCKS.outputs, SYNTHETIC_BLOCKS.inputs);

/** Calls with each entry of a synthetic matrix: its value, whether both are of one block, of which, and whether the input is an action. */
function forEachEntry(values: ArrayLike<number>, call: (value: number, isWithin: boolean, block: number, isAction: boolean) => void): void {
  for (let row = 0; row < 5; row++)
    for (let column = 0; column < 8; column++)
      call(values[row * 8 + column], hidden.rows[row] === hidden.columns[column], hidden.rows[row], column >= 5);
}

const estimate = (id: string, samples: number, seed: number, shuffles = 19): InformationMatrix => {
  const sampler = transitionSampler(id);
  return informationMatrix(sampler.sample(samples, seed), { shuffles, seed, neighbours: sampler.neighbours });
};

describe('the synthetic processes', () => {
  it('have the information that is published, and none across blocks', () => {
    // N = 4000 against the figures of 100,000, k = N/20.
    const matrix = estimate('synthetic', 4000, 1, 1);
    forEachEntry(matrix.unbiased, (value, isWithin, block, isAction) => {
      const expected = !isWithin ? 0 : block === 0 ? (isAction ? 0.13 : 0.32) : isAction ? 0.37 : 0.76;
      expect(Math.abs(value - expected)).toBeLessThan(0.06);
    });
    const binary = estimate('synthetic-binary', 4000, 1, 1);
    forEachEntry(binary.unbiased, (value, isWithin, block, isAction) => {
      const expected = !isWithin ? 0 : block === 0 ? (isAction ? 0.0215 : 0.0495) : isAction ? 0.0515 : 0.118;
      expect(Math.abs(value - expected)).toBeLessThan(0.02);
    });
  });

  it('are significant within blocks and nowhere else, and fall into their blocks', () => {
    for (const id of ['synthetic', 'synthetic-binary']) {
      const matrix = estimate(id, 2000, 3);
      forEachEntry(matrix.significant ?? [], (value, isWithin) => expect(value).toBe(isWithin ? 1 : 0));
      expect(samePartition(partitionMatrix(significantInformation(matrix), 5, 8), hidden)).toBe(true);
    }
    // Whatever the tables say: what is significant lies within blocks.
    const tabled = estimate('synthetic-factored', 5000, 7);
    forEachEntry(tabled.significant ?? [], (value, isWithin) => expect(isWithin || value === 0).toBe(true));
  });

  it('fall apart by quantiles above 0.75, where one edge a column is left', () => {
    const { unbiased } = estimate('synthetic', 2000, 4, 1);
    for (const q of [0.7, 0.74]) expect(samePartition(quantileComponents(unbiased, 5, 8, q), hidden)).toBe(true);
    for (const q of [0.76, 0.9]) {
      expect(quantileEdges(unbiased, 5, 8, q).reduce((sum, edge) => sum + edge, 0)).toBe(8);
      expect(quantileComponents(unbiased, 5, 8, q).clusters).toBeGreaterThan(2);
    }
    expect(
      samePartition(
        partitionMatrix(
          unbiased.map((value) => Math.max(0, value)),
          5,
          8,
        ),
        hidden,
      ),
    ).toBe(true);
  });

  it('come from their seed alone', () => {
    const sampler = transitionSampler('synthetic');
    expect(sampler.sample(50, 3)).toEqual(sampler.sample(50, 3));
    expect(sampler.sample(50, 3).groups).not.toEqual(sampler.sample(50, 4).groups);
    // What was next is what comes.
    const { inputs, outputs } = sampler.sample(50, 3).groups[0];
    expect(inputs[2].slice(1)).toEqual(outputs[2].slice(0, -1));
  });
});

describe('the test of significance', () => {
  it('calls about one matrix in twenty without information significant', () => {
    const stream = new RandomStream(9);
    let wrong = 0;
    const matrices = 100;
    for (let i = 0; i < matrices; i++) {
      const draw = (): Float64Array => Float64Array.from({ length: 60 }, () => (i % 2 === 0 ? stream.normal() : stream.integer(3)));
      const sample: TransitionSample = {
        inputs: ['a', 'b'].map((name) => ({ name, kind: 'action' })),
        outputs: ['c', 'd'],
        groups: [{ inputs: [draw(), draw()], outputs: [draw(), draw()] }],
      };
      if (informationMatrix(sample, { seed: i }).significant?.includes(1)) wrong += 1;
    }
    // 5 expected, 2.2 standard deviation; 0.1 % of such counts are above 13.
    expect(wrong).toBeLessThan(14);
  });

  it('entries that are the same in every copy but for rounding do not hide the others', () => {
    // 20 copies of an entry with information, of one without, and of 40 whose estimates are equal, some of them by a last bit.
    const random = new RandomStream(3, 0, 'test');
    const size = 42;
    const estimates = Float64Array.from({ length: 20 * size }, (_, i) => {
      const [copy, entry] = [Math.floor(i / size), i % size];
      if (entry === 0) return (copy === 0 ? 1 : 0) + 0.01 * random.normal();
      if (entry === 1) return 0.01 * random.normal();
      return -0.125 * (1 - (copy === entry % 20 ? Number.EPSILON : 0));
    });
    const probability = adjustedProbabilities(estimates, size);
    expect(probability[0]).toBeCloseTo(0.05, 12);
    expect(Math.min(...probability.subarray(1))).toBeGreaterThan(0.05);
  });

  it('needs as many copies as its level asks for', () => {
    const sample = transitionSampler('synthetic-binary').sample(200, 0);
    expect(informationMatrix(sample, { shuffles: 18 }).significant).toBeUndefined();
    expect(informationMatrix(sample, { shuffles: 3, level: 0.25 }).significant).toHaveLength(40);
    expect(informationMatrix(sample, { shuffles: 0 }).unbiased).toEqual(informationMatrix(sample, { shuffles: 0 }).raw);
  });

  it('moves runs on in a circle and permutes what was drawn each for itself', () => {
    const moved = shuffledOrder(100, 1, 0, 2, true);
    expect(moved[0]).toBeGreaterThanOrEqual(5);
    expect(moved[0]).toBeLessThan(95);
    expect(Array.from(moved)).toEqual(Array.from({ length: 100 }, (_, i) => (i + moved[0]) % 100));
    const permuted = shuffledOrder(100, 1, 0, 2, false);
    expect(Array.from(permuted).sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect(permuted.slice(0, 5)).not.toEqual(shuffledOrder(100, 1, 0, 3, false).slice(0, 5));
  });
});

describe('workers', () => {
  it('give the same numbers, however many', async () => {
    const sample = transitionSampler('synthetic').sample(600, 2);
    const alone = informationMatrix(sample, { shuffles: 2 });
    let told = 0;
    for (const workers of [1, 2, 3]) {
      const matrix = await informationMatrixParallel(sample, { shuffles: 2, workers, onProgress: (done, total) => (told = done / total) });
      expect(matrix).toEqual(alone);
      expect(told).toBe(1);
    }
  });
});

describe('topologies of l2rpn-case14', () => {
  it('are as many as in Grid2Op', () => {
    const found = topologySubstations(loadCase('l2rpn-case14')).map(({ bus, topologies }) => [bus - 1, topologies.length]);
    expect(found).toEqual([
      [1, 29],
      [2, 5],
      [3, 31],
      [4, 15],
      [5, 57],
      [8, 15],
      [12, 7],
    ]);
  });

  it('fall into two clusters whose cut is no worse than that made by hand', () => {
    const sampler = transitionSampler('l2rpn-case14');
    const sample = sampler.sample(400, 5);
    expect(
      sample.groups.every(({ inputs, outputs }) => inputs[0].length > 350 && outputs.every((values) => values.length === inputs[0].length)),
    ).toBe(true);
    const weights = significantInformation(informationMatrix(sample, { shuffles: 1 }));
    const found = partitionMatrix(weights, 20, 7);
    expect(found.clusters).toBe(2);
    const { truth } = sampler;
    expect(found.normalisedCut).toBeLessThan(normalisedCut(weights, 20, 7, givenPartition(truth?.outputs ?? [], truth?.inputs ?? [])));
    for (const cluster of [0, 1]) expect(found.columns.filter((of) => of === cluster).length).toBeGreaterThanOrEqual(3);
  });
});

describe('bad input', () => {
  it('is told in one line', () => {
    const sample = transitionSampler('synthetic').sample(100, 0);
    const bent = {
      ...sample,
      groups: [{ ...sample.groups[0], inputs: sample.groups[0].inputs.map((values) => values.map((v, i) => (i === 4 ? Number.NaN : v))) }],
    };
    const refused: [() => unknown, RegExp][] = [
      [() => transitionSampler('synthetics'), /there is no process "synthetics"/],
      [() => transitionSampler('synthetic').sample(10, 0), /transitions to sample are 10/],
      [() => transitionSampler('synthetic').sample(100, -1), /the seed is -1/],
      [() => transitionSampler('case33bw').sample(10, 0), /.+/],
      [() => informationMatrix(sample, { neighbours: 100 }), /k is 100; with 100 samples/],
      [() => informationMatrix(sample, { shuffles: -1 }), /shuffles is -1/],
      [() => informationMatrix(sample, { level: 0 }), /level is 0/],
      [() => informationMatrix(sample, { neighbors: 3 } as object), /there is no option "neighbors"/],
      [() => informationMatrix(bent), /s0 is NaN in transition 4/],
      [() => informationMatrix({ ...sample, outputs: [] }), /at least one input and one output/],
      [() => informationMatrix({ ...sample, groups: [] }), /names 8 inputs and its groups have 0/],
    ];
    for (const [call, message] of refused) {
      expect(call).toThrow(InputError);
      expect(call).toThrow(message);
    }
  });
});
