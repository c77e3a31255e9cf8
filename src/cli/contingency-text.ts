/** A contingency analysis as text: an account with a table of the worst, and as CSV. */
import { type ContingencyReport, type ContingencyRow, contingenciesBySeverity, type RatingCounts } from '../powerflow/index.js';
import { counted, someOf, unsignedZero } from './account.js';

/** Columns of the screen that the table keeps within. */
const SCREEN = 120;
/** Labels up to this are repeated in notes. */
const LONG_LABEL = 50;
/** Lines of buses without voltage below the table. */
const MOST_DEAD_LINES = 8;

/** How much is printed. */
export interface ContingencyTextOptions {
  seconds: number;
  /** Contingencies in the table. */
  top: number;
  /** What loads were multiplied by. */
  loadMultiplier?: number;
}

/** What came out, and the worst contingencies as a table. */
export function contingencyAccount(title: string, report: ContingencyReport, { seconds, top, loadMultiplier = 1 }: ContingencyTextOptions): string {
  const { summary, rows } = report;
  const lines: string[] = [];
  const push = (label: string, value: string): void => void lines.push(`  ${label.padEnd(16)}  ${value}`);
  const on = report.backend === 'none' ? '' : ` on ${report.backend}`;
  lines.push(`${title}: ${summary.contingencies} ${summary.contingencies === 1 ? 'contingency' : 'contingencies'} in ${seconds.toFixed(2)} s${on}`);
  const alone = summary.alone > 0 ? ` (${summary.alone} outside of lanes)` : '';
  push('result', `${summary.solved} solved whole, ${summary.islanded} with buses without voltage, ${summary.unsolved} without a solution${alone}`);
  push('secure', `${summary.secure}: solved whole, with no violation that the base case does not have`);
  push(
    'new violations',
    `overloads in ${summary.withNewOverloads}, voltages in ${summary.withNewVoltages}, reactive limits in ${summary.withNewReactive} of them`,
  );
  if (summary.largestUnservedMw > 0) push('unserved', `up to ${fixed(summary.largestUnservedMw, 1)} MW`);
  if (loadMultiplier !== 1) push('loads', `${loadMultiplier} times those of the case`);
  push('ratings', `${ratingsText(summary.ratings)} (base case: ${ratingsText(summary.baseRatings)})`);
  push('voltage limits', summary.limitsPu === null ? 'those of each bus' : `${summary.limitsPu[0]} to ${summary.limitsPu[1]} pu`);
  if (top > 0 && summary.contingencies > 0) lines.push('', ...table(report, top));
  else lines.push('', ...tableLines([cellsOf(rows[0], loadingWord(report))]));
  return `${lines.join('\n')}\n`;
}

function ratingsText(counts: RatingCounts): string {
  const words: [keyof RatingCounts, string][] = [
    ['emergency', 'emergency'],
    ['short', 'short-term'],
    ['long', 'long-term'],
    ['current', 'in ampere'],
    ['none', 'no rating'],
  ];
  return words.flatMap(([kind, word]) => (counts[kind] > 0 ? [`${word} ${counts[kind]}`] : [])).join(', ') || 'no branches';
}

const HEADER = ['severity', 'contingency', 'result', 'unserved', 'overload', 'highest loading', 'volts', 'lowest', 'vars', 'slack MW'];
/** Columns to the left; the others to the right. */
const LEFT = new Set([1, 2, 5]);
const LABEL = 1;

function table(report: ContingencyReport, top: number): string[] {
  const worst = contingenciesBySeverity(report).slice(0, top);
  const lines = tableLines([report.rows[0], ...worst].map((row) => cellsOf(row, loadingWord(report))));
  const isBeyond = [report.rows[0], ...worst].some(({ slack }) => slack.some(({ limitMw }) => limitMw !== null));
  lines.push(
    `overload, volts (voltages) and vars (reactive limits): new ones / all${isBeyond ? '; !: beyond active limits of generators at the slack' : ''}`,
  );
  const left = report.summary.contingencies - worst.length;
  if (left > 0) lines.push(`and ${left} more (--top, --csv, --json)`);
  const notes = [
    ...worst.flatMap(violationLines),
    ...worst.flatMap((row) => notesOf(row).map((note) => `  ${shortLabel(row)}: ${note}`)),
    ...deadLines(worst),
  ];
  if (notes.length > 0) lines.push('', ...notes);
  return lines;
}

/** A label as it stands in front of a note: where it is long, the name alone, or the places of what is out. */
function shortLabel({ label, branches, generators }: ContingencyRow): string {
  if (label.length <= LONG_LABEL) return label;
  const name = /^([^:]+): /.exec(label)?.[1];
  if (name !== undefined && name.length <= LONG_LABEL) return name;
  const places = (what: string, plural: string, list: readonly number[]): string[] =>
    list.length === 0 ? [] : [`${list.length === 1 ? what : plural} ${list.slice(0, 8).join(', ')}${list.length > 8 ? ' ..' : ''}`];
  return [...places('branch', 'branches', branches), ...places('generator', 'generators', generators)].join(' + ');
}

