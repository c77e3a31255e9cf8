/** Environments of a microgrid task. One simulation serves all of them; what belongs to an environment stands in its row. */
import { DIVERGED_REWARD, DynamicsError, firstReward, LoadDisturbance, MicrogridSimulation, revisedReward } from '../../../dynamics/index.js';
import { describeValue, InputError } from '../../../grid/index.js';
import { RandomStream } from '../../../numeric/index.js';
import { microgridSvg } from '../../../visualization/index.js';
import type { EnvironmentState, ResetOptions, SliceArrays, TaskSlice } from '../../task.js';
import { readFeatures, Standardiser, WIDTH } from './observation.js';
import type { MicrogridSetup } from './options.js';
import { type MicrogridAccount, microgridNote, microgridText } from './render.js';

/** Control steps of an episode. */
export const EPISODE_STEPS = 20;

/** Infos of the whole, before those of each inverter. */
const WHOLE_INFOS = ['diverged', 'busErrorPu', 'lowestBusPu', 'highestBusPu'] as const;
/** Infos of each inverter; its index comes behind. */
const INVERTER_INFOS = ['reward', 'voltage', 'frequency', 'setPoint'] as const;

/** Names of the infos: those of the whole, then each of an inverter's for all of them. */
export function infoNames(inverters: number): string[] {
  return [...WHOLE_INFOS, ...INVERTER_INFOS.flatMap((name) => Array.from({ length: inverters }, (_, i) => `${name}${i}`))];
}

/** Voltages that cost nothing, per unit. */
export const BAND_PU = [0.95, 1.05] as const;
/** The loads' usual disturbance. */
const SPREAD = 0.2;
const WALK = 0.05;
/** Multipliers of loads stay above this. As published they have no limits; with the usual disturbance the two differ in less than one episode of a million. */
const LEAST_LOAD = 0.1;
/** Words of random numbers for one draw of all multipliers of a load. */
const WORDS_PER_LOAD = 4;

export class MicrogridSlice implements TaskSlice {
  /** Plain TypeScript: no kernels. */
  readonly kernelSeconds = 0;
  private readonly simulation: MicrogridSimulation;
  private readonly standardiser: Standardiser;
  private readonly loads: LoadDisturbance;
  private stream = new RandomStream(0);
  private readonly inverters: number;
  private readonly infoCount: number;
  /** [environment][number]: what the simulation saves. */
  private readonly rows: Float64Array;
  /** [environment]: whether the step before diverged. */
  private readonly diverged: Uint8Array;
  private readonly voltages: Float64Array;
  private readonly features: Float64Array;
  private readonly busPu: Float64Array;

  constructor(
    private readonly setup: MicrogridSetup,
    private readonly arrays: SliceArrays,
  ) {
    const { microgrid, options, id } = setup;
    const conventional = options.control === 'conventional';
    this.simulation = new MicrogridSimulation(microgrid, {
      controlStep: options.controlSeconds,
      step: options.schemeSeconds,
      conventionalVoltage: conventional,
      // The yardstick acts from the first step on; under agents the frequency's control alone waits until 0.4 s, as published.
      ...(conventional ? { secondaryFrom: 0 } : {}),
    });
    const { plan } = this.simulation;
    const environments = arrays.rewards.length;
    this.inverters = plan.inverters;
    this.infoCount = infoNames(plan.inverters).length;
    this.standardiser = new Standardiser(id, options.reward);
    this.loads = new LoadDisturbance(plan.loads, () => this.stream.uniform(), {
      first: [1 - SPREAD * options.loadNoise, 1 + SPREAD * options.loadNoise],
      walk: WALK * options.loadNoise,
      limits: [LEAST_LOAD, Number.POSITIVE_INFINITY],
    });
    this.rows = new Float64Array(environments * this.simulation.size);
    this.diverged = new Uint8Array(environments);
    this.voltages = new Float64Array(plan.inverters);
    this.features = new Float64Array(WIDTH * plan.inverters);
    this.busPu = new Float64Array(plan.buses);
  }

  reset(which: Int32Array, count: number, options?: ResetOptions): void {
    const unknown = Object.keys(options ?? {})[0];
    if (unknown !== undefined) throw new InputError(`a reset of ${this.setup.id} has no option ${describeValue(unknown)}; it has none`);
    const { simulation, loads, arrays } = this;
    for (let k = 0; k < count; k++) {
      const i = which[k];
      this.openStream(i, 0);
      loads.reset();
      try {
        simulation.reset(loads.resistance, loads.inductance);
      } catch (error) {
        if (!(error instanceof DynamicsError)) throw error;
        throw new DynamicsError(`episode ${arrays.episodes[i]} of seed ${arrays.seeds[i]} of ${this.setup.id}: ${error.message}`);
      }
      simulation.save(this.rows, i * simulation.size);
      this.diverged[i] = 0;
      arrays.costs[i] = 0;
      this.show(i);
    }
  }

