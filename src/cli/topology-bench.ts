/** `busbar bench --suite topology`: balanced cases with branches out and substations split, lane by lane, and whole contingency analyses. */
import { cpus } from 'node:os';
import { type Arguments, UsageError } from './arguments.js';
import { balancedLanes, type NamedCase } from './balanced-suite.js';
import { backendsOf, parts, sizesOf } from './bench-options.js';
import { defaultScenarios } from './bench-suite.js';
import { loadCaseTarget } from './case-target.js';
import type { Terminal } from './command.js';
import { EXIT } from './command.js';
import { type ContingencyBenchRow, contingencyBenchText, measureContingencies } from './contingency-measure.js';
import { measureTopology, type TopologyRow, topologyText } from './topology-measure.js';

/** Options of the other suites that this one has not: its times are medians of rounds in turn, by the steps that a batch takes by itself. */
const OTHERS = ['feeder', 'method', 'precision', 'lanes', 'seconds', 'task', 'workers', 'environments'] as const;
const CASES = ['case14', 'case118'] as const;

function casesOf(found: Arguments, terminal: Terminal): NamedCase[] {
  const warn = (message: string): void => terminal.err(`busbar: bench: warning: ${message}\n`);
  return (parts(found, 'case') ?? CASES).map((target) => {
    const { grid } = loadCaseTarget(target, warn);
    return { id: grid.name, grid };
  });
}

/** Runs the suite and prints it. Throws {@link UsageError}, and InputError for a case that there is none of. */
export function runTopologyBench(found: Arguments, terminal: Terminal): number {
  const other = OTHERS.find((name) => found.values.has(name));
  if (other !== undefined) throw new UsageError(`bench: --${other} is for other suites; the suite topology has --case, --backend, --scenarios`);
  if (found.flags.has('wide')) throw new UsageError('bench: --wide is for the suite power-flow; the suite topology prints all its columns');
  const quick = found.flags.has('quick');
  const backends = backendsOf(found, { lanesOf: (backend) => [balancedLanes(backend)], lanes: undefined, hasScalar: false });
  const sizes = sizesOf(found) ?? (quick ? [64] : undefined);
  const topology: TopologyRow[] = [];
  const contingencies: ContingencyBenchRow[] = [];
  const say = (text: string): void => {
    if (terminal.isScreen) terminal.err(`\r\x1b[K${text}`);
  };
  for (const one of casesOf(found, terminal)) {
    for (const backend of backends) {
      for (const scenarios of sizes ?? [defaultScenarios(one.grid.buses.length)]) {
        say(`${one.id}, topology, ${backend.name}, ${scenarios} scenarios`);
        topology.push(...measureTopology(one, backend, scenarios, quick ? 3 : 9, quick ? 2 : 8));
      }
    }
    say(`${one.id}, contingencies`);
    contingencies.push(...measureContingencies(one, backends, quick ? 3 : 9));
  }
  say('');
  const rows = [...topology, ...contingencies];
  if (found.flags.has('json')) terminal.out(`[\n${rows.map((row) => `  ${JSON.stringify(row)}`).join(',\n')}\n]\n`);
  else {
    terminal.out(`Processor: ${cpus()[0]?.model.trim() ?? 'unknown'}, node ${process.version}, one core; processor time\n\n`);
    terminal.out(`${topologyText(topology)}\n\n${contingencyBenchText(contingencies)}\n`);
  }
  return EXIT.ok;
}
