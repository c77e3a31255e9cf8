/** Whose rewards an agent counts as its own. */
import type { InfoTable, TaskAgents } from '../../environments/index.js';

/** Weights [agent][agent]: spatialDiscount to the power of the hops between two agents, 1 for the own reward; an agent that cannot be reached counts nothing. */
export function rewardWeights({ hopDistances }: Pick<TaskAgents, 'hopDistances'>, spatialDiscount: number): Float64Array {
  return Float64Array.from(hopDistances.flat(), (hops) => (hops === 0 ? 1 : Number.isFinite(hops) && hops > 0 ? spatialDiscount ** hops : 0));
}

/**
 * Rewards of the agents in a step: of agent i the sum over j of weight[i][j] times the reward of j, times `scale`.
 *
 * @param infos of the step; final ones where an episode ended in it
 * @param columns [agent]: column of its own reward in the infos
 * @param into [agent][environment]
 */
export function agentRewards(
  infos: InfoTable,
  finalInfos: InfoTable,
  hasFinal: Uint8Array,
  columns: Int32Array,
  weights: Float64Array,
  scale: number,
  into: Float64Array,
): void {
  const agents = columns.length;
  const environments = hasFinal.length;
  const width = infos.names.length;
  for (let e = 0; e < environments; e++) {
    const { rows } = hasFinal[e] ? finalInfos : infos;
    for (let i = 0; i < agents; i++) {
      let sum = 0;
      for (let j = 0; j < agents; j++) sum += weights[i * agents + j] * rows[e * width + columns[j]];
      into[i * environments + e] = scale * sum;
    }
  }
}
