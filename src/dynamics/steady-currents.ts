/** Currents of a microgrid whose inverters hold given voltages at one speed: the linear network in a steady state. */
import { factorComplex } from './elimination.js';
import { DynamicsError } from './errors.js';
import type { MicrogridPlan } from './microgrid-plan.js';
import { driveCurrents, fillNodal } from './nodal-network.js';

/**
 * Currents in the common frame, [current].
 *
 * @param resistance, inductance [current]: series values, ohm and henry
 * @param voltageRe, voltageIm [inverter]: terminal voltages in the common frame, V
 * @param speed rad/s
 * @throws DynamicsError where the network has no solution
 */
export function steadyCurrents(
  plan: MicrogridPlan,
  resistance: ArrayLike<number>,
  inductance: ArrayLike<number>,
  voltageRe: ArrayLike<number>,
  voltageIm: ArrayLike<number>,
  speed: number,
): { re: Float64Array; im: Float64Array } {
  const { currents, buses, nodal } = plan;
  const yRe = new Float64Array(currents);
  const yIm = new Float64Array(currents);
  const re = new Float64Array(currents);
  const im = new Float64Array(currents);
  for (let k = 0; k < currents; k++) {
    const reactance = speed * inductance[k];
    const square = resistance[k] * resistance[k] + reactance * reactance;
    yRe[k] = resistance[k] / square;
    yIm[k] = -reactance / square;
    if (k >= plan.inverters) continue;
    re[k] = yRe[k] * voltageRe[k] - yIm[k] * voltageIm[k];
    im[k] = yRe[k] * voltageIm[k] + yIm[k] * voltageRe[k];
  }
  const matrixRe = new Float64Array(nodal.entries);
  const matrixIm = new Float64Array(nodal.entries);
  fillNodal(plan, yRe, yIm, matrixRe, matrixIm);
  if (!factorComplex(nodal, matrixRe, matrixIm))
    throw new DynamicsError(`the network of ${plan.microgrid.name} is singular: its currents have no solution`);
  const busRe = new Float64Array(buses);
  const busIm = new Float64Array(buses);
  driveCurrents(plan, yRe, yIm, matrixRe, matrixIm, re, im, busRe, busIm);
  return { re, im };
}
