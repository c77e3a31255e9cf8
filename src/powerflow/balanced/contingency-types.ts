/** What is asked of a contingency analysis of a balanced grid, and what comes of it. */
import type { BackendName } from '../backend.js';
import type { KernelBackend } from '../kernels.js';
import type { SeriesSignal } from '../series-pace.js';
import type { DeadIsland } from './network.js';

/**
 * Which rating loadings are of: `long`, `short` or `emergency` that one alone; `auto` the emergency rating where it is stated, else the short-term, else the long one, else
 * that in ampere. With `long` a rating in ampere counts where none in MVA is stated.
 */
export type ContingencyRating = 'auto' | 'long' | 'short' | 'emergency';

/** What a rating is: one of those in MVA, or `current` for one in ampere. */
export type RatingKind = 'long' | 'short' | 'emergency' | 'current';

/** What fails together. */
export interface ContingencyCase {
  /** Shown in front of the elements. */
  name?: string;
  /** Places in the grid's list, from 1, or pairs of buses as `4-7`, of parallel branches `4-7#2` (the second of them in the grid's order; which bus comes first does not matter). */
  branches?: readonly (number | string)[];
  /** Places in the grid's list, from 1, or buses as `at 8`, of several there `at 8#2`. */
  generators?: readonly (number | string)[];
}

/** How to analyse. */
export interface ContingencyOptions {
  /**
   * Every branch in service, one at a time; or lines or transformers alone (a transformer has a ratio, shifts phases, or joins two base voltages); or those that are named as in cases. Default
   * true where neither `generators` nor `cases` is given, else false.
   */
  branches?: boolean | 'lines' | 'transformers' | readonly (number | string)[];
  /** Every generator in service, one at a time, or those that are named. Default false. */
  generators?: boolean | readonly (number | string)[];
  /** Cases of several elements (or one) each, after those. */
  cases?: readonly ContingencyCase[];
  /** Default `auto`; the base case is then held against the long-term rating (where that is not stated, the next longer time that is). */
  rating?: ContingencyRating;
  /** Voltage limits for all buses, per unit. Default: those of each bus in the grid. */
  limitsPu?: readonly [number, number];
  /** Largest |P| or |Q| mismatch at any bus, per unit of the grid's base power. Default 1e-9. */
  tolerance?: number;
  /** Whether what does not converge in a lane is tried alone, with pivoting and damping, from the voltages of the case and from flat. Default true. */
  secondPass?: boolean;
  /** `new` leaves out of the rows' lists what is violated in the base case to the same degree or more; counts are of all. Default `all`. */
  violations?: 'all' | 'new';
  backend?: BackendName | KernelBackend;
  /** Contingencies solved together; default by the size of the grid (64 at most, some 8 MiB). No result depends on it. */
  chunkSize?: number;
  /** Told after each chunk, and in the end, of contingencies analysed and of those there are. */
  onProgress?: (done: number, total: number) => void;
}

/** Options of the form that lets the event loop go. */
export interface AsyncContingencyOptions extends ContingencyOptions {
  /** Ends the analysis between two chunks, with the signal's reason. */
  signal?: SeriesSignal;
}

/** A branch beyond its rating. */
export interface Overload {
  /** Place in the grid's list, from 1. */
  branch: number;
  from: number;
  to: number;
  /** Apparent power at the end with more (of a rating in ampere: at the end with the larger current). */
  mva: number;
  /** Of a rating in ampere, what it is at 1 pu. */
  ratingMva: number;
  rating: RatingKind;
  percent: number;
  /** Of the same rating, in the base case. */
  basePercent: number;
  /** Whether it is beyond this rating in the base case too. */
  inBase: boolean;
}

/** A voltage outside of its limits. */
export interface VoltageViolation {
  bus: number;
  voltagePu: number;
  limitPu: number;
  baseVoltagePu: number;
  /** Whether it is beyond the same limit in the base case too. */
  inBase: boolean;
}

