/** Currents into a transformer with a tap of each scenario's own, as sums over its windings: I = sum y(x) (V_p - V_q), x = 1 / tap. */
import type { Transformer } from '../grid/index.js';
import type { BatchLanes } from './batch-lanes.js';
import type { CompiledGrid } from './compiled-grid.js';
import type { ControlTerm } from './control-plan.js';
import { antiFloat, neutralAdmittance, oneVoltAdmittance, windingEnds, windingVolts } from './transformer-admittance.js';

/**
 * The terms of the current into one conductor (counted through all windings). Winding b of a phase drives y_ab n_a n_b (V_b) through winding a, n = 1 / (rated volts x tap);
 * besides there are the anti-float susceptance at each winding end and the neutral's admittance.
 */
export function transformerTerms(compiled: CompiledGrid, lanes: BatchLanes, transformer: Transformer, conductor: number): ControlTerm[] {
  const { nodes } = compiled.elements[compiled.elementIndex.get(transformer) as number];
  const { windings, phases } = transformer;
  const actuator = lanes.transformers.indexOf(transformer.name);
  const moved = lanes.windings[actuator];
  const n = windings.length;
  const oneVolt = oneVoltAdmittance(transformer);
  const turns = windings.map(({ tapPu }, w) => 1 / (windingVolts(transformer, w) * (w === moved ? 1 : tapPu === 0 ? 1e-4 : tapPu)));
  const terms: ControlTerm[] = [];
  const toGround = (re: number, im: number): void => {
    if (nodes[conductor] >= 0 && (re !== 0 || im !== 0))
      terms.push({ across: [nodes[conductor], -1], actuator: -1, polynomial: Float64Array.of(re, im, 0, 0, 0, 0) });
  };
  for (let phase = 0; phase < phases; phase++) {
    const ends = windingEnds(transformer, phase);
    ends.forEach((end, k) => {
      if (end !== conductor) return;
      const a = k >> 1;
      const sign = k & 1 ? -1 : 1;
      for (let b = 0; b < n; b++) {
        const power = Number(a === moved) + Number(b === moved);
        const polynomial = new Float64Array(6);
        polynomial[2 * power] = sign * oneVolt.re[a * n + b] * turns[a] * turns[b];
        polynomial[2 * power + 1] = sign * oneVolt.im[a * n + b] * turns[a] * turns[b];
        const across = [nodes[ends[2 * b]], nodes[ends[2 * b + 1]]] as const;
        if (polynomial.some((y) => y !== 0)) terms.push({ across, actuator, polynomial });
      }
      toGround(0, antiFloat(transformer, a));
    });
  }
  windings.forEach((_, w) => {
    if (conductor !== (w + 1) * (phases + 1) - 1) return;
    const [re, im] = neutralAdmittance(transformer, w) ?? [0, 0];
    toGround(re, im);
  });
  return terms;
}
