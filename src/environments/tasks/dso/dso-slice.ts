/** Environments of `dso-case33bw`, solved side by side in lanes. */
import { describeValue, InputError } from '../../../grid/index.js';
import { cos, sin } from '../../../numeric/index.js';
import type { BalancedLanes } from '../../../powerflow/index.js';
import { oneLineSvg } from '../../../visualization/index.js';
import type { EnvironmentState, ResetOptions, SliceArrays, TaskSlice } from '../../task.js';
import { DemandNoise } from './demand.js';
import { BAND_PU, FLEXIBLE_BUSES, FLEXIBLE_TANGENT, SLOT_HOURS, SLOTS } from './feeder.js';
import { FlexibleLoads } from './flexible-loads.js';

/** What a slice is made of. */
export interface DsoSettings {
  /** Lanes for as many scenarios as there are environments, of the grid of `dsoGrid`. */
  readonly lanes: BalancedLanes;
  /** Fixed loads at nominal, [load], MW and MVAr, with `loadScale` in them. */
  readonly fixedMw: Float64Array;
  readonly fixedMvar: Float64Array;
  readonly flexibleMw: readonly number[];
  /** [slot] */
  readonly shape: readonly number[];
  readonly noise: number;
  /** Reward per kW of losses, and per kWh curtailed; both are taken off. */
  readonly lossWeight: number;
  readonly curtailmentPrice: number;
}

/** Reward of a step whose power flow has no solution; the episode ends. */
export const FAILED_REWARD = -100;

const FLEXIBLE = FLEXIBLE_BUSES.length;
/** Where the voltages begin in an observation; before them stands the time, behind them substation power and losses, and of the flexible loads what they want, what waits and what is due. */
export const VOLTAGES_AT = 2;

export const INFO_NAMES: readonly string[] = [
  'lossKw',
  'lowestPu',
  'highestPu',
  'substationMw',
  'curtailedKwh',
  'waitingKwh',
  'slot',
  'powerFlowFailed',
];

export class DsoSlice implements TaskSlice {
  kernelSeconds = 0;
  private readonly noise: DemandNoise;
  private readonly flexible: FlexibleLoads;
  /** [environment]: half-hours that are over. */
  private readonly slots: Int32Array;
  private readonly width: number;
  private readonly busCount: number;
  /** [lane]: what was asked and drawn in the present step. */
  private readonly curtailedMw: Float64Array;
  private readonly drawnMw: Float64Array;
  /** [flexible load]: what it wants in the half-hour last looked at, MW. */
  private readonly wanted = new Float64Array(FLEXIBLE);
  /** [slot]: sine and cosine of the time of day. */
  private readonly clock: Float64Array;

  constructor(
    private readonly arrays: SliceArrays,
    private readonly settings: DsoSettings,
  ) {
    const { lanes, fixedMw, flexibleMw, noise } = settings;
    const environments = arrays.rewards.length;
    const { grid } = lanes;
    this.busCount = grid.buses.length;
    this.width = observationWidth(this.busCount);
    this.noise = new DemandNoise(environments, fixedMw.length + FLEXIBLE, noise);
    this.flexible = new FlexibleLoads(environments, flexibleMw);
    this.slots = new Int32Array(environments);
    this.curtailedMw = new Float64Array(environments);
    this.drawnMw = new Float64Array(environments);
    this.clock = Float64Array.from({ length: 2 * (SLOTS + 1) }, (_, k) => ((k & 1) === 0 ? sin : cos)((Math.PI * (k >> 1)) / (SLOTS / 2)));
  }

  reset(which: Int32Array, count: number, options?: ResetOptions): void {
    const unknown = Object.keys(options ?? {})[0];
    if (unknown !== undefined) throw new InputError(`dso-case33bw has no reset option "${unknown}"; it has none`);
    const { arrays, settings } = this;
    const { lanes } = settings;
    const W = lanes.lanes;
    lanes.use(count);
    for (let j = 0; j < count; j++) {
      const environment = which[j];
      this.noise.draw(environment, arrays.seeds[environment], arrays.episodes[environment]);
      this.flexible.clear(environment);
      this.slots[environment] = 0;
      // The first half-hour as it would be if nobody did anything.
      let at = this.writeFixed(environment, j);
      this.curtailedMw[j] = 0;
      for (let k = 0; k < FLEXIBLE; k++) {
        const demand = this.wanted[k];
        lanes.power[at] = -demand / lanes.grid.baseMva;
        lanes.power[at + W] = (-demand * FLEXIBLE_TANGENT) / lanes.grid.baseMva;
        this.drawnMw[j] += demand;
        at += 2 * W;
      }
    }
    this.solve();
    for (let j = 0; j < count; j++) {
      const environment = which[j];
      if (lanes.status[j] === 1) this.observe(environment, j);
      else this.arrays.observations.fill(0, environment * this.width, (environment + 1) * this.width);
      this.arrays.costs[environment] = 0;
      this.writeInfos(environment, j);
    }
  }

