/** Choices and numbers in one action: two distributions side by side, independent of each other. */
import { InputError } from '../../grid/index.js';
import type { Distribution, Numbers, Reals } from './distribution.js';

/** Copies columns of rows: `width` numbers a row, from column `from` of rows of `fromWidth` to column `to` of rows of `toWidth`. */
function copyColumns(source: ArrayLike<number>, fromWidth: number, from: number, target: Numbers, toWidth: number, to: number, width: number): void {
  const rows = Math.floor(source.length / fromWidth);
  for (let r = 0; r < rows; r++) {
    for (let j = 0; j < width; j++) target[r * toWidth + to + j] = source[r * fromWidth + from + j];
  }
}

/** Room for one part's rows. */
class Room {
  private readonly held = new Map<string, Float64Array>();

  take(name: string, length: number): Float64Array {
    let array = this.held.get(name);
    if (!array || array.length < length) {
      array = new Float64Array(length);
      this.held.set(name, array);
    }
    return array.length === length ? array : array.subarray(0, length);
  }
}

/**
 * The product of two distributions: parameters of the first, then of the second; actions likewise; masks speak of the first alone (the second must have no choices).
 * Log-probabilities and entropies are sums.
 */
export class ProductDistribution implements Distribution {
  readonly parameters: number;
  readonly actions: number;
  readonly choices: number;
  private readonly room = new Room();

  /** Throws InputError where the second has choices. */
  constructor(
    readonly first: Distribution,
    readonly second: Distribution,
  ) {
    if (second.choices > 0) throw new InputError('the second distribution of a product has choices; put it first');
    this.parameters = first.parameters + second.parameters;
    this.actions = first.actions + second.actions;
    this.choices = first.choices;
  }

  private lanes(parameters: Reals): number {
    const lanes = parameters.length / this.parameters;
    if (!Number.isInteger(lanes)) throw new InputError(`${parameters.length} parameters are no whole number of lanes of ${this.parameters}`);
    return lanes;
  }

  /** The parameters of one part. */
  private parametersOf(part: 0 | 1, parameters: Reals): Float64Array {
    const own = part === 0 ? this.first.parameters : this.second.parameters;
    const into = this.room.take(`parameters ${part}`, this.lanes(parameters) * own);
    copyColumns(parameters, this.parameters, part === 0 ? 0 : this.first.parameters, into, own, 0, own);
    return into;
  }

  private actionsOf(part: 0 | 1, actions: Numbers): Float64Array {
    const own = part === 0 ? this.first.actions : this.second.actions;
    const into = this.room.take(`actions ${part}`, (actions.length / this.actions) * own);
    copyColumns(actions, this.actions, part === 0 ? 0 : this.first.actions, into, own, 0, own);
    return into;
  }

  private putActions(part: 0 | 1, from: Float64Array, actions: Numbers): void {
    const own = part === 0 ? this.first.actions : this.second.actions;
    copyColumns(from, own, 0, actions, this.actions, part === 0 ? 0 : this.first.actions, own);
  }

  sample(parameters: Reals, random: { uniform(): number; normal(): number }, actions: Numbers, masks?: ArrayLike<number>): void {
    const lanes = this.lanes(parameters);
    const [a, b] = [this.parametersOf(0, parameters), this.parametersOf(1, parameters)];
    const drawnA = this.room.take('drawn 0', lanes * this.first.actions);
    const drawnB = this.room.take('drawn 1', lanes * this.second.actions);
    this.first.sample(a, random, drawnA, masks);
    this.second.sample(b, random, drawnB);
    this.putActions(0, drawnA, actions);
    this.putActions(1, drawnB, actions);
  }

  mode(parameters: Reals, actions: Numbers, masks?: ArrayLike<number>): void {
    const lanes = this.lanes(parameters);
    const drawnA = this.room.take('drawn 0', lanes * this.first.actions);
    const drawnB = this.room.take('drawn 1', lanes * this.second.actions);
    this.first.mode(this.parametersOf(0, parameters), drawnA, masks);
    this.second.mode(this.parametersOf(1, parameters), drawnB);
    this.putActions(0, drawnA, actions);
    this.putActions(1, drawnB, actions);
  }

  logProbabilities(parameters: Reals, actions: Numbers, out: Reals, masks?: ArrayLike<number>): void {
    const more = this.room.take('sums', out.length);
    this.first.logProbabilities(this.parametersOf(0, parameters), this.actionsOf(0, actions), out, masks);
    this.second.logProbabilities(this.parametersOf(1, parameters), this.actionsOf(1, actions), more);
    for (let k = 0; k < out.length; k++) out[k] += more[k];
  }

  entropies(parameters: Reals, out: Reals, masks?: ArrayLike<number>): void {
    const more = this.room.take('sums', out.length);
    this.first.entropies(this.parametersOf(0, parameters), out, masks);
    this.second.entropies(this.parametersOf(1, parameters), more);
    for (let k = 0; k < out.length; k++) out[k] += more[k];
  }

  gradients(parameters: Reals, actions: Numbers, byLogProbability: Reals, byEntropy: Reals | undefined, out: Reals, masks?: ArrayLike<number>): void {
    const lanes = this.lanes(parameters);
    const parts = [this.first, this.second] as const;
    for (const part of [0, 1] as const) {
      const width = parts[part].parameters;
      const own = this.room.take(`gradients ${part}`, lanes * width);
      parts[part].gradients(
        this.parametersOf(part, parameters),
        this.actionsOf(part, actions),
        byLogProbability,
        byEntropy,
        own,
        part === 0 ? masks : undefined,
      );
      copyColumns(own, width, 0, out, this.parameters, part === 0 ? 0 : this.first.parameters, width);
    }
  }

  evaluate(parameters: Reals, actions: Numbers, logProbabilities: Reals, entropies: Reals, masks?: ArrayLike<number>): void {
    const more = this.room.take('more log-probabilities', logProbabilities.length);
    const spread = this.room.take('more entropies', entropies.length);
    this.first.evaluate(this.parametersOf(0, parameters), this.actionsOf(0, actions), logProbabilities, entropies, masks);
    this.second.evaluate(this.parametersOf(1, parameters), this.actionsOf(1, actions), more, spread);
    for (let k = 0; k < more.length; k++) {
      logProbabilities[k] += more[k];
      entropies[k] += spread[k];
    }
  }

  evaluatedGradients(byLogProbability: Reals, byEntropy: Reals | undefined, out: Reals): void {
    const lanes = this.lanes(out);
    const parts = [this.first, this.second] as const;
    for (const part of [0, 1] as const) {
      const width = parts[part].parameters;
      const own = this.room.take(`gradients ${part}`, lanes * width);
      parts[part].evaluatedGradients(byLogProbability, byEntropy, own);
      copyColumns(own, width, 0, out, this.parameters, part === 0 ? 0 : this.first.parameters, width);
    }
  }
}
