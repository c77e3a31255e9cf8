/** Disjoint sets of the numbers 0 to n - 1 (union by path halving), for questions of what hangs together. */
export class DisjointSets {
  private readonly parent: Int32Array;

  constructor(count: number) {
    this.parent = Int32Array.from({ length: count }, (_, i) => i);
  }

  /** The member that stands for a member's set. */
  find(member: number): number {
    const { parent } = this;
    let at = member;
    while (parent[at] !== at) {
      parent[at] = parent[parent[at]];
      at = parent[at];
    }
    return at;
  }

  /** Makes two sets one. */
  join(a: number, b: number): void {
    this.parent[this.find(a)] = this.find(b);
  }

  /** The set of each member, numbered from 0 in order of first members, and how many there are. */
  numbered(): [Int32Array, number] {
    const numbers = new Map<number, number>();
    const of = Int32Array.from(this.parent, (_, member) => {
      const root = this.find(member);
      let number = numbers.get(root);
      if (number === undefined) {
        number = numbers.size;
        numbers.set(root, number);
      }
      return number;
    });
    return [of, numbers.size];
  }
}
