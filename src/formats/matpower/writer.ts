/** Writes balanced grids as MATPOWER case files (version 2). */
import { type BalancedGrid, type GeneratorCost, GridError, validateBalancedGrid } from '../../grid/index.js';
import { OPTIONAL_GENERATOR_COLUMNS } from './reader.js';
import { BRANCH_TABLE, BUS_TABLE, GENERATOR_TABLE } from './tables.js';

const KIND_NUMBERS = { pq: 1, pv: 2, slack: 3, isolated: 4 } as const;

/**
 * A grid as the text of a case file, numbers with as many digits as they need and no more: reading it gives the same grid. What a case cannot say is left out:
 * loads and shunts out of service, names of anything but buses, ratings in ampere, substations, the frequency, origins. Loads at one bus become one, and shunts too. The
 * function is named as the grid, with `_` for what cannot stand in a name.
 *
 * @throws InputError, GridError as {@link validateBalancedGrid}, and where the costs do not fit the generators
 */
export function writeMatpower(grid: BalancedGrid): string {
  validateBalancedGrid(grid);
  const name = functionName(grid.name);
  const parts = [
    `function mpc = ${name}\n% MATPOWER case, written by busbar\n\nmpc.version = '2';\nmpc.baseMVA = ${numberText(grid.baseMva)};\n`,
    table(BUS_TABLE.name, BUS_TABLE.columns, busRows(grid)),
    table(GENERATOR_TABLE.name, GENERATOR_TABLE.columns, generatorRows(grid)),
    table(BRANCH_TABLE.name, BRANCH_TABLE.columns, branchRows(grid)),
  ];
  if (grid.generatorCosts.length > 0) parts.push(table('gencost', 'model startup shutdown n values'.split(' '), costRows(grid)));
  if (grid.buses.some((bus) => bus.name)) {
    parts.push(`mpc.bus_name = {\n${grid.buses.map((bus) => `\t${quoted(bus.name ?? '')};\n`).join('')}};\n`);
  }
  return parts.join('\n');
}

/** The shortest text that reads as this number. */
function numberText(value: number): string {
  if (Number.isFinite(value)) return Object.is(value, -0) ? '-0' : String(value);
  return value > 0 ? 'Inf' : '-Inf';
}

function quoted(text: string): string {
  return `'${text.replace(/\p{Cc}/gu, (mark) => (mark === '\t' ? mark : ' ')).replaceAll("'", "''")}'`;
}

/** A name that MATLAB takes for a function. */
function functionName(name: string): string {
  const word = name.replace(/\W/g, '_');
  const isKeyword =
    /^(break|case|catch|classdef|continue|else|elseif|end|for|function|global|if|otherwise|parfor|persistent|return|spmd|switch|try|while)$/.test(
      word,
    );
  return /^[A-Za-z]/.test(word) && !isKeyword ? word : `case_${word}`;
}

function table(name: string, columns: readonly string[], rows: readonly (readonly number[])[]): string {
  const lines = rows.map((row) => `\t${row.map(numberText).join('\t')};\n`);
  return `%\t${columns.join('\t')}\nmpc.${name} = [\n${lines.join('')}];\n`;
}

/** Two numbers added up for each bus that something is at. */
class Sums {
  private readonly byBus = new Map<number, [number, number]>();

  add(bus: number, a: number, b: number): void {
    const sum = this.byBus.get(bus);
    // The first is taken as it is: 0 + -0 would lose its sign.
    this.byBus.set(bus, sum ? [sum[0] + a, sum[1] + b] : [a, b]);
  }

  of(bus: number): [number, number] {
    return this.byBus.get(bus) ?? [0, 0];
  }
}

function busRows(grid: BalancedGrid): number[][] {
  const loads = new Sums();
  const shunts = new Sums();
  for (const load of grid.loads) if (load.inService) loads.add(load.bus, load.powerMw, load.powerMvar);
  for (const shunt of grid.shunts) if (shunt.inService) shunts.add(shunt.bus, shunt.conductanceMw, shunt.susceptanceMvar);
  return grid.buses.map((bus) => [
    bus.number,
    KIND_NUMBERS[bus.kind],
    ...loads.of(bus.number),
    ...shunts.of(bus.number),
    bus.area,
    bus.voltagePu,
    bus.angleDegrees,
    bus.baseKv,
    bus.zone,
    bus.maxVoltagePu,
    bus.minVoltagePu,
  ]);
}

function generatorRows(grid: BalancedGrid): number[][] {
  return grid.generators.map((generator) => [
    generator.bus,
    generator.powerMw,
    generator.powerMvar,
    generator.maxMvar,
    generator.minMvar,
    generator.voltagePu,
    generator.baseMva,
    generator.inService ? 1 : 0,
    generator.maxMw,
    generator.minMw,
    ...OPTIONAL_GENERATOR_COLUMNS.map(([property]) => generator[property] ?? 0),
    generator.participation,
  ]);
}

function branchRows(grid: BalancedGrid): number[][] {
  return grid.branches.map((branch) => [
    branch.from,
    branch.to,
    branch.resistancePu,
    branch.reactancePu,
    branch.chargingPu,
    branch.ratingMva,
    branch.shortTermRatingMva,
    branch.emergencyRatingMva,
    branch.ratio,
    branch.shiftDegrees,
    branch.inService ? 1 : 0,
    branch.minAngleDegrees,
    branch.maxAngleDegrees,
  ]);
}

function costRows(grid: BalancedGrid): number[][] {
  const { generatorCosts: costs, generators } = grid;
  if (costs.length !== generators.length && costs.length !== 2 * generators.length) {
    throw new GridError(
      `grid "${grid.name}" has ${costs.length} generator costs for ${generators.length} generators; give one or two a generator, or none`,
    );
  }
  const width = Math.max(...costs.map((cost) => cost.values.length));
  return costs.map((cost, k) => [
    cost.model,
    cost.startup,
    cost.shutdown,
    pointCount(cost, k),
    ...cost.values,
    ...new Array<number>(width - cost.values.length).fill(0),
  ]);
}

function pointCount({ model, values }: GeneratorCost, index: number): number {
  if (model === 2) return values.length;
  if (values.length % 2 === 0) return values.length / 2;
  throw new GridError(`generator cost ${index + 1} has ${values.length} values; a piecewise linear cost has pairs`);
}
