/** What is legal: cooldowns of substations and lines, and one line and one substation a step, as masks of choices. */
import { CHOICE_CHANGE, CHOICE_LINE, CHOICE_SET } from './choices.js';
import type { TopologySettings } from './settings.js';
import type { TopologyState } from './state.js';

/** The masks of many environments. They are written where they change. */
export class TopologyMasks {
  private readonly runs: Int32Array;
  private readonly count: number;
  /** [environment][run]: as last written. */
  private readonly written: Uint8Array;

  constructor(
    private readonly settings: TopologySettings,
    private readonly state: TopologyState,
    private readonly masks: Uint8Array,
  ) {
    const { runs } = settings.choices;
    this.runs = Int32Array.from(runs.flat());
    this.count = runs.length;
    this.written = new Uint8Array(state.steps.length * runs.length);
  }

  /** Whether a choice of a kind is legal now. */
  isLegal(i: number, kind: number, index: number): boolean {
    const { elements } = this.settings;
    const { state } = this;
    const lines = i * elements.branches;
    if (kind === CHOICE_LINE) return state.lineWait[lines + index] === 0;
    if (kind === CHOICE_SET) {
      if (state.substationWait[i * elements.substations + index] !== 0) return false;
      return this.canReconnect(lines, elements.elementsOf[index]);
    }
    if (kind === CHOICE_CHANGE) {
      if (state.substationWait[i * elements.substations + elements.substationOf[index]] !== 0) return false;
      return index >= elements.firstLoad || state.on[lines + (index >> 1)] !== 0;
    }
    return true;
  }

  /** Whether lines that are out at a substation are at most one, and that one may be put back: naming the busbar of a line's end puts it back. */
  private canReconnect(lines: number, own: readonly number[]): boolean {
    const { state, settings } = this;
    let out = 0;
    for (let k = 0; k < own.length; k++) {
      const element = own[k];
      if (element >= settings.elements.firstLoad) continue;
      const line = lines + (element >> 1);
      if (state.on[line] !== 0) continue;
      out += 1;
      if (out > 1 || state.lineWait[line] !== 0) return false;
    }
    return true;
  }

  /** Writes what has changed of an environment's masks. */
  write(i: number): void {
    const { runs, count, written, masks, settings } = this;
    const first = i * settings.choices.count;
    for (let run = 0; run < count; run++) {
      const isLegal = this.isLegal(i, runs[4 * run + 2], runs[4 * run + 3]) ? 1 : 0;
      if (written[i * count + run] === isLegal) continue;
      written[i * count + run] = isLegal;
      masks.fill(isLegal, first + runs[4 * run], first + runs[4 * run] + runs[4 * run + 1]);
    }
  }

  /** Writes all of them. */
  writeAll(i: number): void {
    const { count, written, masks, settings } = this;
    written.fill(0, i * count, (i + 1) * count);
    masks.fill(0, i * settings.choices.count, (i + 1) * settings.choices.count);
    this.write(i);
  }
}
