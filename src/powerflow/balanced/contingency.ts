/**
 * Contingency analysis of balanced grids: what each outage of one or several branches and generators leads to.
 *
 * Outages are lanes of a {@link BalancedBatch}, a chunk at a time. What lanes cannot do (another slack, another set point at a bus) and what did not converge in one is
 * solved alone.
 */
import { type BalancedGrid, ConvergenceError } from '../../grid/index.js';
import { STATUS_CONVERGED } from '../kernel-layout.js';
import { SeriesPace } from '../series-pace.js';
import { BalancedBatch } from './balanced-batch.js';
import { AloneSolver, polarVoltages } from './contingency-alone.js';
import { type PosedContingency, poseContingencies } from './contingency-cases.js';
import { DeadParts } from './contingency-islands.js';
import { checkContingencyOptions } from './contingency-options.js';
import { countRatings } from './contingency-ratings.js';
import { ContingencyScan, type Out } from './contingency-scan.js';
import { isSecure, minorShare, severityOf } from './contingency-severity.js';
import type { AsyncContingencyOptions, ContingencyOptions, ContingencyReport, ContingencyRow, SkippedCase } from './contingency-types.js';
import { type BalancedNetwork, BUS_DEAD, BUS_PQ, BUS_SLACK, compileNetwork, type DeadIsland } from './network.js';

/** Memory that the lanes of a chunk may take. */
const CHUNK_BYTES = 2 ** 23;
const MOST_LANES = 64;
/** Chunks are multiples of the widest block of lanes. */
const LANE_BLOCK = 8;
const DEFAULT_TOLERANCE = 1e-9;
/** Most buses that a note names. */
const MOST_NAMED = 10;

/**
 * Analyses contingencies of a balanced grid: N-1 over its branches unless asked for something else.
 *
 * Loads, schedules and voltages that are held stay as they are; what is lacking the slack buses deliver. Reactive limits are reported, not enforced. A part that no path joins to a
 * slack has no voltage: where the slack itself is cut off, that is all the rest. Where the last generator of the only slack fails, the first bus that holds its voltage is slack, and a note says so; that
 * may be in a part without voltage in the base case, which is then looked at like all others.
 *
 * @throws InputError for options, cases and records that cannot be, GridError for a grid that cannot be posed, ConvergenceError where the base case has no solution
 */
export function analyseContingencies(grid: BalancedGrid, options: ContingencyOptions = {}): ContingencyReport {
  checkContingencyOptions(options, false);
  const analysis = new Analysis(grid, options);
  for (const finished of analysis.run()) void finished;
  return analysis.report();
}

/** The same, letting the event loop go between chunks (where 10 ms have passed), and ending with the reason of `signal` where that is aborted. */
export async function analyseContingenciesAsync(grid: BalancedGrid, options: AsyncContingencyOptions = {}): Promise<ContingencyReport> {
  checkContingencyOptions(options, true);
  const pace = new SeriesPace(undefined, options.signal);
  pace.hear();
  const analysis = new Analysis(grid, options);
  for (const finished of analysis.run()) {
    void finished;
    await pace.breathe();
  }
  return analysis.report();
}

/** One analysis. */
class Analysis {
  private readonly network: BalancedNetwork;
  private readonly scan: ContingencyScan;
  private readonly parts: DeadParts;
  private readonly alone: AloneSolver;
  private readonly posed: PosedContingency[];
  private readonly skipped: SkippedCase[];
  private readonly rows: ContingencyRow[] = [];
  private readonly warnings: string[];
  /** The grid, its voltages those of the base case: where lanes start from. */
  private readonly startGrid: BalancedGrid;
  private readonly servedMw: number;
  /** Scheduled, by size, of generators that run; and buses with voltage: in the base case. */
  private readonly scheduledMw: number;
  private readonly liveBuses: number;
  private readonly tolerance: number;
  private readonly secondPass: boolean;
  private backend = 'none';
  private done = 0;

