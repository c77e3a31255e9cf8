/** Proximal policy optimisation. */
import type { AgentKind } from '../agent.js';
import { completeSettings } from '../settings.js';
import { PpoAgent } from './ppo.js';
import { PPO_SETTINGS } from './settings.js';
import { PPO_TUNED } from './tuned.js';

export { type PpoBatch, type PpoLoss, type PpoLossSettings, PpoScratch, ppoLoss } from './ppo-loss.js';
export { PPO_SETTINGS, type PpoSettings } from './settings.js';

/** PPO, for every task with bounded actions. */
export const ppo: AgentKind = {
  name: 'ppo',
  title: 'proximal policy optimisation (Schulman and others, 2017)',
  schema: PPO_SETTINGS,
  tuned: PPO_TUNED,
  refuses: () => undefined,
  create: async (context, given) => {
    const settings = completeSettings('ppo', PPO_SETTINGS, PPO_TUNED[context.task.id], given);
    const vector = await context.makeVector({ environments: settings.environments, workers: context.workers });
    try {
      return new PpoAgent(context, settings, vector);
    } catch (error) {
      await vector.close();
      throw error;
    }
  },
};
