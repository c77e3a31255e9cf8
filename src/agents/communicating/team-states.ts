/** What each agent remembers before each slot of time: hidden state and cells of its memory, and a fingerprint of its policy in the step before. */
import type { RowLayout, Team } from './team.js';

/** What there is behind a slot. Rows are those of the layout. */
export interface StatesBehind {
  /** [row][unit] */
  readonly hidden: Float32Array;
  readonly cells: Float32Array;
  /** [row][parameter]: of the policies. */
  readonly parameters: Float32Array;
}

/** See above. */
export class TeamStates {
  /** [row][unit] */
  readonly hidden: Float32Array;
  readonly cells: Float32Array;
  /** [row][number] */
  readonly policies: Float32Array;
  /** [slot][environment]: 1 where an episode begins with the slot. */
  readonly starts: Uint8Array;
  /** Numbers of one agent's state. */
  readonly size: number;

  constructor(
    private readonly team: Team,
    private readonly layout: RowLayout,
    private readonly units: number,
  ) {
    const { rows, slots, environments } = layout;
    const { fingerprint } = team.code;
    this.hidden = new Float32Array(rows * units);
    this.cells = new Float32Array(rows * units);
    this.policies = new Float32Array(rows * fingerprint);
    this.starts = new Uint8Array(slots * environments);
    this.size = 2 * units + fingerprint;
  }

  /** Before a slot becomes as at the beginning of an episode, in all environments or those marked. */
  forget(slot: number, marked?: ArrayLike<number>): void {
    const { layout, units, team, hidden, cells, policies } = this;
    const { code } = team;
    for (let e = 0; e < layout.environments; e++) {
      if (marked && !marked[e]) continue;
      for (let agent = 0; agent < team.agents; agent++) {
        const row = layout.rowOf(slot, agent) + e;
        hidden.fill(0, row * units, (row + 1) * units);
        cells.fill(0, row * units, (row + 1) * units);
        code.unknown(policies, row * code.fingerprint);
      }
    }
  }

  /**
   * Takes what is behind a slot for what is before another one.
   *
   * @param starts [environment]: not 0 where an episode begins, so that nothing is remembered; left out for nowhere
   */
  carry(from: number, to: number, behind: StatesBehind, starts?: ArrayLike<number>): void {
    const { layout, units, team } = this;
    const { environments } = layout;
    const { code } = team;
    for (let agent = 0; agent < team.agents; agent++) {
      const [a, b] = [layout.rowOf(from, agent), layout.rowOf(to, agent)];
      this.hidden.set(behind.hidden.subarray(a * units, (a + environments) * units), b * units);
      this.cells.set(behind.cells.subarray(a * units, (a + environments) * units), b * units);
      for (let e = 0; e < environments; e++) {
        code.policy(behind.parameters, (a + e) * code.fingerprint, this.policies, (b + e) * code.fingerprint);
      }
    }
    for (let e = 0; e < environments; e++) this.starts[to * environments + e] = starts?.[e] ? 1 : 0;
    if (starts) this.forget(to, starts);
  }

  /** Takes memories behind the slot before for those before a slot once more, episodes beginning where they began; fingerprints stay. */
  renew(slot: number, { hidden, cells }: StatesBehind): void {
    const { layout, units, starts } = this;
    const { environments } = layout;
    for (let agent = 0; agent < layout.agents; agent++) {
      for (let e = 0; e < environments; e++) {
        const from = (layout.rowOf(slot - 1, agent) + e) * units;
        const to = (layout.rowOf(slot, agent) + e) * units;
        const keep = starts[slot * environments + e] ? 0 : 1;
        for (let u = 0; u < units; u++) {
          this.hidden[to + u] = keep * hidden[from + u];
          this.cells[to + u] = keep * cells[from + u];
        }
      }
    }
  }

  /** Takes what is before a slot for what is before another one. */
  repeat(from: number, to: number): void {
    this.write(to, this.read(from));
  }

  /** What is before a slot, [agent][environment][size]. */
  read(slot: number): Float32Array {
    const state = new Float32Array(this.team.agents * this.layout.environments * this.size);
    this.each(slot, (array, from, count, at) => {
      state.set(array.subarray(from, from + count), at);
    });
    return state;
  }

  /** Sets it. */
  write(slot: number, state: Float32Array): void {
    this.each(slot, (array, from, count, at) => {
      array.set(state.subarray(at, at + count), from);
    });
  }

  private each(slot: number, f: (array: Float32Array, from: number, count: number, at: number) => void): void {
    const { layout, units, team, size } = this;
    const { fingerprint } = team.code;
    let at = 0;
    for (let agent = 0; agent < team.agents; agent++) {
      for (let row = layout.rowOf(slot, agent), end = row + layout.environments; row < end; row++) {
        f(this.hidden, row * units, units, at);
        f(this.cells, row * units, units, at + units);
        f(this.policies, row * fingerprint, fingerprint, at + 2 * units);
        at += size;
      }
    }
  }
}
