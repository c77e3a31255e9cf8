/** Columns by element and field, as users give them: looked up and checked once, then taken a chunk of scenarios at a time into room that is kept. */
import { type CircuitElement, describeValue, elementId, type Grid, GridError, injectionPower, SNAPSHOT } from '../grid/index.js';
import type { BatchColumns } from './batch-session.js';
import { isClosed } from './batch-switches.js';
import { tapWinding } from './chord-fold.js';
import { hasLegs, type LegElement } from './legs.js';

/** Powers of a load (consumed), generator, PV system or storage (delivered), all phases together; what is left out is as in the grid. */
export interface PowerColumns {
  powerKw?: ArrayLike<number>;
  powerKvar?: ArrayLike<number>;
}

/** Taps of a transformer, per unit, above 0. */
export interface TapColumns {
  tapPu: ArrayLike<number>;
}

/** How many steps of a capacitor are closed, from the first. */
export interface StepColumns {
  closedSteps: ArrayLike<number>;
}

/** Whether a line that serves as a switch is closed: true or 1, false or 0. */
export interface SwitchColumns {
  closed: ArrayLike<boolean | number>;
}

/** Voltages of a voltage source, per unit of its rated voltage, 0 or more. */
export interface SourceColumns {
  voltagePu: ArrayLike<number>;
}

/**
 * Columns in: by the id of an element (`load.s1`, `transformer.reg1a`, `capacitor.c83`, `line.sw7`, `vsource.source`), each one number a scenario, all of one length.
 * What is not named stays as in the grid. A power that is NaN or infinite is a scenario that diverges; anything else must be a value that can be.
 */
export type ScenarioColumns = Readonly<Record<string, PowerColumns | TapColumns | StepColumns | SwitchColumns | SourceColumns>>;

type Field = 'powerKw' | 'powerKvar' | 'tapPu' | 'closedSteps' | 'closed' | 'voltagePu';

/** One column that is given. */
interface Slot {
  field: Field;
  /** What the grid has. */
  own: number;
  /** [scenario of the chunk]; not there before {@link SeriesInputs.reserve}. */
  stage: Float64Array;
  must?: string;
  holds?: (value: number) => boolean;
}

/** One element with columns. */
interface Target {
  /** As the user writes it. */
  key: string;
  element: CircuitElement;
  /** Both powers of an injection, whichever are given; else one. */
  slots: Slot[];
  given: ReadonlySet<string>;
}

const POWERS: readonly Field[] = ['powerKw', 'powerKvar'];
const FIELDS: Partial<Record<CircuitElement['kind'], readonly Field[]>> = {
  load: POWERS,
  generator: POWERS,
  pvsystem: POWERS,
  storage: POWERS,
  transformer: ['tapPu'],
  capacitor: ['closedSteps'],
  line: ['closed'],
  vsource: ['voltagePu'],
};

/** The columns of a series: which there are is said by its first chunk. */
export class SeriesInputs {
  private readonly targets: Target[];
  private readonly wanted = new Map<string, Target>();

  /** Throws {@link GridError} for an element that there is not or that has no such column. */
  constructor(
    private readonly grid: Grid,
    first: ScenarioColumns,
  ) {
    requireColumns(first);
    const seen = new Map<CircuitElement, string>();
    this.targets = Object.keys(first).map((key) => {
      const element = grid.element(key.toLowerCase());
      if (!element) throw new GridError(`there is no element "${key}" to give columns to; ids are written kind.name, as in load.house1`);
      const other = seen.get(element);
      if (other !== undefined) throw new GridError(`${elementId(element)} has columns twice, as "${other}" and as "${key}"; give them together`);
      seen.set(element, key);
      return this.makeTarget(key, element, first[key]);
    });
    for (const target of this.targets) this.wanted.set(target.key, target);
  }

