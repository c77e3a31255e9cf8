/**
 * Hopeless lanes of balanced grids: a batch in which one scenario in ten asks for eight times its loads and one has a load that is no number, against one of equal
 * size without them. The others must come out the same to the last bit, and the batch should not take much longer.
 */
import { BALANCED_TOLERANCE, LoadDraw, METHOD_OF_STEPS } from '../src/cli/balanced-measure.js';
import type { NamedCase } from '../src/cli/balanced-suite.js';
import { markdownTable } from '../src/cli/markdown-table.js';
import { median, ratio, timeInTurn } from '../src/cli/rounds.js';
import { BalancedBatch, type BatchSteps, type KernelBackend } from '../src/powerflow/index.js';

/** What a batch with hopeless lanes takes against one without. */
export interface HopelessRow {
  suite: 'power-flow-hopeless';
  case: string;
  method: string;
  backend: string;
  lanes: number;
  scenarios: number;
  /** Scenarios that are hopeless, and how many of them were flagged. */
  hopeless: number;
  flagged: number;
  /** Scenarios of all that were tried again one by one in a second pass. */
  secondPass: number;
  /** Processor time, microseconds a scenario, without and with them, and the median of their ratios in paired rounds. */
  cleanMicroseconds: number;
  hopelessMicroseconds: number;
  ratio: number;
  /** Whether every other scenario has the bits, status and iterations of the clean batch. */
  sameBits: boolean;
}

const EVERY = 10;
const OVERLOAD = 8;
/** The scenario with a load that is no number. */
const NOT_A_NUMBER = 1;

const isHopeless = (scenario: number): boolean => scenario === NOT_A_NUMBER || scenario % EVERY === 4;

/** Measures one case. */
export function measureHopeless({ id, grid }: NamedCase, backend: KernelBackend, steps: BatchSteps, scenarios: number, rounds: number): HopelessRow {
  const draw = new LoadDraw(grid, scenarios, 11);
  const make = (): BalancedBatch => new BalancedBatch(grid, { scenarios, backend, steps });
  const [clean, hard] = [make(), make()];
  draw.fill(clean);
  draw.fill(hard, (scenario) => (scenario === NOT_A_NUMBER ? Number.NaN : isHopeless(scenario) ? OVERLOAD : 1));
  const times = timeInTurn(
    [clean, hard].map((batch) => () => void batch.solve({ tolerance: BALANCED_TOLERANCE })),
    rounds,
  );
  const { secondPass } = hard.solve({ tolerance: BALANCED_TOLERANCE });
  let sameBits = true;
  let [hopeless, flagged] = [0, 0];
  for (let scenario = 0; scenario < scenarios; scenario++) {
    if (isHopeless(scenario)) {
      hopeless++;
      if (hard.status(scenario) !== 1) flagged++;
      continue;
    }
    const [one, other] = [clean.voltages(scenario), hard.voltages(scenario)];
    sameBits &&= one.every((x, k) => Object.is(x, other[k])) && clean.iterations(scenario) === hard.iterations(scenario);
  }
  return {
    suite: 'power-flow-hopeless',
    case: id,
    method: METHOD_OF_STEPS[clean.steps],
    backend: clean.backend,
    lanes: clean.lanes,
    scenarios,
    hopeless,
    flagged,
    secondPass,
    cleanMicroseconds: median(times[0]) / scenarios,
    hopelessMicroseconds: median(times[1]) / scenarios,
    ratio: ratio(times, 1, 0),
    sameBits,
  };
}

/** The rows as Markdown. */
export function hopelessText(rows: readonly HopelessRow[]): string {
  const header = [
    'case',
    'method',
    'backend',
    'lanes',
    'scenarios',
    'flagged',
    'second pass',
    'processor µs without',
    'with',
    'ratio',
    'others the same to the bit',
  ];
  const lines = rows.map((row) => [
    row.case,
    row.method,
    row.backend,
    String(row.lanes),
    String(row.scenarios),
    `${row.flagged} of ${row.hopeless}`,
    String(row.secondPass),
    row.cleanMicroseconds.toFixed(2),
    row.hopelessMicroseconds.toFixed(2),
    row.ratio.toFixed(2),
    row.sameBits ? 'yes' : 'NO',
  ]);
  return `Hopeless lanes: one scenario in ten with ${OVERLOAD} times its loads, one with a load that is no number

${markdownTable(header, lines, [0, 1, 2])}`;
}
