/**
 * Sections without a solid tie to ground: everything behind a delta or ungrounded wye winding.
 *
 * Their common-mode voltage hangs on capacitances and anti-float susceptances, a millionth of the admittances beside them, so any solution by factors leaves it
 * uncertain by rounding (some 1e-9 pu, and as much in other engines). It is set here from a sum in which the large admittances cancel exactly:
 *   over the nodes F of a section   sum_F I_sources - sum_F I_legs = sum_j c_j V_j,   c_j = sum_(i in F) Y_ij,
 * and adding one number a to all voltages of F changes the right side by a sum_(j in F) c_j.
 */
import type { CompiledElement, CompiledGrid } from './compiled-grid.js';
import { legCurrent } from './mismatch.js';

/** One floating section. */
interface Section {
  nodes: Int32Array;
  /** Nodes with a column sum, inside or outside of the section, and the sums. */
  column: Int32Array;
  re: Float64Array;
  im: Float64Array;
  /** Sum of the column sums inside. */
  total: readonly [number, number];
  /** Legs with one end in the section and the other outside, and the sign of their current out of the section. */
  legs: Int32Array;
  legSign: Int8Array;
}

/** Whether any of an element's nodes stands in a section or has a part in its sum. */
export function touchesSection(section: Section, nodes: Int32Array): boolean {
  return nodes.some((node) => section.nodes.includes(node) || section.column.includes(node));
}

/** Share of the largest admittance of a section below which its path to ground makes it floating. */
const FLOATING_SHARE = 1e-4;

/** Finds the floating sections of a compiled grid; few or none in most. */
export function findFloatingSections(compiled: CompiledGrid): Section[] {
  const section = joinedNodes(compiled);
  const { floating, totalRe, totalIm } = tiesToGround(compiled, section);
  const sums = new Map<number, Map<number, [number, number]>>();
  for (const root of floating) sums.set(root, new Map());
  if (floating.size > 0) {
    for (const entry of compiled.elements) {
      forEachTie(entry, (i, j, re, im) => {
        const columns = sums.get(section[i]);
        if (!columns) return;
        const sum = columns.get(j);
        if (sum) {
          sum[0] += re;
          sum[1] += im;
        } else columns.set(j, [re, im]);
      });
    }
  }
  const members = new Map<number, number[]>([...floating].map((root) => [root, []]));
  section.forEach((root, node) => {
    members.get(root)?.push(node);
  });
  return [...floating].map((root) => {
    const used = [...(sums.get(root) ?? [])].filter(([, [a, b]]) => a !== 0 || b !== 0);
    return {
      nodes: Int32Array.from(members.get(root) ?? []),
      column: Int32Array.from(used, ([node]) => node),
      re: Float64Array.from(used, ([, sum]) => sum[0]),
      im: Float64Array.from(used, ([, sum]) => sum[1]),
      total: [totalRe[root], totalIm[root]] as const,
      ...boundaryLegs(compiled, section, root),
    };
  });
}

/** Sums each section's admittance to ground and finds those whose sum is next to nothing beside their largest admittance. */
function tiesToGround(compiled: CompiledGrid, section: Int32Array): { floating: Set<number>; totalRe: Float64Array; totalIm: Float64Array } {
  const n = compiled.nodeCount;
  const totalRe = new Float64Array(n);
  const totalIm = new Float64Array(n);
  const largest = new Float64Array(n);
  const size = new Int32Array(n);
  for (let node = 0; node < n; node++) size[section[node]]++;
  for (const entry of compiled.elements) {
    const { primitive, nodes } = entry;
    if (!primitive) continue;
    for (let i = 0; i < nodes.length; i++) {
      if (nodes[i] < 0) continue;
      const at = i * (primitive.order + 1);
      const root = section[nodes[i]];
      largest[root] = Math.max(largest[root], Math.abs(primitive.re[at]) + Math.abs(primitive.im[at]));
    }
    forEachTie(entry, (i, j, re, im) => {
      const root = section[i];
      if (section[j] !== root) return;
      totalRe[root] += re;
      totalIm[root] += im;
    });
  }
  const floating = new Set<number>();
  for (let root = 0; root < n; root++) {
    const tie = Math.hypot(totalRe[root], totalIm[root]);
    if (size[root] > 1 && tie > 0 && tie <= FLOATING_SHARE * largest[root]) floating.add(root);
  }
  return { floating, totalRe, totalIm };
}

