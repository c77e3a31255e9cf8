/** The answer of both inverter models to a change of one load, by the judge, side by side. */
import { InputError } from '../grid/index.js';
import { FULL_INVERTER_STATES, FullInverterModel, type InverterLoops } from './full-inverter-model.js';
import { IDEAL_INVERTER_STATES, IdealInverterModel } from './ideal-inverter-model.js';
import type { Microgrid } from './microgrid.js';
import { planMicrogrid } from './microgrid-plan.js';
import { Radau } from './radau.js';

/** What changes, and what is looked at. */
export interface StepResponseOptions {
  /** The load whose resistance and inductance are multiplied. */
  load: string;
  multiplier: number;
  /** The inverter looked at. */
  inverter: string;
  /** Seconds before and after the change, and between samples. */
  before: number;
  after: number;
  every: number;
  /** Filters and loops of the thirteen-state inverters. */
  loops: InverterLoops;
}

/** Samples of one model, [sample]. */
export interface ModelResponse {
  /** Filtered active power of the inverter, W. */
  activePower: Float64Array;
  /** Magnitude of its terminal voltage, V: of the capacitor, or of the reference where loops are ideal. */
  terminalVoltage: Float64Array;
  /** Its speed, Hz. */
  frequency: Float64Array;
}

/** Both models' samples. */
export interface StepResponse {
  /** s from the change on. */
  times: Float64Array;
  ideal: ModelResponse;
  full: ModelResponse;
}

/**
 * Starts both models at their operating points and changes a load.
 *
 * @throws InputError for names that are not there and times that are not above 0
 * @throws DynamicsError where there is no operating point, or a trajectory diverges
 */
export function stepResponse(microgrid: Microgrid, options: StepResponseOptions): StepResponse {
  const { before, after, every, loops } = options;
  const load = microgrid.loads.findIndex(({ name }) => name === options.load);
  const inverter = microgrid.inverters.findIndex(({ name }) => name === options.inverter);
  if (load < 0) throw new InputError(`there is no load ${JSON.stringify(options.load)} in ${microgrid.name}`);
  if (inverter < 0) throw new InputError(`there is no inverter ${JSON.stringify(options.inverter)} in ${microgrid.name}`);
  for (const [name, value] of Object.entries({ before, after, every, multiplier: options.multiplier })) {
    if (!(value > 0 && value < Number.POSITIVE_INFINITY))
      throw new InputError(`is ${value}; it must be a number above 0`, { element: 'step response', property: name });
  }
  const plan = planMicrogrid(microgrid);
  const first = Math.round(before / every);
  const samples = first + Math.round(after / every) + 1;
  const times = Float64Array.from({ length: samples }, (_, k) => (k - first) * every);
  const multipliers = new Float64Array(plan.loads).fill(1);
  multipliers[load] = options.multiplier;

  const follow = (model: IdealInverterModel | FullInverterModel): ModelResponse => {
    const response = { activePower: new Float64Array(samples), terminalVoltage: new Float64Array(samples), frequency: new Float64Array(samples) };
    const x = model.operatingPoint();
    const judge = new Radau(model, { relativeTolerance: 1e-7 });
    const full = model instanceof FullInverterModel;
    const at = inverter * (full ? FULL_INVERTER_STATES : IDEAL_INVERTER_STATES);
    for (let k = 0; k < samples; k++) {
      if (k === first + 1) model.setLoads(multipliers, multipliers);
      if (k > 0) judge.advance(x, every, k === 1 || k === first + 1);
      response.activePower[k] = x[at + 1];
      response.terminalVoltage[k] = full ? Math.sqrt(x[at + 9] ** 2 + x[at + 10] ** 2) : model.voltagePu(x, inverter) * plan.nominalVoltage;
      response.frequency[k] = model.speed(x, inverter) / (2 * Math.PI);
    }
    return response;
  };
  return { times, ideal: follow(new IdealInverterModel(plan)), full: follow(new FullInverterModel(plan, loops)) };
}