  constructor(
    private readonly grid: BalancedGrid,
    private readonly options: ContingencyOptions,
  ) {
    const network = compileNetwork(grid);
    this.network = network;
    this.warnings = [...network.warnings];
    this.tolerance = options.tolerance ?? DEFAULT_TOLERANCE;
    this.secondPass = options.secondPass ?? true;
    ({ posed: this.posed, skipped: this.skipped } = poseContingencies(network, options));
    this.alone = new AloneSolver(network, this.tolerance);
    this.parts = new DeadParts(network);
    this.scan = new ContingencyScan(network, { ...options, rating: options.rating ?? 'auto' });
    this.servedMw = grid.loads.reduce((sum, load) => sum + (load.inService && this.isLive(load.bus) ? load.powerMw : 0), 0);
    this.scheduledMw = grid.generators.reduce((sum, { powerMw }, k) => sum + (network.generatorOn[k] ? Math.abs(powerMw) : 0), 0);
    this.liveBuses = network.kind.reduce((count, kind) => count + (kind === BUS_DEAD ? 0 : 1), 0);

    const base = this.alone.solve(network);
    if (!base.isSolved) {
      const at = base.worstBus === null ? '' : `, largest at bus ${base.worstBus}`;
      throw new ConvergenceError(
        `the base case of grid "${grid.name}" has no solution (${base.status}), so that nothing can be said of contingencies: mismatch ${base.mismatchPu.toExponential(2)} pu${at}; lower the loads or raise voltages`,
        base.iterations,
        base.mismatchPu,
        base.worstBus === null ? '' : String(base.worstBus),
      );
    }
    if (base.status === 'inexact') this.warnings.push(`mismatch ${base.mismatchPu.toExponential(2)} pu of the base case may be rounding`);
    const { state } = base;
    this.startGrid = {
      ...grid,
      buses: grid.buses.map((bus, i) =>
        network.kind[i] === BUS_DEAD || network.kind[i] === BUS_SLACK
          ? bus
          : { ...bus, voltagePu: state.magnitude[i], angleDegrees: (state.angle[i] * 180) / Math.PI },
      ),
    };
    const { index, minor, ...seen } = this.scan.lookAtBase(polarVoltages(state));
    this.rows.push({
      ...this.emptyRow(0, { label: 'base case', branches: [], generators: [], idle: { branches: [], generators: [] }, notes: [] }),
      ...seen,
      solvedBy: 'alone',
      severity: severityOf({ status: 'solved', index: index + minorShare(minor), unservedMw: 0 }, this.servedMw),
      mismatchPu: base.mismatchPu,
    });
  }

  private isLive(bus: number): boolean {
    return this.network.kind[this.network.busIndex.get(bus) as number] !== BUS_DEAD;
  }

  /** Goes through all contingencies; yields after each piece of work. */
  *run(): Generator<number, void, undefined> {
    const branchLanes: number[] = [];
    const generatorLanes: number[] = [];
    const left: number[] = [];
    this.posed.forEach((one, k) => {
      if (this.needsOwnSolution(one)) left.push(k);
      else (one.generators.length > 0 ? generatorLanes : branchLanes).push(k);
    });
    yield* this.runLanes(branchLanes, false, left);
    yield* this.runLanes(generatorLanes, true, left);
    for (const k of left) {
      this.solveAlone(k);
      yield this.tell(1);
    }
  }

  private tell(count: number): number {
    this.done += count;
    if (count > 0) this.options.onProgress?.(this.done, this.posed.length);
    return this.done;
  }

  /** Whether generators fail in a way that lanes cannot follow: a slack's last, or the one whose set point its bus holds. */
  private needsOwnSolution({ generators }: PosedContingency): boolean {
    const { grid, kind, generatorBus, generatorOn, voltageMagnitude } = this.network;
    return generators.some((k) => {
      const bus = generatorBus[k];
      if (kind[bus] === BUS_PQ) return false;
      let last = -1;
      for (let other = 0; other < generatorOn.length; other++) {
        if (generatorOn[other] && generatorBus[other] === bus && !generators.includes(other)) last = other;
      }
      return last < 0 ? kind[bus] === BUS_SLACK : grid.generators[last].voltagePu !== voltageMagnitude[bus];
    });
  }

  /** Solves contingencies in lanes; what does not converge there goes to `left`, or is unsolved. */
  private *runLanes(members: readonly number[], withGenerators: boolean, left: number[]): Generator<number, void, undefined> {
    if (members.length === 0) return;
    const chunk = Math.min(this.options.chunkSize ?? this.chunkSize(), members.length);
    const batch = new BalancedBatch(this.startGrid, {
      scenarios: chunk,
      backend: this.options.backend,
      branchOutages: true,
      generatorOutages: withGenerators,
    });
    this.backend = batch.backend;
    const voltages = new Float64Array(2 * this.network.busCount);
    const put = (k: number, scenario: number, isOn: boolean): void => {
      for (const branch of this.posed[k].branches) batch.setBranchInService(branch, scenario, isOn);
      for (const generator of this.posed[k].generators) batch.setGeneratorInService(generator, scenario, isOn);
    };
    for (let from = 0; from < members.length; from += chunk) {
      const here = members.slice(from, from + chunk);
      here.forEach((k, scenario) => {
        put(k, scenario, false);
      });
      batch.solve({ tolerance: this.tolerance, secondPass: false });
      let finished = 0;
      here.forEach((k, scenario) => {
        const isSolved = batch.status(scenario) === STATUS_CONVERGED;
        if (!isSolved && this.secondPass) {
          left.push(k);
          return;
        }
        finished++;
        const dead = batch.deadBuses(scenario).map((bus) => this.network.busIndex.get(bus) as number);
        const row = { solvedBy: 'lanes' as const, mismatchPu: batch.mismatchPu(scenario) };
        if (isSolved) this.solvedRow(k, batch.voltages(scenario, voltages), dead, row);
        else this.unsolvedRow(k, dead, row);
      });
      here.forEach((k, scenario) => {
        put(k, scenario, true);
      });
      yield this.tell(finished);
    }
  }

