/**
 * Many grids at once whose operators change topology: steps of five minutes, in the order of Grid2Op. An action, if it is legal; the next row of the series, what happens from
 * outside; a power flow; lines that trip, and power flows again until none does; counters, reward, what is seen, what is allowed next.
 *
 * An environment is a lane. What trips within a step is solved again in spare lanes, gathered there, so that few such lanes do not keep whole blocks busy. docs/topology.md.
 */
import { describeValue, GridError, InputError } from '../grid/index.js';
import { RandomStream } from '../numeric/index.js';
import { type BackendName, FLOW_NUMBERS, type LaneState, TopologyLanes } from '../powerflow/index.js';
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
/** Steps of Newton's method before an environment is taken to a spare lane: a lane that does not come to rest keeps its block busy. */
const MOST_STEPS = 5;
/** With so small a mismatch, per unit, it goes on from where it is. */
const NEAR = 1e-2;
/** Beginnings of scenarios whose solution is kept. */
const MOST_BEGINNINGS = 4096;

/** What an environment is in while a step is made. */
const GOING = 0;
const TRIPPED = 1;
const OVER = 2;
const DOUBTFUL = 3;
/** A solution with a lower voltage, per unit, is not one that a grid is operated at: Newton's method has led to another. Squared. */
const LEAST_SQUARE = 0.5 ** 2;