/** What a row has newly beyond ratings and outside of limits, the worst first. */
function violationLines(row: ContingencyRow): string[] {
  const { overloads, voltages } = row;
  const label = shortLabel(row);
  const branches = overloads
    .filter(({ inBase }) => !inBase)
    .sort((a, b) => b.percent - a.percent || a.branch - b.branch)
    .map(({ branch, from, to, percent }) => `branch ${branch} (${from} - ${to}) ${percentText(percent)}`);
  const buses = voltages
    .filter(({ inBase }) => !inBase)
    .sort((a, b) => Math.abs(b.voltagePu - b.limitPu) - Math.abs(a.voltagePu - a.limitPu) || a.bus - b.bus)
    .map(({ bus, voltagePu, limitPu }) => `bus ${bus} ${voltagePu.toFixed(4)} (${limitPu})`);
  return [
    ...(branches.length > 0 ? [fitting(`${label}: over rating: `, branches)] : []),
    ...(buses.length > 0 ? [fitting(`${label}: outside limits: `, buses)] : []),
  ];
}

/** Four names at most, fewer where these do not fit on the screen, and how many more there are. */
function fitting(head: string, names: readonly string[]): string {
  for (let count = Math.min(4, names.length); ; count--) {
    const more = names.length > count ? ` and ${names.length - count} more` : '';
    const line = `  ${head}${names.slice(0, count).join(', ')}${more}`;
    if (count <= 1 || line.length <= SCREEN) return line;
  }
}

/** Buses without voltage, of as many contingencies as leave room for the rest. */
function deadLines(rows: readonly ContingencyRow[]): string[] {
  const lines = rows.flatMap((row) => {
    const buses = row.islands.flatMap((island) => island.buses);
    return buses.length > 0 ? [`  ${shortLabel(row)}: ${counted(buses.length, 'bus', 'es')} without voltage: ${someOf(buses.map(String))}`] : [];
  });
  if (lines.length <= MOST_DEAD_LINES) return lines;
  const left = lines.length - MOST_DEAD_LINES + 1;
  return [...lines.slice(0, MOST_DEAD_LINES - 1), `  and ${left} more of these with buses without voltage (--csv, --json)`];
}

/** What stands where there is no highest loading: nothing is in service, or nothing has a rating. */
function loadingWord({ summary: { ratings } }: ContingencyReport): string {
  return ratings.long + ratings.short + ratings.emergency + ratings.current > 0 ? '-' : 'no rating';
}

/** What does not fit into a cell. */
function notesOf({ notes, status, mismatchPu, worstBus }: ContingencyRow): string[] {
  if (status !== 'unsolved') return notes;
  const where = worstBus === null ? '' : ` at bus ${worstBus}`;
  const mismatch = Number.isFinite(mismatchPu) ? `${mismatchPu.toExponential(1)} pu${where}` : `not finite${where}`;
  return [`no solution was found, and most often there is none; mismatch left ${mismatch}`, ...notes];
}

function cellsOf(row: ContingencyRow, noLoading: string): string[] {
  const { status, counts, highestLoading, lowestVoltage, slack } = row;
  const isUnsolved = status === 'unsolved';
  const pair = (fresh: number, all: number): string => (isUnsolved ? '-' : all === 0 ? '0' : row.row === 0 ? String(all) : `${fresh}/${all}`);
  return [
    // That of the base case is of its own violations, not of what is worse.
    row.row === 0 ? '-' : fixed(row.severity, row.severity < 1000 ? 2 : 0),
    row.label,
    isUnsolved ? 'UNSOLVED' : status,
    row.unservedMw > 0 ? fixed(row.unservedMw, 1) : '-',
    pair(counts.newOverloads, counts.overloads),
    isUnsolved ? '-' : highestLoading === null ? noLoading : `${percentText(highestLoading.percent)} ${highestLoading.from}-${highestLoading.to}`,
    pair(counts.newVoltages, counts.voltages),
    lowestVoltage === null ? '-' : lowestVoltage.voltagePu.toFixed(4),
    pair(counts.newReactive, counts.reactive),
    slack.length === 0
      ? '-'
      : fixed(
          slack.reduce((sum, { powerMw }) => sum + powerMw, 0),
          1,
        ) + (slack.some(({ limitMw }) => limitMw !== null) ? '!' : ' '),
  ];
}

function percentText(percent: number): string {
  return percent < 1e5 ? `${percent.toFixed(1)} %` : `${percent.toExponential(1)} %`;
}

