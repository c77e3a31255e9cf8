/** What transformers and transformer codes have in common: windings and short-circuit reactances, and the order-dependent rules of setting them. */
import type { Connection } from '../../../grid/index.js';
import { type DssObject, quiet, type Setter } from '../class-definition.js';
import type { BusReference, PropertyValue } from '../property-value.js';
import { CONNECTIONS } from '../script-options.js';

/** One winding as edited. */
export interface WindingSetting {
  connection: Connection;
  kv: number;
  kva: number;
  tapPu: number;
  minTapPu: number;
  maxTapPu: number;
  tapSteps: number;
  resistancePercent: number;
  neutralOhm: number;
  neutralReactanceOhm: number;
}

function newWinding(): WindingSetting {
  return {
    connection: 'wye',
    kv: 12.47,
    kva: 1000,
    tapPu: 1,
    minTapPu: 0.9,
    maxTapPu: 1.1,
    tapSteps: 32,
    resistancePercent: 0.2,
    neutralOhm: -1,
    neutralReactanceOhm: 0,
  };
}

/** Most taps of a winding; tap changers have some thirty. */
const MOST_TAPS = 10_000;

function warnOfNegative(object: DssObject, value: PropertyValue, percent: number): void {
  object.context.warn(
    `${object.id}.${value.scope.property} is negative (${percent}): the transformer gives power instead of losing it, as OpenDSS has it`,
  );
}

const pairsOf = (windings: number): number => (windings * (windings - 1)) / 2;

/** The windings of a transformer or transformer code. */
export class WindingData {
  phases = 3;
  windings: WindingSetting[] = [newWinding(), newWinding()];
  /** Winding to which `kV=`, `tap=`, .. apply, counted from 0. */
  active = 0;
  /** Percent: high-low, high-third, low-third. */
  reactances: [number, number, number] = [7, 35, 30];
  reactancesChanged = false;
  /** Percent, by pair 12, 13, .., 23, .. */
  shortCircuit: number[] = [7];
  noLoadLossPercent = 0;
  magnetizingPercent = 0;
  antiFloatPpm = 1;
  normalKva = 1100;

  copyFrom(other: WindingData): void {
    this.phases = other.phases;
    this.windings = other.windings.map((winding) => ({ ...winding }));
    this.active = Math.min(this.active, this.windings.length - 1);
    this.reactances = [...other.reactances];
    this.shortCircuit = [...other.shortCircuit];
    this.noLoadLossPercent = other.noLoadLossPercent;
    this.normalKva = other.normalKva;
  }

  setWindingCount(count: number): void {
    const old = this.shortCircuit;
    this.windings = Array.from({ length: count }, newWinding);
    this.active = Math.min(this.active, count - 1);
    this.shortCircuit = Array.from({ length: pairsOf(count) }, (_, i) => old[i] ?? 30);
  }

  setActive(value: PropertyValue): void {
    this.active = value.integer(1, this.windings.length) - 1;
  }

  setKva(value: PropertyValue): void {
    const kva = value.positive();
    this.windings[this.active].kva = kva;
    if (this.active === 0) {
      for (const winding of this.windings) winding.kva = kva;
      this.normalKva = 1.1 * kva;
    } else if (this.windings.length === 2) this.windings[0].kva = kva;
  }

  /** Reads a resistance or loss, percent. A negative one has its uses (equivalents of larger circuits) and is let through with a warning. */
  readLoss(object: DssObject, value: PropertyValue): number {
    const percent = value.number();
    if (percent < 0) warnOfNegative(object, value, percent);
    return percent;
  }

  setLoadLoss(percent: number): void {
    this.windings[0].resistancePercent = percent / 2;
    this.windings[1].resistancePercent = percent / 2;
  }

  setReactance(which: 0 | 1 | 2, object: DssObject, value: PropertyValue): void {
    const percent = value.number();
    const standard = [7, 35, 30][which];
    if (percent === 0)
      object.context.warn(`${object.id}.${value.scope.property} = 0 stands for ${standard} percent, as in OpenDSS; give a small value for none`);
    this.reactances[which] = percent === 0 ? standard : percent;
    this.reactancesChanged = true;
  }

  setShortCircuit(value: PropertyValue): void {
    this.shortCircuit = value.numbersOf(this.shortCircuit.length);
  }

  /** Sets one field of each winding from a list; omitted places stay. The last winding is active afterwards. */
  setList(field: 'kv' | 'kva' | 'tapPu' | 'resistancePercent', object: DssObject, value: PropertyValue): void {
    const values = value.sparseNumbers();
    if (values.length > this.windings.length) value.fail(`has ${values.length} values for ${this.windings.length} windings; set windings= first`);
    values.forEach((number, i) => {
      if (number === undefined) return;
      if (field !== 'resistancePercent' && !(number > 0)) value.fail(`must be greater than zero, not ${number}`);
      if (field === 'resistancePercent' && number < 0) warnOfNegative(object, value, number);
      this.windings[i][field] = number;
    });
    this.active = this.windings.length - 1;
    if (field === 'kva') this.normalKva = 1.1 * this.windings[0].kva;
  }

