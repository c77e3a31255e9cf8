/** Environments of a microgrid task: each is a scenario of one set of lanes, in which all that belongs to it stands. */
import { DIVERGED_REWARD, firstReward, MicrogridLanes, revisedRewardOfError, SEEN } from '../../../dynamics/index.js';
import { describeValue, InputError } from '../../../grid/index.js';
import { microgridSvg } from '../../../visualization/index.js';
import type { EnvironmentState, ResetOptions, SliceArrays, SliceOptions, TaskSlice } from '../../task.js';
import { LoadWalk } from './load-walk.js';
import { Standardiser, WIDTH } from './observation.js';
import type { MicrogridSetup } from './options.js';
import { type MicrogridAccount, microgridNote, microgridText } from './render.js';

/** Control steps of an episode. */
export const EPISODE_STEPS = 20;

/** Infos of the whole, before those of each inverter. */
const WHOLE_INFOS = ['diverged', 'busErrorPu', 'lowestBusPu', 'highestBusPu'] as const;
/** Infos of each inverter; its index comes behind. */
const INVERTER_INFOS = ['reward', 'voltage', 'frequency', 'setPoint', 'activePower', 'reactivePower'] as const;

/** Names of the infos: those of the whole, then each of an inverter's for all of them. */
export function infoNames(inverters: number): string[] {
  return [...WHOLE_INFOS, ...INVERTER_INFOS.flatMap((name) => Array.from({ length: inverters }, (_, i) => `${name}${i}`))];
}

/** Voltages that cost nothing, per unit. */
export const BAND_PU = [0.95, 1.05] as const;

export class MicrogridSlice implements TaskSlice {
  private readonly arrays: SliceArrays;
  private readonly lanes: MicrogridLanes;
  private readonly standardiser: Standardiser;
  private readonly loads: LoadWalk;
  private readonly inverters: number;
  private readonly infoCount: number;
  /** [environment]: whether the step before diverged. */
  private readonly diverged: Uint8Array;
  private readonly one = new Int32Array(1);

  constructor(
    private readonly setup: MicrogridSetup,
    { arrays, backend }: SliceOptions,
  ) {
    const { microgrid, options, id } = setup;
    const conventional = options.control === 'conventional';
    const environments = arrays.rewards.length;
    this.arrays = arrays;
    this.lanes = new MicrogridLanes(microgrid, environments, {
      controlStep: options.controlSeconds,
      step: options.schemeSeconds,
      conventionalVoltage: conventional,
      // The yardstick acts from the first step on; under agents the frequency's control alone waits until 0.4 s, as published.
      ...(conventional ? { secondaryFrom: 0 } : {}),
      // Where the vector says nothing, BUSBAR_BACKEND may.
      ...(backend === 'auto' ? {} : { backend }),
    });
    this.inverters = this.lanes.plan.inverters;
    this.infoCount = infoNames(this.inverters).length;
    this.standardiser = new Standardiser(id, options.reward);
    this.loads = new LoadWalk(this.lanes, options.loadNoise);
    this.diverged = new Uint8Array(environments);
  }

  get kernelSeconds(): number {
    return this.lanes.kernelSeconds;
  }

  reset(which: Int32Array, count: number, options?: ResetOptions): void {
    const unknown = Object.keys(options ?? {})[0];
    if (unknown !== undefined) throw new InputError(`a reset of ${this.setup.id} has no option ${describeValue(unknown)}; it has none`);
    const { lanes, loads, arrays } = this;
    const { seeds, episodes, costs } = arrays;
    for (let k = 0; k < count; k++) loads.begin(which[k], seeds[which[k]], episodes[which[k]]);
    lanes.reset(which, count, (i) => `episode ${episodes[i]} of seed ${seeds[i]} of ${this.setup.id}`);
    lanes.see(which, count);
    for (let k = 0; k < count; k++) {
      const i = which[k];
      this.diverged[i] = 0;
      costs[i] = 0;
      this.show(i);
    }
  }

  step(which: Int32Array, count: number): void {
    const { setup, lanes, loads, arrays, diverged } = this;
    const { seeds, episodes } = arrays;
    const { state } = lanes;
    const conventional = setup.options.control === 'conventional';
    for (let k = 0; k < count; k++) {
      const i = which[k];
      const steps = state[lanes.stateIndex(0, i)];
      loads.move(i, seeds[i], episodes[i], steps + 1);
      if (!conventional) this.setPoints(i, steps);
    }
    lanes.advance(which, count);
    lanes.see(which, count);
    for (let k = 0; k < count; k++) {
      const i = which[k];
      const lost = lanes.hasDiverged(i);
      diverged[i] = lost ? 1 : 0;
      arrays.rewards[i] = this.show(i);
      arrays.terminations[i] = diverged[i];
      arrays.truncations[i] = !lost && state[lanes.stateIndex(0, i)] >= EPISODE_STEPS ? 1 : 0;
      arrays.costs[i] = this.outside(i);
    }
  }

