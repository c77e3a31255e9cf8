/** A task of several agents in the manner of PettingZoo's parallel environments: records by the agents' names in place of one row. */
import { checkKeys, checkObject, describeValue, InputError, shownName } from '../grid/index.js';
import { Environment } from './environment.js';
import type { Space } from './spaces.js';
import type { ResetOptions, TaskAgents } from './task.js';

/** By agent's name. */
export type ByAgent<T> = Readonly<Record<string, T>>;

/** What a reset gives. */
export interface ParallelReset {
  /** Each agent's own part of the observation, a new array. */
  readonly observations: ByAgent<Float32Array>;
  /** Infos of the environment; the same record for all agents. */
  readonly infos: ByAgent<Readonly<Record<string, number>>>;
}

/** What a step gives. */
export interface ParallelStep extends ParallelReset {
  /** Each agent's own reward; the environment's is their sum. */
  readonly rewards: ByAgent<number>;
  /** All agents end together. */
  readonly terminations: ByAgent<boolean>;
  readonly truncations: ByAgent<boolean>;
  /** Costs of the environment. */
  readonly costs: Readonly<Record<string, number>>;
}

/** An environment of several agents who act at once. */
export interface ParallelForm {
  readonly possibleAgents: readonly string[];
  /** Agents who act: all of them while an episode runs, none before the first reset and after its end. */
  readonly agents: readonly string[];
  observationSpace(agent: string): Space;
  actionSpace(agent: string): Space;
  reset(settings?: { seed?: number; options?: ResetOptions }): ParallelReset;
  /**
   * One step.
   *
   * @param actions for each agent a row of its action space, or a number where it has one entry
   * @throws InputError for an agent that is missing or not known, and for actions that are not in the space
   */
  step(actions: ByAgent<number | ArrayLike<number>>): ParallelStep;
  /** The environment underneath: for snapshots, pictures and its end. */
  readonly environment: Environment;
}

/**
 * The parallel form of an environment. Use either the form or the environment to reset and step, not both.
 *
 * @throws InputError for an environment of a task without agents
 */
export function parallelForm(environment: Environment): ParallelForm {
  if (!(environment instanceof Environment))
    throw new InputError(`what is given a parallel form is ${describeValue(environment)}; give what make gives`);
  const { agents, id } = environment.task;
  if (!agents) throw new InputError(`the task ${id} has one agent; a parallel form is for tasks of several`);
  return new Parallel(environment, agents);
}

class Parallel implements ParallelForm {
  readonly possibleAgents: readonly string[];
  agents: readonly string[] = [];
  private readonly row: Float64Array;

  constructor(
    readonly environment: Environment,
    private readonly of: TaskAgents,
  ) {
    this.possibleAgents = of.names;
    this.row = new Float64Array(environment.actionSpace.length);
  }

  observationSpace(agent: string): Space {
    this.indexOf(agent);
    return this.of.observationSpace;
  }

  actionSpace(agent: string): Space {
    this.indexOf(agent);
    return this.of.actionSpace;
  }

  private indexOf(agent: string): number {
    const index = this.of.names.indexOf(agent);
    if (index < 0) throw new InputError(`there is no agent ${shownName(String(agent))}; there are ${this.of.names.join(', ')}`);
    return index;
  }

  reset(settings: { seed?: number; options?: ResetOptions } = {}): ParallelReset {
    const seen = this.environment.reset(settings);
    this.agents = this.of.names;
    return this.shared(seen);
  }

  step(actions: ByAgent<number | ArrayLike<number>>): ParallelStep {
    const { of, row, environment } = this;
    checkObject('the actions of agents', actions, '{ agent: action, ... }');
    checkKeys(environment.task.id, 'agent', actions, of.names);
    const width = of.actionSpace.length;
    of.names.forEach((name, k) => {
      const given = actions[name];
      const own = typeof given === 'number' ? [given] : given;
      if (typeof own !== 'object' || own === null || own.length !== width)
        throw new InputError(`the action of the agent ${name} is ${describeValue(given)}; give ${width === 1 ? 'a number' : `${width} numbers`}`);
      for (let e = 0; e < width; e++) row[k * width + e] = own[e];
    });
    const { reward: _sum, terminated, truncated, costs, ...seen } = environment.step(row);
    if (terminated || truncated) this.agents = [];
    return {
      ...this.shared(seen),
      rewards: this.byAgent((k) => seen.info[of.rewardInfos[k]]),
      terminations: this.byAgent(() => terminated),
      truncations: this.byAgent(() => truncated),
      costs,
    };
  }

  private shared({ observation, info }: { observation: Float32Array; info: Readonly<Record<string, number>> }): ParallelReset {
    const width = this.of.observationSpace.length;
    return { observations: this.byAgent((k) => observation.slice(k * width, (k + 1) * width)), infos: this.byAgent(() => info) };
  }

  private byAgent<T>(value: (index: number) => T): ByAgent<T> {
    return Object.fromEntries(this.of.names.map((name, k) => [name, value(k)]));
  }
}
