/** Loads and the like whose phases are tied to a node at which nothing else is: solved (as in OpenDSS), but hardly meant. */
import { type CircuitElement, elementId, terminalsOf } from './elements.js';
import type { Grid } from './grid.js';

/** A phase of an element on a node of its own. */
export interface LoneNode {
  /** The element as `kind.name`, and where it was written, as `file:line`. */
  element: string;
  origin?: string;
  /** The node as `bus.number`. */
  node: string;
}

/** Conductors that carry the phases of a load, generator, PV system or storage; a wye's neutral may well stand on a node of its own. */
function phaseNodes(element: CircuitElement): readonly number[] {
  if (element.kind !== 'load' && element.kind !== 'generator' && element.kind !== 'pvsystem' && element.kind !== 'storage') return [];
  const { nodes } = element.terminal;
  return element.connection === 'wye' ? nodes.slice(0, element.phases) : nodes;
}

/** The enabled elements of a grid that have a phase on a node numbered 4 or more which nothing else uses: no current flows there. (Nodes 1 to 3: see `validateGrid`.) */
export function loneNodes(grid: Grid): LoneNode[] {
  const suspects = new Map<string, { element: CircuitElement; uses: number }>();
  for (const element of grid.elements) {
    if (!element.enabled) continue;
    for (const node of phaseNodes(element)) {
      if (node < 4) continue;
      for (const { bus } of terminalsOf(element)) suspects.set(`${bus}.${node}`, { element, uses: 0 });
    }
  }
  if (suspects.size === 0) return [];
  for (const element of grid.elements) {
    if (!element.enabled) continue;
    for (const { bus, nodes } of terminalsOf(element)) {
      for (const node of nodes) {
        const suspect = node < 4 ? undefined : suspects.get(`${bus}.${node}`);
        if (suspect) suspect.uses++;
      }
    }
  }
  return [...suspects]
    .filter(([, { uses }]) => uses === 1)
    .map(([node, { element }]) => ({ element: elementId(element), origin: element.origin, node }));
}
