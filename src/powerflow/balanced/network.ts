/**
 * A balanced grid in numbers: buses by index, what is held at each, admittances, scheduled powers. What all methods of `balanced/` start from.
 *
 * A branch is a pi section with series admittance ys and charging b behind an ideal transformer t = ratio e^(j shift) at its from end:
 *   yff = (ys + j b/2) / |t|^2,   yft = -ys / conj(t),   ytf = -ys / t,   ytt = ys + j b/2
 * (MATPOWER User's Manual, section 3.2). All quantities per unit on the grid's base power, angles in radians.
 */
import { type BalancedGrid, GridError, validateBalancedGrid } from '../../grid/index.js';

/** What is held at a bus. */
export const BUS_PQ = 0;
export const BUS_PV = 1;
export const BUS_SLACK = 2;
/** Isolated, or without a path to a slack: no voltage. */
export const BUS_DEAD = 3;

/** Numbers a branch in {@link BalancedNetwork.branchAdmittance}. */
export const BRANCH_ADMITTANCES = 8;

/** A part of the grid that no slack feeds. */
export interface DeadIsland {
  /** Numbers of its buses, as in the grid. */
  buses: number[];
  /** What stays unserved, and what its generators would have delivered. */
  loadMw: number;
  generationMw: number;
}

/** A nodal admittance matrix by rows; the pattern has a place for every branch, in service or not. */
export interface NodalAdmittance {
  /** Where each row begins (one entry more than buses), and the columns, ascending. */
  start: Int32Array;
  column: Int32Array;
  re: Float64Array;
  im: Float64Array;
  /** Place of each bus's diagonal entry. */
  diagonal: Int32Array;
  /** Places of each branch's entries ff, ft, tf, tt: [branch][4]. */
  branchPlace: Int32Array;
}

/** A compiled balanced grid. */
export interface BalancedNetwork {
  grid: BalancedGrid;
  busCount: number;
  /** Index of a bus by its number. */
  busIndex: ReadonlyMap<number, number>;
  /** BUS_* of each bus, generators out of service taken into account. */
  kind: Uint8Array;
  /** Indices of the buses of each branch, and whether it takes part. */
  branchFrom: Int32Array;
  branchTo: Int32Array;
  branchOn: Uint8Array;
  /** yff, yft, ytf, ytt of each branch, each re, im: [branch][8]; out of service too, 0 where it has no impedance. */
  branchAdmittance: Float64Array;
  admittance: NodalAdmittance;
  generatorBus: Int32Array;
  generatorOn: Uint8Array;
  /** Generation less load at each bus, [bus][P, Q]; shunts are in the admittances. */
  scheduled: Float64Array;
  /** Voltage that is held at pv and slack buses, and the magnitude to start from at the others. */
  voltageMagnitude: Float64Array;
  /** Angle held at slacks, and to start from elsewhere. */
  voltageAngle: Float64Array;
  deadIslands: DeadIsland[];
  /** What the grid leaves unclear and how it was taken, one line each. */
  warnings: string[];
}

/** yff, yft, ytf, ytt of a branch, each re, im; zeros where it has no impedance. */
export function branchAdmittances(
  branch: { resistancePu: number; reactancePu: number; chargingPu: number; ratio: number; shiftDegrees: number },
  out: Float64Array = new Float64Array(BRANCH_ADMITTANCES),
  at = 0,
): Float64Array {
  const { resistancePu: r, reactancePu: x, chargingPu } = branch;
  const size = r * r + x * x;
  if (size === 0) return out.fill(0, at, at + BRANCH_ADMITTANCES);
  const g = r / size;
  const b = -x / size;
  const ratio = branch.ratio === 0 ? 1 : branch.ratio;
  const shift = (branch.shiftDegrees * Math.PI) / 180;
  const [c, s] = shift === 0 ? [1, 0] : [Math.cos(shift), Math.sin(shift)];
  const square = ratio * ratio;
  out[at] = g / square;
  out[at + 1] = (b + chargingPu / 2) / square;
  // 1 / conj(t) = e^(j shift) / ratio, 1 / t its conjugate.
  out[at + 2] = -(g * c - b * s) / ratio;
  out[at + 3] = -(g * s + b * c) / ratio;
  out[at + 4] = -(g * c + b * s) / ratio;
  out[at + 5] = -(b * c - g * s) / ratio;
  out[at + 6] = g;
  out[at + 7] = b + chargingPu / 2;
  return out;
}

