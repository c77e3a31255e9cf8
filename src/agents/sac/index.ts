/** Soft actor-critic. */
import type { AgentKind } from '../agent.js';
import { completeSettings } from '../settings.js';
import { SacAgent } from './sac.js';
import { SAC_SETTINGS } from './settings.js';
import { SAC_TUNED } from './tuned.js';

export { type Branches, choiceCriticLoss, choicePolicyLoss, choiceTargets, largestEntropy, spreadChoices } from './choice-loss.js';
export { type PolicyLossReport, type RewardRows, softTargets, squashedPolicyLoss, temperatureLoss } from './sac-loss.js';
export { SAC_SETTINGS, type SacSettings } from './settings.js';

/** SAC, for every task whose actions are numbers with bounds alone, or choices alone. */
export const sac: AgentKind = {
  name: 'sac',
  title: 'soft actor-critic (Haarnoja and others, 2018; choices: Christodoulou, 2019)',
  schema: SAC_SETTINGS,
  tuned: SAC_TUNED,
  refuses: ({ actionSpace: { counts } }) =>
    counts.some((count) => count > 0) && counts.some((count) => count === 0)
      ? 'its actions are choices and numbers together, and sac learns either alone; ppo learns both'
      : undefined,
  create: async (context, given) => {
    const settings = completeSettings('sac', SAC_SETTINGS, SAC_TUNED[context.task.id], given);
    const vector = await context.makeVector({ environments: settings.environments, workers: context.workers });
    try {
      return new SacAgent(context, settings, vector);
    } catch (error) {
      await vector.close();
      throw error;
    }
  },
};
