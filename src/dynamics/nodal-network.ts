/**
 * The linear network behind given source voltages, by its buses: each current is k's admittance times the voltage across it, I = y (E + V_from - V_to), and the balance of
 * currents at each bus gives V / rN = sum of factors times I. With branch admittances 1 / (R + j w L) that is the network in a steady state, with those of an implicit
 * step of integration it is that step.
 */
import { solveComplex } from './elimination.js';
import type { MicrogridPlan } from './microgrid-plan.js';

/** Writes the nodal matrix of branch admittances y [current] to re and im [entry of plan.nodal]. */
export function fillNodal(plan: MicrogridPlan, yRe: Float64Array, yIm: Float64Array, re: Float64Array, im: Float64Array): void {
  const { buses, balanceStart, balanceCurrent, balanceFactor, termFromEntry, termToEntry } = plan;
  re.fill(0);
  im.fill(0);
  const virtual = 1 / plan.virtualResistance;
  for (let b = 0; b < buses; b++) {
    re[b] += virtual;
    for (let term = balanceStart[b]; term < balanceStart[b + 1]; term++) {
      const current = balanceCurrent[term];
      const yr = balanceFactor[term] * yRe[current];
      const yi = balanceFactor[term] * yIm[current];
      const from = termFromEntry[term];
      const to = termToEntry[term];
      if (from >= 0) {
        re[from] -= yr;
        im[from] -= yi;
      }
      if (to >= 0) {
        re[to] += yr;
        im[to] += yi;
      }
    }
  }
}

/** Sums currents [current] into the buses [bus], by the balance's factors. */
export function sumIntoBuses(plan: MicrogridPlan, currentRe: Float64Array, currentIm: Float64Array, re: Float64Array, im: Float64Array): void {
  const { buses, balanceStart, balanceCurrent, balanceFactor } = plan;
  for (let b = 0; b < buses; b++) {
    let sumRe = 0;
    let sumIm = 0;
    for (let term = balanceStart[b]; term < balanceStart[b + 1]; term++) {
      sumRe += balanceFactor[term] * currentRe[balanceCurrent[term]];
      sumIm += balanceFactor[term] * currentIm[balanceCurrent[term]];
    }
    re[b] = sumRe;
    im[b] = sumIm;
  }
}

/** The buses' voltages and the currents, from what the known voltages alone drive through each current, in place, and the factors of the nodal matrix. */
export function driveCurrents(
  plan: MicrogridPlan,
  yRe: Float64Array,
  yIm: Float64Array,
  factorRe: Float64Array,
  factorIm: Float64Array,
  currentRe: Float64Array,
  currentIm: Float64Array,
  busRe: Float64Array,
  busIm: Float64Array,
): void {
  const { currents, fromBus, toBus } = plan;
  sumIntoBuses(plan, currentRe, currentIm, busRe, busIm);
  solveComplex(plan.nodal, factorRe, factorIm, busRe, busIm);
  for (let k = 0; k < currents; k++) {
    const from = fromBus[k];
    const to = toBus[k];
    const dRe = (from < 0 ? 0 : busRe[from]) - (to < 0 ? 0 : busRe[to]);
    const dIm = (from < 0 ? 0 : busIm[from]) - (to < 0 ? 0 : busIm[to]);
    currentRe[k] += yRe[k] * dRe - yIm[k] * dIm;
    currentIm[k] += yRe[k] * dIm + yIm[k] * dRe;
  }
}