/** The pattern of a matrix with an entry for each bus and both directions of each pair, rows ascending; places of the branches in it. */
export function nodalPattern(
  busCount: number,
  from: Int32Array,
  to: Int32Array,
): Pick<NodalAdmittance, 'start' | 'column' | 'diagonal' | 'branchPlace'> {
  const neighbours: Set<number>[] = Array.from({ length: busCount }, (_, bus) => new Set([bus]));
  for (let k = 0; k < from.length; k++) {
    neighbours[from[k]].add(to[k]);
    neighbours[to[k]].add(from[k]);
  }
  const start = new Int32Array(busCount + 1);
  for (let i = 0; i < busCount; i++) start[i + 1] = start[i] + neighbours[i].size;
  const column = new Int32Array(start[busCount]);
  const diagonal = new Int32Array(busCount);
  neighbours.forEach((set, i) => {
    column.set(Int32Array.from(set).sort(), start[i]);
    diagonal[i] = start[i] + column.subarray(start[i], start[i + 1]).indexOf(i);
  });
  const place = (i: number, j: number): number => start[i] + column.subarray(start[i], start[i + 1]).indexOf(j);
  const branchPlace = new Int32Array(4 * from.length);
  for (let k = 0; k < from.length; k++) {
    branchPlace.set([diagonal[from[k]], place(from[k], to[k]), place(to[k], from[k]), diagonal[to[k]]], 4 * k);
  }
  return { start, column, diagonal, branchPlace };
}

/** Parts that branches in service join: a number for each bus. Isolated buses are parts of their own. */
export function connectedParts(busCount: number, from: Int32Array, to: Int32Array, on: Uint8Array): Int32Array {
  const root = Int32Array.from({ length: busCount }, (_, i) => i);
  const find = (i: number): number => {
    let top = i;
    while (root[top] !== top) top = root[top];
    while (root[i] !== top) [i, root[i]] = [root[i], top];
    return top;
  };
  for (let k = 0; k < from.length; k++) {
    if (!on[k]) continue;
    const [a, b] = [find(from[k]), find(to[k])];
    if (a !== b) root[Math.max(a, b)] = Math.min(a, b);
  }
  return Int32Array.from({ length: busCount }, (_, i) => find(i));
}

/**
 * Compiles a grid. A pv or slack bus without a generator in service becomes pq; where no slack is left, the first pv bus becomes it (as in MATPOWER). Parts without a
 * slack are dead. Throws {@link InputError} or {@link GridError} for what cannot be posed.
 */
export function compileNetwork(grid: BalancedGrid): BalancedNetwork {
  validateBalancedGrid(grid);
  const busCount = grid.buses.length;
  const busIndex = new Map(grid.buses.map((bus, index) => [bus.number, index]));
  const at = (bus: number): number => busIndex.get(bus) as number;
  const warnings: string[] = [];
  const isIsolated = grid.buses.map((bus) => bus.kind === 'isolated');
  const branchFrom = Int32Array.from(grid.branches, (branch) => at(branch.from));
  const branchTo = Int32Array.from(grid.branches, (branch) => at(branch.to));
  const branchOn = Uint8Array.from(grid.branches, (branch, k) => Number(branch.inService && !isIsolated[branchFrom[k]] && !isIsolated[branchTo[k]]));
  const generatorBus = Int32Array.from(grid.generators, (generator) => at(generator.bus));
  const generatorOn = Uint8Array.from(grid.generators, (generator, k) => Number(generator.inService && !isIsolated[generatorBus[k]]));
  const kind = heldKinds(grid, generatorBus, generatorOn, warnings);
  const part = connectedParts(busCount, branchFrom, branchTo, branchOn);
  const isFed = new Set<number>();
  kind.forEach((k, bus) => {
    if (k === BUS_SLACK) isFed.add(part[bus]);
  });
  kind.forEach((_, bus) => {
    if (!isFed.has(part[bus])) kind[bus] = BUS_DEAD;
  });
  for (let k = 0; k < branchOn.length; k++) if (kind[branchFrom[k]] === BUS_DEAD) branchOn[k] = 0;
  for (let k = 0; k < generatorOn.length; k++) if (kind[generatorBus[k]] === BUS_DEAD) generatorOn[k] = 0;

  const branchAdmittance = new Float64Array(BRANCH_ADMITTANCES * grid.branches.length);
  grid.branches.forEach((branch, k) => {
    branchAdmittances(branch, branchAdmittance, BRANCH_ADMITTANCES * k);
  });
  const pattern = nodalPattern(busCount, branchFrom, branchTo);
  const re = new Float64Array(pattern.column.length);
  const im = new Float64Array(pattern.column.length);
  for (const shunt of grid.shunts) {
    if (!shunt.inService) continue;
    const place = pattern.diagonal[at(shunt.bus)];
    re[place] += shunt.conductanceMw / grid.baseMva;
    im[place] += shunt.susceptanceMvar / grid.baseMva;
  }
  for (let k = 0; k < branchOn.length; k++) {
    if (!branchOn[k]) continue;
    for (let corner = 0; corner < 4; corner++) {
      const place = pattern.branchPlace[4 * k + corner];
      re[place] += branchAdmittance[BRANCH_ADMITTANCES * k + 2 * corner];
      im[place] += branchAdmittance[BRANCH_ADMITTANCES * k + 2 * corner + 1];
    }
  }

  const scheduled = new Float64Array(2 * busCount);
  for (const load of grid.loads) {
    if (!load.inService) continue;
    scheduled[2 * at(load.bus)] -= load.powerMw / grid.baseMva;
    scheduled[2 * at(load.bus) + 1] -= load.powerMvar / grid.baseMva;
  }
  const voltageMagnitude = Float64Array.from(grid.buses, (bus) => bus.voltagePu);
  const voltageAngle = Float64Array.from(grid.buses, (bus) => (bus.angleDegrees * Math.PI) / 180);
  const heldBy = new Int32Array(busCount).fill(-1);
  grid.generators.forEach((generator, k) => {
    if (!generatorOn[k]) return;
    const bus = generatorBus[k];
    scheduled[2 * bus] += generator.powerMw / grid.baseMva;
    scheduled[2 * bus + 1] += generator.powerMvar / grid.baseMva;
    if (kind[bus] === BUS_PQ) return;
    if (heldBy[bus] >= 0 && voltageMagnitude[bus] !== generator.voltagePu) {
      warnings.push(
        `generators ${heldBy[bus] + 1} and ${k + 1} at bus ${generator.bus} are to hold ${voltageMagnitude[bus]} and ${generator.voltagePu} pu; the latter is taken`,
      );
    }
    heldBy[bus] = k;
    voltageMagnitude[bus] = generator.voltagePu;
  });
  return {
    grid,
    busCount,
    busIndex,
    kind,
    branchFrom,
    branchTo,
    branchOn,
    branchAdmittance,
    admittance: { ...pattern, re, im },
    generatorBus,
    generatorOn,
    scheduled,
    voltageMagnitude,
    voltageAngle,
    deadIslands: deadIslands(grid, at, kind, part),
    warnings,
  };
}

