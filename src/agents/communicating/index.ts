/** Agents of a team on a graph, each with a memory, who may hear of each other: IA2C, PowerNet and what it is compared with. */
import type { AgentKind } from '../agent.js';
import { completeSettings } from '../settings.js';
import { CommunicatingAgent } from './communicating.js';
import { COMMUNICATING_SETTINGS } from './settings.js';
import { noTeam } from './team.js';
import { COMMUNICATING_TUNED } from './tuned.js';
import type { Variant } from './variant.js';
import { VARIANTS } from './variants/index.js';

export { COMMUNICATING_SETTINGS, type CommunicatingSettings } from './settings.js';

function kindOf(variant: Variant): AgentKind {
  const { name, title } = variant;
  const tuned = COMMUNICATING_TUNED;
  return {
    name,
    title,
    hasSeveralNetworks: true,
    schema: COMMUNICATING_SETTINGS,
    tuned,
    refuses: noTeam,
    create: async (context, given) => {
      // Tuned settings are left out where the published ones are asked for; what is misspelt is told of in the second call at the latest.
      const published = (given as { preset?: unknown } | undefined)?.preset === 'published';
      const settings = completeSettings(name, COMMUNICATING_SETTINGS, published ? undefined : tuned[context.task.id], given);
      const vector = await context.makeVector({ environments: settings.environments, workers: context.workers });
      try {
        return new CommunicatingAgent(context, variant, settings, vector);
      } catch (error) {
        await vector.close();
        throw error;
      }
    },
  };
}

/** Kinds of communicating agents, by name. */
export const COMMUNICATING: Readonly<Record<string, AgentKind>> = Object.fromEntries(
  Object.values(VARIANTS).map((variant) => [variant.name, kindOf(variant)]),
);
