/** What an environment's future depends on: its day and hour, and where its devices are. */
import { InputError } from '../../../grid/index.js';
import type { EnvironmentState } from '../../task.js';
import { HOURS } from './load-days.js';
import type { VoltVarSetup } from './setup.js';

/** The state of all environments of a slice. */
export class DeviceState {
  /** [environment]: steps played, and the day that is played. */
  readonly hours: Int32Array;
  readonly days: Int32Array;
  /** [device][environment]: tap numbers of regulators, whether capacitors are on, energy and power delivered of batteries. */
  readonly positions: readonly Int32Array[];
  readonly closed: readonly Int32Array[];
  readonly storedKwh: readonly Float64Array[];
  readonly deliveredKw: readonly Float64Array[];

  constructor(
    private readonly setup: VoltVarSetup,
    environments: number,
  ) {
    const numbers = (): Float64Array => new Float64Array(environments);
    const integers = (): Int32Array => new Int32Array(environments);
    this.hours = integers();
    this.days = integers();
    this.positions = setup.regulators.map(integers);
    this.closed = setup.capacitors.map(integers);
    this.storedKwh = setup.batteries.map(numbers);
    this.deliveredKw = setup.batteries.map(numbers);
  }

  /** Begins a day: capacitors on, taps at their start, batteries full. */
  begin(environment: number, day: number): void {
    this.days[environment] = day;
    this.hours[environment] = 0;
    for (const closed of this.closed) closed[environment] = 1;
    for (let r = 0; r < this.positions.length; r++) this.positions[r][environment] = this.setup.startPositions[r];
    for (let b = 0; b < this.storedKwh.length; b++) {
      this.storedKwh[b][environment] = this.setup.batteries[b].maxKwh;
      this.deliveredKw[b][environment] = 0;
    }
  }

  private lists(): readonly (readonly [string, readonly (Int32Array | Float64Array)[]])[] {
    return [
      ['capacitors', this.closed],
      ['positions', this.positions],
      ['storedKwh', this.storedKwh],
      ['deliveredKw', this.deliveredKw],
    ];
  }

  /** The state as plain data. */
  read(environment: number): EnvironmentState {
    const devices = this.lists().map(([name, columns]) => [name, columns.map((column) => column[environment])] as const);
    return { day: this.days[environment], hour: this.hours[environment], ...Object.fromEntries(devices) };
  }

  /** The reverse. Throws InputError for what is no state. */
  write(environment: number, state: EnvironmentState): void {
    const { day, hour } = state;
    const isWhole = (value: unknown, below: number): value is number =>
      Number.isInteger(value) && (value as number) >= 0 && (value as number) < below;
    const lists = this.lists().map(([name, columns]) => [columns, rowOf(state[name], columns.length)] as const);
    if (!isWhole(day, this.setup.days.days) || !isWhole(hour, HOURS + 1) || lists.some(([, row]) => !row))
      throw new InputError(`this is no snapshot of ${this.setup.system.id}; take one with snapshot()`);
    this.days[environment] = day;
    this.hours[environment] = hour;
    for (const [columns, row] of lists)
      columns.forEach((column, k) => {
        column[environment] = row?.[k] ?? 0;
      });
  }
}

/** A value that is a row of so many numbers, else undefined. */
export function rowOf(value: unknown, length: number): readonly number[] | undefined {
  return Array.isArray(value) && value.length === length && value.every((one) => typeof one === 'number') ? value : undefined;
}
