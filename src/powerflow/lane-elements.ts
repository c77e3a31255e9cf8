/**
 * Elements whose admittance differs from lane to lane, taken apart into entries: a current y(x) (V_p - V_q) that leaves node r and enters node s, with
 * y(x) = u0 + x (u1 + x u2) and x the lane's own parameter.
 *
 *   transformer  x = 1 / tap. With Y1 the matrix of a phase over windings on one volt and n_a = 1 / (rated volts x tap), windings a and b of a phase have one entry
 *                Y1_ab n_a n_b across winding b into the ends of winding a: a constant, linear in x or quadratic, as 0, 1 or 2 of them have the tap.
 *   switch       x = 1 closed, 0 open. Its series part is an entry a pair of conductors, from the difference of its end voltages; then half its charging at each end.
 *                Open it leaves what opened conductors leave everywhere else, 1e-12 S at each end.
 *   dead part    x = 1 where nothing feeds a part of the grid into which nothing is injected: its nodes are grounded, since nothing else sets their voltage (it is 0).
 *                They also start at 0: from elsewhere Newton would come nearer by sixteen digits an iteration, in the end to numbers whose squares are none.
 *   stiff line   x = 1. A line of some 1e-7 ohm in the summed matrix would cost its neighbours their last digits; from the difference of its end voltages it does not.
 *
 * What is taken as a difference of voltages keeps its digits: the sum of what enters and leaves is 0 to the last bit.
 */
import { elementId, GridError, type Line, type Transformer } from '../grid/index.js';
import type { CompiledGrid } from './compiled-grid.js';
import type { NodalMatrix } from './nodal-matrix.js';
import { OPEN_CONDUCTANCE } from './primitive.js';
import { antiFloat, neutralAdmittance, oneVoltAdmittance, windingEnds, windingVolts } from './transformer-admittance.js';

/** One entry; nodes are -1 where they are ground. */
export interface LaneEntry {
  parameter: number;
  /** The voltage is taken from the first node to the second. */
  across: readonly [number, number];
  /** The current leaves the first node and enters the second. */
  into: readonly [number, number];
  /** u0, u1, u2, each re, im, siemens. */
  polynomial: Float64Array;
}

/** All entries of a plan, and what its parameters are, in order: transformers, switches, dead parts, and one more that is 1 where there are stiff lines. */
export interface LaneElements {
  transformers: readonly string[];
  switches: readonly string[];
  /** Places of the entries that ground dead parts: from the first to before the last. */
  dead: readonly [number, number];
  parameters: number;
  entries: LaneEntry[];
  /** Elements (by index) whose admittance stands in entries, and no longer in the shared matrix. */
  own: ReadonlySet<number>;
}

/** Admittance that holds a dead part at 0 volt, siemens. */
const GROUNDING_SIEMENS = 1;

/** Ratio of a line's admittance to the middle diagonal one above which it is an entry and no part of the summed matrix. */
const STIFF_ABOVE = 1e3;

/**
 * Takes the named elements, and all stiff lines, apart. Switches stand in the compiled grid closed, with the primitive of a closed line.
 *
 * @param matrix the nodal matrix with all switches closed
 * @param windings the winding of each transformer that has its tap
 * @param deadParts nodes of each part that may be without a source in some lane
 * @throws GridError where a transformer's opened conductors leave no such entries
 */
export function makeLaneElements(
  compiled: CompiledGrid,
  matrix: NodalMatrix,
  transformers: readonly string[],
  windings: readonly number[],
  switches: readonly string[],
  deadParts: readonly (readonly number[])[],
): LaneElements {
  const entries: LaneEntry[] = [];
  const own = new Set<number>();
  const { grid, elementIndex } = compiled;
  let parameter = 0;
  transformers.forEach((name, k) => {
    const transformer = grid.require('transformer', name);
    own.add(elementIndex.get(transformer) as number);
    addTransformer(compiled, transformer, windings[k], parameter++, entries);
  });
  for (const name of switches) {
    const line = grid.require('line', name);
    own.add(elementIndex.get(line) as number);
    addLine(compiled, line, parameter++, true, entries);
  }
  const firstDead = entries.length;
  for (const nodes of deadParts) {
    for (const node of nodes) entries.push({ parameter, across: [node, -1], into: [node, -1], polynomial: linear(GROUNDING_SIEMENS, 0) });
    parameter++;
  }
  const dead = [firstDead, entries.length] as const;
  const stiff = stiffLines(compiled, matrix).filter((line) => !own.has(elementIndex.get(line) as number));
  for (const line of stiff) {
    own.add(elementIndex.get(line) as number);
    addLine(compiled, line, parameter, false, entries);
  }
  if (stiff.length > 0) parameter++;
  return { transformers, switches, dead, parameters: parameter, entries, own };
}