/** What the first row of a scenario comes to with all on busbar 1. */
interface Beginning {
  readonly voltages: Float64Array;
  readonly loading: Float64Array;
  readonly observation: Float32Array;
  readonly infos: Float64Array;
}

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
  /** Environments in which lines have tripped in this step: how many, of those in `tripped`; and those that are solved again. */
  private trips = 0;
  private readonly doubtful: Int32Array;
  /** [spare lane]: its environment, and where that stands in `tripped`. */
  private readonly going: Int32Array;
  private readonly cameFrom: Int32Array;
  private readonly spareCount: number;
  private spare: TopologyLanes | undefined;
  /** Voltages at the beginning of each scenario that was begun. */
  private readonly beginnings = new Map<number, Beginning>();

  constructor(
    readonly settings: TopologySettings,
    readonly arrays: TopologyArrays,
    private readonly backend: BackendName,
  ) {
    const { elements, tolerance } = settings;
    const environments = arrays.rewards.length;
    this.state = new TopologyState(elements, environments);
    this.lanes = new TopologyLanes(elements.plan, {
      scenarios: environments,
      backend,
      tolerance,
      maxIterations: MOST_STEPS,
      splittable: settings.choices.splittable,
    });
    this.masks = new TopologyMasks(settings, this.state, arrays.masks);
    this.observer = new TopologyObserver(settings, this.state, arrays);
    this.maintenance = settings.maintenance ? new MaintenancePlan(settings.seriesSeed, elements.branches, settings.maintenance) : undefined;
    const { nodes, holders } = this.state;
    this.view = { nodes, nodesAt: 0, holders, holdersAt: 0 };
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
    this.doubtful = new Int32Array(environments);
    this.going = new Int32Array(this.spareCount);
    this.cameFrom = new Int32Array(this.spareCount);
  }

  /** Makes the view that of an environment. */
  private look(i: number): LaneState {
    const { view } = this;
    const { elements } = this.settings;
    view.nodesAt = 2 * i * elements.branches;
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
      // At least a day, or an episode, lies ahead.
      const starts = Math.max(1, chronics.rows(scenario) - Math.min(settings.episodeSteps, DAY_STEPS));
      const row = options.row ?? (settings.start === 'random' ? stream.integer(starts) : 0);
      state.begin(i, scenario, row);
      this.loadDay(i);
      this.planAttack(i, 0);
      lanes.restoreLane(i);
      this.setProduction(i);
      const known = row === 0 ? beginnings.get(scenario) : undefined;
      if (known) {
        this.beginAs(i, known);
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
      if (this.phase[i] === GOING) continue;
      if (!lanes.isSolved(i))
        throw new GridError(`row ${state.row[i]} of scenario ${state.scenario[i]} of the series has no solution with all on busbar 1`);
      this.show(i);
      if (state.row[i] === 0 && beginnings.size < MOST_BEGINNINGS) this.keepBeginning(i);
    }
  }

  private keepBeginning(i: number): void {
    const { lanes, state, arrays, beginnings } = this;
    const { branches } = this.settings.elements;
    const voltages = new Float64Array(lanes.voltageNumbers);
    lanes.saveVoltages(i, voltages, 0);
    const rowOf = <T extends Float32Array | Float64Array>(rows: T): T =>
      rows.slice((i * rows.length) / arrays.rewards.length, ((i + 1) * rows.length) / arrays.rewards.length) as T;
    const loading = state.loading.slice(i * branches, (i + 1) * branches);
    beginnings.set(state.scenario[i], { voltages, loading, observation: rowOf(arrays.observations), infos: rowOf(arrays.infos) });
  }

  private beginAs(i: number, { voltages, loading, observation, infos }: Beginning): void {
    const { lanes, state, arrays, masks } = this;
    lanes.loadVoltages(i, voltages, 0);
    state.loading.set(loading, i * loading.length);
    arrays.observations.set(observation, i * observation.length);
    arrays.infos.set(infos, i * infos.length);
    arrays.costs[i] = 0;
    masks.allow(i);
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
    if (this.state.blackout[i] !== BLACKOUT_NONE) masks.close(i);
    else masks.writeAll(i);
    arrays.costs[i] = 0;
  }

  /** One step of each environment listed. */
  step(which: Int32Array, count: number): void {
    const { lanes, phase } = this;
    for (let k = 0; k < count; k++) this.begin(which[k]);
    this.solve(lanes);
    this.trips = 0;
    let doubts = 0;
    for (let k = 0; k < count; k++) {
      const i = which[k];
      if (phase[i] !== OVER) this.judge(i, lanes, i);
      if (this.phaseOf(i) === DOUBTFUL) this.doubtful[doubts++] = i;
      else this.proceed(i, lanes);
    }
    for (let from = 0; from < doubts; from += this.spareCount) this.tryAgain(from, Math.min(this.spareCount, doubts - from));
    for (let from = 0; from < this.trips; from += this.spareCount) this.cascade(from, Math.min(this.spareCount, this.trips - from));
  }

  /** What follows from how an environment was judged: the end of its step, of its episode, or its place among those in which lines have tripped. */
  private proceed(i: number, lanes: TopologyLanes): void {
    const { phase, state, tripped, onBefore, hasTripped, settings } = this;
    const { branches } = settings.elements;
    if (phase[i] === TRIPPED && this.holdsTogether(i)) {
      // As its lane has it: what has tripped is what differs.
      for (let k = 0; k < branches; k++) onBefore[this.trips * branches + k] = state.on[i * branches + k] | hasTripped[k];
      tripped[this.trips++] = i;
    } else if (phase[i] === GOING) this.finish(i, lanes);
    else this.finishOver(i);
  }

  /** Solves environments whose lanes have come to no solution, or to an odd one, from the mean state's voltages; those that were near from where they are. */
  private tryAgain(from: number, count: number): void {
    const { lanes, doubtful } = this;
    const spare = this.spareLanes();
    spare.use(count);
    for (let lane = 0; lane < count; lane++) {
      const i = doubtful[from + lane];
      spare.become(lane, lanes, i);
      if (!(lanes.session.mismatch[i] < NEAR) || lanes.isSolved(i)) spare.resetVoltages(lane);
      this.writePowers(spare, lane, i);
      spare.choose(lane);
    }
    this.solve(spare);
    for (let lane = 0; lane < count; lane++) {
      const i = doubtful[from + lane];
      this.judge(i, spare, lane);
      if (this.phase[i] === DOUBTFUL) this.giveUp(i);
      else lanes.copyVoltages(i, spare, lane);
      this.proceed(i, spare);
    }
  }

  private giveUp(i: number): void {
    this.state.blackout[i] = BLACKOUT_DIVERGED;
    this.phase[i] = OVER;
  }

  private spareLanes(): TopologyLanes {
    const { settings } = this;
    const { plan } = settings.elements;
    this.spare ??= new TopologyLanes(plan, {
      scenarios: this.spareCount,
      backend: this.backend,
      tolerance: settings.tolerance,
      splittable: settings.choices.splittable,
    });
    return this.spare;
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
    state.setNode(i, line);
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
    for (let k = 0; k < generatorBus.length; k++)
      if (isReached[(bars[at + firstGenerator + k] - 1) * substations + generatorBus[k]] === 0) return false;
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
    phase[i] = DOUBTFUL;
    if (!lanes.isSolved(lane)) return;
    lanes.readFlows(lane, this.look(i));
    if (lanes.lowestSquare < LEAST_SQUARE) return;
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
      state.setNode(i, at - i * branches);
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
    const { lanes, tripped, settings, onBefore, spareOn, going, cameFrom } = this;
    const { branches } = settings.elements;
    const spare = this.spareLanes();
    for (let lane = 0; lane < count; lane++) {
      going[lane] = tripped[from + lane];
      cameFrom[lane] = from + lane;
      spare.become(lane, lanes, going[lane]);
      this.writePowers(spare, lane, going[lane]);
    }
    // As the spare lane has it, to know what has been switched since.
    spareOn.set(onBefore.subarray(from * branches, (from + count) * branches));
    for (let left = count; left > 0; ) {
      spare.use(left);
      for (let lane = 0; lane < left; lane++) {
        this.touchSwitched(spare, going[lane], spareOn, lane * branches);
        spare.walk(this.look(going[lane]));
        spare.apply(lane, this.view);
        spare.choose(lane);
      }
      this.solve(spare);
      left = this.settle(left);
    }
  }

  /** Looks at the solutions of the first spare lanes: what goes on tripping is moved together, what does not is finished. Returns how many go on. */
  private settle(count: number): number {
    const { lanes, spare, phase, settings, onBefore, spareOn, going, cameFrom } = this;
    const { branches } = settings.elements;
    if (!spare) return 0;
    let left = 0;
    for (let lane = 0; lane < count; lane++) {
      const i = going[lane];
      this.judge(i, spare, lane);
      if (phase[i] === DOUBTFUL) this.giveUp(i);
      if (this.phaseOf(i) === TRIPPED && this.holdsTogether(i)) {
        if (left < lane) {
          spare.become(left, spare, lane);
          this.writePowers(spare, left, i);
          spareOn.copyWithin(left * branches, lane * branches, (lane + 1) * branches);
          going[left] = i;
          cameFrom[left] = cameFrom[lane];
        }
        left += 1;
      } else if (this.phaseOf(i) === GOING) {
        this.touchSwitched(lanes, i, onBefore, cameFrom[lane] * branches);
        lanes.walk(this.look(i));
        lanes.apply(i, this.view);
        lanes.copyVoltages(i, spare, lane);
        this.finish(i, spare);
      } else this.finishOver(i);
    }
    return left;
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
    let waiting = 0;
    for (let at = i * branches; at < (i + 1) * branches; at++) {
      if (loading[at] > 1) {
        over[at] += 1;
        excess += loading[at] - 1;
      } else over[at] = 0;
      if (lineWait[at] > 0) {
        lineWait[at] -= 1;
        waiting += lineWait[at];
      }
    }
    waiting += this.countDown(i);
    arrays.costs[i] = excess;
    observer.write(i, lanes, this.series[i], this.seriesAt(i));
    const maintained = this.maintenance ? this.maintenance.now(state.scenario[i], state.row[i])[0] : -1;
    observer.writeEvents(i, maintained);
    masks.write(i, waiting === 0 && observer.linesOut === 0);
    arrays.rewards[i] = stepReward(settings, loading, on, i, observer.lossMw, observer.loadMw, state.illegal[i] !== 0);
    arrays.terminations[i] = 0;
    arrays.truncations[i] = state.steps[i] >= settings.episodeSteps || state.row[i] >= chronics.rows(state.scenario[i]) - 1 ? 1 : 0;
  }

  /** Cooldowns of substations and lines acted on; returns what substations wait, and the line acted on, in all. */
  private countDown(i: number): number {
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

  /** The end of an episode by a blackout. */
  private finishOver(i: number): void {
    const { arrays, observer, masks, state, settings } = this;
    const { branches } = settings.elements;
    state.loading.fill(0, i * branches, (i + 1) * branches);
    observer.writeBlackout(i);
    observer.writeEvents(i, -1);
    masks.close(i);
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
      throw new InputError(`voltages in a snapshot must be ${lanes.voltageNumbers} numbers`);
    state.restore(i, this.checked(record));
    this.loadDay(i);
    lanes.restoreLane(i);
    lanes.touchAll();
    lanes.walk(this.look(i));
    lanes.apply(i, this.view);
    lanes.loadVoltages(i, voltages, 0);
    this.show(i);
  }

  /** Throws InputError for a record in which something is on busbar 2 where no choice puts it, or that is beyond the series. */
  private checked(record: StateRecord): StateRecord {
    const { elements, choices, chronics } = this.settings;
    const { bars, scenario, row } = record;
    const wrong = Array.isArray(bars)
      ? bars.findIndex((bar, element) => bar === 2 && !choices.splittable.includes(elements.substationOf[element]))
      : -1;
    if (wrong >= 0) throw new InputError(`${elements.names[wrong]} is on busbar 2 in a snapshot, where no action of this task puts it`);
    if (!(Number.isInteger(scenario) && Number(scenario) >= 0 && Number(scenario) < chronics.scenarios))
      throw new InputError(`the scenario of a snapshot is ${describeValue(scenario)}; it must be a whole number from 0 to ${chronics.scenarios - 1}`);
    const rows = chronics.rows(Number(scenario));
    if (!(Number.isInteger(row) && Number(row) >= 0 && Number(row) < rows))
      throw new InputError(`the row of a snapshot is ${describeValue(row)}; it must be a whole number from 0 to ${rows - 1}`);
    return record;
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
