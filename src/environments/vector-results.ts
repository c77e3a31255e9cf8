/** What resets and steps of a vector give. */
import { InfoTable } from './info-table.js';
import type { Task } from './task.js';
import type { RunnerArrays } from './vector-arrays.js';

/** What a reset gives; the same arrays each time. */
export interface VectorReset {
  /** [environment][observation] */
  readonly observations: Float32Array;
  readonly infos: InfoTable;
}

/** What a step gives. The arrays are the same each time: copy what is to be kept. */
export interface VectorStep extends VectorReset {
  /** [environment] */
  readonly rewards: Float64Array;
  /** [environment]: 1 where the episode ended by its own rules; what comes after is worth nothing. */
  readonly terminations: Uint8Array;
  /** [environment]: 1 where the episode was cut; what comes after is worth what it would have been. */
  readonly truncations: Uint8Array;
  /** [environment][cost]: numbers of 0 or more, of the step (of the ended episode, where one ended). */
  readonly costs: Float64Array;
  /** [environment][choice]: 1 where a choice is allowed next; empty for tasks without masks. */
  readonly masks: Uint8Array;
  /** [environment][observation]: the last of an episode that ended in this step and was followed by the next one, where `hasFinal` says so. */
  readonly finalObservations: Float32Array;
  /** [environment][choice]: what was allowed with `finalObservations`; empty for tasks without masks. */
  readonly finalMasks: Uint8Array;
  /** Infos that go with `finalObservations`. */
  readonly finalInfos: InfoTable;
  /** [environment]: 1 where there are a final observation and final infos. */
  readonly hasFinal: Uint8Array;
}

/** A step's results in the arrays given. */
export function stepOf(task: Task, arrays: RunnerArrays, environments: number): VectorStep {
  const { observations, rewards, terminations, truncations, costs, masks, finalObservations, finalMasks, hasFinal } = arrays;
  const infos = new InfoTable(task.infoNames, arrays.infos, environments);
  const finalInfos = new InfoTable(task.infoNames, arrays.finalInfos, environments);
  return { observations, rewards, terminations, truncations, infos, costs, masks, finalObservations, finalMasks, finalInfos, hasFinal };
}

/** Copies results; final observations and infos where there are any. */
export function copyStep(from: VectorStep, to: VectorStep): void {
  to.observations.set(from.observations);
  to.rewards.set(from.rewards);
  to.terminations.set(from.terminations);
  to.truncations.set(from.truncations);
  to.costs.set(from.costs);
  to.masks.set(from.masks);
  to.infos.rows.set(from.infos.rows);
  to.hasFinal.set(from.hasFinal);
  if (from.hasFinal.includes(1)) {
    to.finalObservations.set(from.finalObservations);
    to.finalMasks.set(from.finalMasks);
    to.finalInfos.rows.set(from.finalInfos.rows);
  }
}