  /** Set points of an environment's action, smoothed. */
  private setPoints(i: number, steps: number): void {
    const { setup, lanes, arrays, inverters } = this;
    const { span, options } = setup;
    const { low, high, levels } = span;
    const { actions } = arrays;
    const { state, lanes: stride } = lanes;
    const byLevels = options.actions === 'levels';
    // Nothing to be smooth against in the first step.
    const rho = steps === 0 ? 0 : options.smoothing;
    let at = lanes.stateIndex(lanes.items.voltageSetPoint, i);
    for (let j = 0; j < inverters; j++, at += stride) {
      const action = actions[i * inverters + j];
      const asked = byLevels ? levels[action] : low + 0.5 * (action + 1) * (high - low);
      state[at] = rho * state[at] + (1 - rho) * asked;
    }
  }

  /** Share of inverters whose reference lies outside the band. */
  private outside(i: number): number {
    const { lanes, inverters, diverged } = this;
    if (diverged[i]) return 1;
    const { seen, lanes: stride } = lanes;
    let at = lanes.seenIndex(SEEN.inverter, i);
    let count = 0;
    for (let j = 0; j < inverters; j++, at += SEEN.perInverter * stride) if (seen[at] < BAND_PU[0] || seen[at] > BAND_PU[1]) count += 1;
    return count / inverters;
  }

  /** Writes observation and infos of an environment that lanes have looked at; returns the reward of the step that led there. */
  private show(i: number): number {
    const { setup, lanes, arrays, inverters, infoCount, diverged } = this;
    const { infos } = arrays;
    const { seen, state, items, lanes: stride } = lanes;
    this.standardiser.write(lanes, i, arrays.observations, i * WIDTH * inverters);
    const whole = lanes.seenIndex(0, i);
    const error = seen[whole + SEEN.busError * stride];
    const first = i * infoCount;
    infos[first] = diverged[i];
    infos[first + 1] = error;
    infos[first + 2] = seen[whole + SEEN.lowestBus * stride];
    infos[first + 3] = seen[whole + SEEN.highestBus * stride];
    const stepped = state[lanes.stateIndex(0, i)] > 0;
    const revised = setup.options.reward === 'r2';
    const shared = revised ? revisedRewardOfError(error) : 0;
    let at = whole + SEEN.inverter * stride;
    let setPoint = lanes.stateIndex(items.voltageSetPoint, i);
    let sum = 0;
    for (let j = 0; j < inverters; j++) {
      const pu = seen[at];
      const own = diverged[i] ? DIVERGED_REWARD[revised ? 'revised' : 'first'] : revised ? shared : firstReward(pu);
      sum += own;
      const to = first + WHOLE_INFOS.length + j;
      infos[to] = stepped ? own : Number.NaN;
      infos[to + inverters] = pu;
      infos[to + 2 * inverters] = seen[at + stride] / (2 * Math.PI);
      infos[to + 3 * inverters] = state[setPoint];
      infos[to + 4 * inverters] = seen[at + (SEEN.features + 1) * stride];
      infos[to + 5 * inverters] = seen[at + (SEEN.features + 2) * stride];
      at += SEEN.perInverter * stride;
      setPoint += stride;
    }
    return sum;
  }

  snapshot(i: number): EnvironmentState {
    const numbers = new Float64Array(this.lanes.itemCount);
    this.lanes.save(i, numbers);
    return { numbers: Array.from(numbers), diverged: this.diverged[i] };
  }

  restore(i: number, state: EnvironmentState): void {
    const { lanes, one } = this;
    const numbers = state.numbers as readonly number[];
    if (!numbers.every(Number.isFinite)) throw new InputError(`numbers in a snapshot of ${this.setup.id} must be finite`);
    if (!(Number.isInteger(numbers[0]) && numbers[0] >= 0 && numbers[0] <= EPISODE_STEPS))
      throw new InputError(`the control steps in a snapshot of ${this.setup.id} are ${numbers[0]}; they must be 0 to ${EPISODE_STEPS}`);
    lanes.load(i, numbers);
    this.diverged[i] = state.diverged ? 1 : 0;
    one[0] = i;
    lanes.see(one, 1);
    this.show(i);
  }

  render(i: number, form: 'text' | 'svg'): string {
    const { setup, lanes, arrays, inverters, infoCount, diverged } = this;
    const steps = lanes.state[lanes.stateIndex(0, i)];
    const infos = arrays.infos.subarray(i * infoCount, (i + 1) * infoCount);
    const of = (name: (typeof INVERTER_INFOS)[number]): number[] => {
      const from = WHOLE_INFOS.length + INVERTER_INFOS.indexOf(name) * inverters;
      return Array.from(infos.subarray(from, from + inverters));
    };
    const reward = steps > 0 ? of('reward').reduce((a, b) => a + b, 0) : undefined;
    const view: MicrogridAccount = {
      title: setup.id,
      names: setup.microgrid.inverters.map(({ name }) => name),
      note: microgridNote(steps, reward, diverged[i] !== 0, [infos[2], infos[3]]),
      voltagePu: of('voltage'),
      hertz: of('frequency'),
      setPointVolt: of('setPoint'),
      bandPu: BAND_PU,
      nominalHertz: setup.microgrid.nominalFrequencyHz,
    };
    return form === 'text' ? microgridText(view) : microgridSvg(view);
  }
}