/** Rows in columns; labels go on below where a line would not fit on the screen. */
function tableLines(cells: readonly (readonly string[])[]): string[] {
  const widths = HEADER.map((title, column) => Math.max(title.length, ...cells.map((row) => row[column].length)));
  const others = widths.reduce((sum, width, column) => sum + (column === LABEL ? 0 : width + 2), 0);
  widths[LABEL] = Math.min(widths[LABEL], Math.max(24, SCREEN - others));
  const indent = ' '.repeat(widths[0] + 4);
  return [HEADER, ...cells].flatMap((row) => {
    const [first, ...more] = wrapped(row[LABEL], widths[LABEL]);
    const line = row
      .map((cell, column) => (column === LABEL ? first : cell))
      .map((cell, column) => (LEFT.has(column) ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
      .join('  ');
    return [line.trimEnd(), ...more.map((rest) => indent + rest)];
  });
}

/** A text in lines of a width, broken at blanks where there are any; all lines but the first leave two columns for their indent. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let rest = text;
  for (let room = width; rest.length > room; room = width - 2) {
    // Between elements where that leaves no short line.
    const at = [rest.lastIndexOf(' + ', room), rest.lastIndexOf(' ', room)].find((blank) => blank > room / 3) ?? room;
    lines.push(rest.slice(0, at).trimEnd());
    rest = rest.slice(at).trimStart();
  }
  return [...lines, rest];
}

function fixed(value: number, digits: number): string {
  return unsignedZero(value.toFixed(digits));
}

const COLUMNS: readonly (readonly [string, (row: ContingencyRow) => string | number | null | undefined])[] = [
  ['row', (row) => row.row],
  ['label', (row) => row.label],
  ['status', (row) => row.status],
  ['severity', (row) => row.severity],
  ['unserved_mw', (row) => row.unservedMw],
  ['lost_generation_mw', (row) => row.lostGenerationMw],
  ['dead_buses', (row) => row.islands.flatMap(({ buses }) => buses).join(' ')],
  ['overloads', (row) => row.counts.overloads],
  ['new_overloads', (row) => row.counts.newOverloads],
  ['highest_loading_percent', (row) => row.highestLoading?.percent],
  ['highest_loading_branch', (row) => row.highestLoading?.branch],
  ['highest_loading_mva', (row) => row.highestLoading?.mva],
  ['highest_loading_rating_mva', (row) => row.highestLoading?.ratingMva],
  ['highest_loading_rating', (row) => row.highestLoading?.rating],
  ['overloaded_branches', (row) => listed(row.overloads.map(({ branch }) => branch))],
  ['new_overloaded_branches', (row) => listed(row.overloads.filter(isNew).map(({ branch }) => branch))],
  ['voltages_outside', (row) => row.counts.voltages],
  ['new_voltages_outside', (row) => row.counts.newVoltages],
  ['buses_outside', (row) => listed(row.voltages.map(({ bus }) => bus))],
  ['new_buses_outside', (row) => listed(row.voltages.filter(isNew).map(({ bus }) => bus))],
  ['lowest_voltage_pu', (row) => row.lowestVoltage?.voltagePu],
  ['lowest_voltage_bus', (row) => row.lowestVoltage?.bus],
  ['highest_voltage_pu', (row) => row.highestVoltage?.voltagePu],
  ['highest_voltage_bus', (row) => row.highestVoltage?.bus],
  ['reactive_limits', (row) => row.counts.reactive],
  ['new_reactive_limits', (row) => row.counts.newReactive],
  ['slack_mw', (row) => sumOrNothing(row.slack.map(({ powerMw }) => powerMw))],
  ['slack_mvar', (row) => sumOrNothing(row.slack.map(({ powerMvar }) => powerMvar))],
  ['mismatch_pu', (row) => row.mismatchPu],
  ['worst_bus', (row) => row.worstBus],
  ['notes', (row) => row.notes.join('; ')],
];

function isNew({ inBase }: { inBase: boolean }): boolean {
  return !inBase;
}

/** Numbers in one cell, with blanks between. */
function listed(values: readonly number[]): string {
  return values.join(' ');
}

function sumOrNothing(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0);
}

/** A line a contingency, the base case first, then by falling severity; what is not known is an empty cell. */
export function contingencyCsv(report: ContingencyReport): string {
  const lines = [COLUMNS.map(([name]) => name).join(',')];
  for (const row of [report.rows[0], ...contingenciesBySeverity(report)]) {
    const isUnsolved = row.status === 'unsolved';
    lines.push(
      COLUMNS.map(([name, value]) => {
        // Nothing is known of violations where there is no solution.
        if (isUnsolved && /overload|outside|reactive_limits/.test(name)) return '';
        const cell = value(row);
        if (typeof cell === 'number') return Number.isFinite(cell) ? String(cell + 0) : '';
        if (cell === null || cell === undefined) return '';
        // A list of one number stays a list.
        return cell !== '' && /branches$|buses/.test(name) ? `"${cell}"` : quoted(cell);
      }).join(','),
    );
  }
  return `${lines.join('\n')}\n`;
}

function quoted(text: string): string {
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
