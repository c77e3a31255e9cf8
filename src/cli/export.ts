/** `busbar export`: a trained policy for other runtimes. */
import type { PolicyData } from '../agents/node-index.js';
import type { Task } from '../environments/node-index.js';
import { printable } from '../grid/index.js';
import { type Arguments, choice, noPositionals, readArguments, UsageError } from './arguments.js';
import type { Command } from './command.js';
import { EXIT } from './command.js';
import { checkOutputs, writeFileWhole } from './files.js';
import { jsonText } from './json.js';
import { choosePolicies, POLICY_FILE } from './policy-file.js';
import { moduleOf, taskOfRequest } from './task-options.js';
import { moduleBeside } from './train-config.js';

const HELP = `Usage: busbar export --policy PATH [--out FILE.onnx]

Writes a trained policy as an ONNX model (opset 17). Input: observations [batch][number]; outputs: parameters, what the network gives, and action, rows of the
task's action space, chosen without chance. Where the task masks actions there is an input mask [batch][choice], booleans, true where a choice is allowed.

  --policy PATH    a policy.json, or the folder of a run
  --out FILE       the model (default: beside the policy, .onnx in the place of .json)
  --mask WORD      yes, no: whether the model has masks (default: as the task does)
  --module FILE    JavaScript module that registers the task (default: the one that config.json beside the policy names)
  --json           prints one JSON object and nothing else on standard output
`;

/** The task of a policy; its module is loaded first. */
async function taskOf(found: Arguments, path: string, { task, taskOptions }: PolicyData): Promise<Task> {
  const beside = found.values.has('module') ? undefined : moduleBeside(path);
  if (beside !== undefined) found.values.set('module', beside);
  return taskOfRequest({ id: task, taskOptions, module: moduleOf('export', found) });
}

/** The command. */
export const exportPolicy: Command = {
  name: 'export',
  summary: 'write a trained policy as an ONNX model',
  help: HELP,
  run: async (args, terminal) => {
    const found = readArguments('export', args, { values: ['policy', 'out', 'mask', 'module'], flags: ['json'] });
    noPositionals('export', found);
    const text = found.values.get('policy');
    if (text === undefined) throw new UsageError(`export: name a policy with --policy PATH, a ${POLICY_FILE} or the folder of a run`);
    const [{ trained }] = await choosePolicies([text]);
    if (!trained) throw new UsageError(`export: there is no file ${text}; name a ${POLICY_FILE} or the folder of a run`);
    const { path, data } = trained;
    const out = found.values.get('out') ?? `${path.replace(/\.json$/i, '')}.onnx`;
    checkOutputs(path, { out });
    const word = choice('export', found, 'mask', ['yes', 'no'] as const);
    const masked = word === undefined ? (await taskOf(found, path, data)).masksActions : word === 'yes';
    const { policyToOnnx } = await import('../agents/node-index.js');
    const model = policyToOnnx(data, { masked });
    writeFileWhole(out, model);
    if (found.flags.has('json')) terminal.out(jsonText({ file: out, bytes: model.length, task: data.task, agent: data.agent, masked }));
    else terminal.out(`wrote ${printable(out)}: ${model.length} bytes, ${data.agent} on ${data.task}${masked ? ', with masks' : ''}\n`);
    return EXIT.ok;
  },
};
