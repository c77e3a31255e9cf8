/** What is done to an environment before its power flow: its operator's action, maintenance and attacks; and the waits that follow. */
import type { TopologyLanes } from '../powerflow/index.js';
import {
  CHOICE_CHANGE,
  CHOICE_CURTAIL,
  CHOICE_LINE,
  CHOICE_NONE,
  CHOICE_REDISPATCH,
  CHOICE_SET,
  CHOICE_STORAGE,
  CURTAILMENT_LEVELS,
} from './choices.js';
import { drawStorage } from './dispatch.js';
import { drawAttack, MaintenancePlan } from './events.js';
import type { TopologyMasks } from './masks.js';
import type { TopologyArrays, TopologySettings } from './settings.js';
import type { TopologyState } from './state.js';

/** Changes states, and marks in the lanes what was touched. */
export class TopologyOperations {
  private readonly maintenance: MaintenancePlan | undefined;
  /** Lines and substations acted on in this step, -1: none. */
  private readonly actedLine: Int32Array;
  private readonly actedSubstation: Int32Array;

  constructor(
    private readonly settings: TopologySettings,
    private readonly arrays: TopologyArrays,
    private readonly state: TopologyState,
    private readonly lanes: TopologyLanes,
    private readonly masks: TopologyMasks,
  ) {
    const { maintenance, seriesSeed, elements } = settings;
    this.maintenance = maintenance ? new MaintenancePlan(seriesSeed, elements.branches, maintenance) : undefined;
    this.actedLine = new Int32Array(state.steps.length).fill(-1);
    this.actedSubstation = new Int32Array(state.steps.length).fill(-1);
  }

  /** A step begins. */
  begin(i: number): void {
    this.actedLine[i] = -1;
    this.actedSubstation[i] = -1;
  }

  /** The line under maintenance now; -1 where there is none. */
  maintained(i: number): number {
    return this.maintenance ? this.maintenance.now(this.state.scenario[i], this.state.row[i])[0] : -1;
  }

  /** Carries an action out on state and marks what is touched; returns whether it was legal. */
  act(i: number, choice: number): boolean {
    const { settings, state, lanes } = this;
    const { choices, elements } = settings;
    const kind = choices.kind[choice];
    if (kind === CHOICE_NONE) return true;
    const index = choices.index[choice];
    if (!this.masks.isLegal(i, kind, index)) return false;
    if (kind === CHOICE_SET) {
      const own = elements.elementsOf[index];
      const pattern = choices.detail[choice];
      this.actedSubstation[i] = index;
      for (let k = 0; k < own.length; k++) {
        const element = own[k];
        const at = i * elements.count + element;
        const bar = choices.patterns[pattern + k];
        if (state.bars[at] !== bar) {
          state.bars[at] = bar;
          if (element < elements.firstLoad) state.setNode(i, element >> 1);
          lanes.touch(index);
        }
        // A line that is out is put back by naming its busbar, at the other end where it was.
        if (element < elements.firstLoad && state.on[i * elements.branches + (element >> 1)] === 0) this.switchLine(i, element >> 1, 1);
      }
      this.setHolders(i, index);
    } else if (kind === CHOICE_CHANGE) {
      const substation = elements.substationOf[index];
      const at = i * elements.count + index;
      state.bars[at] = 3 - state.bars[at];
      if (index < elements.firstLoad) state.setNode(i, index >> 1);
      this.actedSubstation[i] = substation;
      lanes.touch(substation);
      this.setHolders(i, substation);
    } else if (kind === CHOICE_LINE) this.switchLine(i, index, 1 - state.on[i * elements.branches + index]);
    else if (kind === CHOICE_REDISPATCH) {
      const { rampMw, maxMw } = elements.facts.generators[index];
      const at = i * elements.generators + index;
      state.target[at] = Math.min(maxMw, Math.max(-maxMw, state.target[at] + choices.detail[choice] * rampMw));
    } else if (kind === CHOICE_CURTAIL) state.cap[i * elements.generators + index] = CURTAILMENT_LEVELS[choices.detail[choice]];
    else if (kind === CHOICE_STORAGE) drawStorage(elements, state, i, index, -choices.detail[choice]);
    return true;
  }

