/** Episodes that OpenDSS played (../shared/reference/powergym, and an extract of them), and how they are replayed. */
import { expect } from 'vitest';
import { voltVarTask } from '../../../src/environments/index.js';
import type { BackendName } from '../../../src/powerflow/index.js';
import { infoOf, placesOf, type SliceRows, sliceRows } from './slice-rows.js';

/** A state as recorded. */
export interface RecordedState {
  readonly capacitors: readonly number[];
  readonly taps: readonly number[];
  readonly tap_numbers: readonly number[];
  readonly battery_kwh: readonly number[];
  readonly battery_soc: readonly number[];
  readonly battery_kw: readonly number[];
  readonly losses_kw: number;
  readonly source_kw: number;
  readonly source_kvar: number;
  readonly v_min: number;
  readonly v_max: number;
  readonly voltages: readonly number[];
}

/** A step as recorded. */
export interface RecordedStep extends RecordedState {
  readonly t: number;
  readonly action?: readonly number[];
  readonly reward: number;
  readonly reward_power_loss: number;
  readonly reward_voltage: number;
  readonly reward_control: number;
  readonly done: boolean;
}

/** An episode as recorded. */
export interface RecordedEpisode {
  readonly environment: string;
  readonly system: string;
  readonly mode: 'agent' | 'dss';
  readonly episode: number;
  readonly episodes_available: number;
  readonly battery_actions: number | 'continuous';
  readonly batteries: readonly { readonly name: string; readonly max_kw: number }[];
  readonly nodes: readonly string[];
  readonly first_load_multipliers: readonly number[];
  readonly last_load_multipliers: readonly number[];
  readonly load_multiplier_sums: readonly number[];
  readonly reset: RecordedState;
  readonly steps: readonly RecordedStep[];
}

/** The task that an episode is of. */
export function taskOfEpisode({ environment, battery_actions, mode }: RecordedEpisode): ReturnType<typeof voltVarTask> {
  const [, number] = /^(\d+)/.exec(environment) ?? [];
  return voltVarTask(`voltvar-ieee${number}`, {
    continuousBatteries: battery_actions === 'continuous',
    soc: environment.includes('_soc'),
    control: mode === 'dss' ? 'native' : 'agent',
  });
}

/** Replays an episode and compares every observation, reward and state with the record. @param rewardTolerance of a step and of its parts */
export async function replay(episode: RecordedEpisode, rewardTolerance: number, backend: BackendName | 'auto' = 'auto'): Promise<void> {
  const rows = sliceRows(await taskOfEpisode(episode), 1, 0, backend);
  const { task, slice, arrays, all } = rows;
  expect(placesOf(task, 'voltagePu').map((i) => task.observationNames?.[i].slice('voltagePu.'.length))).toEqual(episode.nodes);
  slice.reset(all, 1, { episode: episode.episode });
  expect(infoOf(rows, 'episode')).toBe(episode.episode);
  compareState(rows, episode, episode.reset, 'reset');
  for (const step of episode.steps) {
    if (step.action) arrays.actions.set(step.action);
    slice.step(all, 1);
    const when = `step ${step.t}`;
    compareState(rows, episode, step, when);
    const parts = [arrays.rewards[0], infoOf(rows, 'rewardPowerLoss'), infoOf(rows, 'rewardVoltage'), infoOf(rows, 'rewardControl')];
    const recorded = [step.reward, step.reward_power_loss, step.reward_voltage, step.reward_control];
    recorded.forEach((value, i) => {
      expect(Math.abs(parts[i] - value), `reward (sum, losses, voltage, control)[${i}] of ${when}`).toBeLessThan(rewardTolerance);
    });
    expect(arrays.terminations[0]).toBe(step.done ? 1 : 0);
    expect(arrays.truncations[0]).toBe(0);
    expect(infoOf(rows, 'powerFlowFailed')).toBe(0);
  }
}

function compareState({ task, slice, arrays, ...rest }: SliceRows, episode: RecordedEpisode, state: RecordedState, when: string): void {
  const rows = { task, slice, arrays, ...rest };
  const own = slice.snapshot(0);
  expect(own.positions, `taps of ${when}`).toEqual(state.tap_numbers);
  expect(own.capacitors, `capacitors of ${when}`).toEqual(state.capacitors);
  expect(own.storedKwh, `kWh of ${when}`).toEqual(state.battery_kwh);
  const batteries = episode.batteries.flatMap(({ max_kw }, b) => [state.battery_soc[b], state.battery_kw[b] / max_kw]);
  const expected = [...state.voltages, ...state.capacitors, ...state.taps, ...batteries];
  expect(expected).toHaveLength(task.observationSpace.length);
  let worst = 0;
  // A single-precision number of up to 4 is within 1.2e-7 of what it stands for.
  expected.forEach((value, i) => {
    const rounding = Math.abs(value) < 1 ? 0 : Math.abs(Math.fround(value) - value);
    worst = Math.max(worst, Math.abs(arrays.observations[i] - value) - rounding);
  });
  expect(worst, `observation of ${when}`).toBeLessThan(1e-7);
  expect(infoOf(rows, 'lossesKw') / state.losses_kw, `losses of ${when}`).toBeCloseTo(1, 6);
  expect(infoOf(rows, 'sourceKw') / state.source_kw).toBeCloseTo(1, 6);
  expect(Math.abs(infoOf(rows, 'sourceKvar') - state.source_kvar)).toBeLessThan(1e-6 * Math.hypot(state.source_kw, state.source_kvar) + 1e-6);
  expect(infoOf(rows, 'lowestVoltagePu')).toBeCloseTo(state.v_min, 7);
  expect(infoOf(rows, 'highestVoltagePu')).toBeCloseTo(state.v_max, 7);
}
