/** What is seen of an environment: observation and infos. docs/tasks/topology.md lists them. */
import { cos, sin } from '../numeric/index.js';
import { FLOW_NUMBERS, type TopologyLanes } from '../powerflow/index.js';
import { DAY_STEPS } from './chronics.js';
import { INFO_NAMES, type TopologyArrays, type TopologySettings } from './settings.js';
import type { TopologyState } from './state.js';

/** Waits and counters are shown in units of so many steps. */
const WAIT_UNIT = 10;
const OVER_UNIT = 3;

/** Names of an observation's entries, in their order. */
export function observationNames({ elements, isDispatched, maintenance, opponent }: TopologySettings): string[] {
  const { facts, branchNames, names, grid, storages } = elements;
  const loads = grid.loads.map((_, k) => names[elements.firstLoad + k]);
  const generators = facts.generators.map(({ name }) => name);
  return [
    'sine of day',
    'cosine of day',
    'sine of week',
    'cosine of week',
    ...loads.map((name) => `${name} MW`),
    ...loads.map((name) => `${name} MVAr`),
    ...generators.map((name) => `${name} MW`),
    ...branchNames.map((name) => `line ${name} loading`),
    ...branchNames.map((name) => `line ${name} MW`),
    ...branchNames.map((name) => `line ${name} in service`),
    ...branchNames.map((name) => `line ${name} steps over`),
    ...branchNames.map((name) => `line ${name} wait`),
    ...names.map((name) => `${name} on busbar 2`),
    ...Array.from({ length: elements.substations }, (_, k) => `substation ${k} wait`),
    ...(maintenance || opponent ? branchNames.map((name) => `line ${name} held out`) : []),
    ...(isDispatched ? [...generators.map((name) => `${name} redispatched`), ...generators.map((name) => `${name} cap`)] : []),
    ...storages.map((_, k) => `storage ${k} energy`),
  ];
}

/** Writes rows. */
export class TopologyObserver {
  /** Of the row last written: losses in branches, and all load, MW. */
  lossMw = 0;
  loadMw = 0;
  /** Lines out of service. */
  linesOut = 0;
  private readonly width: number;
  private readonly eventsAt: number;
  private readonly sines: Float32Array;
  private readonly weeks: Float32Array;

  constructor(
    private readonly settings: TopologySettings,
    private readonly state: TopologyState,
    private readonly arrays: TopologyArrays,
  ) {
    const names = observationNames(settings);
    const { elements, maintenance, opponent, isDispatched } = settings;
    this.width = names.length;
    const behind = (isDispatched ? 2 * elements.generators : 0) + elements.storages.length;
    this.eventsAt = maintenance || opponent ? names.length - behind - elements.branches : -1;
    this.sines = circle(DAY_STEPS);
    this.weeks = circle(7 * DAY_STEPS);
  }

  /** Writes observation and infos from the flows that lanes hold. */
  write(i: number, lanes: TopologyLanes, series: Float32Array, from: number): void {
    const { settings, state, arrays, width } = this;
    const { elements } = settings;
    const { branches, loads, generators, count, substations, facts, grid } = elements;
    const { observations, infos } = arrays;
    const { flows } = lanes;
    const unit = 1 / facts.powerUnitMw;
    let at = i * width;
    const step = state.row[i] % DAY_STEPS;
    const week = state.row[i] % (7 * DAY_STEPS);
    observations[at] = this.sines[2 * step + 1];
    observations[at + 1] = this.sines[2 * step];
    observations[at + 2] = this.weeks[2 * week + 1];
    observations[at + 3] = this.weeks[2 * week];
    at += 4;
    let load = 0;
    for (let k = 0; k < loads; k++) load += series[from + k];
    for (let k = 0; k < 2 * loads; k++) observations[at + k] = series[from + k] * unit;
    at += 2 * loads;
    const slack = this.slackMw(i, lanes, series, from);
    for (let k = 0; k < generators; k++) observations[at + k] = state.produced[i * generators + k] * unit;
    observations[at + elements.slackGenerator] = slack * unit;
    at += generators;
    const first = i * branches;
    let loss = 0;
    let most = 0;
    let overloads = 0;
    let out = 0;
    const flowUnit = grid.baseMva * unit;
    for (let k = 0; k < branches; k++) {
      const loading = state.loading[first + k];
      loss += flows[FLOW_NUMBERS * k] + flows[FLOW_NUMBERS * k + 2];
      if (loading > most) most = loading;
      if (loading > 1) overloads += 1;
      observations[at + k] = loading;
      observations[at + branches + k] = flows[FLOW_NUMBERS * k] * flowUnit;
      const on = state.on[first + k];
      if (on === 0) out += 1;
      observations[at + 2 * branches + k] = on;
      observations[at + 3 * branches + k] = state.over[first + k] / OVER_UNIT;
      observations[at + 4 * branches + k] = state.lineWait[first + k] / WAIT_UNIT;
    }
    at += 5 * branches;
    for (let k = 0; k < count; k++) observations[at + k] = state.bars[i * count + k] - 1;
    at += count;
    for (let k = 0; k < substations; k++) observations[at + k] = state.substationWait[i * substations + k] / WAIT_UNIT;
    at += substations;
    this.writeRest(i, at);
    this.lossMw = loss * grid.baseMva;
    this.loadMw = load;
    this.linesOut = out;
    const row = i * INFO_NAMES.length;
    infos[row] = most;
    infos[row + 1] = overloads;
    infos[row + 2] = out;
    infos[row + 3] = state.trips[i];
    infos[row + 4] = this.lossMw;
    infos[row + 5] = load;
    infos[row + 6] = slack;
    infos[row + 7] = 0;
    infos[row + 8] = state.illegal[i];
    infos[row + 9] = state.scenario[i];
    infos[row + 10] = state.row[i];
  }