  /** Lanes that fit: admittances (with a tie a bus), voltages and powers of each. */
  private chunkSize(): number {
    const { grid, busCount, admittance } = this.network;
    const bytes = 16 * (admittance.column.length + 4 * busCount + grid.loads.length + grid.generators.length);
    return Math.max(LANE_BLOCK, Math.min(MOST_LANES, LANE_BLOCK * Math.floor(CHUNK_BYTES / bytes / LANE_BLOCK)));
  }

  private solveAlone(k: number): void {
    const one = this.posed[k];
    const { network } = this;
    const changed = this.alone.without(allOut(one));
    if (changed === null) {
      // Nobody is left to hold a voltage.
      const live = Array.from(network.kind.keys()).filter((bus) => network.kind[bus] !== BUS_DEAD);
      this.solvedRow(k, new Float64Array(2 * network.busCount), live, { solvedBy: 'none', mismatchPu: 0 }, [
        'no generator is left that holds a voltage; nothing is supplied',
      ]);
      return;
    }
    const dead = Array.from(changed.kind.keys()).filter((bus) => changed.kind[bus] === BUS_DEAD && network.kind[bus] !== BUS_DEAD);
    const slackBuses = Array.from(changed.kind.keys()).filter((bus) => changed.kind[bus] === BUS_SLACK);
    const notes = [...this.slackNotes(changed, slackBuses), ...this.revivedNotes(changed)];
    const { isSolved, status, state, mismatchPu, worstBus } = this.alone.solve(changed);
    const row = { solvedBy: 'alone' as const, mismatchPu, worstBus };
    if (status === 'inexact') notes.push(`mismatch ${mismatchPu.toExponential(2)} pu may be rounding`);
    if (isSolved) this.solvedRow(k, polarVoltages(state), dead, row, notes, slackBuses);
    else this.unsolvedRow(k, dead, row, notes);
  }

  private slackNotes(changed: BalancedNetwork, slackBuses: readonly number[]): string[] {
    const { grid, kind } = this.network;
    const number = (bus: number): number => grid.buses[bus].number;
    const notes: string[] = [];
    for (const bus of this.scan.slackBuses) {
      if (changed.kind[bus] === BUS_SLACK) continue;
      const isDead = changed.kind[bus] === BUS_DEAD;
      notes.push(`slack bus ${number(bus)} has no generator left${isDead ? ', and its part no slack' : ''}`);
    }
    for (const bus of slackBuses) if (kind[bus] !== BUS_SLACK) notes.push(`bus ${number(bus)} is slack instead`);
    return notes;
  }

  /** What has a voltage that had none in the base case. */
  private revivedNotes({ kind }: BalancedNetwork): string[] {
    const { network, grid } = this;
    const numbers = grid.buses.filter((_, bus) => network.kind[bus] === BUS_DEAD && kind[bus] !== BUS_DEAD).map(({ number }) => number);
    if (numbers.length === 0) return [];
    const shown = numbers.slice(0, MOST_NAMED).join(', ');
    const more = numbers.length > MOST_NAMED ? ` and ${numbers.length - MOST_NAMED} more` : '';
    return [`without voltage in the base case, but not here: bus${numbers.length > 1 ? 'es' : ''} ${shown}${more}`];
  }

