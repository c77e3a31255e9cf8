/**
 * Many grids at once whose operators change topology: steps of five minutes, in the order of Grid2Op. An action, if it is legal; the next row of the series, what happens from
 * outside; a power flow; lines that trip, and power flows again until none does; counters, reward, what is seen, what is allowed next.
 *
 * An environment is a lane. What trips within a step is solved again in spare lanes, gathered there, so that few such lanes do not keep whole blocks busy. docs/topology.md.
 */
import { GridError } from '../grid/index.js';
import { RandomStream } from '../numeric/index.js';
import { type BackendName, FLOW_NUMBERS, type LaneState, TopologyLanes } from '../powerflow/index.js';
import { CHOICE_CHANGE, CHOICE_CURTAIL, CHOICE_LINE, CHOICE_NONE, CHOICE_REDISPATCH, CHOICE_SET, CHOICE_STORAGE, CURTAILMENT_LEVELS } from './choices.js';
import { DAY_STEPS } from './chronics.js';
import { dispatch, drawStorage } from './dispatch.js';
import { drawAttack, MaintenancePlan } from './events.js';
import { TopologyMasks } from './masks.js';
import { TopologyObserver } from './observer.js';
import { stepReward } from './rewards.js';
import { BLACKOUT_DIVERGED, BLACKOUT_ISLANDED, BLACKOUT_NONE, type TopologyArrays, type TopologySettings } from './settings.js';
import { type StateRecord, TopologyState } from './state.js';

/** Spare lanes, for trips: so many environments are solved again at once. */
const MOST_SPARE = 64;
/** Beginnings of scenarios whose solution is kept. */
const MOST_BEGINNINGS = 4096;

/** What an environment is in while a step is made. */
const GOING = 0;
const TRIPPED = 1;
const OVER = 2;

/** What one reset may ask for. */
export interface BeginOptions {
  readonly scenario?: number;
  readonly row?: number;
}

/** Running environments. */
export class TopologySimulation {
  readonly state: TopologyState;
  readonly lanes: TopologyLanes;
  /** Seconds spent in kernels. */
  kernelSeconds = 0;
  private readonly masks: TopologyMasks;
  private readonly observer: TopologyObserver;
  private readonly maintenance: MaintenancePlan | undefined;
  private readonly view: LaneState;
  private readonly p: Float64Array;
  private readonly q: Float64Array;
  private readonly loadBus: Int32Array;
  private readonly generatorBus: Int32Array;
  private readonly storageBus: Int32Array;
  /** Amperes a per-unit of current over the limit, [branch]. */
  private readonly loadingOfCurrent: Float64Array;
  private readonly series: Float32Array[];
  private readonly phase: Uint8Array;
  private readonly tripped: Int32Array;
  /** Lines and substations acted on in this step, -1: none. */
  private readonly actedLine: Int32Array;
  private readonly actedSubstation: Int32Array;
  /** [tripped environment][branch]: as its lane has it; and [spare lane][branch]. Lines that tripped when an environment was last judged. */
  private readonly onBefore: Uint8Array;
  private readonly spareOn: Uint8Array;
  private readonly hasTripped: Uint8Array;
  private readonly spareCount: number;
  private spare: TopologyLanes | undefined;
  /** Voltages at the beginning of each scenario that was begun. */
  private readonly beginnings = new Map<number, Float64Array>();

  constructor(
    readonly settings: TopologySettings,
    readonly arrays: TopologyArrays,
    private readonly backend: BackendName,
  ) {
    const { elements, tolerance } = settings;
    const environments = arrays.rewards.length;
    this.state = new TopologyState(elements, environments);
    this.lanes = new TopologyLanes(elements.plan, { scenarios: environments, backend, tolerance });
    this.masks = new TopologyMasks(settings, this.state, arrays.masks);
    this.observer = new TopologyObserver(settings, this.state, arrays);
    this.maintenance = settings.maintenance ? new MaintenancePlan(settings.seriesSeed, elements.branches, settings.maintenance) : undefined;
    const { bars, on, holders } = this.state;
    this.view = { ends: bars, endsAt: 0, on, onAt: 0, holders, holdersAt: 0 };
    this.p = new Float64Array(2 * elements.substations);
    this.q = new Float64Array(2 * elements.substations);
    this.loadBus = elements.substationOf.slice(elements.firstLoad, elements.firstGenerator);
    this.generatorBus = elements.substationOf.slice(elements.firstGenerator, elements.firstStorage);
    this.storageBus = elements.substationOf.slice(elements.firstStorage);
    this.loadingOfCurrent = elements.ampsPerUnit.map((amps, k) => amps / elements.limitAmps[k]);
    const nothing = new Float32Array(0);
    this.series = Array.from({ length: environments }, () => nothing);
    this.phase = new Uint8Array(environments);
    this.tripped = new Int32Array(environments);
    this.actedLine = new Int32Array(environments).fill(-1);
    this.actedSubstation = new Int32Array(environments).fill(-1);
    this.spareCount = Math.min(MOST_SPARE, environments);
    this.onBefore = new Uint8Array(environments * elements.branches);
    this.spareOn = new Uint8Array(this.spareCount * elements.branches);
    this.hasTripped = new Uint8Array(elements.branches);
  }

