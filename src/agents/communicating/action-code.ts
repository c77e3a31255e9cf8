/** Actions and policies of an agent as numbers that networks of others take in. */
import type { Space } from '../../environments/index.js';
import { type ActionHead, actionHead } from '../action-head.js';

/** Of choices one number for each level: 1 for the one taken, or its probability. Of numbers themselves, or their mean. */
export class ActionCode {
  readonly head: ActionHead;
  /** Levels of each choice. */
  private readonly counts: readonly number[];
  /** Levels of all choices together. */
  private readonly choices: number;
  /** Numbers of an action's code. */
  readonly width: number;

  /** Throws InputError for a space with numbers without bounds. */
  constructor(readonly space: Space) {
    this.head = actionHead(space);
    this.counts = Array.from(this.head.order.subarray(0, this.head.discrete), (entry) => space.counts[entry]);
    this.choices = this.counts.reduce((sum, count) => sum + count, 0);
    this.width = this.choices + this.head.actions - this.head.discrete;
  }

  /** Numbers of a policy's fingerprint: as many as its distribution has parameters. */
  get fingerprint(): number {
    return this.head.parameters;
  }

  /** Writes the code of an action of the distribution. */
  encode(actions: ArrayLike<number>, from: number, into: Float32Array, at: number): void {
    const { counts, choices, head, width } = this;
    into.fill(0, at, at + choices);
    for (let j = 0, first = at; j < counts.length; first += counts[j], j++) into[first + actions[from + j]] = 1;
    for (let j = choices; j < width; j++) into[at + j] = actions[from + head.discrete + j - choices];
  }

  /** Writes the fingerprint of a policy: probabilities of choices, and the other parameters as they are. */
  policy(parameters: ArrayLike<number>, from: number, into: Float32Array, at: number): void {
    let place = 0;
    for (const count of this.counts) {
      let most = -Infinity;
      for (let k = 0; k < count; k++) most = Math.max(most, parameters[from + place + k]);
      let sum = 0;
      for (let k = 0; k < count; k++) sum += Math.exp(parameters[from + place + k] - most);
      for (let k = 0; k < count; k++) into[at + place + k] = Math.exp(parameters[from + place + k] - most) / sum;
      place += count;
    }
    for (; place < this.fingerprint; place++) into[at + place] = parameters[from + place];
  }

  /** Writes the fingerprint of a policy of which nothing is known: even probabilities, zeros. */
  unknown(into: Float32Array, at: number): void {
    let place = 0;
    for (const count of this.counts) {
      into.fill(1 / count, at + place, at + place + count);
      place += count;
    }
    into.fill(0, at + place, at + this.fingerprint);
  }

  /** Writes the code that is to be expected of a policy's action: its probabilities and means. */
  expected(policies: Float32Array, from: number, into: Float32Array, at: number): void {
    // Choices and means come first in a fingerprint, in this order.
    for (let j = 0; j < this.width; j++) into[at + j] = policies[from + j];
  }

  /** Writes the code of a policy's likeliest action. Choices whose levels are all as likely give zeros. */
  likeliest(policies: Float32Array, from: number, into: Float32Array, at: number): void {
    let place = 0;
    for (const count of this.counts) {
      into.fill(0, at + place, at + place + count);
      let best = 0;
      let isEven = true;
      for (let k = 1; k < count; k++) {
        if (policies[from + place + k] !== policies[from + place]) isEven = false;
        if (policies[from + place + k] > policies[from + place + best]) best = k;
      }
      if (!isEven) into[at + place + best] = 1;
      place += count;
    }
    for (; place < this.width; place++) into[at + place] = policies[from + place];
  }
}
