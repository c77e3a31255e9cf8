/** Who is in a team, who hears whom, and in which rows of an array an agent's numbers stand. */
import type { Task } from '../../environments/index.js';
import { InputError } from '../../grid/index.js';
import { ActionCode } from './action-code.js';

/** A team as its networks see it. */
export interface Team {
  readonly agents: number;
  /** Numbers of one agent's observation. */
  readonly observation: number;
  /** Names of these numbers, where the task names them. */
  readonly features: readonly string[] | undefined;
  /** [agent]: neighbours, rising. */
  readonly neighbours: readonly (readonly number[])[];
  /** Most neighbours that an agent has. */
  readonly mostNeighbours: number;
  readonly code: ActionCode;
}

/** What a saved policy says of its team. */
export interface TeamData {
  readonly neighbours: readonly (readonly number[])[];
  readonly features?: readonly string[];
}

/** Why a task is none for a team, undefined where it is one. */
export function noTeam(task: Task): string | undefined {
  if (!task.agents) return 'it has one agent; agents that communicate need a task of several, such as microgrid-6';
  if (task.masksActions) return 'it masks actions, which agents that communicate do not take into account';
  return undefined;
}

/** The team of a task. Throws InputError for a task without one. */
export function teamOf(task: Task): Team {
  const refusal = noTeam(task);
  const { agents } = task;
  if (refusal !== undefined || !agents) throw new InputError(`${task.id} is no task for a team: ${refusal}`);
  const observation = agents.observationSpace.length;
  const prefix = `${agents.names[0]}.`;
  const own = task.observationNames?.slice(0, observation);
  const features = own?.every((name) => name.startsWith(prefix)) ? own.map((name) => name.slice(prefix.length)) : undefined;
  return teamFrom({ neighbours: agents.neighbours, features }, observation, new ActionCode(agents.actionSpace));
}

/** A team out of what was saved of it. Throws InputError for a graph that is none. */
export function teamFrom({ neighbours, features }: TeamData, observation: number, code: ActionCode): Team {
  const agents = neighbours?.length ?? 0;
  const fits = (own: readonly number[], agent: number): boolean =>
    Array.isArray(own) && own.every((other) => Number.isInteger(other) && other >= 0 && other < agents && other !== agent);
  if (agents === 0 || !neighbours.every(fits)) throw new InputError('the neighbours of a team must be, for each agent, indices of others');
  return { agents, observation, features, neighbours, mostNeighbours: Math.max(...neighbours.map((own) => own.length)), code };
}

/**
 * Rows of arrays that hold a number of every agent in every environment at every slot of time. Agents with parameters of their own are groups of one, agents that share
 * them one group of all; the rows of a group are [slot][agent][environment], those of the groups follow one another, so that what goes through a network together
 * stands together, at one slot and over all of them.
 */
export class RowLayout {
  readonly groups: number;
  /** Agents of a group. */
  readonly members: number;
  /** Rows of a group at one slot. */
  readonly block: number;
  /** Rows in all. */
  readonly rows: number;

  constructor(
    readonly agents: number,
    readonly environments: number,
    readonly slots: number,
    readonly shared: boolean,
  ) {
    this.groups = shared ? 1 : agents;
    this.members = shared ? agents : 1;
    this.block = this.members * environments;
    this.rows = agents * slots * environments;
  }

  /** The group of an agent. */
  groupOf(agent: number): number {
    return this.shared ? 0 : agent;
  }

  /** First of the rows of a group at a slot. */
  blockAt(group: number, slot: number): number {
    return (group * this.slots + slot) * this.block;
  }

  /** First of the rows of an agent at a slot, one for each environment. */
  rowOf(slot: number, agent: number): number {
    return this.blockAt(this.groupOf(agent), slot) + this.rowInGroup(0, agent);
  }

  /** First of the rows of an agent at a slot, counted from the first row of its group. */
  rowInGroup(slot: number, agent: number): number {
    return slot * this.block + (this.shared ? agent * this.environments : 0);
  }

  /** How many neighbours a network of an agent's group makes room for. */
  places(team: Team, group: number): number {
    return this.shared ? team.mostNeighbours : team.neighbours[group].length;
  }
}
