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
  /** [environment]: whether all that is written is 1. */
  private readonly allLegal: Uint8Array;
  private readonly blocked: Uint8Array;
  private readonly linesOut: Int32Array;

  constructor(
    private readonly settings: TopologySettings,
    private readonly state: TopologyState,
    private readonly masks: Uint8Array,
  ) {
    const { runs } = settings.choices;
    this.runs = Int32Array.from(runs.flat());
    this.count = runs.length;
    this.written = new Uint8Array(state.steps.length * runs.length);
    this.allLegal = new Uint8Array(state.steps.length);
    this.blocked = new Uint8Array(settings.elements.substations);
    this.linesOut = new Int32Array(settings.elements.substations);
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

  /**
   * Writes what has changed of an environment's masks.
   *
   * @param isQuiet whether it is known that nothing waits and no line is out, so that all is legal
   */
  write(i: number, isQuiet: boolean): void {
    const { runs, count, written, allLegal } = this;
    if (isQuiet && allLegal[i] === 1) return;
    this.findBlocked(i);
    const { blocked, settings, state } = this;
    const { elements } = settings;
    const lines = i * elements.branches;
    let legal = 0;
    for (let run = 0; run < count; run++) {
      const kind = runs[4 * run + 2];
      const index = runs[4 * run + 3];
      let isLegal = 1;
      if (kind === CHOICE_LINE) isLegal = state.lineWait[lines + index] === 0 ? 1 : 0;
      else if (kind === CHOICE_SET) isLegal = blocked[index] === 0 ? 1 : 0;
      else if (kind === CHOICE_CHANGE) isLegal = this.isLegal(i, kind, index) ? 1 : 0;
      legal += isLegal;
      if (written[i * count + run] !== isLegal) this.fill(i, run, isLegal);
    }
    allLegal[i] = legal === count ? 1 : 0;
  }

  private fill(i: number, run: number, isLegal: number): void {
    const { runs, count, written, masks, settings } = this;
    written[i * count + run] = isLegal;
    const from = i * settings.choices.count + runs[4 * run];
    const to = from + runs[4 * run + 1];
    if (to - from > 8) masks.fill(isLegal, from, to);
    else for (let at = from; at < to; at++) masks[at] = isLegal;
  }

  /** Substations at which nothing may be set. */
  private findBlocked(i: number): void {
    const { blocked, linesOut, settings, state } = this;
    const { elements } = settings;
    const { branches, substations, plan } = elements;
    const { branchFrom, branchTo } = plan.network;
    for (let k = 0; k < substations; k++) {
      blocked[k] = state.substationWait[i * substations + k] !== 0 ? 1 : 0;
      linesOut[k] = 0;
    }
    for (let k = 0; k < branches; k++) {
      if (state.on[i * branches + k] !== 0) continue;
      const from = branchFrom[k];
      const to = branchTo[k];
      const isWaiting = state.lineWait[i * branches + k] !== 0;
      if (isWaiting || ++linesOut[from] > 1) blocked[from] = 1;
      if (isWaiting || ++linesOut[to] > 1) blocked[to] = 1;
    }
  }

  /** Writes all of them. */
  writeAll(i: number): void {
    const { count, written, masks, settings, allLegal } = this;
    written.fill(0, i * count, (i + 1) * count);
    masks.fill(0, i * settings.choices.count, (i + 1) * settings.choices.count);
    allLegal[i] = 0;
    this.write(i, false);
  }

  /** Everything is legal: the beginning of an episode. */
  allow(i: number): void {
    const { count, written, masks, settings, allLegal } = this;
    if (allLegal[i] === 1) return;
    written.fill(1, i * count, (i + 1) * count);
    masks.fill(1, i * settings.choices.count, (i + 1) * settings.choices.count);
    allLegal[i] = 1;
  }

  /** After a blackout there is nothing to be done but the first choice, nothing. */
  close(i: number): void {
    const { count, written, masks, settings, allLegal } = this;
    const first = i * settings.choices.count;
    written.fill(0, i * count, (i + 1) * count);
    masks.fill(0, first, first + settings.choices.count);
    written[i * count] = 1;
    masks[first] = 1;
    allLegal[i] = 0;
  }
}