/** What is in service by the grid's records, dead parts included; nothing at isolated buses. */
export function recordedInService({ grid, branchFrom, branchTo, generatorBus }: BalancedNetwork): { branches: Uint8Array; generators: Uint8Array } {
  const isIsolated = (bus: number): boolean => grid.buses[bus].kind === 'isolated';
  return {
    branches: Uint8Array.from(grid.branches, ({ inService }, k) => Number(inService && !isIsolated(branchFrom[k]) && !isIsolated(branchTo[k]))),
    generators: Uint8Array.from(grid.generators, ({ inService }, k) => Number(inService && !isIsolated(generatorBus[k]))),
  };
}

/** BUS_* by the grid's records and by which generators run. */
function heldKinds(grid: BalancedGrid, generatorBus: Int32Array, generatorOn: Uint8Array, warnings: string[]): Uint8Array {
  const hasGenerator = new Uint8Array(grid.buses.length);
  for (let k = 0; k < generatorBus.length; k++) if (generatorOn[k]) hasGenerator[generatorBus[k]] = 1;
  const kind = Uint8Array.from(grid.buses, (bus, i) => {
    if (bus.kind === 'isolated') return BUS_DEAD;
    if (bus.kind === 'pq' || !hasGenerator[i]) return BUS_PQ;
    return bus.kind === 'pv' ? BUS_PV : BUS_SLACK;
  });
  grid.buses.forEach((bus, i) => {
    if ((bus.kind === 'pv' || bus.kind === 'slack') && !hasGenerator[i]) {
      warnings.push(`bus ${bus.number} is ${bus.kind} but has no generator in service; it is taken as pq`);
    }
  });
  if (kind.includes(BUS_SLACK)) return kind;
  const first = kind.indexOf(BUS_PV);
  if (first < 0) {
    throw new GridError(
      `grid "${grid.name}" has no slack bus with a generator in service and no pv bus to take its place; put a generator in service at one`,
    );
  }
  kind[first] = BUS_SLACK;
  warnings.push(`no slack bus has a generator in service; bus ${grid.buses[first].number} is taken as slack`);
  return kind;
}

function deadIslands(grid: BalancedGrid, at: (bus: number) => number, kind: Uint8Array, part: Int32Array): DeadIsland[] {
  const islands = new Map<number, DeadIsland>();
  grid.buses.forEach((bus, i) => {
    if (kind[i] !== BUS_DEAD) return;
    const island = islands.get(part[i]) ?? { buses: [], loadMw: 0, generationMw: 0 };
    islands.set(part[i], island);
    island.buses.push(bus.number);
  });
  for (const load of grid.loads) {
    const island = islands.get(part[at(load.bus)]);
    if (island && load.inService) island.loadMw += load.powerMw;
  }
  for (const generator of grid.generators) {
    const island = islands.get(part[at(generator.bus)]);
    if (island && generator.inService) island.generationMw += generator.powerMw;
  }
  return [...islands.values()];
}
