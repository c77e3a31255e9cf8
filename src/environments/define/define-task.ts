/** Tasks on any grid: devices, profiles and a reward make one. */
import type { Task } from '../task.js';
import type { TaskDefinition } from './definition.js';
import { observationNames, observationSpace, taskSetup } from './setup.js';
import { DefinedSlice, INFO_NAMES } from './slice.js';

/**
 * Makes a task of a grid, devices and profiles. For worker threads register it in a module of its own (`registerTask('my-task', () => defineTask({...}))`) and give that module's URL to
 * `makeVector` as the option `module`.
 *
 * Observation: voltage magnitude of each node, per unit; what devices show; factor of loads and sun of the step that the next action sets; share of the episode done. A step carries the action out
 * over one interval of the profiles; an episode is truncated at their end. A reset shows the first interval with all devices as they begin; it may name the `day`.
 *
 * @throws InputError for a definition that cannot be, GridError for places and elements that the grid has not
 */
export async function defineTask(definition: TaskDefinition): Promise<Task> {
  const setup = await taskSetup(definition);
  const { layout, profiles, costs } = setup;
  return {
    id: definition.id,
    title: definition.title ?? definition.id,
    observationSpace: observationSpace(setup),
    actionSpace: layout.actionSpace,
    masksActions: false,
    maxSteps: profiles.steps,
    costNames: costs,
    infoNames: INFO_NAMES,
    observationNames: observationNames(setup),
    actionNames: layout.actionNames,
    resetCounts: { day: profiles.days },
    namedActions: { neutral: layout.neutral },
    create: (slice) => new DefinedSlice(setup, slice),
  };
}
