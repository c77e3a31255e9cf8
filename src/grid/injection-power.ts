/** How much power each load, generator, PV system and storage asks for or delivers at a moment, before its voltage is known. */
import type { Generator, Load, PvSystem, Storage } from './elements.js';
import type { Grid } from './grid.js';

/** The moment for which powers are asked. */
export interface Moment {
  mode: 'snapshot' | 'daily' | 'yearly' | 'duty';
  /** Hours since the start, fractional. */
  hour: number;
}

/** A snapshot: no shape applies but the multipliers do. */
export const SNAPSHOT: Moment = { mode: 'snapshot', hour: 0 };

/** Power of all phases together: consumed by a load, delivered by anything else. */
export interface InjectionPower {
  powerKw: number;
  powerKvar: number;
}

/** The power an element stands for at a moment, at rated voltage. */
export function injectionPower(grid: Grid, element: Load | Generator | PvSystem | Storage, moment: Moment): InjectionPower {
  // The full rules (shapes, multipliers, inverters) are filled in by kind.
  if (element.kind === 'load') {
    const factor = element.status === 'fixed' ? 1 : grid.loadMultiplier;
    return { powerKw: element.powerKw * factor, powerKvar: element.powerKvar * factor };
  }
  void moment;
  return { powerKw: 0, powerKvar: 0 };
}
