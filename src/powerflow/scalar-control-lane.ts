/** What the controls of one scenario have in common, in plain TypeScript: memory, queue, and what they look at. See scalar-lane-controls.ts. */
import * as layout from './kernel-layout.js';
import type { ScalarMemory } from './scalar-legs.js';

/** Places in a lane's memory: whether its controls still act, the last handle given out, how many actions wait. */
export const LIVE = 0;
export const LAST_HANDLE = 1;
export const WAITING = 2;

/** The lane of one scenario: its control at hand, its queue, and what can be looked at. Made anew for each. */
export class ScalarControlLane {
  protected readonly f64: Float64Array;
  protected readonly i32: Int32Array;
  protected readonly records: number;
  protected readonly numbers: number;
  protected readonly pairs: number;
  protected readonly actuators: number;
  protected readonly value: number;
  protected readonly lane: number;
  protected readonly memories: number;
  protected readonly positions: number;
  protected readonly queue: number;
  protected readonly clock: number;
  // The control at hand: its record, numbers and memory.
  protected record = 0;
  protected number = 0;
  protected own = 0;
  // What was last looked at.
  protected real = 0;
  protected imaginary = 0;

  /**
   * @param voltage, power where the scenario's begin, in doubles
   */
  constructor(
    protected readonly memory: ScalarMemory,
    protected readonly scenario: number,
    protected readonly voltage: number,
    protected readonly power: number,
  ) {
    this.f64 = memory.f64;
    this.i32 = memory.i32;
    this.records = memory.integers(layout.FIELD_CONTROL_RECORDS);
    this.numbers = memory.doubles(layout.FIELD_CONTROL_NUMBERS);
    this.pairs = memory.integers(layout.FIELD_CONTROL_PAIRS);
    this.actuators = memory.integers(layout.FIELD_ACTUATOR_RECORDS);
    const actuators = memory.count(layout.FIELD_ACTUATOR_COUNT);
    this.value = memory.doubles(layout.FIELD_ACTUATOR_VALUE) + scenario * actuators;
    this.lane = memory.doubles(layout.FIELD_CONTROL_STATE);
    this.memories = this.lane + layout.LANE_MEMORY;
    this.positions = this.memories + layout.CONTROL_MEMORY * memory.count(layout.FIELD_CONTROL_COUNT);
    this.queue = this.positions + layout.ACTUATOR_MEMORY * actuators;
    this.clock = memory.doubles(layout.FIELD_CONTROL_CLOCK);
  }

  protected take(control: number): void {
    this.record = this.records + control * layout.CONTROL_RECORD;
    this.number = this.numbers + control * layout.CONTROL_NUMBERS;
    this.own = this.memories + control * layout.CONTROL_MEMORY;
  }

  /** Sets a tap or a number of steps where the kernels read it. */
  protected apply(actuator: number, value: number): void {
    const { memory, f64, i32, scenario } = this;
    const record = this.actuators + actuator * layout.ACTUATOR_RECORD;
    f64[this.value + actuator] = value;
    const kind = i32[record];
    const place = i32[record + 1];
    if (kind === layout.ACTUATOR_TAP) f64[memory.doubles(layout.FIELD_TAPS) + scenario * memory.count(layout.FIELD_LANE_UNITS) + place] = value;
    else if (kind === layout.ACTUATOR_PARAMETER)
      f64[memory.doubles(layout.FIELD_OWN_PARAMETER) + scenario * memory.count(layout.FIELD_OWN_PARAMETERS) + place] = 1 / value;
    else {
      const list = memory.integers(layout.FIELD_ACTUATOR_LEGS) + i32[record + 2];
      const vars = f64[memory.doubles(layout.FIELD_ACTUATOR_VARS) + i32[record + 4] + value];
      for (let k = 0; k < i32[record + 3]; k++) f64[this.power + 2 * i32[list + k] + 1] = vars;
    }
  }

  // --- the queue, earliest first

