/** Whether a balanced grid can be compiled and solved at all; messages name element and property. */
import { describeValue, GridError, InputError, type SourceLocation } from '../errors.js';
import { type BalancedGrid, branchLabel, generatorLabel } from './records.js';

const BUS_KINDS = new Set(['pq', 'pv', 'slack', 'isolated']);

/** The numbers of each kind of record: those that must be there, those that may be absent, and (in both) those that may be infinite, limits that are none. */
interface NumberProperties {
  required: readonly string[];
  optional: readonly string[];
  limits: ReadonlySet<string>;
}

function properties(required: string, optional = '', limits = ''): NumberProperties {
  const words = (text: string): string[] => text.split(' ').filter((word) => word !== '');
  return { required: words(required), optional: words(optional), limits: new Set(words(limits)) };
}

const BUS_NUMBERS = properties('voltagePu angleDegrees baseKv minVoltagePu maxVoltagePu area zone', 'substation', 'minVoltagePu maxVoltagePu');
const LOAD_NUMBERS = properties('powerMw powerMvar');
const SHUNT_NUMBERS = properties('conductanceMw susceptanceMvar');
const RAMPS = 'rampMwPerMinute ramp10MinutesMw ramp30MinutesMw rampMvarPerMinute';
const CURVE = 'curveLowMw curveHighMw curveLowMinMvar curveLowMaxMvar curveHighMinMvar curveHighMaxMvar';
const GENERATOR_NUMBERS = properties(
  'powerMw powerMvar minMvar maxMvar minMw maxMw voltagePu baseMva participation',
  `${CURVE} ${RAMPS}`,
  `minMvar maxMvar minMw maxMw ${CURVE} ${RAMPS}`,
);
const BRANCH_NUMBERS = properties(
  'resistancePu reactancePu chargingPu ratio shiftDegrees ratingMva shortTermRatingMva emergencyRatingMva minAngleDegrees maxAngleDegrees',
  'ratingAmps',
  'minAngleDegrees maxAngleDegrees',
);

/** Beyond this a number is not a power, a voltage or an impedance. */
const LARGEST = 1e15;
/** Below this an impedance is none: its square, and with it the admittance, would be lost. */
const LEAST_IMPEDANCE = 1e-15;
/** Ratios of transformers lie between this and its inverse. */
const LEAST_RATIO = 1e-6;
/** Base powers lie above this, MVA. */
const LEAST_BASE = 1e-9;

interface Described {
  name?: string;
  inService?: boolean;
  origin?: string;
}

function locationOf(origin: unknown): SourceLocation | undefined {
  const match = typeof origin === 'string' ? /^(.*):(\d+)$/.exec(origin) : null;
  return match ? { file: match[1], line: Number(match[2]) } : undefined;
}

function fail(record: Described, element: string, property: string | undefined, message: string): never {
  throw new InputError(message, { location: locationOf(record.origin), element, property });
}

function checkRecord(record: unknown, element: string): asserts record is Described {
  if (typeof record !== 'object' || record === null) throw new InputError(`is ${describeValue(record)}; an object belongs there`, { element });
}

/** Name, service state and numbers. */
function checkProperties(record: Described, element: string, { required, optional, limits }: NumberProperties, hasService = true): void {
  const values = record as Readonly<Record<string, unknown>>;
  const isNumber = (property: string, value: unknown): boolean =>
    typeof value === 'number' && (Math.abs(value) <= LARGEST || (Math.abs(value) === Infinity && limits.has(property)));
  for (const property of required) {
    const value = values[property];
    if (!isNumber(property, value)) fail(record, element, property, `is ${describeValue(value)}; a number of at most 1e15 belongs there`);
  }
  for (const property of optional) {
    const value = values[property];
    if (value === undefined || isNumber(property, value)) continue;
    fail(record, element, property, `is ${describeValue(value)}; a number of at most 1e15 belongs there, or nothing`);
  }
  if (hasService && typeof record.inService !== 'boolean')
    fail(record, element, 'inService', `must be true or false, not ${describeValue(record.inService)}`);
  if (record.name !== undefined && typeof record.name !== 'string') fail(record, element, 'name', `must be text, not ${describeValue(record.name)}`);
}

/** Fails where the lower of two limits is above the upper one, or one of them cannot be reached. */
function checkLimits(record: Described, element: string, lower: [string, number], upper: [string, number]): void {
  if (lower[1] > upper[1]) fail(record, element, lower[0], `is above ${upper[0]} (${lower[1]} > ${upper[1]})`);
  if (lower[1] === Infinity) fail(record, element, lower[0], 'is Infinity; write -Infinity where there is no limit');
  if (upper[1] === -Infinity) fail(record, element, upper[0], 'is -Infinity; write Infinity where there is no limit');
}

function checkGrid(grid: BalancedGrid): void {
  const lists = ['buses', 'loads', 'shunts', 'generators', 'branches', 'generatorCosts'] as const;
  if (typeof grid !== 'object' || grid === null || !lists.every((list) => Array.isArray(grid[list]))) {
    throw new GridError(
      `a balanced grid is an object with the lists buses, loads, shunts, generators, branches and generatorCosts, not ${describeValue(grid)}`,
    );
  }
  if (typeof grid.name !== 'string') throw new GridError(`the name of a grid is text, not ${describeValue(grid.name)}`);
  if (!(typeof grid.baseMva === 'number' && grid.baseMva >= LEAST_BASE && grid.baseMva <= LARGEST)) {
    throw new GridError(`grid "${grid.name}": baseMva must be above 0 (from 1e-9 to 1e15), not ${describeValue(grid.baseMva)}`);
  }
  const { frequencyHz } = grid;
  if (frequencyHz !== undefined && !(typeof frequencyHz === 'number' && frequencyHz > 0 && frequencyHz <= LARGEST)) {
    throw new GridError(`grid "${grid.name}": frequencyHz must be above 0, not ${describeValue(frequencyHz)}`);
  }
  if (grid.buses.length === 0) throw new GridError(`grid "${grid.name}" has no buses`);
}

