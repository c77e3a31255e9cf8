/** IMPALA. */
import { describeValue, InputError } from '../../grid/index.js';
import type { AgentContext, AgentKind } from '../agent.js';
import { completeSettings } from '../settings.js';
import { ImpalaAgent } from './impala.js';
import { ACTORS_BY_WORKERS, IMPALA_SETTINGS, type ImpalaSettings } from './settings.js';
import { actorThreads } from './trajectory-source.js';
import { IMPALA_TUNED } from './tuned.js';

export { type ImpalaBatch, type ImpalaLoss, type ImpalaLossSettings, ImpalaScratch, impalaLoss } from './impala-loss.js';
export { ACTORS_BY_WORKERS, IMPALA_SETTINGS, type ImpalaSettings } from './settings.js';

/** Actors where none are asked for: the most below `workers` that share the environments out evenly; 0 where no thread can be had. */
function actorsByWorkers(workers: number, environments: number): number {
  if (!actorThreads()) return 0;
  let actors = Math.min(workers - 1, environments, 256);
  while (actors > 0 && environments % actors !== 0) actors -= 1;
  return Math.max(0, actors);
}

/** Settings with the number of actors settled. Throws InputError for actors that cannot be. */
function settle(settings: ImpalaSettings, context: AgentContext): ImpalaSettings {
  const { environments } = settings;
  const actors = settings.actors === ACTORS_BY_WORKERS ? actorsByWorkers(context.workers, environments) : settings.actors;
  if (actors > 0 && environments % actors !== 0)
    throw new InputError(
      `impala cannot share ${environments} environments out among ${actors} actors; give a number of environments that ${describeValue(actors)} divides`,
    );
  return { ...settings, actors };
}

/** IMPALA, for every task with bounded actions. */
export const impala: AgentKind = {
  name: 'impala',
  title: 'actors that act while a learner learns, corrected by V-trace (IMPALA; Espeholt and others, 2018)',
  schema: IMPALA_SETTINGS,
  tuned: IMPALA_TUNED,
  refuses: () => undefined,
  create: async (context, given) => {
    const settings = settle(completeSettings('impala', IMPALA_SETTINGS, IMPALA_TUNED[context.task.id], given), context);
    if (settings.actors > 0) {
      const start = actorThreads();
      if (!start) throw new InputError(`impala with ${settings.actors} actors needs worker threads, which Node alone has; set actors to 0`);
      if (!context.remote)
        throw new InputError(
          `the task ${context.task.id} is an object, which cannot go to the threads of actors; set actors to 0, or register it with registerTask in a module of its own and give its id and that module`,
        );
      return new ImpalaAgent(context, settings, { start, remote: context.remote });
    }
    const vector = await context.makeVector({ environments: settings.environments, workers: context.workers });
    try {
      return new ImpalaAgent(context, settings, vector);
    } catch (error) {
      await vector.close();
      throw error;
    }
  },
};