  private makeTarget(key: string, element: CircuitElement, columns: unknown): Target {
    const fields = FIELDS[element.kind];
    if (!fields) throw new GridError(`${key}: a ${element.kind} takes no columns; ${Object.keys(FIELDS).join(', ')} do`);
    const given = givenFields(key, columns);
    if (given.length === 0) throw new GridError(`${key}: no column is given; it takes ${fields.join(', ')}`);
    const strange = given.find((field) => !fields.some((known) => known === field));
    if (strange !== undefined) throw new GridError(`${key}: there is no column "${strange}" for a ${element.kind}; it takes ${fields.join(', ')}`);
    if (!element.enabled && element.kind !== 'line') throw new GridError(`${key} is disabled in the grid; enable it, or leave its columns out`);
    return { key, element, slots: slotsOf(this.grid, element), given: new Set(given) };
  }

  /** Names of the elements of each kind that differ from scenario to scenario, as the options of a batch take them. */
  names(): { taps: string[]; capacitors: string[]; switches: string[]; sources: string[] } {
    const of = (kind: CircuitElement['kind']): string[] => this.targets.flatMap(({ element }) => (element.kind === kind ? [element.name] : []));
    return { taps: of('transformer'), capacitors: of('capacitor'), switches: of('line'), sources: of('vsource') };
  }

  /** The number of scenarios of a chunk. Throws {@link GridError} where it has other columns than the first, or columns that differ in length. */
  lengthOf(columns: ScenarioColumns, from: number): number {
    requireColumns(columns);
    const where = from === 0 ? '' : `the chunk at scenario ${from}: `;
    for (const key in columns) {
      if (!this.wanted.has(key)) throw new GridError(`${where}columns of ${key}, which the first chunk has not; give all chunks the same columns`);
    }
    let length: number | undefined;
    let longest = '';
    for (const { key, given } of this.targets) {
      if (!(key in columns)) throw new GridError(`${where}no columns of ${key}, which the first chunk has; give all chunks the same columns`);
      const fields = givenFields(key, columns[key]);
      const other = [...fields.filter((field) => !given.has(field)), ...[...given].filter((field) => !fields.includes(field))];
      if (other.length > 0) throw new GridError(`${where}${key}.${other[0]} is in some chunks only; give all chunks the same columns`);
      for (const field of fields) {
        const column = columnOf(columns, key, field);
        if (!isColumn(column)) throw new GridError(`${where}${key}.${field} is ${describeValue(column)}; give an array of numbers, one a scenario`);
        if (length === undefined) longest = `${key}.${field}`;
        length ??= column.length;
        if (column.length !== length)
          throw new GridError(`${where}${key}.${field} has ${column.length} scenarios and ${longest} has ${length}; give all columns one length`);
      }
    }
    return length ?? 0;
  }

  /** Makes room for chunks of so many scenarios. What is not given holds the grid's values in all of them. */
  reserve(capacity: number): void {
    for (const { slots } of this.targets) for (const slot of slots) slot.stage = new Float64Array(capacity).fill(slot.own);
  }

  /**
   * Takes scenarios of a chunk in. Throws {@link GridError} for a value that cannot be.
   *
   * @param at the first of them in `columns`
   * @param to its place in the room
   * @param scenario its number in the series
   */
  take(columns: ScenarioColumns, at: number, count: number, to: number, scenario: number): void {
    for (const { key, given, slots } of this.targets) {
      for (const { field, stage, must, holds } of slots) {
        if (!given.has(field)) continue;
        const column = columnOf(columns, key, field) as ArrayLike<unknown>;
        for (let k = 0; k < count; k++) {
          const value = column[at + k];
          // What is missing in JSON is null, which would count as 0.
          if (typeof value !== 'number' && typeof value !== 'boolean')
            throw new GridError(`${key}.${field} is ${describeValue(value)} in scenario ${scenario + k}; it must be ${must ?? 'a number'}`);
          stage[to + k] = Number(value);
        }
        if (!holds) continue;
        for (let k = 0; k < count; k++) {
          if (!holds(stage[to + k]))
            throw new GridError(`${key}.${field} is ${describeValue(column[at + k])} in scenario ${scenario + k}; it must be ${must}`);
        }
      }
    }
  }