function linear(re: number, im: number): Float64Array {
  return Float64Array.of(0, 0, re, im, 0, 0);
}

function constant(re: number, im: number): Float64Array {
  return Float64Array.of(re, im, 0, 0, 0, 0);
}

function addTransformer(compiled: CompiledGrid, transformer: Transformer, moved: number, parameter: number, entries: LaneEntry[]): void {
  if (transformer.windings.some(({ terminal }) => terminal.open?.includes(true))) {
    throw new GridError(`${elementId(transformer)}: taps a scenario need a transformer without opened conductors; close them`);
  }
  const { nodes } = compiled.elements[compiled.elementIndex.get(transformer) as number];
  const { windings, phases } = transformer;
  const n = windings.length;
  const conductors = phases + 1;
  const oneVolt = oneVoltAdmittance(transformer);
  const turns = windings.map(({ tapPu }, w) => 1 / (windingVolts(transformer, w) * (w === moved ? 1 : tapPu === 0 ? 1e-4 : tapPu)));
  const toGround = (conductor: number, re: number, im: number): void => {
    const node = nodes[conductor];
    if (node >= 0 && (re !== 0 || im !== 0)) entries.push({ parameter, across: [node, -1], into: [node, -1], polynomial: constant(re, im) });
  };
  for (let phase = 0; phase < phases; phase++) {
    const ends = windingEnds(transformer, phase);
    const endsOf = (winding: number): readonly [number, number] => [nodes[ends[2 * winding]], nodes[ends[2 * winding + 1]]];
    for (let a = 0; a < n; a++) {
      for (let b = 0; b < n; b++) {
        const power = Number(a === moved) + Number(b === moved);
        const polynomial = new Float64Array(6);
        polynomial[2 * power] = oneVolt.re[a * n + b] * turns[a] * turns[b];
        polynomial[2 * power + 1] = oneVolt.im[a * n + b] * turns[a] * turns[b];
        if (polynomial.some((x) => x !== 0)) entries.push({ parameter, across: endsOf(b), into: endsOf(a), polynomial });
      }
    }
    ends.forEach((conductor, end) => {
      toGround(conductor, 0, antiFloat(transformer, end >> 1));
    });
  }
  windings.forEach((_, w) => {
    const [re, im] = neutralAdmittance(transformer, w) ?? [0, 0];
    toGround((w + 1) * conductors - 1, re, im);
  });
}

function addLine(compiled: CompiledGrid, line: Line, parameter: number, opens: boolean, entries: LaneEntry[]): void {
  const { nodes, primitive } = compiled.elements[compiled.elementIndex.get(line) as number];
  if (!primitive) return;
  const n = line.phases;
  const order = 2 * n;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const re = -primitive.re[i * order + j + n];
      const im = -primitive.im[i * order + j + n];
      if (re !== 0 || im !== 0)
        entries.push({ parameter, across: [nodes[j], nodes[j + n]], into: [nodes[i], nodes[i + n]], polynomial: linear(re, im) });
      const half = [line.shuntSiemens.re[i * n + j] / 2, line.shuntSiemens.im[i * n + j] / 2];
      const left = opens && i === j ? OPEN_CONDUCTANCE : 0;
      if (half[0] === 0 && half[1] === 0 && left === 0) continue;
      for (const end of [0, n]) {
        if (nodes[i + end] < 0 || nodes[j + end] < 0) continue;
        const polynomial = Float64Array.of(left, 0, half[0] - left, half[1], 0, 0);
        entries.push({ parameter, across: [nodes[j + end], -1], into: [nodes[i + end], -1], polynomial });
      }
    }
  }
}

/** Lines so stiff that the summed matrix lacks digits beside them; none with opened conductors. */
function stiffLines(compiled: CompiledGrid, matrix: NodalMatrix): Line[] {
  const sizes = new Float64Array(matrix.nodeCount);
  for (let i = 0; i < matrix.nodeCount; i++) {
    for (let k = matrix.start[i]; k < matrix.start[i + 1]; k++) if (matrix.column[k] === i) sizes[i] = Math.hypot(matrix.re[k], matrix.im[k]);
  }
  const bound = STIFF_ABOVE * sizes.sort()[sizes.length >> 1];
  const found: Line[] = [];
  for (const { element, primitive } of compiled.elements) {
    if (element.kind !== 'line' || !primitive || element.terminals.some(({ open }) => open?.includes(true))) continue;
    const order = primitive.order;
    for (let i = 0; i < order; i++) {
      if (Math.hypot(primitive.re[i * order + i], primitive.im[i * order + i]) <= bound) continue;
      found.push(element);
      break;
    }
  }
  return found;
}
