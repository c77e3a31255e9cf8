/** Agents by name. */
import { describeValue, editDistance, InputError } from '../grid/index.js';
import type { AgentKind } from './agent.js';
import { bandit } from './bandit/index.js';
import { clusters } from './clusters/index.js';
import { COMMUNICATING } from './communicating/index.js';
import { dqn } from './dqn/index.js';
import { impala } from './impala/index.js';
import { ppo } from './ppo/index.js';
import { sac } from './sac/index.js';

/** Those there are, by name. */
export const AGENTS: Readonly<Record<string, AgentKind>> = { ppo, dqn, sac, impala, bandit, clusters, ...COMMUNICATING };

/** The agent of a name. Throws InputError that lists those there are, the nearest first. */
export function agentKind(name: string): AgentKind {
  if (typeof name === 'string' && Object.hasOwn(AGENTS, name)) return AGENTS[name];
  const near = Object.keys(AGENTS).sort((a, b) => editDistance(String(name), a) - editDistance(String(name), b));
  throw new InputError(`there is no agent ${describeValue(name)}; there are ${near.join(', ')}`);
}
