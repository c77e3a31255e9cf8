/** The estimates that a matrix of mutual information is made of, as numbered items of work: each gives the same number whoever does it, and in whatever order. */
import { RandomStream } from '../numeric/index.js';
import { digammaTable } from './digamma.js';
import { pairInformation } from './mutual-information.js';
import { permuteColumn, type SortedColumn, sortColumn } from './sorted-column.js';
import type { TransitionGroup } from './transition-sample.js';

/** All that a worker is told. */
export interface InformationTask {
  readonly groups: readonly TransitionGroup[];
  /** k of each group. */
  readonly neighbours: readonly number[];
  readonly isTrajectory: boolean;
  /** Copies with shuffled outputs. */
  readonly shuffles: number;
  readonly seed: number;
}

/** Which estimate an item is. */
export interface InformationItem {
  readonly group: number;
  /** 0: as sampled; from 1: with shuffled outputs. */
  readonly copy: number;
  readonly row: number;
  /** Among the inputs of the group. */
  readonly input: number;
}

/** All items, those first that share most of their preparation. */
export function informationItems({ groups, shuffles }: Pick<InformationTask, 'groups' | 'shuffles'>): InformationItem[] {
  const items: InformationItem[] = [];
  groups.forEach(({ inputs, outputs }, group) => {
    for (let copy = 0; copy <= shuffles; copy++)
      for (let row = 0; row < outputs.length; row++) for (let input = 0; input < inputs.length; input++) items.push({ group, copy, row, input });
  });
  return items;
}

/**
 * The order in which a copy takes the outputs of a group. Transitions drawn each for itself are permuted (Fisher and Yates). Those of one run are moved on in a circle by a random
 * number of steps, at least a twentieth of the run: each variable keeps its own course, as a permutation would not, and estimates of what is correlated in time scatter as they do in truth.
 */
export function shuffledOrder(count: number, seed: number, group: number, copy: number, isTrajectory: boolean): Uint32Array {
  const stream = new RandomStream(seed, copy, `decomposition shuffle ${group}`);
  if (isTrajectory) {
    const least = Math.floor(count / 20);
    const offset = least + stream.integer(count - 2 * least);
    return Uint32Array.from({ length: count }, (_, i) => (i + offset) % count);
  }
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const other = stream.integer(i + 1);
    const moved = order[i];
    order[i] = order[other];
    order[other] = moved;
  }
  return order;
}

/** Does items, and keeps what neighbouring ones have in common. */
export class InformationWorker {
  private group = -1;
  private inputs: (SortedColumn | undefined)[] = [];
  private outputs: (SortedColumn | undefined)[] = [];
  private psi: Float64Array = new Float64Array(0);
  private copy = 0;
  private order: Uint32Array = new Uint32Array(0);
  private permutedRow = -1;
  private permuted: SortedColumn | undefined;

  constructor(private readonly task: InformationTask) {}

  /** The estimate that an item asks for, nats. */
  value({ group, copy, row, input }: InformationItem): number {
    const { inputs, outputs } = this.task.groups[group];
    if (group !== this.group) {
      this.group = group;
      this.inputs = inputs.map(() => undefined);
      this.outputs = outputs.map(() => undefined);
      this.copy = 0;
      this.permutedRow = -1;
      const count = inputs[0].length;
      if (this.psi.length !== count + 1) this.psi = digammaTable(count);
    }
    this.inputs[input] ??= sortColumn(inputs[input]);
    this.outputs[row] ??= sortColumn(outputs[row]);
    const x = this.inputs[input] as SortedColumn;
    const y = copy === 0 ? (this.outputs[row] as SortedColumn) : this.permutedOutput(row, copy);
    return pairInformation(x, y, this.task.neighbours[group], this.psi);
  }

  private permutedOutput(row: number, copy: number): SortedColumn {
    if (copy !== this.copy) {
      this.copy = copy;
      const { groups, seed, isTrajectory } = this.task;
      this.order = shuffledOrder(groups[this.group].inputs[0].length, seed, this.group, copy, isTrajectory);
      this.permutedRow = -1;
    }
    if (row !== this.permutedRow || this.permuted === undefined) {
      this.permuted = permuteColumn(this.outputs[row] as SortedColumn, this.order);
      this.permutedRow = row;
    }
    return this.permuted;
  }
}
