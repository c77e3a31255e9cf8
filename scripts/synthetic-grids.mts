/**
 * The synthetic networks of ../shared/feeders/synthetic (made by this project for its benches) as grids.
 *
 * Their files give a source without impedance; a grid's source has one, here 1e-6 ohm a phase, which moves no voltage by more than 1e-6 pu.
 * Loads keep their power at any voltage, one record a phase.
 */
import { readFileSync } from 'node:fs';
import { type ComplexMatrix, Grid, type Line, type Terminal } from '../src/grid/index.js';

/** A file of the folder. Lines: ohm and farad of the whole line, by sequences or as a lower triangle; loads: watt and var a phase. */
interface SyntheticFile {
  nodes: number;
  sourceNode: number;
  ratedLineToLineV: number;
  sourceVoltagePu: number;
  frequencyHz: number;
  lineColumns: string[];
  lines: number[][];
  loadColumns: string[];
  loads: number[][];
  ties?: number[][];
}

const SOURCE_OHM = 1e-6;
const PHASES = [1, 2, 3];

/** The files have ten digits; two more keep the rounding of derived values below theirs. */
const rounded = (value: number): number => Number(value.toPrecision(12));

function symmetric(entry: (row: number, column: number) => readonly [number, number]): ComplexMatrix {
  const matrix: ComplexMatrix = { order: 3, re: new Float64Array(9), im: new Float64Array(9) };
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 3; j++) {
      const [re, im] = entry(Math.max(i, j), Math.min(i, j));
      matrix.re[3 * i + j] = rounded(re);
      matrix.im[3 * i + j] = rounded(im);
    }
  }
  return matrix;
}

/** A matrix with one value on the diagonal and one beside it from values of positive and zero sequence. */
const bySequence = (one: number, zero: number, i: number, j: number): number => (i === j ? (zero + 2 * one) / 3 : (zero - one) / 3);

/**
 * Reads a network.
 *
 * @param path of the JSON file
 * @param name of the grid
 * @param meshed closes the ties too
 */
export function readSynthetic(path: string, name: string, meshed = false): Grid {
  const file = JSON.parse(readFileSync(path, 'utf8')) as SyntheticFile;
  const grid = new Grid(name, file.frequencyHz);
  const omega = 2 * Math.PI * file.frequencyHz;
  const kv = file.ratedLineToLineV / 1000;
  grid.voltageBasesKv = [kv];
  const busOf = (node: number): string => (node === file.sourceNode ? 'source' : String(node));
  const at = (node: number): Terminal => ({ bus: busOf(node), nodes: [...PHASES] });
  grid.add({
    kind: 'vsource',
    name: 'source',
    enabled: true,
    phases: 3,
    terminals: [at(file.sourceNode), { bus: 'source', nodes: [0, 0, 0] }],
    baseKv: kv,
    voltagePu: file.sourceVoltagePu,
    angleDegrees: 0,
    sequence: 1,
    impedanceOhm: symmetric((i, j) => [0, i === j ? SOURCE_OHM : 0]),
    shapes: {},
  });
  const line = (row: number[], id: string): Line => {
    const of = (column: string): number => {
      const value = row[file.lineColumns.indexOf(column)];
      if (!Number.isFinite(value)) throw new Error(`${path}: line ${id} has no ${column}`);
      return value;
    };
    const bySequences = file.lineColumns.includes('r1');
    return {
      kind: 'line',
      name: id,
      enabled: true,
      phases: 3,
      terminals: [at(of('from')), at(of('to'))],
      seriesOhm: symmetric((i, j) =>
        bySequences
          ? [bySequence(of('r1'), of('r0'), i, j), bySequence(of('x1'), of('x0'), i, j)]
          : [of(`r${i + 1}${j + 1}`), of(`x${i + 1}${j + 1}`)],
      ),
      shuntSiemens: symmetric((i, j) => [0, omega * bySequence(of('c1'), of('c0'), i, j)]),
      lengthMeters: 0,
      lengthUnitKnown: false,
      isSwitch: false,
    };
  };
  file.lines.forEach((row) => grid.add(line(row, String(row[1]))));
  if (meshed) (file.ties ?? []).forEach((row, k) => grid.add(line(row, `tie${k + 1}`)));
  for (const row of file.loads) {
    for (const phase of PHASES) {
      grid.add({
        kind: 'load',
        name: `${row[0]}${'abc'[phase - 1]}`,
        enabled: true,
        phases: 1,
        terminal: { bus: busOf(row[0]), nodes: [phase, 0] },
        connection: 'wye',
        model: 1,
        kv: rounded(kv / Math.sqrt(3)),
        powerKw: rounded(row[phase] / 1000),
        powerKvar: rounded(row[phase + 3] / 1000),
        minVoltagePu: 0,
        maxVoltagePu: 10,
        lowVoltagePu: 0,
        exponentWatts: 0,
        exponentVars: 0,
        status: 'variable',
        shapes: {},
        customers: 1,
      });
    }
  }
  for (const bus of grid.buses.values()) bus.baseKv = file.ratedLineToLineV / 1000 / Math.sqrt(3);
  return grid;
}
