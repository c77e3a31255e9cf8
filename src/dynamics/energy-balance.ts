/**
 * Where energy goes: what the inverters' voltages deliver must be what resistances use plus what inductances hold more than before. A check of the scheme and of a
 * microgrid's equations; a balance of currents with a mistake in it does not close.
 *
 *     d/dt sum L |I|^2 / 2 = sum Re(E conj I) - sum R |I|^2 - sum |V|^2 / rN
 */
import type { FastScheme } from './fast-scheme.js';
import type { MicrogridState } from './microgrid-state.js';

/** Energies in the units of the model (power is v times i), J. */
export interface EnergyBalance {
  /** Delivered by the inverters' voltages. */
  delivered: number;
  /** Used in couplings and lines. */
  lost: number;
  /** Used in loads and their branches. */
  consumed: number;
  /** Used in the virtual resistances of the buses. */
  virtual: number;
  /** Gain of what inductances hold. */
  stored: number;
}

/** delivered - lost - consumed - virtual - stored, as a share of what was delivered. */
export function closingError({ delivered, lost, consumed, virtual, stored }: EnergyBalance): number {
  return (delivered - lost - consumed - virtual - stored) / delivered;
}

/** Sums the energies of control steps of the fast scheme, by the trapezoidal rule over its steps. */
export class EnergyMeter {
  readonly balance: EnergyBalance = { delivered: 0, lost: 0, consumed: 0, virtual: 0, stored: 0 };
  private readonly before = new Float64Array(4);
  private readonly now = new Float64Array(4);

  constructor(
    private readonly scheme: FastScheme,
    private readonly state: MicrogridState,
  ) {}

  /** Advances as {@link FastScheme.advance} does, and counts. Energy that a change of loads puts in or takes out between control steps belongs to neither. */
  advance(steps: number, secondary: { frequency: boolean; voltage: boolean }): ReturnType<FastScheme['advance']> {
    const { scheme, state, before, now, balance } = this;
    let held = 0;
    return scheme.advance(state, steps, secondary, (time) => {
      this.powers(now);
      // The buses' voltages jump at the begin: their first step counts whole with its end.
      if (time === 0) held = this.held();
      else {
        const h = scheme.step;
        balance.delivered += 0.5 * h * (before[0] + now[0]);
        balance.lost += 0.5 * h * (before[1] + now[1]);
        balance.consumed += 0.5 * h * (before[2] + now[2]);
        balance.virtual += time > 1.5 * h ? 0.5 * h * (before[3] + now[3]) : h * now[3];
        const after = this.held();
        balance.stored += after - held;
        held = after;
      }
      before.set(now);
    });
  }

  /** Powers delivered, lost, consumed and virtual at this moment, W. */
  private powers(out: Float64Array): void {
    const { scheme, state } = this;
    const { plan, sourceRe, sourceIm, resistance } = scheme;
    out.fill(0);
    for (let i = 0; i < plan.inverters; i++) out[0] += sourceRe[i] * state.currentRe[i] + sourceIm[i] * state.currentIm[i];
    const firstLoad = plan.currents - plan.loads;
    for (let k = 0; k < plan.currents; k++) out[k < firstLoad ? 1 : 2] += resistance[k] * (state.currentRe[k] ** 2 + state.currentIm[k] ** 2);
    for (let b = 0; b < plan.buses; b++) out[3] += (state.busRe[b] ** 2 + state.busIm[b] ** 2) / plan.virtualResistance;
  }

  /** Energy that inductances hold, J. */
  private held(): number {
    const { scheme, state } = this;
    let sum = 0;
    for (let k = 0; k < scheme.plan.currents; k++) sum += 0.5 * scheme.inductance[k] * (state.currentRe[k] ** 2 + state.currentIm[k] ** 2);
    return sum;
  }
}
