/**
 * Generators against OpenDSS: episodes in which batteries (generators, some in delta, some rated for a far lower voltage than they stand at) charge and
 * discharge while taps and banks move, step by step as the engine solved them; and a feeder with small delta generators and its losses.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runTimeSteps, terminalPower } from '../../src/controls/index.js';
import type { ScriptFiles } from '../../src/formats/opendss/index.js';
import { nodeFiles } from '../../src/formats/opendss/node-files.js';
import { runScript } from '../../src/scripts/index.js';

const SHARED = fileURLToPath(new URL('../../../shared', import.meta.url));
const EPISODES = join(SHARED, 'reference/powergym');
const VVO = join(SHARED, 'feeders/vvo-ieee123');

interface Step {
  taps: number[];
  capacitors: number[];
  battery_kw_set: number[];
  battery_kvar_set: number[];
  battery_kw: number[];
  battery_kvar: number[];
  losses_kw: number;
  voltages: number[];
}

interface Episode {
  loads: string[];
  capacitors: string[];
  regulators: string[];
  batteries: { name: string }[];
  nodes: string[];
  horizon: number;
  episode: number;
  episodes_available: number;
  steps: Step[];
}

/** The feeder's files with the load shapes of an episode in place of `loadshape.dss`. */
function withShapes(episode: Episode): ScriptFiles {
  const multipliers = [1, 2, 3].flatMap((i) =>
    readFileSync(join(SHARED, `feeders/powergym/loadshape/LoadShape${i}.CSV`), 'utf8')
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map(Number),
  );
  const lines = episode.loads.map((load, i) => {
    const first = episode.horizon * (episode.episodes_available * i + episode.episode);
    const day = Array.from({ length: episode.horizon }, (_, k) => multipliers[(first + k) % multipliers.length]);
    return `new loadshape.loadshape_${load} npts=24 sinterval=3600 mult=[${day.join(' ')}]`;
  });
  const text = lines.join('\n');
  const disk = nodeFiles();
  const ours = (path: string): boolean => /loadshape\.dss$/i.test(path);
  return {
    read: (path) => (ours(path) ? text : disk.read(path)),
    exists: (path) => ours(path) || disk.exists(path),
    size: (path) => (ours(path) ? text.length : disk.size(path)),
  };
}

describe.skipIf(!existsSync(EPISODES))(`batteries as generators (skipped without ${EPISODES})`, () => {
  it.each([
    ['13Bus/IEEE13Nodeckt_daily.dss', '13Bus_random_0.json'],
    ['34Bus/ieee34Mod1_daily.dss', '34Bus_random_1.json'],
    ['123Bus/IEEE123Master_daily.dss', '123Bus_random_0.json'],
    ['123Bus/IEEE123Master_daily.dss', '123Bus_cbat_soc_random_7.json'],
  ])('%s, %s', (master, file) => {
    const episode = JSON.parse(readFileSync(join(EPISODES, file), 'utf8')) as Episode;
    const { grid, system, solver } = runScript(join(SHARED, 'feeders/powergym', master), { files: withShapes(episode), solveIfUnsolved: false });
    for (const expected of episode.steps) {
      episode.regulators.forEach((name, i) => {
        grid.require('transformer', name).windings[1].tapPu = expected.taps[i];
      });
      episode.capacitors.forEach((name, i) => {
        for (const step of grid.require('capacitor', name).steps) step.closed = expected.capacitors[i] === 1;
      });
      const batteries = episode.batteries.map(({ name }) => grid.require('generator', name));
      batteries.forEach((battery, i) => {
        battery.powerKw = expected.battery_kw_set[i];
        battery.powerKvar = expected.battery_kvar_set[i];
      });
      solver.gridChanged();
      const options = { mode: 'daily', steps: 1, stepSeconds: 3600, controlMode: 'off', tolerance: 1e-11 } as const;
      for (const step of runTimeSteps(system, options)) expect(step.solution.converged).toBe(true);
      let worst = 0;
      episode.nodes.forEach((node, i) => {
        const dot = node.lastIndexOf('.');
        const bus = node.slice(0, dot);
        const [re, im] = solver.nodeVoltage(bus, Number(node.slice(dot + 1))) ?? [Number.NaN, 0];
        worst = Math.max(worst, Math.abs(Math.hypot(re, im) / ((grid.buses.get(bus)?.baseKv ?? 0) * 1000) - expected.voltages[i]));
      });
      expect(worst).toBeLessThan(1e-8);
      batteries.forEach((battery, i) => {
        const [watts, vars] = terminalPower(solver, battery, 0);
        expect(-watts / 1000).toBeCloseTo(expected.battery_kw[i], 5);
        expect(-vars / 1000).toBeCloseTo(expected.battery_kvar[i], 5);
      });
    }
  });
});

describe.skipIf(!existsSync(VVO))(`small delta generators (skipped without ${VVO})`, () => {
  it('give the losses of the published capacitor study at every state of its four banks', () => {
    const check = JSON.parse(readFileSync(join(VVO, 'check.json'), 'utf8')) as Record<string, unknown>;
    const losses = Object.entries(check).find(([key, value]) => Array.isArray(value) && value.length === 16 && /loss/i.test(key))?.[1] as number[];
    const { grid, solver } = runScript(join(VVO, 'vvo-ieee123.dss'), { files: nodeFiles() });
    const lossesKw = (): number => {
      let watts = 0;
      for (const element of grid.elements) {
        if (element.kind === 'line') watts += terminalPower(solver, element, 0)[0] + terminalPower(solver, element, 1)[0];
        else if (element.kind === 'transformer') element.windings.forEach((_, i) => (watts += terminalPower(solver, element, i)[0]));
      }
      return watts / 1000;
    };
    losses.forEach((expected, mask) => {
      ['c83', 'c88a', 'c90b', 'c92c'].forEach((name, bit) => {
        for (const step of grid.require('capacitor', name).steps) step.closed = ((mask >> bit) & 1) === 1;
      });
      solver.gridChanged();
      solver.solve({ tolerance: 1e-11 });
      expect(lossesKw()).toBeCloseTo(expected, 5);
    });
  });
});
