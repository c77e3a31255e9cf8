/** Whether a balanced grid can be compiled and solved at all; messages name element and property. */
import { describeValue, GridError, InputError, type SourceLocation } from '../errors.js';
import { type BalancedGrid, branchLabel, generatorLabel } from './records.js';

const BUS_KINDS = new Set(['pq', 'pv', 'slack', 'isolated']);
/** Numbers that may be infinite: limits that are none. */
const LIMITS = new Set(['minMvar', 'maxMvar', 'minMw', 'maxMw']);
/** Beyond this a number is not a power, a voltage or an impedance. */
const LARGEST = 1e15;

function locationOf(origin: string | undefined): SourceLocation | undefined {
  const match = origin === undefined ? null : /^(.*):(\d+)$/.exec(origin);
  return match ? { file: match[1], line: Number(match[2]) } : undefined;
}

function fail(record: { origin?: string }, element: string, property: string | undefined, message: string): never {
  throw new InputError(message, { location: locationOf(record.origin), element, property });
}

function checkNumbers(record: object, element: string): void {
  for (const [property, value] of Object.entries(record)) {
    if (typeof value === 'string' || typeof value === 'boolean' || value === undefined) continue;
    if (typeof value === 'number' && (Math.abs(value) <= LARGEST || (LIMITS.has(property) && Math.abs(value) === Infinity))) continue;
    fail(record, element, property, `is ${describeValue(value)}; a number of at most 1e15 belongs there`);
  }
}

/**
 * Throws one {@link InputError} (about an element; with file and line where they are known) or {@link GridError} (about the grid) for the first fault found: base
 * power not above zero; a bus number that is no positive integer or comes twice; an element at a bus that is not there; a number that is not finite; a branch in
 * service with both ends at one bus or without impedance; a ratio below zero; reactive or active limits in the wrong order at a generator in service; no slack and no generator that could be it.
 */
export function validateBalancedGrid(grid: BalancedGrid): void {
  if (typeof grid !== 'object' || grid === null || !Array.isArray(grid.buses) || !Array.isArray(grid.branches)) {
    throw new GridError(`a balanced grid is an object with buses, branches, generators, loads and shunts, not ${describeValue(grid)}`);
  }
  if (!(grid.baseMva > 0 && grid.baseMva <= LARGEST)) {
    throw new GridError(`grid "${grid.name}": baseMva must be above 0, not ${describeValue(grid.baseMva)}`);
  }
  if (grid.buses.length === 0) throw new GridError(`grid "${grid.name}" has no buses`);
  const numbers = new Set<number>();
  for (const bus of grid.buses) {
    const element = `bus ${bus.number}`;
    if (!Number.isSafeInteger(bus.number) || bus.number < 1)
      fail(bus, 'bus', 'number', `must be a positive integer, not ${describeValue(bus.number)}`);
    if (numbers.has(bus.number)) fail(bus, element, undefined, 'is there twice; give every bus a number of its own');
    numbers.add(bus.number);
    if (!BUS_KINDS.has(bus.kind)) fail(bus, element, 'kind', `must be pq, pv, slack or isolated, not ${describeValue(bus.kind)}`);
    checkNumbers(bus, element);
    if (bus.kind !== 'isolated' && !(bus.voltagePu > 0)) fail(bus, element, 'voltagePu', `must be above 0, not ${bus.voltagePu}`);
  }
  const known = (record: { origin?: string }, element: string, property: string, bus: number): void => {
    if (!numbers.has(bus)) fail(record, element, property, `there is no bus ${describeValue(bus)}`);
  };
  grid.loads.forEach((load, k) => {
    known(load, `load ${k + 1}`, 'bus', load.bus);
    checkNumbers(load, `load ${k + 1} (bus ${load.bus})`);
  });
  grid.shunts.forEach((shunt, k) => {
    known(shunt, `shunt ${k + 1}`, 'bus', shunt.bus);
    checkNumbers(shunt, `shunt ${k + 1} (bus ${shunt.bus})`);
  });
  grid.generators.forEach((generator, k) => {
    const element = generatorLabel(grid, k);
    known(generator, `generator ${k + 1}`, 'bus', generator.bus);
    checkNumbers(generator, element);
    if (!generator.inService) return;
    if (!(generator.voltagePu > 0)) fail(generator, element, 'voltagePu', `must be above 0, not ${generator.voltagePu}`);
    if (generator.minMvar > generator.maxMvar) fail(generator, element, 'minMvar', `is above maxMvar (${generator.minMvar} > ${generator.maxMvar})`);
    if (!(generator.participation >= 0)) fail(generator, element, 'participation', `must be 0 or above, not ${generator.participation}`);
  });
  grid.branches.forEach((branch, k) => {
    const element = branchLabel(grid, k);
    known(branch, `branch ${k + 1}`, 'from', branch.from);
    known(branch, `branch ${k + 1}`, 'to', branch.to);
    checkNumbers(branch, element);
    if (!branch.inService) return;
    if (branch.from === branch.to) fail(branch, element, undefined, 'has both ends at one bus; take it out or write a shunt');
    if (branch.resistancePu === 0 && branch.reactancePu === 0) {
      fail(branch, element, 'reactancePu', 'has no impedance; join its buses, or give it a small reactance such as 1e-5');
    }
    if (!(branch.ratio >= 0)) fail(branch, element, 'ratio', `must be above 0 (or 0 for a line), not ${branch.ratio}`);
  });
}