function checkBuses(grid: BalancedGrid): Map<number, string> {
  const kinds = new Map<number, string>();
  grid.buses.forEach((bus, k) => {
    checkRecord(bus, `bus ${k + 1} of the list`);
    if (!Number.isSafeInteger(bus.number) || bus.number < 1)
      fail(bus, 'bus', 'number', `must be a positive integer, not ${describeValue(bus.number)}`);
    const element = `bus ${bus.number}`;
    if (kinds.has(bus.number)) fail(bus, element, undefined, 'is there twice; give every bus a number of its own');
    if (!BUS_KINDS.has(bus.kind)) fail(bus, element, 'kind', `must be pq, pv, slack or isolated, not ${describeValue(bus.kind)}`);
    kinds.set(bus.number, bus.kind);
    checkProperties(bus, element, BUS_NUMBERS, false);
    if (bus.kind !== 'isolated' && !(bus.voltagePu > 0)) fail(bus, element, 'voltagePu', `must be above 0, not ${bus.voltagePu}`);
  });
  return kinds;
}

/**
 * Throws one {@link InputError} (about an element; with file and line where they are known) or {@link GridError} (about the grid) for the first fault found: lists
 * that are missing; a base power that is not above zero; a bus number that is no positive integer or comes twice; an element at a bus that is not there; a property
 * that is missing, of another type, or a number that is not finite (limits may be infinite) or beyond 1e15; a voltage to start from or to hold that is not above
 * zero; reactive or active limits in the wrong order, and a share in the slack below zero, at a generator in service; a branch in service with both ends at
 * one bus, with an impedance of zero (or below 1e-15 per unit), or with a ratio that is not 0 or from 1e-6 to 1e6; costs that are no lists of numbers. Whether there is a slack is asked by
 * `compileNetwork`.
 */
export function validateBalancedGrid(grid: BalancedGrid): void {
  checkGrid(grid);
  const kinds = checkBuses(grid);
  const known = (record: unknown, element: string, property: string): void => {
    checkRecord(record, element);
    const bus = (record as Readonly<Record<string, unknown>>)[property];
    if (!kinds.has(bus as number)) fail(record, element, property, `there is no bus ${describeValue(bus)}`);
  };
  grid.loads.forEach((load, k) => {
    known(load, `load ${k + 1}`, 'bus');
    checkProperties(load, `load ${k + 1} (bus ${load.bus})`, LOAD_NUMBERS);
  });
  grid.shunts.forEach((shunt, k) => {
    known(shunt, `shunt ${k + 1}`, 'bus');
    checkProperties(shunt, `shunt ${k + 1} (bus ${shunt.bus})`, SHUNT_NUMBERS);
  });
  grid.generators.forEach((generator, k) => {
    known(generator, `generator ${k + 1}`, 'bus');
    const element = generatorLabel(grid, k);
    checkProperties(generator, element, GENERATOR_NUMBERS);
    const kind = kinds.get(generator.bus);
    if (!generator.inService) return;
    if ((kind === 'pv' || kind === 'slack') && !(generator.voltagePu > 0)) {
      fail(generator, element, 'voltagePu', `must be above 0, not ${generator.voltagePu}`);
    }
    checkLimits(generator, element, ['minMvar', generator.minMvar], ['maxMvar', generator.maxMvar]);
    checkLimits(generator, element, ['minMw', generator.minMw], ['maxMw', generator.maxMw]);
    if (!(generator.participation >= 0)) fail(generator, element, 'participation', `must be 0 or above, not ${generator.participation}`);
  });
  grid.branches.forEach((branch, k) => {
    known(branch, `branch ${k + 1}`, 'from');
    known(branch, `branch ${k + 1}`, 'to');
    const element = branchLabel(grid, k);
    checkProperties(branch, element, BRANCH_NUMBERS);
    if (!branch.inService) return;
    if (branch.from === branch.to) fail(branch, element, undefined, 'has both ends at one bus; take it out or write a shunt');
    if (Math.max(Math.abs(branch.resistancePu), Math.abs(branch.reactancePu)) < LEAST_IMPEDANCE) {
      fail(branch, element, 'reactancePu', 'has no impedance; join its buses, or give it a small reactance such as 1e-5');
    }
    if (branch.ratio !== 0 && !(branch.ratio >= LEAST_RATIO && branch.ratio <= 1 / LEAST_RATIO)) {
      fail(branch, element, 'ratio', `must be above 0 (or 0 for a line; from 1e-6 to 1e6), not ${branch.ratio}`);
    }
  });
  grid.generatorCosts.forEach((cost, k) => {
    const element = `generator cost ${k + 1}`;
    checkRecord(cost, element);
    const isNumber = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value);
    if ((cost.model !== 1 && cost.model !== 2) || !isNumber(cost.startup) || !isNumber(cost.shutdown)) {
      fail(cost, element, undefined, 'needs a model (1 or 2), startup and shutdown');
    }
    if (!Array.isArray(cost.values) || !cost.values.every(isNumber)) fail(cost, element, 'values', 'must be a list of numbers');
  });
}
