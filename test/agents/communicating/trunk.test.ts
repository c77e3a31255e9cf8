/** The trunk of communicating agents: gradients through time and through messages, by finite differences; what a state depends on. */
import { describe, expect, it } from 'vitest';
import { ActionCode } from '../../../src/agents/communicating/action-code.js';
import { teamFrom } from '../../../src/agents/communicating/team.js';
import { Trunk } from '../../../src/agents/communicating/trunk.js';
import { VARIANTS } from '../../../src/agents/communicating/variants/index.js';
import { Box, Discrete, type Space } from '../../../src/environments/index.js';
import { normals } from '../../learning/networks.js';

const FEATURES = ['delta', 'P', 'Q', 'other'];
const NEIGHBOURS = [[1], [0, 2], [1]];
const AGENTS = NEIGHBOURS.length;
const ENVIRONMENTS = 2;
const STEPS = 5;

function makeTrunk(name: keyof typeof VARIANTS, shared: boolean, space: Space = new Discrete(4)): Trunk {
  const team = teamFrom({ neighbours: NEIGHBOURS, features: FEATURES }, FEATURES.length, new ActionCode(space));
  const trunk = new Trunk(VARIANTS[name], team, {
    environments: ENVIRONMENTS,
    slots: STEPS + 2,
    hidden: 6,
    shared,
    messages: true,
    neighbourActions: true,
    seed: 3,
    optimiser: { kind: 'adam', learningRate: 0.01 },
  });
  // Away from where relu bends: biases are 0 at first, and so are states.
  trunk.maps.forEach((maps, part) => {
    maps.networks.forEach((network, g) => {
      const noise = normals(500 + 10 * part + g, network.parameterCount, 0.2);
      network.setParameters(network.parameters().map((x, k) => x + noise[k]));
    });
  });
  return trunk;
}

/** Acts through a rollout in which an episode of the second environment begins before step 3; actions are those of a fixed list. @param shift of what is seen at first */
function act(trunk: Trunk, shift = 0): void {
  const { head } = trunk.team.code;
  for (let t = 0; t < STEPS; t++) {
    if (t > 0) trunk.carry(t - 1, t, [0, t === 3 ? 1 : 0]);
    const seen = normals(10 + t, ENVIRONMENTS * AGENTS * FEATURES.length);
    trunk.observe(t, t === 0 ? seen.map((x) => x + shift) : seen);
    trunk.forward(t);
    const drawn = Float64Array.from(normals(30 + t, ENVIRONMENTS * AGENTS));
    trunk.evaluate(t, head.discrete > 0 ? drawn.map((x) => Math.floor(4 * Math.abs(x)) % 4) : drawn);
  }
}

/** A loss that weighs all outputs of the first STEPS slots at random; its gradients go to the trunk. */
function lossOf(trunk: Trunk): number {
  const { layout, parameters, values, parameterGradients, valueGradients, team } = trunk;
  const width = team.code.fingerprint;
  const weights = normals(50, layout.rows * (width + 1));
  let loss = 0;
  for (let agent = 0; agent < AGENTS; agent++) {
    for (let t = 0; t < STEPS; t++) {
      const first = layout.rowOf(t, agent);
      for (let row = first; row < first + ENVIRONMENTS; row++) {
        for (let k = 0; k < width; k++) {
          loss += weights[row * width + k] * parameters[row * width + k];
          parameterGradients[row * width + k] = weights[row * width + k];
        }
        const weight = weights[layout.rows * width + row];
        loss += weight * values[row];
        valueGradients[row] = weight;
      }
    }
  }
  return loss;
}

/** Slope of the loss as one set of maps is moved along a direction. */
function slope(trunk: Trunk, part: number, direction: readonly Float32Array[], step: number): number {
  const { networks } = trunk.maps[part];
  const before = networks.map((network) => network.parameters());
  const at = (distance: number): number => {
    networks.forEach((network, g) => {
      network.setParameters(before[g].map((x, k) => x + distance * direction[g][k]));
    });
    trunk.replay(STEPS);
    return lossOf(trunk);
  };
  const found = (at(step) - at(-step)) / (2 * step);
  networks.forEach((network, g) => {
    network.setParameters(before[g]);
  });
  return found;
}

