/** Infos of all environments, by name. */
import { checkFloat64, describeValue, InputError, nearestFirst } from '../grid/index.js';
import { wholeNumber } from './checks.js';

/** Named numbers of many environments: rows in one array, NaN where a value does not exist. */
export class InfoTable {
  /**
   * @param names of the columns
   * @param rows [environment][name]; not copied
   */
  constructor(
    readonly names: readonly string[],
    readonly rows: Float64Array,
    readonly environments: number,
  ) {}

  /** Number of a column. Throws InputError that lists the names where there is none of that name. */
  indexOf(name: string): number {
    const index = this.names.indexOf(name);
    if (index >= 0) return index;
    const known = this.names.length > 0 ? `there are ${nearestFirst(name, this.names).join(', ')}` : 'this task has none';
    throw new InputError(`there is no info named ${describeValue(name)}; ${known}`);
  }

  private checked(environment: number): number {
    return wholeNumber('the environment', environment, 0, this.environments - 1);
  }

  /** One number. Throws InputError for an environment or a name that is not there. */
  value(environment: number, name: string): number {
    return this.rows[this.checked(environment) * this.names.length + this.indexOf(name)];
  }

  /** [environment]: one column, copied. Throws InputError for a name that is not there. */
  column(name: string, into: Float64Array = new Float64Array(this.environments)): Float64Array {
    checkFloat64('what a column is written to', into);
    const width = this.names.length;
    for (let i = 0, at = this.indexOf(name); i < this.environments; i++, at += width) into[i] = this.rows[at];
    return into;
  }

  /** An environment's infos that exist, by name. */
  record(environment: number): Record<string, number> {
    const width = this.names.length;
    const entries = this.names.map((name, k): [string, number] => [name, this.rows[this.checked(environment) * width + k]]);
    return Object.fromEntries(entries.filter(([, value]) => !Number.isNaN(value)));
  }
}