  private solvedRow(
    k: number,
    voltages: Float64Array,
    dead: readonly number[],
    more: Pick<ContingencyRow, 'solvedBy' | 'mismatchPu'>,
    notes: readonly string[] = [],
    slackBuses: readonly number[] = this.scan.slackBuses,
  ): void {
    const one = this.posed[k];
    const row = this.islandedRow(k, dead, notes);
    const { index, minor, ...seen } = this.scan.look(voltages, allOut(one), slackBuses);
    const status = dead.length > 0 ? 'islanded' : 'solved';
    const lost = this.scheduledMw > 0 ? Math.abs(row.lostGenerationMw) / this.scheduledMw : 0;
    const all = index + minorShare(minor + lost + dead.length / Math.max(1, this.liveBuses));
    this.rows[k + 1] = {
      ...row,
      ...seen,
      ...more,
      worstBus: null,
      status,
      severity: severityOf({ status, index: all, unservedMw: row.unservedMw }, this.servedMw),
    };
  }

  private unsolvedRow(
    k: number,
    dead: readonly number[],
    more: Pick<ContingencyRow, 'solvedBy' | 'mismatchPu'> & { worstBus?: number | null },
    notes: readonly string[] = [],
  ): void {
    const row = this.islandedRow(k, dead, notes);
    const status = 'unsolved';
    this.rows[k + 1] = { ...row, ...more, status, severity: severityOf({ status, index: 0, unservedMw: row.unservedMw }, this.servedMw) };
  }

  /** A row with what is known of parts without voltage. */
  private islandedRow(k: number, dead: readonly number[], notes: readonly string[]): ContingencyRow {
    const one = this.posed[k];
    const row = this.emptyRow(k + 1, one);
    row.notes.push(...notes);
    if (dead.length === 0) return row;
    row.islands = this.parts.of(dead, one);
    const sum = (of: (island: DeadIsland) => number): number => row.islands.reduce((total, island) => total + of(island), 0);
    row.unservedMw = sum((island) => island.loadMw);
    row.lostGenerationMw += sum((island) => island.generationMw);
    const isMost = row.islands.some((island) => 2 * island.loadMw > this.servedMw && this.parts.couldGoOn(island, one));
    const cutOff = this.scan.slackBuses.filter((bus) => !dead.includes(bus)).map((bus) => this.grid.buses[bus].number);
    if (isMost && cutOff.length > 0) {
      row.notes.push(
        `slack bus ${cutOff.join(', ')} is cut off from most of the load; the rest, though it has generators, is without voltage because the slack is not in it`,
      );
    }
    return row;
  }

  private emptyRow(row: number, { label, branches, generators, notes }: PosedContingency): ContingencyRow {
    const { grid } = this.network;
    return {
      row,
      label,
      branches: branches.map((k) => k + 1),
      generators: generators.map((k) => k + 1),
      status: 'solved',
      solvedBy: 'lanes',
      severity: 0,
      mismatchPu: 0,
      worstBus: null,
      islands: [],
      unservedMw: 0,
      lostGenerationMw: generators.reduce((sum, k) => sum + grid.generators[k].powerMw, 0),
      counts: { overloads: 0, newOverloads: 0, voltages: 0, newVoltages: 0, reactive: 0, newReactive: 0 },
      overloads: [],
      voltages: [],
      reactive: [],
      highestLoading: null,
      lowestVoltage: null,
      highestVoltage: null,
      slack: [],
      notes: [...notes],
    };
  }

  /** What came of it all. After {@link run}. */
  report(): ContingencyReport {
    const { grid, network, rows, scan, options } = this;
    const found = rows.slice(1);
    const count = (test: (row: ContingencyRow) => boolean): number => found.filter(test).length;
    return {
      name: grid.name,
      baseMva: grid.baseMva,
      backend: this.backend,
      summary: {
        contingencies: found.length,
        solved: count(({ status }) => status === 'solved'),
        islanded: count(({ status }) => status === 'islanded'),
        unsolved: count(({ status }) => status === 'unsolved'),
        secure: count(isSecure),
        withNewOverloads: count(({ counts }) => counts.newOverloads > 0),
        withNewVoltages: count(({ counts }) => counts.newVoltages > 0),
        withNewReactive: count(({ counts }) => counts.newReactive > 0),
        alone: count(({ solvedBy }) => solvedBy === 'alone'),
        largestUnservedMw: found.reduce((most, { unservedMw }) => Math.max(most, unservedMw), 0),
        rating: options.rating ?? 'auto',
        ratings: countRatings(network, scan.ratings),
        baseRatings: countRatings(network, scan.baseRatings),
        limitsPu: options.limitsPu ?? null,
      },
      rows,
      skipped: this.skipped,
      warnings: this.warnings,
    };
  }
}

/** What is out of service: in the base case's live parts and in its dead ones. */
function allOut({ branches, generators, idle }: PosedContingency): Out {
  return { branches: [...branches, ...idle.branches], generators: [...generators, ...idle.generators] };
}