  setConnections(value: PropertyValue): void {
    const values = value.choiceList(CONNECTIONS);
    if (values.length > this.windings.length) value.fail(`has ${values.length} values for ${this.windings.length} windings; set windings= first`);
    values.forEach((connection, i) => {
      if (connection) this.windings[i].connection = connection;
    });
    this.active = this.windings.length - 1;
  }

  /** Brings the pairwise reactances in line with XHL, XHT and XLT where those were set. */
  settleReactances(): void {
    if (!this.reactancesChanged) return;
    this.reactancesChanged = false;
    if (this.windings.length > 3) return;
    for (let i = 0; i < this.shortCircuit.length; i++) this.shortCircuit[i] = this.reactances[i];
  }
}

/** An object that has windings. */
export interface HasWindings extends DssObject {
  readonly data: WindingData;
  /** Called after `tap=` or `taps=`. */
  tapsSet(): void;
  /** Called after `windings=`. */
  windingsSet(): void;
}

const onWinding =
  (field: Exclude<keyof WindingSetting, 'connection'>, read: (value: PropertyValue) => number) =>
  (object: HasWindings, value: PropertyValue): void => {
    object.data.windings[object.data.active][field] = read(value);
  };

const reactance =
  (which: 0 | 1 | 2) =>
  (object: HasWindings, value: PropertyValue): void =>
    object.data.setReactance(which, object, value);

/** Setters of windings, shared by `transformer` and `xfmrcode`. */
export const windingSetters: Readonly<Record<string, Setter<HasWindings>>> = {
  phases: (object, value) => {
    object.data.phases = value.integer(1, 100);
  },
  windings: (object, value) => {
    object.data.setWindingCount(value.integer(2, 50));
    object.windingsSet();
  },
  wdg: (object, value) => object.data.setActive(value),
  conn: (object, value) => {
    object.data.windings[object.data.active].connection = value.choice(CONNECTIONS);
  },
  kv: onWinding('kv', (value) => value.positive()),
  kva: (object, value) => object.data.setKva(value),
  tap: (object, value) => {
    object.data.windings[object.data.active].tapPu = value.number();
    object.tapsSet();
  },
  '%r': (object, value) => {
    object.data.windings[object.data.active].resistancePercent = object.data.readLoss(object, value);
  },
  rneut: onWinding('neutralOhm', (value) => value.number()),
  xneut: onWinding('neutralReactanceOhm', (value) => value.number()),
  conns: (object, value) => object.data.setConnections(value),
  kvs: (object, value) => object.data.setList('kv', object, value),
  kvas: (object, value) => object.data.setList('kva', object, value),
  taps: (object, value) => {
    object.data.setList('tapPu', object, value);
    object.tapsSet();
  },
  '%rs': (object, value) => object.data.setList('resistancePercent', object, value),
  xhl: reactance(0),
  xht: reactance(1),
  xlt: reactance(2),
  x12: reactance(0),
  x13: reactance(1),
  x23: reactance(2),
  xscarray: (object, value) => object.data.setShortCircuit(value),
  '%loadloss': (object, value) => object.data.setLoadLoss(object.data.readLoss(object, value)),
  '%noloadloss': (object, value) => {
    object.data.noLoadLossPercent = object.data.readLoss(object, value);
  },
  '%imag': (object, value) => {
    object.data.magnetizingPercent = value.number();
  },
  ppm_antifloat: (object, value) => {
    object.data.antiFloatPpm = value.number();
  },
  normhkva: (object, value) => {
    object.data.normalKva = value.number();
  },
  maxtap: onWinding('maxTapPu', (value) => value.number()),
  mintap: onWinding('minTapPu', (value) => value.number()),
  numtaps: onWinding('tapSteps', (value) => value.integer(0, MOST_TAPS)),
  emerghkva: quiet,
  thermal: quiet,
  n: quiet,
  m: quiet,
  flrise: quiet,
  hsrise: quiet,
  rdcohms: quiet,
  seasons: quiet,
  ratings: quiet,
};

/** Sets the buses of all windings from a list. */
export function setBuses(buses: (BusReference | undefined)[], count: number, value: PropertyValue): void {
  const given = value.buses();
  if (given.length > count) value.fail(`has ${given.length} buses for ${count} windings; set windings= first`);
  given.forEach((bus, i) => {
    if (bus) buses[i] = bus;
  });
}