  step(which: Int32Array, count: number): void {
    const { simulation, loads, arrays, voltages, rows, diverged, inverters } = this;
    const { state, size } = simulation;
    for (let k = 0; k < count; k++) {
      const i = which[k];
      simulation.load(rows, i * size);
      this.openStream(i, simulation.controlSteps + 1);
      loads.resistance.set(state.loadResistance);
      loads.inductance.set(state.loadInductance);
      loads.step();
      this.readSetPoints(i);
      diverged[i] = simulation.step(voltages, loads.resistance, loads.inductance) === 'diverged' ? 1 : 0;
      simulation.save(rows, i * size);
      arrays.rewards[i] = this.show(i);
      arrays.terminations[i] = diverged[i];
      arrays.truncations[i] = !diverged[i] && simulation.controlSteps >= EPISODE_STEPS ? 1 : 0;
      let outside = 0;
      for (let j = 0; j < inverters; j++) {
        const pu = state.voltagePu(j);
        if (diverged[i] || pu < BAND_PU[0] || pu > BAND_PU[1]) outside += 1;
      }
      arrays.costs[i] = outside / inverters;
    }
  }

  /** Goes to where the load's random numbers of a step begin; each step has its own. */
  private openStream(i: number, step: number): void {
    const { seeds, episodes } = this.arrays;
    this.stream = new RandomStream(seeds[i], episodes[i], 'microgrid loads', step * WORDS_PER_LOAD * this.simulation.plan.loads);
  }

  /** Set points of an environment's action, smoothed, to `voltages`. */
  private readSetPoints(i: number): void {
    const { setup, simulation, arrays, voltages, inverters } = this;
    const { span, options } = setup;
    // Nothing to be smooth against in the first step.
    const rho = simulation.controlSteps === 0 ? 0 : options.smoothing;
    for (let j = 0; j < inverters; j++) {
      const action = arrays.actions[i * inverters + j];
      const asked = options.actions === 'levels' ? span.levels[action] : span.low + 0.5 * (action + 1) * (span.high - span.low);
      voltages[j] = rho * simulation.state.voltageSetPoint[j] + (1 - rho) * asked;
    }
  }

  /** Writes observation and infos of the environment that the simulation holds; returns the reward of the step that led there. */
  private show(i: number): number {
    const { setup, simulation, arrays, features, busPu, inverters, infoCount, diverged } = this;
    const { state, plan } = simulation;
    const { infos } = arrays;
    readFeatures(state, features);
    this.standardiser.write(features, arrays.observations, i * WIDTH * inverters);
    const stepped = simulation.controlSteps > 0;
    let lowest = Number.POSITIVE_INFINITY;
    let highest = 0;
    let error = 0;
    for (let b = 0; b < plan.buses; b++) {
      const pu = state.busVoltagePu(b);
      busPu[b] = pu;
      error += Math.abs(pu - 1);
      if (pu < lowest) lowest = pu;
      if (pu > highest) highest = pu;
    }
    const first = i * infoCount;
    infos[first] = diverged[i];
    infos[first + 1] = error / plan.buses;
    infos[first + 2] = lowest;
    infos[first + 3] = highest;
    const revised = setup.options.reward === 'r2';
    const shared = revised ? revisedReward(busPu) : 0;
    let sum = 0;
    for (let j = 0; j < inverters; j++) {
      const pu = state.voltagePu(j);
      const own = diverged[i] ? DIVERGED_REWARD[revised ? 'revised' : 'first'] : revised ? shared : firstReward(pu);
      sum += own;
      const at = first + WHOLE_INFOS.length + j;
      infos[at] = stepped ? own : Number.NaN;
      infos[at + inverters] = pu;
      infos[at + 2 * inverters] = state.speed(j) / (2 * Math.PI);
      infos[at + 3 * inverters] = state.voltageSetPoint[j];
    }
    return sum;
  }

  snapshot(i: number): EnvironmentState {
    const { size } = this.simulation;
    return { numbers: Array.from(this.rows.subarray(i * size, (i + 1) * size)), diverged: this.diverged[i] };
  }

  restore(i: number, state: EnvironmentState): void {
    const { simulation, rows } = this;
    const numbers = state.numbers as readonly number[];
    if (!numbers.every(Number.isFinite)) throw new InputError(`numbers in a snapshot of ${this.setup.id} must be finite`);
    if (!(Number.isInteger(numbers[0]) && numbers[0] >= 0 && numbers[0] <= EPISODE_STEPS))
      throw new InputError(`the control steps in a snapshot of ${this.setup.id} are ${numbers[0]}; they must be 0 to ${EPISODE_STEPS}`);
    rows.set(numbers, i * simulation.size);
    this.diverged[i] = state.diverged ? 1 : 0;
    simulation.load(rows, i * simulation.size);
    this.show(i);
  }

  render(i: number, form: 'text' | 'svg'): string {
    const { setup, simulation, arrays, inverters, infoCount, rows, diverged } = this;
    const steps = rows[i * simulation.size];
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
