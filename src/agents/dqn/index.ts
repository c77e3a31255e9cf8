/** Deep Q-learning. */
import type { AgentKind } from '../agent.js';
import { completeSettings } from '../settings.js';
import { DqnAgent } from './dqn.js';
import { DQN_SETTINGS } from './settings.js';
import { DQN_TUNED } from './tuned.js';

export { type DqnBatch, type DqnLoss, DqnScratch, type DqnTargetBatch, dqnLoss, dqnTargets } from './dqn-loss.js';
export { DQN_SETTINGS, type DqnSettings } from './settings.js';
export { bestChoice, choiceValue, type ValueLayout, valueLayout } from './value-layout.js';

/** DQN, for tasks whose actions are choices alone. */
export const dqn: AgentKind = {
  name: 'dqn',
  title: 'deep Q-learning (Mnih and others, 2015): double, dueling, prioritised, of n steps, branching for several choices',
  schema: DQN_SETTINGS,
  tuned: DQN_TUNED,
  refuses: ({ actionSpace }) => {
    const entry = actionSpace.counts.indexOf(0);
    return entry < 0
      ? undefined
      : `entry ${entry} of its actions, ${actionSpace.describe()}, is ${actionSpace.describeEntry(entry)}, and dqn learns choices alone; use ppo, or a form of the task with discrete actions`;
  },
  create: async (context, given) => {
    const settings = completeSettings('dqn', DQN_SETTINGS, DQN_TUNED[context.task.id], given);
    const vector = await context.makeVector({ environments: settings.environments, workers: context.workers });
    try {
      return new DqnAgent(context, settings, vector);
    } catch (error) {
      await vector.close();
      throw error;
    }
  },
};
