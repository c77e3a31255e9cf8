import { readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { decodeGrid, encodeGrid, listFeeders, loadFeeder } from '../../src/feeders/index.js';
import { InputError, terminalsOf } from '../../src/grid/index.js';

describe('built-in feeders', () => {
  it('are the published ones, with their published sizes', () => {
    const sizes = Object.fromEntries(listFeeders().map((feeder) => [feeder.name, [feeder.nodes, feeder.lines, feeder.transformers, feeder.loads]]));
    // Sizes as OpenDSS counts them for the same data; IEEE 4: 12 nodes, and one for a neutral that floats.
    expect(sizes.ieee13).toEqual([41, 12, 5, 15]);
    expect(sizes.ieee34).toEqual([95, 32, 8, 68]);
    expect(sizes.ieee37).toEqual([117, 36, 4, 30]);
    expect(sizes.ieee123).toEqual([278, 126, 8, 91]);
    expect(sizes.ieee8500).toEqual([8531, 3698, 1190, 1177]);
    expect(sizes['ieee8500-unbalanced']).toEqual([8531, 3698, 1190, 2354]);
    expect(sizes['european-lv']).toEqual([2721, 905, 1, 55]);
    // The same feeders with batteries, as ../shared/feeders/powergym/README.md counts them.
    expect(sizes['powergym-ieee13']).toEqual(sizes.ieee13);
    expect(sizes['powergym-ieee34']).toEqual(sizes.ieee34);
    expect(sizes['powergym-ieee123']).toEqual(sizes.ieee123);
    expect(sizes['powergym-ieee8500']).toEqual(sizes.ieee8500);
    expect(Object.keys(sizes).filter((name) => name.startsWith('ieee4-'))).toHaveLength(13);
  });

  for (const info of listFeeders()) {
    it(`${info.name} loads and comes back the same`, { timeout: 60_000 }, async () => {
      const grid = await loadFeeder(info.name);
      expect(grid.buses.size).toBe(info.buses);
      expect(grid.elementsOf('load').filter((load) => load.enabled)).toHaveLength(info.loads);
      for (const element of grid.elements) for (const terminal of terminalsOf(element)) expect(grid.buses.has(terminal.bus)).toBe(true);
      const text = encodeGrid(grid);
      expect(encodeGrid(decodeGrid(text))).toBe(text);
    });
  }

  it('are fresh copies', async () => {
    const one = await loadFeeder('ieee13');
    one.require('load', '671').powerKw = 0;
    const other = await loadFeeder('ieee13');
    expect(other.require('load', '671').powerKw).toBe(1155);
  });

  it('know one of their published values each', async () => {
    // IEEE 13: regulator impedances and the 671 spot load; 8500: 1177 transformers of three windings; European LV: the first profile at 00:01.
    const european = await loadFeeder('eulv');
    expect(european.frequencyHz).toBe(50);
    expect(european.loadShapes.get('shape_1')?.active.length).toBe(1440);
    expect(european.loadShapes.get('shape_1')?.active[0]).toBe(0.036);
    const large = await loadFeeder('8500');
    expect(large.elementsOf('transformer').filter((transformer) => transformer.windings.length === 3)).toHaveLength(1177);
    const regulators = (await loadFeeder('ieee123')).controlsOf('regcontrol').map((control) => control.name);
    expect(regulators).toHaveLength(7);
  });

  it.each([
    ['IEEE123', 'ieee123'],
    ['123', 'ieee123'],
    ['123Bus', 'ieee123'],
    ['IEEE 34 node test feeder', 'ieee34'],
    ['ieee34mod1', 'ieee34'],
    ['ieee34_mod2', 'ieee34-mod2'],
    ['8500', 'ieee8500'],
    ['8500-unbalanced', 'ieee8500-unbalanced'],
    ['eulv', 'european-lv'],
    ['ieee4_yy_bal', 'ieee4-yy-bal'],
  ])('%s is %s', async (alias, name) => {
    expect(encodeGrid(await loadFeeder(alias))).toBe(encodeGrid(await loadFeeder(name)));
  });

  it.each(['', 'ieee12', 'constructor', '__proto__', 'x'.repeat(10_000), 'ieee 118\n'])('%j is no feeder', async (name) => {
    const error = await loadFeeder(name).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(InputError);
    expect((error as Error).message).toMatch(/^there is no feeder named .*; (did you mean ieee|listFeeders\(\))/);
    expect((error as Error).message.length).toBeLessThan(600);
    expect((error as Error).message).not.toContain('\n');
  });

  it('names the nearest', async () => {
    await expect(loadFeeder('ieee12')).rejects.toThrow(/did you mean .*ieee123/);
  });

  it('take little room in the package', () => {
    const folder = fileURLToPath(new URL('../../src/feeders/data/', import.meta.url));
    const sizes = readdirSync(folder).map((file) => statSync(`${folder}${file}`).size);
    expect(Math.max(...sizes)).toBeLessThan(500_000);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(1_200_000);
  });
});