  step(which: Int32Array, count: number): void {
    const { arrays, settings, flexible, slots, wanted } = this;
    const { lanes, lossWeight, curtailmentPrice } = settings;
    const { actions } = arrays;
    const { power, lanes: W } = lanes;
    const perMva = 1 / lanes.grid.baseMva;
    lanes.use(count);
    for (let j = 0; j < count; j++) {
      const environment = which[j];
      const slot = slots[environment];
      let at = this.writeFixed(environment, j);
      const action = environment * 2 * FLEXIBLE;
      let curtailed = 0;
      let drawn = this.drawnMw[j];
      for (let k = 0; k < FLEXIBLE; k++) {
        flexible.serve(environment, k, wanted[k], actions[action + k], actions[action + FLEXIBLE + k]);
        const served = flexible.servedMw;
        curtailed += flexible.curtailedMw;
        drawn += served;
        power[at] = -served * perMva;
        power[at + W] = -served * FLEXIBLE_TANGENT * perMva;
        at += 2 * W;
      }
      this.drawnMw[j] = drawn;
      // What still waits when the day ends is lost as well.
      if (slot + 1 === SLOTS) for (let k = 0; k < FLEXIBLE; k++) curtailed += flexible.waitingMw(environment, k);
      this.curtailedMw[j] = curtailed;
      slots[environment] = slot + 1;
    }
    this.solve();
    for (let j = 0; j < count; j++) {
      const environment = which[j];
      const ended = slots[environment] === SLOTS;
      arrays.truncations[environment] = 0;
      if (lanes.status[j] !== 1) {
        arrays.rewards[environment] = FAILED_REWARD;
        arrays.terminations[environment] = 1;
        arrays.costs[environment] = 0;
        this.writeInfos(environment, j);
        continue;
      }
      this.observe(environment, j);
      this.writeInfos(environment, j);
      arrays.rewards[environment] = -lossWeight * this.lossKw - curtailmentPrice * this.curtailedMw[j] * (1000 * SLOT_HOURS);
      arrays.terminations[environment] = ended ? 1 : 0;
      arrays.costs[environment] = this.outside;
    }
  }

  private solve(): void {
    const begun = performance.now();
    this.settings.lanes.solve();
    this.settings.lanes.look();
    this.kernelSeconds += (performance.now() - begun) / 1000;
  }

  /**
   * Writes the fixed loads of an environment's present half-hour to lane j, and what its flexible loads want to `wanted`; returns where the first flexible load's power
   * stands.
   */
  private writeFixed(environment: number, j: number): number {
    const { settings, noise, slots } = this;
    const { lanes, fixedMw, fixedMvar, shape } = settings;
    const { power, lanes: W } = lanes;
    const { knots, least, step } = noise;
    const slot = slots[environment];
    const part = noise.part(slot);
    const before = noise.before(environment, slot);
    const fixed = fixedMw.length;
    const behind = before + fixed + FLEXIBLE;
    const perMva = -shape[slot] / lanes.grid.baseMva;
    const lane = j % W;
    const stride = 2 * W;
    let at = ((j - lane) / W) * lanes.powerStride + lane;
    let drawn = 0;
    for (let k = 0; k < fixed; k++) {
      const first = knots[before + k];
      const factor = (least + step * (first + (knots[behind + k] - first) * part)) * perMva;
      const p = fixedMw[k] * factor;
      power[at] = p;
      power[at + W] = fixedMvar[k] * factor;
      drawn -= p;
      at += stride;
    }
    this.drawnMw[j] = drawn * lanes.grid.baseMva;
    this.readWanted(environment, slot);
    return at;
  }

  /** Writes what the flexible loads of an environment want in a half-hour to `wanted`. */
  private readWanted(environment: number, slot: number): void {
    const { noise, wanted, settings } = this;
    const { flexibleMw, shape } = settings;
    const { knots, loads, least, step } = noise;
    const part = noise.part(slot);
    const before = noise.before(environment, slot) + loads - FLEXIBLE;
    for (let k = 0; k < FLEXIBLE; k++) {
      const first = knots[before + k];
      wanted[k] = flexibleMw[k] * shape[slot] * (least + step * (first + (knots[before + loads + k] - first) * part));
    }
  }

  /** Of the environment last observed. */
  private lossKw = 0;
  private outside = 0;
  private lowest = 0;
  private highest = 0;
  private waitingMw = 0;