  private switchLine(i: number, branch: number, on: number): void {
    const { state, lanes, settings } = this;
    const { branchFrom, branchTo } = settings.elements.plan.network;
    state.on[i * settings.elements.branches + branch] = on;
    state.setNode(i, branch);
    this.actedLine[i] = branch;
    lanes.touch(branchFrom[branch]);
    lanes.touch(branchTo[branch]);
  }

  private setHolders(i: number, substation: number): void {
    const { state, settings } = this;
    const { elements } = settings;
    if (elements.holdsVoltage[substation] === 0) return;
    let holders = 0;
    for (const k of elements.generatorsOf[substation]) holders |= state.bars[i * elements.count + elements.firstGenerator + k];
    state.holders[i * elements.substations + substation] = holders;
  }

  /** Takes lines out of service that maintenance or an attack holds out. */
  forceOut(i: number): void {
    const { state, settings } = this;
    const { elements, opponent, chronics } = settings;
    if (this.maintenance) {
      const [line, left] = this.maintenance.now(state.scenario[i], state.row[i]);
      if (line >= 0) this.holdOut(i, line, left);
    }
    const planned = chronics.maintenance?.(state.scenario[i], state.row[i]);
    if (planned) for (let k = 0; k < elements.branches; k++) if (planned[k] !== 0) this.holdOut(i, k, 1);
    if (!opponent) return;
    if (state.attackLeft[i] > 0) state.attackLeft[i] -= 1;
    if (state.attackLeft[i] === 0) state.attackedLine[i] = -1;
    if (state.steps[i] === state.attackRow[i]) {
      state.attackLeft[i] = opponent.duration;
      state.attackedLine[i] = state.attackLine[i];
      this.planAttack(i, Math.floor((state.steps[i] - 1) / opponent.everySteps) + 1);
    }
    if (state.attackedLine[i] >= 0) this.holdOut(i, state.attackedLine[i], state.attackLeft[i]);
  }

  /** A line is out, and stays so for this step and `left` - 1 more. */
  private holdOut(i: number, line: number, left: number): void {
    const { state, lanes, settings } = this;
    const { branches, plan } = settings.elements;
    const at = i * branches + line;
    // What is left is counted down at the end of this step.
    if (state.lineWait[at] < left) state.lineWait[at] = left;
    if (state.on[at] === 0) return;
    state.on[at] = 0;
    state.setNode(i, line);
    lanes.touch(plan.network.branchFrom[line]);
    lanes.touch(plan.network.branchTo[line]);
  }

  /** Plans the attack of a stretch of the episode. */
  planAttack(i: number, count: number): void {
    const { settings, state, arrays } = this;
    if (!settings.opponent) return;
    const { step, line } = drawAttack(arrays.seeds[i], arrays.episodes[i], count, settings.elements.branches, settings.opponent);
    state.attackRow[i] = step;
    state.attackLine[i] = line;
  }

  /** Cooldowns of substations and lines acted on; returns what substations wait, and the line acted on, in all. */
  countDown(i: number): number {
    const { state, settings, actedLine, actedSubstation } = this;
    const { elements, rules } = settings;
    const first = i * elements.substations;
    let waiting = 0;
    if (rules.substationCooldown > 0) {
      for (let at = first; at < first + elements.substations; at++) {
        if (state.substationWait[at] === 0) continue;
        state.substationWait[at] -= 1;
        waiting += state.substationWait[at];
      }
      if (actedSubstation[i] >= 0) {
        state.substationWait[first + actedSubstation[i]] = rules.substationCooldown;
        waiting += rules.substationCooldown;
      }
    }
    if (actedLine[i] >= 0) {
      const at = i * elements.branches + actedLine[i];
      if (state.lineWait[at] < rules.lineCooldown) state.lineWait[at] = rules.lineCooldown;
      waiting += state.lineWait[at];
    }
    return waiting;
  }
}
