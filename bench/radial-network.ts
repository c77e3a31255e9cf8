/** Radial three-phase networks of any size, to see how time grows with them. The same seed and size give the same network. */

import { randomSource } from '../src/cli/bench-measure.js';
import { type ComplexMatrix, Grid } from '../src/grid/index.js';

const KV = 12.47;
/** Ohm a kilometre of overhead line: self and mutual. */
const SELF: readonly [number, number] = [0.3, 0.72];
const MUTUAL: readonly [number, number] = [0.1, 0.3];
/** Farad to siemens is done at the grid's 60 Hz: siemens a kilometre. */
const SHUNT_SELF = 3.5e-6;
const SHUNT_MUTUAL = -0.8e-6;
/** Power of a whole network's loads; a feeder carries no more, however many buses it has. */
const FEEDER_KW = 6000;
/** Buses of one feeder; larger networks have several from one source. */
const FEEDER_BUSES = 333;

function matrix(self: readonly [number, number], mutual: readonly [number, number], scale: number): ComplexMatrix {
  const made: ComplexMatrix = { order: 3, re: new Float64Array(9), im: new Float64Array(9) };
  for (let k = 0; k < 9; k++) {
    const [re, im] = k % 4 === 0 ? self : mutual;
    made.re[k] = re * scale;
    made.im[k] = im * scale;
  }
  return made;
}

/**
 * A radial grid.
 *
 * @param nodes about as many nodes, three a bus; 6 or more
 * @param seed of the layout, lengths and loads
 */
export function radialNetwork(nodes: number, seed = 1): Grid {
  const buses = Math.round(nodes / 3);
  if (!(buses >= 2)) throw new RangeError(`a network needs 6 nodes or more, not ${nodes}`);
  const random = randomSource(seed);
  const grid = new Grid(`radial-${nodes}`, 60);
  const phases = [1, 2, 3];
  const name = (bus: number): string => (bus === 0 ? 'source' : `b${bus}`);
  grid.voltageBasesKv = [KV];
  grid.add({
    kind: 'vsource',
    name: 'source',
    enabled: true,
    phases: 3,
    terminals: [
      { bus: 'source', nodes: [...phases] },
      { bus: 'source', nodes: [0, 0, 0] },
    ],
    baseKv: KV,
    voltagePu: 1.03,
    angleDegrees: 0,
    sequence: 1,
    impedanceOhm: matrix([1e-4, 1e-3], [0, 0], 1),
    shapes: {},
  });
  // Feeders share the buses evenly; a feeder's impedance does not depend on how finely it is divided.
  const feeders = Math.max(1, Math.round((buses - 1) / FEEDER_BUSES));
  const size = (buses - 1) / feeders;
  let first = 1;
  for (let bus = 1; bus < buses; bus++) {
    if (bus - first >= size) first = bus;
    // Mostly the bus just before, now and then one further back: a trunk with branches.
    const back = random() < 0.7 ? 1 : 1 + Math.floor(8 * random());
    const parent = bus === first ? 0 : Math.max(first, bus - back);
    const kilometres = ((0.5 + random()) * 12) / size;
    grid.add({
      kind: 'line',
      name: name(bus),
      enabled: true,
      phases: 3,
      terminals: [
        { bus: name(parent), nodes: [...phases] },
        { bus: name(bus), nodes: [...phases] },
      ],
      seriesOhm: matrix(SELF, MUTUAL, kilometres),
      shuntSiemens: matrix([0, SHUNT_SELF], [0, SHUNT_MUTUAL], kilometres),
      lengthMeters: 1000 * kilometres,
      isSwitch: false,
    });
    if (random() < 0.4) continue;
    for (const phase of phases) {
      const powerKw = ((0.5 + random()) * FEEDER_KW) / (0.6 * 3 * size);
      grid.add({
        kind: 'load',
        name: `${name(bus)}${'abc'[phase - 1]}`,
        enabled: true,
        phases: 1,
        terminal: { bus: name(bus), nodes: [phase, 0] },
        connection: 'wye',
        model: 1,
        kv: KV / Math.sqrt(3),
        powerKw,
        powerKvar: 0.4 * powerKw,
        minVoltagePu: 0.5,
        maxVoltagePu: 1.5,
        lowVoltagePu: 0.3,
        exponentWatts: 0,
        exponentVars: 0,
        status: 'variable',
        shapes: {},
        customers: 1,
      });
    }
  }
  for (const bus of grid.buses.values()) bus.baseKv = KV / Math.sqrt(3);
  return grid;
}