  /** Makes the view that of an environment. */
  private look(i: number): LaneState {
    const { view } = this;
    const { elements } = this.settings;
    view.endsAt = i * elements.count;
    view.onAt = i * elements.branches;
    view.holdersAt = i * elements.substations;
    return view;
  }

  /** Where an environment's row begins in its series of the day. */
  private seriesAt(i: number): number {
    return (this.state.row[i] % DAY_STEPS) * this.settings.chronics.width;
  }

  private loadDay(i: number): void {
    this.series[i] = this.settings.chronics.day(this.state.scenario[i], Math.floor(this.state.row[i] / DAY_STEPS));
  }

  /**
   * Begins episodes. Throws GridError where a row of the series has no solution.
   *
   * @param which environments, each once, rising; the first `count`
   */
  reset(which: Int32Array, count: number, options: BeginOptions = {}): void {
    const { settings, state, lanes, arrays, beginnings } = this;
    const { chronics } = settings;
    let unsolved = 0;
    for (let k = 0; k < count; k++) {
      const i = which[k];
      const stream = new RandomStream(arrays.seeds[i], arrays.episodes[i], 'scenario');
      const drawn = stream.integer(chronics.scenarios);
      const scenario = options.scenario ?? drawn;
      const latest = Math.max(1, chronics.rows(scenario) - 1 - settings.episodeSteps);
      const row = options.row ?? (settings.start === 'random' ? stream.integer(Math.max(1, Math.max(latest, chronics.rows(scenario) - 1 - DAY_STEPS))) : 0);
      state.begin(i, scenario, row);
      this.loadDay(i);
      this.planAttack(i, 0);
      lanes.restoreLane(i);
      this.setProduction(i);
      const known = row === 0 ? beginnings.get(scenario) : undefined;
      if (known) {
        lanes.loadVoltages(i, known, 0);
        this.phase[i] = GOING;
        continue;
      }
      lanes.resetVoltages(i);
      this.writePowers(lanes, i, i);
      lanes.choose(i);
      this.phase[i] = TRIPPED;
      unsolved += 1;
    }
    if (unsolved > 0) this.solve(lanes);
    for (let k = 0; k < count; k++) {
      const i = which[k];
      if (this.phase[i] === TRIPPED) {
        if (!lanes.isSolved(i)) throw new GridError(`row ${state.row[i]} of scenario ${state.scenario[i]} of the series has no solution with all on busbar 1`);
        if (state.row[i] === 0 && beginnings.size < MOST_BEGINNINGS) {
          const voltages = new Float64Array(lanes.voltageNumbers);
          lanes.saveVoltages(i, voltages, 0);
          beginnings.set(state.scenario[i], voltages);
        }
      }
      this.show(i);
    }
  }

  /** Everything that is seen of an environment, from its voltages. */
  private show(i: number): void {
    const { lanes, observer, masks, arrays } = this;
    if (this.state.blackout[i] !== BLACKOUT_NONE) observer.writeBlackout(i);
    else {
      lanes.readFlows(i, this.look(i));
      this.readLoadings(i, lanes);
      observer.write(i, lanes, this.series[i], this.seriesAt(i));
    }
    const maintained = this.maintenance ? this.maintenance.now(this.state.scenario[i], this.state.row[i])[0] : -1;
    observer.writeEvents(i, maintained);
    masks.writeAll(i);
    arrays.costs[i] = 0;
  }

  /** One step of each environment listed. */
  step(which: Int32Array, count: number): void {
    const { lanes, phase, tripped, onBefore, state } = this;
    const { branches } = this.settings.elements;
    for (let k = 0; k < count; k++) this.begin(which[k]);
    this.solve(lanes);
    let trips = 0;
    for (let k = 0; k < count; k++) {
      const i = which[k];
      if (phase[i] !== OVER) this.judge(i, lanes, i);
      if (phase[i] === TRIPPED && this.holdsTogether(i)) {
        // Back to what the lane has; what has tripped is what differs from it.
        for (let b = 0; b < branches; b++) onBefore[trips * branches + b] = state.on[i * branches + b] | this.hasTripped[b];
        tripped[trips++] = i;
      } else if (phase[i] === GOING) this.finish(i, lanes);
      else this.finishOver(i);
    }
    for (let from = 0; from < trips; from += this.spareCount) this.cascade(from, Math.min(this.spareCount, trips - from));
  }

