/**
 * Default characteristics of distributed energy resources in IEEE 1547-2018, as XY curves.
 *
 * Voltage in per unit of nominal; reactive power in per unit of nameplate kVA, positive injected; active power in per unit of nameplate kW. XY
 * curves continue their outermost segments, so each curve carries a level point well outside its range to stay constant there.
 */
import type { XyCurve } from './xy-curve.js';

/** Performance category of the standard: B is for high shares of generation on a feeder. */
export type Ieee1547Category = 'A' | 'B';

function curve(name: string, points: readonly (readonly [number, number])[]): XyCurve {
  return { name, x: Float64Array.from(points, ([x]) => x), y: Float64Array.from(points, ([, y]) => y) };
}

/** Volt-var: reactive power over voltage. Category A has no dead band. */
export const IEEE1547_VOLT_VAR: Readonly<Record<Ieee1547Category, XyCurve>> = {
  A: curve('ieee1547-volt-var-a', [
    [0.5, 0.25],
    [0.9, 0.25],
    [1, 0],
    [1.1, -0.25],
    [1.5, -0.25],
  ]),
  B: curve('ieee1547-volt-var-b', [
    [0.5, 0.44],
    [0.92, 0.44],
    [0.98, 0],
    [1.02, 0],
    [1.08, -0.44],
    [1.5, -0.44],
  ]),
};

/**
 * Volt-watt: limit of active power over voltage, the same in both categories.
 *
 * @param leastPowerPu power at 1.1 pu and above: 0.2 (default) or the least power of the unit if lower; 0 for units that can absorb
 */
export function ieee1547VoltWatt(leastPowerPu = 0.2): XyCurve {
  return curve('ieee1547-volt-watt', [
    [0.5, 1],
    [1.06, 1],
    [1.1, leastPowerPu],
    [1.5, leastPowerPu],
  ]);
}

/** Watt-var: reactive power over active power, which is negative where the unit absorbs. */
export const IEEE1547_WATT_VAR: Readonly<Record<Ieee1547Category, XyCurve>> = {
  A: curve('ieee1547-watt-var-a', [
    [-1, 0.44],
    [-0.5, 0],
    [-0.2, 0],
    [0.2, 0],
    [0.5, 0],
    [1, -0.25],
  ]),
  B: curve('ieee1547-watt-var-b', [
    [-1, 0.44],
    [-0.5, 0],
    [-0.2, 0],
    [0.2, 0],
    [0.5, 0],
    [1, -0.44],
  ]),
};
