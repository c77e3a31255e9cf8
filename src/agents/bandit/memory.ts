/** Episodes of one step: what was seen, which action was taken, what it brought; in a ring. */
import { InputError } from '../../grid/index.js';

/** A memory as plain data. */
export interface BanditMemoryData {
  readonly count: number;
  readonly next: number;
  readonly inputs: Float32Array;
  readonly actions: Float32Array;
  readonly rewards: Float32Array;
}

/** A ring of so many episodes, the oldest of which give way. */
export class BanditMemory {
  count = 0;
  private next = 0;
  private readonly inputs: Float32Array;
  private readonly actions: Float32Array;
  private readonly rewards: Float32Array;

  /**
   * @param capacity episodes
   * @param input numbers of an input
   * @param action numbers of an action
   */
  constructor(
    readonly capacity: number,
    private readonly input: number,
    private readonly action: number,
  ) {
    this.inputs = new Float32Array(capacity * input);
    this.actions = new Float32Array(capacity * action);
    this.rewards = new Float32Array(capacity);
  }

  /** Adds episodes, [episode][input], [episode][action], [episode]. */
  add(inputs: Float32Array, actions: ArrayLike<number>, rewards: ArrayLike<number>): void {
    const { input, action, capacity } = this;
    for (let k = 0; k < rewards.length; k++) {
      const place = this.next;
      this.inputs.set(inputs.subarray(k * input, (k + 1) * input), place * input);
      for (let j = 0; j < action; j++) this.actions[place * action + j] = actions[k * action + j];
      this.rewards[place] = rewards[k];
      this.next = (place + 1) % capacity;
    }
    this.count = Math.min(capacity, this.count + rewards.length);
  }

  /** Draws episodes with replacement, as many as `rewards` has room for. */
  sample(random: { integer(bound: number): number }, inputs: Float32Array, actions: Float32Array, rewards: Float32Array): void {
    const { input, action, count } = this;
    for (let k = 0; k < rewards.length; k++) {
      const place = random.integer(count);
      inputs.set(this.inputs.subarray(place * input, (place + 1) * input), k * input);
      for (let j = 0; j < action; j++) actions[k * action + j] = this.actions[place * action + j];
      rewards[k] = this.rewards[place];
    }
  }

  /** Calls f with the places of all episodes and their rewards, to rewrite both. */
  rewrite(f: (inputs: Float32Array, rewards: Float32Array) => void): void {
    f(this.inputs.subarray(0, this.count * this.input), this.rewards.subarray(0, this.count));
  }

  /** What is in it, copied; empty places are left out. */
  save(): BanditMemoryData {
    const { count, next, input, action } = this;
    return {
      count,
      next,
      inputs: this.inputs.slice(0, count * input),
      actions: this.actions.slice(0, count * action),
      rewards: this.rewards.slice(0, count),
    };
  }

  /** Throws InputError for what `save` of a memory of these sizes did not give. */
  restore(data: BanditMemoryData): void {
    const { input, action, capacity } = this;
    const fits =
      Number.isInteger(data?.count) &&
      data.count <= capacity &&
      data.inputs?.length === data.count * input &&
      data.actions?.length === data.count * action &&
      data.rewards?.length === data.count;
    if (!fits || !(Number.isInteger(data.next) && data.next >= 0 && data.next < capacity))
      throw new InputError('saved episodes of the bandit are of other sizes');
    this.count = data.count;
    this.next = data.next;
    this.inputs.set(data.inputs);
    this.actions.set(data.actions);
    this.rewards.set(data.rewards);
  }
}