  /** What there is of dispatch and storage. */
  private writeRest(i: number, from: number): void {
    const { settings, state, arrays } = this;
    const { elements, isDispatched } = settings;
    const { generators, storages, facts, branches } = elements;
    let at = from + (this.eventsAt >= 0 ? branches : 0);
    if (isDispatched) {
      for (let k = 0; k < generators; k++) {
        arrays.observations[at + k] = state.actual[i * generators + k] / facts.powerUnitMw;
        arrays.observations[at + generators + k] = state.cap[i * generators + k];
      }
      at += 2 * generators;
    }
    for (let k = 0; k < storages.length; k++) arrays.observations[at + k] = state.energy[i * storages.length + k] / storages[k].capacityMwh;
  }

  /** What the generator at the slack gives, MW: what leaves its busbar, but for what others bring there. */
  private slackMw(i: number, { flows, voltages }: TopologyLanes, series: Float32Array, from: number): number {
    const { settings, state } = this;
    const { elements } = settings;
    const { slackGenerator, plan, count, substations, firstLoad, firstGenerator, firstStorage, grid } = elements;
    const { bars } = state;
    const at = i * count;
    const bus = elements.substationOf[firstGenerator + slackGenerator];
    const bar = bars[at + firstGenerator + slackGenerator];
    let sum = 0;
    const own = elements.elementsOf[bus];
    for (let k = 0; k < own.length; k++) {
      const element = own[k];
      if (bars[at + element] !== bar) continue;
      if (element < firstLoad) sum += flows[FLOW_NUMBERS * (element >> 1) + 2 * (element & 1)] * grid.baseMva;
      else if (element < firstGenerator) sum += series[from + element - firstLoad];
      else if (element < firstStorage) {
        if (element !== firstGenerator + slackGenerator) sum -= state.produced[i * elements.generators + element - firstGenerator];
      } else sum += state.drawn[i * elements.storages.length + element - firstStorage];
    }
    if (bar === 1) {
      const v = 2 * ((bar - 1) * substations + bus);
      sum += plan.shunts[2 * bus] * (voltages[v] * voltages[v] + voltages[v + 1] * voltages[v + 1]) * grid.baseMva;
    }
    return sum;
  }

  /** A blackout: nothing flows, nothing is in service. */
  writeBlackout(i: number): void {
    const { state, arrays, width } = this;
    arrays.observations.fill(0, i * width, (i + 1) * width);
    const row = i * INFO_NAMES.length;
    const { infos } = arrays;
    infos.fill(Number.NaN, row, row + 7);
    infos[row + 3] = state.trips[i];
    infos[row + 7] = state.blackout[i];
    infos[row + 8] = state.illegal[i];
    infos[row + 9] = state.scenario[i];
    infos[row + 10] = state.row[i];
  }

  /** Lines held out from outside. @param maintained the line under maintenance, -1: none */
  writeEvents(i: number, maintained: number): void {
    const { state, arrays, width, eventsAt } = this;
    const { branches } = this.settings.elements;
    const row = i * INFO_NAMES.length;
    arrays.infos[row + 11] = state.attackedLine[i];
    arrays.infos[row + 12] = maintained;
    if (eventsAt < 0) return;
    const at = i * width + eventsAt;
    arrays.observations.fill(0, at, at + branches);
    if (state.blackout[i] !== 0) return;
    if (maintained >= 0) arrays.observations[at + maintained] = 1;
    if (state.attackedLine[i] >= 0) arrays.observations[at + state.attackedLine[i]] = 1;
  }
}

/** [step][cosine, sine] of a turn in so many steps. */
function circle(steps: number): Float32Array {
  const out = new Float32Array(2 * steps);
  for (let step = 0; step < steps; step++) {
    out[2 * step] = cos((2 * Math.PI * step) / steps);
    out[2 * step + 1] = sin((2 * Math.PI * step) / steps);
  }
  return out;
}
