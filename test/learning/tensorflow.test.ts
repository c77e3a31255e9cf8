import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { createNetwork } from '../../src/learning/index.js';
import { createTensorflowNetwork, TENSORFLOW_PACKAGES } from '../../src/learning/node-tensorflow.js';
import { backends, batchOf, normals, SPECS } from './networks.js';
import { distance } from './oracle.js';

const isInstalled = (name: string): boolean => {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
};
const installed = TENSORFLOW_PACKAGES.filter(isInstalled);
if (installed.length === 0) process.stderr.write('tests of TensorFlow.js are skipped: none of its packages is installed\n');

describe('TensorFlow.js', () => {
  const cases = installed.flatMap((name) => Object.keys(SPECS).map((spec) => [name, spec] as const));
  it.each(cases)('%s, %s: agrees with the kernels to 1e-5, through training steps, and is saved for them', async (name, which) => {
    for (const optimiser of [
      { kind: 'adam', learningRate: 1e-3, clipNorm: 0.5 },
      { kind: 'rmsprop', learningRate: 1e-3, momentum: 0.5, epsilon: 0.01, epsilonInside: true },
    ] as const) {
      const tensorflow = await createTensorflowNetwork(SPECS[which], { batch: 13, seed: 3, optimiser, package: name });
      expect(tensorflow.backend).toContain(name);
      const kernels = createNetwork(SPECS[which], { batch: 13, seed: 3, optimiser, backend: backends[1] });
      const { inputs, rows, options } = batchOf(kernels);
      for (let k = 0; k < 3; k++) {
        expect(distance(tensorflow.forward(inputs, options), kernels.forward(inputs, options))).toBeLessThan(1e-5);
        expect(distance(tensorflow.state(), kernels.state())).toBeLessThan(1e-5);
        const dy = normals(7 + k, rows * kernels.outputs);
        expect(distance(tensorflow.backward(dy), kernels.backward(dy))).toBeLessThan(1e-5);
        expect(distance(tensorflow.gradients(), kernels.gradients())).toBeLessThan(1e-5);
        expect(tensorflow.step().gradientNorm / kernels.step().gradientNorm).toBeCloseTo(1, 5);
        expect(distance(tensorflow.parameters(), kernels.parameters())).toBeLessThan(1e-5);
      }
      kernels.restore(tensorflow.save());
      expect(kernels.save()).toEqual(tensorflow.save());
    }
  });

  it.skipIf(isInstalled('@tensorflow/tfjs-node'))('says what to install where a package is not there', async () => {
    await expect(createTensorflowNetwork(SPECS['one linear layer'], { package: '@tensorflow/tfjs-node' })).rejects.toThrow(
      /needs the package @tensorflow\/tfjs-node; install it/,
    );
    await expect(createTensorflowNetwork(SPECS['one linear layer'], { package: 'tf' as '@tensorflow/tfjs' })).rejects.toThrow(/the package is "tf"/);
  });
});