  protected push(delay: number, control: number, code: number): number {
    const { f64, lane, queue } = this;
    const time = f64[this.clock] + (f64[this.clock + 1] + delay);
    const waiting = f64[lane + WAITING];
    f64[lane + LAST_HANDLE] += 1;
    let at = 0;
    while (at < waiting && !(time <= f64[queue + at * layout.QUEUE_ENTRY])) at++;
    const entry = queue + at * layout.QUEUE_ENTRY;
    f64.copyWithin(entry + layout.QUEUE_ENTRY, entry, queue + waiting * layout.QUEUE_ENTRY);
    f64[entry] = time;
    f64[entry + 1] = control;
    f64[entry + 2] = code;
    f64[entry + 3] = f64[lane + LAST_HANDLE];
    f64[lane + WAITING] = waiting + 1;
    return f64[lane + LAST_HANDLE];
  }

  protected remove(at: number): void {
    const { f64, lane, queue } = this;
    const waiting = f64[lane + WAITING];
    const entry = queue + at * layout.QUEUE_ENTRY;
    f64.copyWithin(entry, entry + layout.QUEUE_ENTRY, queue + waiting * layout.QUEUE_ENTRY);
    f64[lane + WAITING] = waiting - 1;
  }

  protected delete(handle: number): void {
    const { f64, lane, queue } = this;
    for (let at = 0; at < f64[lane + WAITING]; at++) {
      if (f64[queue + at * layout.QUEUE_ENTRY + 3] !== handle) continue;
      this.remove(at);
      return;
    }
  }

  protected controlAtHand(): number {
    return (this.record - this.records) / layout.CONTROL_RECORD;
  }

  // --- what is looked at

  /** Voltage across a pair, to `real` and `imaginary`; returns its size. */
  protected lookAcross(pair: number): number {
    const { f64, i32, voltage } = this;
    const p = voltage + (i32[this.pairs + 2 * pair] >> 3);
    const q = voltage + (i32[this.pairs + 2 * pair + 1] >> 3);
    this.real = f64[p] - f64[q];
    this.imaginary = f64[p + 1] - f64[q + 1];
    return Math.sqrt(this.real * this.real + this.imaginary * this.imaginary);
  }

  /** A current, to `real` and `imaginary`; returns its size. */
  protected lookAtCurrent(current: number): number {
    const { memory, f64, i32, voltage } = this;
    const starts = memory.integers(layout.FIELD_CONTROL_CURRENTS) + current;
    let real = 0;
    let imaginary = 0;
    for (let term = i32[starts]; term < i32[starts + 1]; term++) {
      const at = memory.integers(layout.FIELD_CONTROL_TERMS) + term * layout.CONTROL_TERM;
      const u = memory.doubles(layout.FIELD_CONTROL_POLYNOMIALS) + term * layout.OWN_POLYNOMIAL;
      const x = i32[at + 2] < 0 ? 0 : 1 / f64[this.value + i32[at + 2]];
      const g = f64[u] + x * (f64[u + 2] + x * f64[u + 4]);
      const b = f64[u + 1] + x * (f64[u + 3] + x * f64[u + 5]);
      const p = voltage + (i32[at] >> 3);
      const q = voltage + (i32[at + 1] >> 3);
      const vr = f64[p] - f64[q];
      const vi = f64[p + 1] - f64[q + 1];
      real += g * vr - b * vi;
      imaginary += g * vi + b * vr;
    }
    this.real = real;
    this.imaginary = imaginary;
    return Math.sqrt(real * real + imaginary * imaginary);
  }

  /** The power into the watched conductors, W and var, to `real` and `imaginary`. */
  protected lookAtPower(): void {
    const { i32, record } = this;
    let watts = 0;
    let vars = 0;
    for (let k = 0; k < i32[record + 11]; k++) {
      this.lookAcross(i32[record + 10] + k);
      const vr = this.real;
      const vi = this.imaginary;
      this.lookAtCurrent(i32[record + 6] + k);
      watts += vr * this.real + vi * this.imaginary;
      vars += vi * this.real - vr * this.imaginary;
    }
    this.real = watts;
    this.imaginary = vars;
  }

  /** The highest, lowest or mean size of some voltages, or of currents; 0 where there are none. */
  protected combined(first: number, count: number, currents: boolean): number {
    const how = this.i32[this.record + 3];
    let result = 0;
    for (let k = 0; k < count; k++) {
      const size = currents ? this.lookAtCurrent(first + k) : this.lookAcross(first + k);
      if (how === layout.PHASE_MEAN) result += size;
      else if (k === 0 || (how === layout.PHASE_HIGHEST ? size > result : size < result)) result = size;
    }
    return how === layout.PHASE_MEAN ? result / count : result;
  }
}
