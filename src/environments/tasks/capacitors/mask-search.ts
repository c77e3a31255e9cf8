/** The exact optimum of the capacitor tasks: all sixteen states of the capacitors for many scenarios, side by side in lanes. */
import { checkFloat64, checkKeys, checkObject, describeValue, InputError } from '../../../grid/index.js';
import type { SliceOptions } from '../../task.js';
import { CapacitorLanes } from './capacitor-lanes.js';
import { type CapacitorRules, capacitorRules } from './capacitor-rules.js';
import { type CapacitorGrids, LOADS, loadCapacitorGrids, MASKS } from './circuit.js';
import { bestMask } from './masks.js';

/** What is searched for, and with what. */
export interface MaskSearchOptions extends CapacitorRules {
  /** Whether the serious task's objective is meant: losses and voltage, where regulators act. Default false: losses as in the published task. */
  readonly serious?: boolean;
  readonly backend?: SliceOptions['backend'];
}

/** What came of a search. */
export interface MaskSearchResult {
  /** [scenario][mask], watt: losses, in the serious task with the price of voltage; NaN where a power flow has no solution. */
  readonly objectiveW: Float64Array;
  /** [scenario]: the mask of the lowest. */
  readonly best: Uint8Array;
}

const NAMES = ['bandPu', 'voltagePriceW', 'tolerance', 'serious', 'backend'];

/** Scenarios solved at once: 1024 lanes in each of the two batches. */
const CHUNK = 128;

/** Tries all masks of scenarios. Its memory is that of one chunk of scenarios, whatever their number. */
export class MaskSearch {
  private readonly lanes: CapacitorLanes;
  private readonly voltagePriceW: number;
  private readonly rows = Int32Array.from({ length: CHUNK * MASKS }, (_, row) => row);
  private readonly masks = Uint8Array.from({ length: CHUNK * MASKS }, (_, row) => row % MASKS);

  /** Loads the circuit. Throws InputError for options that cannot be. */
  static async create(options: MaskSearchOptions = {}): Promise<MaskSearch> {
    checkKeys('a search of masks', 'option', options, NAMES);
    return new MaskSearch(await loadCapacitorGrids(options.serious ?? false), options);
  }

  constructor(grids: CapacitorGrids, options: MaskSearchOptions = {}) {
    checkObject('the circuits of a search of masks', grids, 'MaskSearch.create(options), which loads them');
    checkKeys('a search of masks', 'option', options, NAMES);
    const { serious = false, backend, ...rules } = options;
    const { bandPu, voltagePriceW, tolerance } = capacitorRules('a search of masks', serious, rules);
    this.voltagePriceW = voltagePriceW;
    // Voltages are looked at where they count.
    const buses = voltagePriceW > 0 ? undefined : [];
    this.lanes = new CapacitorLanes(grids, { scenarios: CHUNK * MASKS, backend, tolerance, controls: serious, bandPu, buses });
  }

  /**
   * Tries all masks. Throws InputError where multipliers are not 91 a scenario.
   *
   * @param multipliers [scenario][load]
   */
  search(multipliers: Float64Array): MaskSearchResult {
    checkFloat64('multipliers', multipliers);
    const scenarios = multipliers.length / LOADS;
    if (!Number.isInteger(scenarios)) throw new InputError(`multipliers are ${LOADS} a scenario, not ${describeValue(multipliers.length)} in all`);
    const { lanes, rows, masks, voltagePriceW } = this;
    const objectiveW = new Float64Array(scenarios * MASKS);
    for (let first = 0; first < scenarios; first += CHUNK) {
      const count = Math.min(CHUNK, scenarios - first) * MASKS;
      lanes.solve(rows, count, multipliers.subarray(first * LOADS), masks, MASKS);
      for (const group of lanes.groups) {
        const { lossesW, abovePu, belowPu } = group.observer;
        for (let lane = 0; lane < group.count; lane++) {
          const voltage = voltagePriceW > 0 ? voltagePriceW * (abovePu[lane] + belowPu[lane]) : 0;
          objectiveW[first * MASKS + group.rows[lane]] = lanes.isSolved(group, lane) ? lossesW[lane] + voltage : Number.NaN;
        }
      }
    }
    return { objectiveW, best: Uint8Array.from({ length: scenarios }, (_, scenario) => bestMask(objectiveW, scenario * MASKS)) };
  }
}
