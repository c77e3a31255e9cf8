/** `busbar tasks`: the tasks for agents, or one of them. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Space, Task } from '../environments/node-index.js';
import { onePositional, readArguments } from './arguments.js';
import type { Command } from './command.js';
import { EXIT } from './command.js';
import { jsonText } from './json.js';
import { printTable } from './table.js';
import { taskOfRequest, taskRequest } from './task-options.js';

const HELP = `Usage: busbar tasks [ID] [--options JSON] [--json]

Lists the tasks for agents; with an ID what that task observes and does, its costs and infos, its policies and where its formulas are.

  --options JSON   options of the task, as in --options '{"loadScale": 1.5}'
  --json           prints one JSON object: { "tasks": [...] }, or the task with its spaces
`;

/** Rows of a space that are printed. */
const MOST_NAMES = 12;

/** The page about a task: that of the longest beginning of its id that there is one of. */
function pageOf(id: string): string | undefined {
  const words = id.split('-');
  for (let count = words.length; count > 0; count--) {
    const page = `docs/tasks/${words.slice(0, count).join('-')}.md`;
    if (existsSync(fileURLToPath(new URL(`../../${page}`, import.meta.url)))) return page;
  }
  return existsSync(fileURLToPath(new URL('../../docs/environments.md', import.meta.url))) ? 'docs/environments.md' : undefined;
}

/** The part of the environments that is loaded when it is wanted. */
type Environments = typeof import('../environments/node-index.js');

function describeTask(task: Task, { policyLimits, policyNames }: Environments): object {
  return {
    id: task.id,
    title: task.title,
    observationSpace: task.observationSpace.toJSON(),
    actionSpace: task.actionSpace.toJSON(),
    masksActions: task.masksActions,
    maxSteps: task.maxSteps ?? null,
    observationNames: task.observationNames,
    actionNames: task.actionNames,
    namedActions: task.namedActions ?? {},
    resetCounts: task.resetCounts ?? {},
    costNames: task.costNames,
    infoNames: task.infoNames,
    policies: policyNames(task),
    policiesRefused: policyLimits(task).refused,
    docs: pageOf(task.id),
  };
}

function names(list: readonly string[] | undefined, space?: Space): string {
  if (!list || list.length === 0) return space ? '' : 'none';
  const shown = list.slice(0, MOST_NAMES).join(', ');
  return list.length > MOST_NAMES ? `${shown}, ... (${list.length})` : shown;
}

function accountOf(task: Task, { policyLimits, policyNames, policyTitle }: Environments): string {
  const lines: string[] = [`${task.title} (${task.id})`];
  const push = (label: string, value: string): void => {
    if (value !== '') lines.push(`  ${label.padEnd(12)}  ${value}`);
  };
  push('observation', `${task.observationSpace.length} numbers: ${task.observationSpace.describe()}`);
  push('', names(task.observationNames, task.observationSpace));
  push(
    'action',
    `${task.actionSpace.length} ${task.actionSpace.length === 1 ? 'number' : 'numbers'}: ${task.actionSpace.describe()}${task.masksActions ? ', masked' : ''}`,
  );
  push('', names(task.actionNames, task.actionSpace));
  push('episode', task.maxSteps === undefined ? 'ends by its own rules' : `${task.maxSteps} steps at most`);
  push(
    'resets',
    Object.entries(task.resetCounts ?? {})
      .map(([name, count]) => `may choose ${name}, 0 to ${count - 1}`)
      .join(', '),
  );
  push('costs', names(task.costNames));
  push('infos', names(task.infoNames));
  const { refused, depends } = policyLimits(task);
  const listed = policyNames(task);
  for (const name of listed) {
    const limit = depends[name] === undefined ? '' : `; ${depends[name]}`;
    push(name === listed[0] ? 'policies' : '', `${name}: ${policyTitle(name, task)}${limit}`);
  }
  Object.entries(refused).forEach(([name, why], k) => {
    push(k === 0 ? 'not had' : '', `${name}: ${why}`);
  });
  push('formulas', pageOf(task.id) ?? '');
  return `${lines.join('\n').replace(/^ {16}/gm, ' '.repeat(16))}\n`;
}

/** The command. */
export const tasks: Command = {
  name: 'tasks',
  summary: 'list the tasks for agents, or describe one',
  help: HELP,
  run: async (args, terminal) => {
    const found = readArguments('tasks', args, { values: ['options'], flags: ['json'] });
    const environments = await import('../environments/node-index.js');
    if (found.positionals.length === 0) {
      const list = environments.listTasks();
      if (found.flags.has('json')) terminal.out(jsonText({ tasks: list }));
      else
        printTable(
          terminal,
          ['id', 'title'],
          list.map(({ id, title }) => [id, title]),
        );
      return EXIT.ok;
    }
    found.values.set('task', onePositional('tasks', found, 'a task'));
    const task = await taskOfRequest(taskRequest('tasks', found));
    terminal.out(found.flags.has('json') ? jsonText(describeTask(task, environments)) : accountOf(task, environments));
    return EXIT.ok;
  },
};