  /** Gives the rest of the room the grid's values: lanes that nobody asks for, and that the base case has nearly solved. */
  pad(from: number): void {
    for (const { slots } of this.targets) for (const { stage, own } of slots) stage.fill(own, from);
  }

  /** Hands the room's values to a batch of as many scenarios. */
  give(batch: BatchColumns): void {
    for (const { element, slots } of this.targets) {
      const [first, second] = slots;
      if (element.kind === 'transformer') batch.setTaps(element.name, first.stage);
      else if (element.kind === 'capacitor') batch.setCapacitorSteps(element.name, first.stage);
      else if (element.kind === 'line') batch.setSwitchStates(element.name, first.stage);
      else if (element.kind === 'vsource') batch.setSourceVoltage(element.name, first.stage);
      else batch.setPowers(batch.injectionIndex(elementId(element)), first.stage, second.stage);
    }
  }

  /** The values of one kind of element in the order of {@link names}, [element][scenario of the chunk]. */
  stagesOf(kind: 'transformer' | 'line' | 'vsource'): Float64Array[] {
    return this.targets.flatMap(({ element, slots }) => (element.kind === kind ? [slots[0].stage] : []));
  }
}

function slotsOf(grid: Grid, element: CircuitElement): Slot[] {
  const slot = (field: Field, own: number, must?: string, holds?: Slot['holds']): Slot => ({ field, own, stage: new Float64Array(0), must, holds });
  switch (element.kind) {
    case 'transformer': {
      const { tapPu } = element.windings[tapWinding(element)];
      return [slot('tapPu', tapPu, 'above 0, about 1', (tap) => tap > 0 && tap < Infinity)];
    }
    case 'capacitor': {
      const { steps } = element;
      const holds = (count: number): boolean => Number.isInteger(count) && count >= 0 && count <= steps.length;
      return [slot('closedSteps', steps.filter((step) => step.closed).length, `a whole number from 0 to ${steps.length}`, holds)];
    }
    case 'line':
      return [slot('closed', Number(isClosed(element)), 'true or 1 (closed), false or 0 (open)', (state) => state === 0 || state === 1)];
    case 'vsource':
      return [slot('voltagePu', element.voltagePu, 'a number of 0 or more, per unit', (volts) => volts >= 0 && volts < Infinity)];
    default: {
      if (!hasLegs(element)) return [];
      const { powerKw, powerKvar } = injectionPower(grid, element as LegElement, SNAPSHOT);
      return [slot('powerKw', powerKw), slot('powerKvar', powerKvar)];
    }
  }
}

function requireColumns(columns: unknown): asserts columns is ScenarioColumns {
  if (typeof columns !== 'object' || columns === null || Array.isArray(columns))
    throw new GridError(`columns are an object of ids and columns, as { 'load.house1': { powerKw } }, not ${describeValue(columns)}`);
  if (Object.keys(columns).length === 0) throw new GridError('there are no columns, so that nobody knows how many scenarios there are; name one');
}

/** Fields that have a column; those that are undefined have none. */
function givenFields(key: string, columns: unknown): string[] {
  if (typeof columns !== 'object' || columns === null || isColumn(columns))
    throw new GridError(
      `${key}: its columns are an object of fields, as { powerKw: [...] }, not ${isColumn(columns) ? 'one array' : describeValue(columns)}`,
    );
  return Object.entries(columns).flatMap(([field, column]) => (column === undefined ? [] : [field]));
}

function columnOf(columns: ScenarioColumns, key: string, field: string): unknown {
  return (columns[key] as Record<string, unknown>)[field];
}

function isColumn(value: unknown): value is ArrayLike<unknown> {
  if (Array.isArray(value)) return true;
  return ArrayBuffer.isView(value) && 'length' in value && !(value instanceof BigInt64Array) && !(value instanceof BigUint64Array);
}