  /** Writes the observation of an environment from lane j, and keeps what was seen of losses and voltages. */
  private observe(environment: number, j: number): void {
    const { arrays, settings, busCount, flexible, clock, wanted } = this;
    const { observations } = arrays;
    const { lanes } = settings;
    const { magnitudes } = lanes;
    let at = environment * this.width;
    const slot = this.slots[environment];
    observations[at++] = clock[2 * slot];
    observations[at++] = clock[2 * slot + 1];
    const first = j * busCount;
    for (let bus = 0; bus < busCount; bus++) observations[at + bus] = magnitudes[first + bus];
    at += busCount;
    const lossMw = lanes.lossesPu(j) * lanes.grid.baseMva;
    this.lossKw = lossMw * 1000;
    this.outside = lanes.busesOutside(j);
    this.lowest = lanes.lowestPu(j);
    this.highest = lanes.highestPu(j);
    observations[at++] = this.drawnMw[j] + lossMw;
    observations[at++] = lossMw;
    if (slot === SLOTS) wanted.fill(0);
    else this.readWanted(environment, slot);
    let waiting = 0;
    for (let k = 0; k < FLEXIBLE; k++) {
      const own = flexible.waitingMw(environment, k);
      waiting += own;
      observations[at + k] = wanted[k];
      observations[at + FLEXIBLE + k] = own * SLOT_HOURS;
      observations[at + 2 * FLEXIBLE + k] = flexible.dueMw(environment, k);
    }
    this.waitingMw = waiting;
  }

  /** After `observe`. */
  private writeInfos(environment: number, j: number): void {
    const { arrays, settings } = this;
    const { infos } = arrays;
    const solved = settings.lanes.status[j] === 1;
    let at = environment * INFO_NAMES.length;
    infos[at++] = solved ? this.lossKw : Number.NaN;
    infos[at++] = solved ? this.lowest : Number.NaN;
    infos[at++] = solved ? this.highest : Number.NaN;
    infos[at++] = solved ? this.drawnMw[j] + this.lossKw / 1000 : Number.NaN;
    infos[at++] = this.curtailedMw[j] * (1000 * SLOT_HOURS);
    infos[at++] = solved ? this.waitingMw * (1000 * SLOT_HOURS) : Number.NaN;
    infos[at++] = this.slots[environment];
    infos[at++] = solved ? 0 : 1;
  }

  snapshot(environment: number): EnvironmentState {
    const { arrays, width } = this;
    return {
      slot: this.slots[environment],
      noise: this.noise.save(environment),
      waiting: this.flexible.save(environment),
      observation: Array.from(arrays.observations.subarray(environment * width, (environment + 1) * width)),
      infos: Array.from(arrays.infos.subarray(environment * INFO_NAMES.length, (environment + 1) * INFO_NAMES.length), (value) =>
        Number.isNaN(value) ? 'NaN' : String(value),
      ).join(' '),
      cost: arrays.costs[environment],
    };
  }

  restore(environment: number, state: EnvironmentState): void {
    const numbers = (name: string): readonly number[] => {
      const value = state[name];
      if (!Array.isArray(value)) throw new InputError(`a state of dso-case33bw has ${name} as numbers, not ${describeValue(value)}`);
      return value;
    };
    this.slots[environment] = Number(state.slot);
    this.noise.load(environment, numbers('noise'));
    this.flexible.load(environment, numbers('waiting'));
    this.arrays.observations.set(numbers('observation'), environment * this.width);
    this.arrays.infos.set(String(state.infos).split(' ').map(Number), environment * INFO_NAMES.length);
    this.arrays.costs[environment] = Number(state.cost);
  }

  render(environment: number, form: 'text' | 'svg'): string {
    const { arrays, width, busCount, settings, flexible } = this;
    const { grid } = settings.lanes;
    const [lossKw, lowest, highest, substationMw, curtailedKwh, , slot, failed] = arrays.infos.subarray(environment * INFO_NAMES.length);
    const hour = (SLOT_HOURS * slot).toFixed(1);
    const waiting = FLEXIBLE_BUSES.map((bus, k) => `${bus}: ${(flexible.waitingMw(environment, k) * SLOT_HOURS * 1000).toFixed(1)}`);
    const notes = [
      failed === 1
        ? `${hour} h: the power flow has no solution`
        : `${hour} h: losses ${lossKw.toFixed(3)} kW of ${substationMw.toFixed(4)} MW, voltages ${lowest.toFixed(4)} to ${highest.toFixed(4)} pu, curtailed ${curtailedKwh.toFixed(2)} kWh`,
      `waiting, kWh by bus: ${waiting.join(', ')}`,
    ];
    if (form === 'text') return ['dso-case33bw', ...notes].join('\n');
    const index = new Map(grid.buses.map(({ number }, bus) => [number, bus]));
    const from = environment * width + VOLTAGES_AT;
    return oneLineSvg({
      title: 'dso-case33bw',
      notes,
      buses: grid.buses.map(({ number }) => String(number)),
      branches: grid.branches
        .filter(({ inService }) => inService)
        .map((branch) => [index.get(branch.from) as number, index.get(branch.to) as number] as const),
      voltagePu: arrays.observations.subarray(from, from + busCount),
      bandPu: BAND_PU,
      labels: new Map(FLEXIBLE_BUSES.map((bus) => [index.get(bus) as number, `flexible ${bus}`])),
    });
  }
}

/** Numbers of an observation of a grid of so many buses. */
export function observationWidth(buses: number): number {
  return VOLTAGES_AT + buses + 2 + 3 * FLEXIBLE;
}
