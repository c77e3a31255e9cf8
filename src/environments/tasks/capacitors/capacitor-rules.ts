/** What the capacitor tasks leave to their user: the band, the price of voltage, the accuracy. */
import { checkKeys, describeValue, InputError } from '../../../grid/index.js';

/** What may differ from the task as it is meant. */
export interface CapacitorRules {
  /** Voltages that are not out of band, per unit. Default 0.95 to 1.05; 0.97 to 1.03 in the serious task. */
  readonly bandPu?: readonly [number, number];
  /** Serious only: watt per pu that a bus is out of band. Default 50,000. */
  readonly voltagePriceW?: number;
  /** Largest mismatch at any node, per unit on 1 MVA. Default 1e-8: all losses within 1e-5 kW of the exact ones. */
  readonly tolerance?: number;
}

/** Leaves losses of the published rows within 4e-6 kW of the exact ones. */
export const TOLERANCE = 1e-8;

/**
 * Options with their defaults. Throws InputError for those that cannot be.
 *
 * @param more names of options that are read elsewhere
 */
export function capacitorRules(id: string, serious: boolean, options: CapacitorRules, more: readonly string[] = []): Required<CapacitorRules> {
  checkKeys(id, 'option', options, [...(serious ? ['bandPu', 'voltagePriceW', 'tolerance'] : ['bandPu', 'tolerance']), ...more]);
  const { bandPu = serious ? [0.97, 1.03] : [0.95, 1.05], voltagePriceW = serious ? 50_000 : 0, tolerance = TOLERANCE } = options;
  if (!Array.isArray(bandPu) || bandPu.length !== 2 || !bandPu.every(Number.isFinite) || !(bandPu[0] < bandPu[1]))
    throw new InputError(`${id}: bandPu is two voltages, the lower one first, not ${describeValue(bandPu)}`);
  if (!(typeof voltagePriceW === 'number' && voltagePriceW >= 0 && voltagePriceW < Infinity))
    throw new InputError(`${id}: voltagePriceW is a number of 0 or more, not ${describeValue(voltagePriceW)}`);
  if (!(typeof tolerance === 'number' && tolerance > 0 && tolerance <= 1))
    throw new InputError(`${id}: tolerance is a number above 0 and up to 1, not ${describeValue(tolerance)}`);
  return { bandPu: bandPu as [number, number], voltagePriceW, tolerance };
}
