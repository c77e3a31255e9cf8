/** Names, orders and defaults against the list taken from the reference engine; skipped without ../shared. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { CLASSES } from '../../../src/formats/opendss/classes/index.js';
import { COMMAND_NAMES, OPTION_NAMES, PROPERTY_NAMES } from '../../../src/formats/opendss/property-tables.js';
import { read } from './read-text.js';

const path = fileURLToPath(new URL('../../../../shared/reference/dss_properties.json', import.meta.url));

interface PropertyList {
  commands: string[];
  options: string[];
  classes: Record<string, [string, string][]>;
}

describe.skipIf(!existsSync(path))('the reference engine’s list of properties (skipped without ../shared)', () => {
  const list: PropertyList = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : { commands: [], options: [], classes: {} };
  const text = (className: string, property: string): string => {
    const found = list.classes[className].find(([name]) => name.toLowerCase() === property.toLowerCase());
    if (!found) throw new Error(`no ${className}.${property}`);
    return found[1];
  };
  const number = (className: string, property: string): number => Number(text(className, property).replace(/[[\]]/g, ''));

  it('has our names in our order', () => {
    const lower = (names: string[]): string[] => names.map((name) => name.toLowerCase());
    expect(COMMAND_NAMES).toEqual(lower(list.commands));
    expect(OPTION_NAMES).toEqual(lower(list.options));
    for (const [name, properties] of Object.entries(list.classes)) expect(PROPERTY_NAMES[name]).toEqual(lower(properties.map(([p]) => p)));
  });

  it('holds no class that the reader does not know', () => {
    const known = Object.keys(list.classes).filter((name) => !CLASSES.has(name));
    expect(known).toEqual(['indmach012']);
  });

  it('agrees with our defaults', () => {
    const { grid } = read(
      'new line.d\nnew load.d\nnew transformer.d\nnew capacitor.d\nnew reactor.d\nnew fault.d\nnew generator.d\nnew pvsystem.d\nnew storage.d\nnew xycurve.c npts=1 points=[1 1]',
    );
    const source = grid.require('vsource', 'source');
    expect(source.baseKv).toBe(number('vsource', 'basekv'));
    const z1 = [number('vsource', 'r1'), number('vsource', 'x1')];
    const z0 = [number('vsource', 'r0'), number('vsource', 'x0')];
    expect(source.impedanceOhm.re[0]).toBeCloseTo((2 * z1[0] + z0[0]) / 3, 10);
    expect(source.impedanceOhm.im[1]).toBeCloseTo((z0[1] - z1[1]) / 3, 10);
    const line = grid.require('line', 'd');
    const rows = (property: string): number[] =>
      text('line', property)
        .replace(/[[\]|]/g, ' ')
        .trim()
        .split(/\s+/)
        .map(Number);
    expect(line.seriesOhm.re[0]).toBeCloseTo(rows('rmatrix')[0], 14);
    expect(line.seriesOhm.im[3]).toBeCloseTo(rows('xmatrix')[1], 14);
    expect(line.shuntSiemens.im[0] / (2 * Math.PI * 60 * 1e-9)).toBeCloseTo(rows('cmatrix')[0], 12);
    const load = grid.require('load', 'd');
    expect([
      load.powerKw,
      load.kv,
      load.model,
      load.minVoltagePu,
      load.maxVoltagePu,
      load.lowVoltagePu,
      load.exponentWatts,
      load.exponentVars,
    ]).toEqual(['kw', 'kv', 'model', 'vminpu', 'vmaxpu', 'vlowpu', 'cvrwatts', 'cvrvars'].map((p) => number('load', p)));
    expect(load.powerKvar).toBeCloseTo(number('load', 'kvar'), 12);
    const transformer = grid.require('transformer', 'd');
    const [winding] = transformer.windings;
    expect([
      winding.kv,
      winding.kva,
      winding.tapPu,
      winding.resistancePercent,
      winding.neutralOhm,
      winding.maxTapPu,
      winding.minTapPu,
      winding.tapSteps,
    ]).toEqual(['kv', 'kva', 'tap', '%r', 'rneut', 'maxtap', 'mintap', 'numtaps'].map((p) => number('transformer', p)));
    expect([...transformer.shortCircuitReactancePercent, transformer.antiFloatPpm, transformer.normalKva]).toEqual(
      ['xhl', 'ppm_antifloat', 'normhkva'].map((p) => number('transformer', p)),
    );
    const capacitor = grid.require('capacitor', 'd');
    expect(capacitor.steps[0].kvar).toBeCloseTo(number('capacitor', 'kvar'), 9);
    const farad = (capacitor.steps[0].kvar * 1000) / (capacitor.kv * 1000) ** 2 / (2 * Math.PI * 60);
    expect(farad * 1e6).toBeCloseTo(number('capacitor', 'cuf'), 10);
    expect(grid.require('reactor', 'd').impedanceOhm.im[0]).toBeCloseTo(number('reactor', 'x'), 9);
    expect(grid.require('fault', 'd').conductanceSiemens[0]).toBeCloseTo(1 / number('fault', 'r'), 9);
    const generator = grid.require('generator', 'd');
    expect([generator.powerKw, generator.kva, generator.minVoltagePu, generator.maxVoltagePu, generator.maxKvar, generator.minKvar]).toEqual(
      ['kw', 'kva', 'vminpu', 'vmaxpu', 'maxkvar', 'minkvar'].map((p) => number('generator', p)),
    );
    const pv = grid.require('pvsystem', 'd');
    expect([
      pv.ratedKw,
      pv.ratedPercent,
      pv.irradianceKwPerM2,
      pv.temperatureC,
      pv.inverter.kva,
      pv.inverter.cutInPercent,
      pv.inverter.maxKvar,
    ]).toEqual(['pmpp', '%pmpp', 'irradiance', 'temperature', 'kva', '%cutin', 'kvarmax'].map((p) => number('pvsystem', p)));
    const storage = grid.require('storage', 'd');
    expect([storage.ratedKw, storage.ratedKwh, storage.storedKwh, storage.dischargeEfficiencyPercent, storage.idlingLossPercent]).toEqual(
      ['kwrated', 'kwhrated', 'kwhstored', '%effdischarge', '%idlingkw'].map((p) => number('storage', p)),
    );
  });
});