/** Root of each node's section: nodes are joined by every linear element but transformers, and within one winding of a transformer. */
function joinedNodes(compiled: CompiledGrid): Int32Array {
  const parent = Int32Array.from({ length: compiled.nodeCount }, (_, i) => i);
  const find = (i: number): number => {
    let root = i;
    while (parent[root] !== root) root = parent[root];
    while (parent[i] !== root) {
      const next = parent[i];
      parent[i] = root;
      i = next;
    }
    return root;
  };
  const join = (nodes: Int32Array): void => {
    let first = -1;
    for (const node of nodes) {
      if (node < 0) continue;
      if (first < 0) first = find(node);
      else parent[find(node)] = first;
    }
  };
  for (const { element, nodes, terminalStart, primitive } of compiled.elements) {
    if (!primitive) continue;
    // The windings of an autotransformer are one conductor.
    if (element.kind !== 'transformer' || element.isAuto) join(nodes);
    else for (let t = 0; t + 1 < terminalStart.length; t++) join(nodes.subarray(terminalStart[t], terminalStart[t + 1]));
  }
  return parent.map((_, i) => find(i));
}

/** Visits an element's entries (row node, column node, value); of a line only the charging, so that its series part cancels without a trace. */
function forEachTie({ element, nodes, primitive }: CompiledElement, visit: (i: number, j: number, re: number, im: number) => void): void {
  if (!primitive) return;
  const n = primitive.order;
  const line =
    element.kind === 'line' && !nodes.includes(-1) && !element.terminals.some((terminal) => terminal.open?.includes(true)) ? element : undefined;
  if (line) {
    const half = line.phases;
    for (let end = 0; end < n; end += half) {
      for (let i = 0; i < half; i++) {
        for (let j = 0; j < half; j++) {
          const at = i * half + j;
          visit(nodes[end + i], nodes[end + j], line.shuntSiemens.re[at] / 2, line.shuntSiemens.im[at] / 2);
        }
      }
    }
    return;
  }
  for (let i = 0; i < n; i++) {
    if (nodes[i] < 0) continue;
    for (let j = 0; j < n; j++) if (nodes[j] >= 0) visit(nodes[i], nodes[j], primitive.re[i * n + j], primitive.im[i * n + j]);
  }
}

function boundaryLegs(compiled: CompiledGrid, section: Int32Array, root: number): { legs: Int32Array; legSign: Int8Array } {
  const legs: number[] = [];
  const signs: number[] = [];
  const inside = (node: number): boolean => node >= 0 && section[node] === root;
  for (let leg = 0; leg < compiled.legs.count; leg++) {
    const from = inside(compiled.legs.from[leg]);
    if (from === inside(compiled.legs.to[leg])) continue;
    legs.push(leg);
    signs.push(from ? 1 : -1);
  }
  return { legs: Int32Array.from(legs), legSign: Int8Array.from(signs) };
}

/** Sets the common-mode voltage of each section in place. */
export function settleFloatingSections(compiled: CompiledGrid, sections: readonly Section[], voltage: Float64Array): void {
  for (const { nodes, column, re, im, total, legs, legSign } of sections) {
    let lackRe = 0;
    let lackIm = 0;
    for (const node of nodes) {
      lackRe += compiled.sourceCurrent[2 * node];
      lackIm += compiled.sourceCurrent[2 * node + 1];
    }
    for (let k = 0; k < column.length; k++) {
      const vr = voltage[2 * column[k]];
      const vi = voltage[2 * column[k] + 1];
      lackRe -= re[k] * vr - im[k] * vi;
      lackIm -= re[k] * vi + im[k] * vr;
    }
    for (let k = 0; k < legs.length; k++) {
      const from = compiled.legs.from[legs[k]];
      const to = compiled.legs.to[legs[k]];
      const vr = (from >= 0 ? voltage[2 * from] : 0) - (to >= 0 ? voltage[2 * to] : 0);
      const vi = (from >= 0 ? voltage[2 * from + 1] : 0) - (to >= 0 ? voltage[2 * to + 1] : 0);
      const [cr, ci] = legCurrent(compiled, legs[k], vr, vi);
      lackRe -= legSign[k] * cr;
      lackIm -= legSign[k] * ci;
    }
    const size = total[0] * total[0] + total[1] * total[1];
    const shiftRe = (lackRe * total[0] + lackIm * total[1]) / size;
    const shiftIm = (lackIm * total[0] - lackRe * total[1]) / size;
    for (const node of nodes) {
      voltage[2 * node] += shiftRe;
      voltage[2 * node + 1] += shiftIm;
    }
  }
}
