/** What a unit of entropy is worth, learned by its logarithm with Adam (Kingma, Ba: Adam: a method for stochastic optimization, ICLR 2015), in double precision. */
import { InputError } from '../../grid/index.js';

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

/** A temperature as plain data. */
export interface TemperatureData {
  readonly log: number;
  readonly first: number;
  readonly second: number;
  readonly steps: number;
}

/** A temperature and its optimiser. */
export class Temperature {
  /** Its logarithm. */
  log: number;
  private first = 0;
  private second = 0;
  private steps = 0;

  constructor(value: number) {
    this.log = Math.log(value);
  }

  get value(): number {
    return Math.exp(this.log);
  }

  /** One step of Adam against dLoss/d(ln temperature). */
  step(gradient: number, learningRate: number): void {
    this.steps += 1;
    this.first = BETA1 * this.first + (1 - BETA1) * gradient;
    this.second = BETA2 * this.second + (1 - BETA2) * gradient * gradient;
    const first = this.first / (1 - BETA1 ** this.steps);
    const second = this.second / (1 - BETA2 ** this.steps);
    this.log -= (learningRate * first) / (Math.sqrt(second) + EPSILON);
  }

  save(): TemperatureData {
    const { log, first, second, steps } = this;
    return { log, first, second, steps };
  }

  /** Throws InputError for what `save` did not give. */
  restore(data: TemperatureData): void {
    const { log, first, second, steps } = data ?? {};
    if (![log, first, second].every((x) => Number.isFinite(x)) || !Number.isInteger(steps) || steps < 0)
      throw new InputError('a saved temperature must have log, first and second, finite numbers, and a whole number of steps');
    [this.log, this.first, this.second, this.steps] = [log, first, second, steps];
  }
}
