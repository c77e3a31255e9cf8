/** Contextual bandit. */
import type { AgentKind } from '../agent.js';
import { completeSettings } from '../settings.js';
import { BanditAgent } from './bandit.js';
import { BANDIT_SETTINGS } from './settings.js';
import { BANDIT_TUNED } from './tuned.js';

export { BanditScratch, banditLoss } from './bandit-loss.js';
export { BANDIT_SETTINGS, type BanditSettings } from './settings.js';

/** The bandit, for every task whose actions are choices and whose episodes are one step. */
export const bandit: AgentKind = {
  name: 'bandit',
  title: 'contextual bandit: values of actions by regression on rewards of those taken, epsilon-greedy; for episodes of one step',
  schema: BANDIT_SETTINGS,
  tuned: BANDIT_TUNED,
  refuses: ({ actionSpace, maxSteps }) => {
    if (actionSpace.counts.includes(0)) return `its actions, ${actionSpace.describe()}, are not all choices`;
    return maxSteps === 1 ? undefined : 'its episodes are not of one step each (a task says so by maxSteps: 1)';
  },
  create: async (context, given) => {
    const settings = completeSettings('bandit', BANDIT_SETTINGS, BANDIT_TUNED[context.task.id], given);
    const vector = await context.makeVector({ environments: settings.environments, workers: context.workers });
    try {
      return new BanditAgent(context, settings, vector);
    } catch (error) {
      await vector.close();
      throw error;
    }
  },
};