  private solve(lanes: TopologyLanes): void {
    const from = performance.now();
    lanes.solve();
    this.kernelSeconds += (performance.now() - from) / 1000;
  }

  /** Action, series, events, and what they come to in the environment's lane. */
  private begin(i: number): void {
    const { state, settings, lanes, phase } = this;
    state.steps[i] += 1;
    state.row[i] += 1;
    state.trips[i] = 0;
    this.actedLine[i] = -1;
    this.actedSubstation[i] = -1;
    if (settings.isDispatched) state.drawn.fill(0, i * settings.elements.storages.length, (i + 1) * settings.elements.storages.length);
    state.illegal[i] = this.act(i, this.arrays.actions[i]) ? 0 : 1;
    if (state.row[i] % DAY_STEPS === 0) this.loadDay(i);
    if (this.maintenance || settings.opponent || settings.chronics.maintenance) this.forceOut(i);
    this.setProduction(i);
    phase[i] = GOING;
    if (lanes.isTouched) {
      lanes.walk(this.look(i));
      if (!this.isWhole(i, lanes)) {
        lanes.forget();
        state.blackout[i] = BLACKOUT_ISLANDED;
        phase[i] = OVER;
        return;
      }
      lanes.apply(i, this.view);
    }
    this.writePowers(lanes, i, i);
    lanes.choose(i);
  }