/** A generator outside of its reactive limits. */
export interface ReactiveViolation {
  /** Place in the grid's list, from 1. */
  generator: number;
  bus: number;
  powerMvar: number;
  limitMvar: number;
  /** Whether it is beyond the same limit in the base case too. */
  inBase: boolean;
}

/** What a slack bus delivers by its generators. */
export interface SlackPower {
  bus: number;
  powerMw: number;
  powerMvar: number;
  /** The active limit of its generators together that this is beyond; null: none. */
  limitMw: number | null;
}

/** How loaded the branch is that is loaded most. */
export interface HighestLoading {
  branch: number;
  from: number;
  to: number;
  mva: number;
  ratingMva: number;
  rating: RatingKind;
  percent: number;
}

/** The lowest or highest voltage of the buses that have one. */
export interface VoltageExtreme {
  bus: number;
  voltagePu: number;
}

/** How many there are in all, and how many of them are not in the base case. */
export interface ViolationCounts {
  overloads: number;
  newOverloads: number;
  voltages: number;
  newVoltages: number;
  reactive: number;
  newReactive: number;
}

/** `islanded`: solved, and a part has lost its voltage that has one in the base case. `unsolved`: no solution was found; most often there is none. */
export type ContingencyStatus = 'solved' | 'islanded' | 'unsolved';

/** What came of one contingency; without a solution the lists are empty and values null. */
export interface ContingencyRow {
  /** 0 is the base case; contingencies are counted from 1 in the order asked for. */
  row: number;
  label: string;
  /** Places of what is out, from 1. */
  branches: number[];
  generators: number[];
  status: ContingencyStatus;
  /** `lanes`: in a batch; `alone`: by a power flow of its own; `none`: nothing is left to solve. */
  solvedBy: 'lanes' | 'alone' | 'none';
  /** See {@link severityOf}. */
  severity: number;
  /** Largest mismatch left, per unit of base power (without a solution it may be infinite), and its bus (null where not known). */
  mismatchPu: number;
  worstBus: number | null;
  /** Parts that lose their voltage by this contingency, with their load and scheduled generation. */
  islands: DeadIsland[];
  unservedMw: number;
  /** Scheduled output of the generators that are out or in such a part. */
  lostGenerationMw: number;
  counts: ViolationCounts;
  overloads: Overload[];
  voltages: VoltageViolation[];
  reactive: ReactiveViolation[];
  /** Null where no live branch has a rating. */
  highestLoading: HighestLoading | null;
  lowestVoltage: VoltageExtreme | null;
  highestVoltage: VoltageExtreme | null;
  slack: SlackPower[];
  /** What is to be known besides: another slack, elements that are out of service anyway. */
  notes: string[];
}

/** Branches in service by the rating that they are held against. */
export interface RatingCounts {
  long: number;
  short: number;
  emergency: number;
  current: number;
  /** Without a rating: no loading can be said of them. */
  none: number;
}

/** The analysis as a whole. */
export interface ContingencySummary {
  contingencies: number;
  solved: number;
  islanded: number;
  unsolved: number;
  /** Contingencies of which nothing is new: all of it solved and served, and no violation that the base case does not have. */
  secure: number;
  withNewOverloads: number;
  withNewVoltages: number;
  withNewReactive: number;
  /** Solved outside of lanes. */
  alone: number;
  largestUnservedMw: number;
  rating: ContingencyRating;
  /** Branches in service, by the rating of contingencies and by that of the base case. */
  ratings: RatingCounts;
  baseRatings: RatingCounts;
  /** Null: the limits of each bus. */
  limitsPu: readonly [number, number] | null;
}

/** A case that was asked for and is none: all of it is out of service already, or the same was asked for before. */
export interface SkippedCase {
  label: string;
  reason: string;
}

/** What a contingency analysis comes to. */
export interface ContingencyReport {
  name: string;
  baseMva: number;
  backend: string;
  summary: ContingencySummary;
  /** The base case, then the contingencies in the order asked for. */
  rows: ContingencyRow[];
  skipped: SkippedCase[];
  warnings: string[];
}
