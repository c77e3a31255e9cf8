/** Runs a reference case through the OpenDSS reader, command by command. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OpenDssInterpreter } from '../../src/formats/opendss/index.js';
import { nodeFiles } from '../../src/formats/opendss/node-files.js';
import type { MethodName } from '../../src/powerflow/index.js';
import { ScriptSession } from '../../src/scripts/index.js';
import type { ReferenceCase } from './reference-cases.js';
import type { RunResult } from './run-feeder.js';

/** The folder of feeder scripts that cases are relative to; it is beside the checkout, and absent elsewhere. */
export const SHARED_FEEDERS = fileURLToPath(new URL('../../../shared/feeders', import.meta.url));

/** True where the scripts are at hand. */
export const hasSharedFeeders = existsSync(SHARED_FEEDERS);

/** Executes the case's commands and solves. */
export function runAsScript(reference: ReferenceCase, method: MethodName | 'auto' = 'auto'): RunResult {
  const session = new ScriptSession({ method });
  const interpreter = new OpenDssInterpreter({ files: nodeFiles(), host: session });
  for (const command of reference.commands)
    interpreter.execute(command.replace(/^compile (.*)$/, (_, path: string) => `compile "${join(SHARED_FEEDERS, path)}"`));
  interpreter.execute('solve');
  const { grid } = interpreter;
  const solution = session.lastSolution;
  if (!grid || !solution) throw new Error(`${reference.name} was not solved`);
  return { solver: session.systemOf(grid).solver, solution };
}