  /** Carries an action out on state and marks what is touched; returns whether it was legal. */
  private act(i: number, choice: number): boolean {
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
  private forceOut(i: number): void {
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
    lanes.touch(plan.network.branchFrom[line]);
    lanes.touch(plan.network.branchTo[line]);
  }

  private planAttack(i: number, count: number): void {
    const { settings, state, arrays } = this;
    if (!settings.opponent) return;
    const { step, line } = drawAttack(arrays.seeds[i], arrays.episodes[i], count, settings.elements.branches, settings.opponent);
    state.attackRow[i] = step;
    state.attackLine[i] = line;
  }

  /** What generators give in this row. */
  private setProduction(i: number): void {
    const { settings, state } = this;
    const { elements } = settings;
    const series = this.series[i];
    const at = this.seriesAt(i);
    const first = at + 2 * elements.loads;
    const g = i * elements.generators;
    if (settings.isDispatched && state.steps[i] > 0) dispatch(elements, state, i, series, at);
    else for (let k = 0; k < elements.generators; k++) state.produced[g + k] = series[first + k];
  }

  /** Whether all that gives or takes has a path to the slack, as the lanes last applied have it. */
  private isWhole(i: number, { isReached }: TopologyLanes): boolean {
    const { settings, state, loadBus, generatorBus, storageBus } = this;
    const { elements } = settings;
    const { substations, firstLoad, firstGenerator, firstStorage } = elements;
    const { bars } = state;
    const at = i * elements.count;
    for (let k = 0; k < loadBus.length; k++) if (isReached[(bars[at + firstLoad + k] - 1) * substations + loadBus[k]] === 0) return false;
    for (let k = 0; k < generatorBus.length; k++) if (isReached[(bars[at + firstGenerator + k] - 1) * substations + generatorBus[k]] === 0) return false;
    for (let k = 0; k < storageBus.length; k++) if (isReached[(bars[at + firstStorage + k] - 1) * substations + storageBus[k]] === 0) return false;
    return true;
  }

  private writePowers(lanes: TopologyLanes, lane: number, i: number): void {
    const { settings, state, loadBus, generatorBus, storageBus, p, q } = this;
    const { elements } = settings;
    const { substations, loads, firstLoad, firstGenerator, firstStorage } = elements;
    const { bars, produced, drawn } = state;
    const series = this.series[i];
    const from = this.seriesAt(i);
    const perMw = 1 / elements.grid.baseMva;
    const at = i * elements.count;
    p.fill(0);
    q.fill(0);
    for (let k = 0; k < loads; k++) {
      const node = (bars[at + firstLoad + k] - 1) * substations + loadBus[k];
      p[node] -= series[from + k] * perMw;
      q[node] -= series[from + loads + k] * perMw;
    }
    for (let k = 0; k < generatorBus.length; k++) {
      const node = (bars[at + firstGenerator + k] - 1) * substations + generatorBus[k];
      p[node] += produced[i * elements.generators + k] * perMw;
    }
    for (let k = 0; k < storageBus.length; k++) {
      const node = (bars[at + firstStorage + k] - 1) * substations + storageBus[k];
      p[node] -= drawn[i * storageBus.length + k] * perMw;
    }
    lanes.setPowers(lane, p, q);
  }

  private readLoadings(i: number, { flows }: TopologyLanes): void {
    const { state, loadingOfCurrent } = this;
    const { branches } = this.settings.elements;
    for (let k = 0; k < branches; k++) state.loading[i * branches + k] = flows[FLOW_NUMBERS * k + 4] * loadingOfCurrent[k];
  }

  /** Looks at the solution of an environment in a lane: whether there is one, and which lines trip. Sets its phase. */
  private judge(i: number, lanes: TopologyLanes, lane: number): void {
    const { state, phase, settings } = this;
    if (!lanes.isSolved(lane)) {
      state.blackout[i] = BLACKOUT_DIVERGED;
      phase[i] = OVER;
      return;
    }
    lanes.readFlows(lane, this.look(i));
    this.readLoadings(i, lanes);
    const { rules, elements } = settings;
    const { loading, over, on, lineWait } = state;
    const { branches } = elements;
    phase[i] = GOING;
    this.hasTripped.fill(0);
    for (let at = i * branches; at < (i + 1) * branches; at++) {
      if (!(loading[at] > 1)) continue;
      if (loading[at] <= rules.hardRatio && over[at] + 1 <= rules.softSteps) continue;
      this.hasTripped[at - i * branches] = 1;
      on[at] = 0;
      over[at] = 0;
      // Counted down at the end of this step.
      lineWait[at] = rules.reconnectionSteps + 1;
      state.trips[i] += 1;
      phase[i] = TRIPPED;
    }
  }

  private phaseOf(i: number): number {
    return this.phase[i];
  }

  /** Whether an environment in which lines have tripped still hangs together; ends it where not. */
  private holdsTogether(i: number): boolean {
    const { lanes, state, phase } = this;
    lanes.walk(this.look(i));
    if (this.isWhole(i, lanes)) return true;
    state.blackout[i] = BLACKOUT_ISLANDED;
    phase[i] = OVER;
    return false;
  }

  /** Solves environments in which lines have tripped again and again, until no more do, in spare lanes. All of them hang together. */
  private cascade(from: number, count: number): void {
    const { lanes, tripped, phase, settings, onBefore } = this;
    const { branches, plan } = settings.elements;
    this.spare ??= new TopologyLanes(plan, { scenarios: this.spareCount, backend: this.backend, tolerance: settings.tolerance });
    const { spare } = this;
    spare.use(count);
    for (let lane = 0; lane < count; lane++) {
      spare.become(lane, lanes, tripped[from + lane]);
      this.writePowers(spare, lane, tripped[from + lane]);
    }
    // As the spare lane has it, to know what has been switched since.
    this.spareOn.set(onBefore.subarray(from * branches, (from + count) * branches));
    for (let going = count; going > 0; ) {
      for (let lane = 0; lane < count; lane++) {
        const i = tripped[from + lane];
        if (phase[i] !== TRIPPED) continue;
        this.touchSwitched(spare, i, this.spareOn, lane * branches);
        spare.walk(this.look(i));
        spare.apply(lane, this.view);
        spare.choose(lane);
      }
      this.solve(spare);
      going = 0;
      for (let lane = 0; lane < count; lane++) {
        const i = tripped[from + lane];
        if (phase[i] !== TRIPPED) continue;
        this.judge(i, spare, lane);
        const isDone = this.phaseOf(i) === GOING;
        if (this.phaseOf(i) === TRIPPED && this.holdsTogether(i)) going += 1;
        else if (isDone) {
          this.touchSwitched(lanes, i, onBefore, (from + lane) * branches);
          lanes.walk(this.look(i));
          lanes.apply(i, this.view);
          lanes.copyVoltages(i, spare, lane);
          this.finish(i, spare);
        } else this.finishOver(i);
      }
    }
  }

  /** Touches what lies at branches whose state is no longer that at `at`, and writes the state there. */
  private touchSwitched(lanes: TopologyLanes, i: number, before: Uint8Array, at: number): void {
    const { state, settings } = this;
    const { branches, plan } = settings.elements;
    const { branchFrom, branchTo } = plan.network;
    for (let k = 0; k < branches; k++) {
      const on = state.on[i * branches + k];
      if (before[at + k] === on) continue;
      before[at + k] = on;
      lanes.touch(branchFrom[k]);
      lanes.touch(branchTo[k]);
    }
  }

  /** Counters, reward, what is seen and allowed, of an environment that goes on; `lanes` hold its flows. */
  private finish(i: number, lanes: TopologyLanes): void {
    const { state, arrays, settings, observer, masks } = this;
    const { elements, chronics } = settings;
    const { branches } = elements;
    const { over, lineWait, loading, on } = state;
    let excess = 0;
    for (let at = i * branches; at < (i + 1) * branches; at++) {
      if (loading[at] > 1) {
        over[at] += 1;
        excess += loading[at] - 1;
      } else over[at] = 0;
      if (lineWait[at] > 0) lineWait[at] -= 1;
    }
    this.countDown(i);
    arrays.costs[i] = excess;
    observer.write(i, lanes, this.series[i], this.seriesAt(i));
    const maintained = this.maintenance ? this.maintenance.now(state.scenario[i], state.row[i])[0] : -1;
    observer.writeEvents(i, maintained);
    masks.write(i);
    arrays.rewards[i] = stepReward(settings, loading, on, i, observer.lossMw, observer.loadMw, state.illegal[i] !== 0);
    arrays.terminations[i] = 0;
    arrays.truncations[i] = state.steps[i] >= settings.episodeSteps || state.row[i] >= chronics.rows(state.scenario[i]) - 1 ? 1 : 0;
  }

  /** Cooldowns of substations and lines acted on. */
  private countDown(i: number): void {
    const { state, settings, actedLine, actedSubstation } = this;
    const { elements, rules } = settings;
    const first = i * elements.substations;
    if (rules.substationCooldown > 0) {
      for (let at = first; at < first + elements.substations; at++) if (state.substationWait[at] > 0) state.substationWait[at] -= 1;
      if (actedSubstation[i] >= 0) state.substationWait[first + actedSubstation[i]] = rules.substationCooldown;
    }
    if (actedLine[i] >= 0) {
      const at = i * elements.branches + actedLine[i];
      if (state.lineWait[at] < rules.lineCooldown) state.lineWait[at] = rules.lineCooldown;
    }
  }

  /** The end of an episode by a blackout. */
  private finishOver(i: number): void {
    const { arrays, observer, masks, state, settings } = this;
    const { branches } = settings.elements;
    state.loading.fill(0, i * branches, (i + 1) * branches);
    observer.writeBlackout(i);
    observer.writeEvents(i, -1);
    masks.write(i);
    arrays.rewards[i] = 0;
    arrays.costs[i] = 0;
    arrays.terminations[i] = 1;
    arrays.truncations[i] = 0;
  }

  /** All that the future of an environment depends on, but for seed and episode. */
  snapshot(i: number): Record<string, number | readonly number[]> {
    const voltages = new Float64Array(this.lanes.voltageNumbers);
    this.lanes.saveVoltages(i, voltages, 0);
    return { ...this.state.record(i), voltages: Array.from(voltages, (v) => (Number.isFinite(v) ? v : 0)) };
  }

  /** The reverse. Throws InputError for what is no snapshot; nothing has changed then. */
  restore(i: number, record: StateRecord): void {
    const { lanes, state } = this;
    const { voltages } = record;
    if (!Array.isArray(voltages) || voltages.length !== lanes.voltageNumbers || !voltages.every(Number.isFinite))
      throw new GridError(`voltages in a snapshot must be ${lanes.voltageNumbers} numbers`);
    state.restore(i, record);
    this.loadDay(i);
    lanes.restoreLane(i);
    lanes.touchAll();
    lanes.walk(this.look(i));
    lanes.apply(i, this.view);
    lanes.loadVoltages(i, voltages, 0);
    this.show(i);
  }

  /** Makes an environment what another one is, perhaps of another simulation of the same settings; seeds and episodes are the caller's. What is seen and allowed is not written. */
  copy(to: number, source: TopologySimulation, from: number): void {
    const { lanes } = this;
    this.state.copy(to, source.state, from);
    this.series[to] = source.series[from];
    lanes.become(to, source.lanes, from);
  }

  /** Makes environments what one of them is, seeds and episodes included. */
  spread(from: number, which: Int32Array, count: number): void {
    const { arrays } = this;
    for (let k = 0; k < count; k++) {
      this.copy(which[k], this, from);
      arrays.seeds[which[k]] = arrays.seeds[from];
      arrays.episodes[which[k]] = arrays.episodes[from];
    }
  }

  /** Writes what is allowed in an environment. */
  writeMasks(i: number): void {
    this.masks.writeAll(i);
  }
}