function product(a: readonly Float32Array[], b: readonly Float32Array[]): number {
  return a.reduce((sum, array, g) => sum + array.reduce((inner, x, k) => inner + x * b[g][k], 0), 0);
}

describe.each(Object.keys(VARIANTS))('%s', (name) => {
  const kinds: [string, boolean, Space][] = [
    ['of its own', false, new Discrete(4)],
    ['shared', true, new Discrete(4)],
    ['of its own, for numbers', false, new Box(-1, 1, 1)],
  ];
  it.each(kinds)('has the gradients that finite differences give, parameters %s', (_, shared, space) => {
    const trunk = makeTrunk(name, shared, space);
    act(trunk);
    lossOf(trunk);
    trunk.backward(STEPS);
    const gradients = trunk.maps.map((maps) => maps.networks.map((network) => network.gradients()));
    trunk.maps.forEach((_maps, part) => {
      const own = gradients[part];
      const norm = Math.sqrt(product(own, own));
      expect(norm).toBeGreaterThan(1e-3);
      const random = own.map((array, g) => normals(1000 + 10 * part + g, array.length, 1 / Math.sqrt(array.length)));
      const along = own.map((array) => array.map((x) => x / norm));
      for (const direction of [along, random]) {
        expect(Math.abs(slope(trunk, part, direction, 2e-3) - product(own, direction))).toBeLessThan(4e-3 * norm);
      }
    });
  });
});

describe('what an agent does', () => {
  it.each(Object.keys(VARIANTS))('of %s is the same step by step and in a replay', (name) => {
    const trunk = makeTrunk(name, true);
    act(trunk);
    const before = [trunk.parameters.slice(), trunk.values.slice()];
    trunk.replay(STEPS);
    expect([trunk.parameters, trunk.values]).toEqual(before);
  });

  /** Norms of the gradients of the gates of all agents, where the loss is the last step's policy of agent 0 alone. */
  const norms = (name: keyof typeof VARIANTS): number[] => {
    const trunk = makeTrunk(name, false);
    act(trunk);
    trunk.parameterGradients.fill(0);
    trunk.valueGradients.fill(0);
    const width = trunk.team.code.fingerprint;
    // The first environment, where one episode runs on through all steps.
    trunk.parameterGradients[trunk.layout.rowOf(STEPS - 1, 0) * width] = 1;
    trunk.backward(STEPS);
    return trunk.gates.networks.map((network) => Math.hypot(...network.gradients()));
  };

  it('is laid to neighbours, and to their neighbours two steps before, by messages alone', () => {
    for (const name of ['powernet', 'commnet', 'dial', 'neurcomm']) for (const norm of norms(name)) expect(norm).toBeGreaterThan(1e-6);
    for (const name of ['ia2c', 'fprint', 'consenet']) {
      const [own, neighbour, beyond] = norms(name);
      expect(own).toBeGreaterThan(1e-3);
      expect([neighbour, beyond]).toEqual([0, 0]);
    }
  });

  it('does not go back beyond the beginning of an episode', () => {
    const trunk = makeTrunk('powernet', false);
    act(trunk);
    const before = trunk.parameters.slice();
    // What the second environment saw before its episode began at step 3 is gone, what the first saw is not.
    act(trunk, 1);
    const width = trunk.team.code.fingerprint;
    for (let agent = 0; agent < AGENTS; agent++) {
      for (const t of [3, 4]) {
        const row = trunk.layout.rowOf(t, agent);
        const own = (array: Float32Array, e: number): number[] => [...array.subarray((row + e) * width, (row + e + 1) * width)];
        expect(own(trunk.parameters, 0)).not.toEqual(own(before, 0));
        expect(own(trunk.parameters, 1)).toEqual(own(before, 1));
      }
    }
  });

  it('of consensus comes nearer to its neighbours after an update', () => {
    const trunk = makeTrunk('consenet', false);
    const before = trunk.gates.networks.map((network) => network.parameters()[0]);
    trunk.update(0);
    const after = trunk.gates.networks.map((network) => network.parameters()[0]);
    expect(after[0]).toBeCloseTo((before[0] + before[1]) / 2, 6);
    expect(after[1]).toBeCloseTo((before[0] + before[1] + before[2]) / 3, 6);
    expect(after[2]).toBeCloseTo((before[1] + before[2]) / 2, 6);
  });
});
