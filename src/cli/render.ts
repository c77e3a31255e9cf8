/** `busbar render`: what an environment looks like. */
import { printable } from '../grid/index.js';
import { actorsRequest } from './acting.js';
import { noPositionals, numeric, readArguments } from './arguments.js';
import type { Command } from './command.js';
import { EXIT } from './command.js';
import { checkOutputs, writeFileWhole } from './files.js';
import { checkEnding } from './output-format.js';
import { ACTING_VALUES, MODULE_HELP, TASK_HELP } from './task-options.js';

const HELP = `Usage: busbar render --task ID [options]

Shows an environment as text, or writes it as SVG: after its reset, or after some steps of a policy.

${TASK_HELP}
  --seed S              seed of the episode (default: 0)
  --reset JSON          options of the reset, as in --reset '{"episode": 5}'
  --steps N             steps made before (default: 0); they end with the episode
  --policy NAME         who makes them (default: random), or a trained one: a policy.json or the folder of a run
  --stochastic          a trained policy draws its actions
  --out FILE            writes an SVG there in the place of the text
${MODULE_HELP}
`;

/** The command. */
export const render: Command = {
  name: 'render',
  summary: 'show an environment as text or SVG',
  help: HELP,
  run: async (args, terminal) => {
    const names = ACTING_VALUES.filter((name) => name !== 'environments' && name !== 'workers' && name !== 'max-steps');
    const found = readArguments('render', args, { values: [...names, 'policy', 'steps', 'out'], flags: ['stochastic'] });
    noPositionals('render', found);
    const {
      request: { id, seed, resetOptions, ...request },
      actors: [{ policy: actor }],
    } = await actorsRequest('render', found, [found.values.get('policy') ?? 'random'], (line) => terminal.err(`note: ${line}\n`));
    const steps = numeric('render', found, 'steps', { integer: true, least: 0, most: 1_000_000 }) ?? 0;
    const out = found.values.get('out');
    checkEnding('render', out, 'SVG', ['svg'], ' (a browser shows it, rsvg-convert or Inkscape make a PNG of it), or leave out --out for text');
    checkOutputs(undefined, { out });
    const { loadTaskModule, makeVector, setUp } = await import('../environments/node-index.js');
    await loadTaskModule(id, request.module);
    const { vector, policy, close } = await setUp(makeVector, id, actor, { ...request, environments: 1 });
    try {
      vector.reset({ seed, options: resetOptions });
      const actions = new Float64Array(vector.actionSpace.length);
      for (let step = 0; step < steps; step++) {
        policy.act(vector, vector.observations, vector.masks, actions);
        const { terminations, truncations } = vector.step(actions);
        if ((terminations[0] | truncations[0]) !== 0) break;
      }
      if (out === undefined) {
        const text = vector.render(0, 'text');
        terminal.out(text.endsWith('\n') ? text : `${text}\n`);
      } else {
        writeFileWhole(out, vector.render(0, 'svg'));
        terminal.out(
          `wrote ${printable(out)}: ${vector.task.id}, seed ${seed}, after ${vector.steps[0]} ${vector.steps[0] === 1 ? 'step' : 'steps'}\n`,
        );
      }
    } finally {
      await close();
    }
    return EXIT.ok;
  },
};
