import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { listFeeders, loadFeeder } from '../../src/feeders/index.js';
import { ScenarioSolver } from '../../src/powerflow/index.js';

const NAMES = ['tree131', 'tree131-meshed', 'feeders-10x10', 'feeders-20x50'];
const folder = fileURLToPath(new URL('../../../shared/feeders/synthetic/', import.meta.url));
const isThere = existsSync(folder);
if (!isThere) console.log('synthetic networks: ../shared/feeders/synthetic is absent, Kirchhoff from their files is not checked');

interface File {
  ratedLineToLineV: number;
  sourceVoltagePu: number;
  frequencyHz: number;
  lineColumns: string[];
  lines: number[][];
  loads: number[][];
  ties?: number[][];
}

type Complex = [number, number];

/** Current into a line's series part by Gauss's elimination of Z i = dv, complex, 3x3. */
function solve3(z: Complex[][], dv: Complex[]): Complex[] {
  const rows = z.map((row, i) => [...row.map((x) => [...x] as Complex), [...dv[i]] as Complex]);
  const div = ([a, b]: Complex, [c, d]: Complex): Complex => [(a * c + b * d) / (c * c + d * d), (b * c - a * d) / (c * c + d * d)];
  for (let k = 0; k < 3; k++) {
    for (let i = 0; i < 3; i++) {
      if (i === k) continue;
      const f = div(rows[i][k], rows[k][k]);
      for (let j = k; j < 4; j++) {
        const [c, d] = rows[k][j];
        rows[i][j] = [rows[i][j][0] - (f[0] * c - f[1] * d), rows[i][j][1] - (f[0] * d + f[1] * c)];
      }
    }
  }
  return rows.map((row, k) => div(row[3], row[k]));
}

/** Largest power missing at any bus and phase but the source's, MVA, from the numbers of the file alone. */
function kirchhoff(file: File, lines: number[][], voltage: (bus: number, phase: number) => Complex): number {
  const missing = new Map<string, Complex>();
  const add = (bus: number, phase: number, re: number, im: number): void => {
    const at = missing.get(`${bus}.${phase}`) ?? [0, 0];
    missing.set(`${bus}.${phase}`, [at[0] + re, at[1] + im]);
  };
  for (const row of lines) {
    const of = (name: string): number => row[file.lineColumns.indexOf(name)];
    const sequence = (kind: string, i: number, j: number): number =>
      i === j ? (of(`${kind}0`) + 2 * of(`${kind}1`)) / 3 : (of(`${kind}0`) - of(`${kind}1`)) / 3;
    const entry = (kind: string, i: number, j: number): number =>
      file.lineColumns.includes('r1') ? sequence(kind, i, j) : of(`${kind}${Math.max(i, j) + 1}${Math.min(i, j) + 1}`);
    const [from, to] = [row[0], row[1]];
    const ends = [0, 1, 2].map((k) => [voltage(from, k), voltage(to, k)]);
    const z = [0, 1, 2].map((i) => [0, 1, 2].map((j): Complex => [entry('r', i, j), entry('x', i, j)]));
    const series = solve3(
      z,
      ends.map(([a, b]) => [a[0] - b[0], a[1] - b[1]]),
    );
    for (let i = 0; i < 3; i++) {
      add(from, i, -series[i][0], -series[i][1]);
      add(to, i, series[i][0], series[i][1]);
      for (let j = 0; j < 3; j++) {
        const half = Math.PI * file.frequencyHz * sequence('c', i, j);
        for (const [bus, end] of [
          [from, ends[j][0]],
          [to, ends[j][1]],
        ] as const)
          add(bus, i, half * end[1], -half * end[0]);
      }
    }
  }
  for (const [node, ...powers] of file.loads) {
    for (let k = 0; k < 3; k++) {
      const [vr, vi] = voltage(node, k);
      const [p, q] = [powers[k], powers[k + 3]];
      add(node, k, -(p * vr + q * vi) / (vr * vr + vi * vi), -(p * vi - q * vr) / (vr * vr + vi * vi));
    }
  }
  let most = 0;
  for (const [key, [re, im]] of missing) {
    const [bus, phase] = key.split('.').map(Number);
    if (bus !== 0) most = Math.max(most, Math.hypot(re, im) * Math.hypot(...voltage(bus, phase)));
  }
  return most / 1e6;
}

describe('synthetic networks', () => {
  it('are listed as such', () => {
    for (const name of NAMES) expect(listFeeders().find((feeder) => feeder.name === name)?.title).toMatch(/^Synthetic: /);
  });

  it.each(NAMES)('%s: all methods that apply give the same to 1e-8 pu', { timeout: 60_000 }, async (name) => {
    const grid = await loadFeeder(name);
    const methods = name === 'tree131-meshed' ? (['injection', 'newton'] as const) : (['sweep', 'injection', 'newton'] as const);
    const found = methods.map((method) => {
      const solver = new ScenarioSolver(grid, { method, tolerance: 1e-9 });
      expect(solver.solve()).toBe(true);
      const voltage = solver.readVoltages();
      expect(solver.mismatch(voltage).largestPu).toBeLessThan(5e-8);
      return voltage;
    });
    const base = grid.voltageBasesKv[0] * (1000 / Math.sqrt(3));
    let lowest = 2;
    for (let k = 0; k < found[0].length; k += 2) {
      lowest = Math.min(lowest, Math.hypot(found[0][k], found[0][k + 1]) / base);
      for (const other of found) expect(Math.hypot(other[k] - found[0][k], other[k + 1] - found[0][k + 1]) / base).toBeLessThan(1e-8);
    }
    // The lowest voltage that was published with the bare kernels on this network.
    if (name === 'tree131') expect(lowest).toBeCloseTo(0.85, 1);
  });

  it.runIf(isThere).each(NAMES)("%s: Kirchhoff's law holds with the numbers of the file", async (name) => {
    const meshed = name === 'tree131-meshed';
    const file = JSON.parse(readFileSync(`${folder}${meshed ? 'tree131' : name}.json`, 'utf8')) as File;
    const solver = new ScenarioSolver(await loadFeeder(name), { method: 'newton', tolerance: 1e-10 });
    expect(solver.solve()).toBe(true);
    const found = solver.readVoltages();
    const place = new Map(solver.nodeNames().map((node, k) => [node, 2 * k]));
    const voltage = (bus: number, phase: number): Complex => {
      const at = place.get(`${bus === 0 ? 'source' : bus}.${phase + 1}`);
      if (at === undefined) throw new Error(`bus ${bus} has no phase ${phase + 1}`);
      return [found[at], found[at + 1]];
    };
    const lines = meshed ? [...file.lines, ...(file.ties ?? [])] : file.lines;
    expect(kirchhoff(file, lines, voltage)).toBeLessThan(1e-7);
    // The source holds its voltage to what its small impedance costs.
    const rated = (file.ratedLineToLineV * file.sourceVoltagePu) / Math.sqrt(3);
    for (let k = 0; k < 3; k++) expect(Math.hypot(...voltage(0, k)) / rated).toBeCloseTo(1, 5);
  });
});
