/**
 * Where a kernel finds its arrays: fields of the layout block, one 32-bit number each, a count or a byte offset. This file is AssemblyScript and TypeScript at once;
 * C++ gets its constants from scripts/build-native.mjs. W stands for the lanes of a block; a column is one complex number in all lanes, [re, im][W], 16 W bytes.
 * Tables give items of scratch arrays as byte offsets of their columns.
 */

/** Counts. */
export const MICROGRID_INVERTERS = 0;
export const MICROGRID_LINES = 1;
export const MICROGRID_LOADS = 2;
export const MICROGRID_BUSES = 3;
/** Entries of the nodal matrix and its factors, and of the consensus'. */
export const MICROGRID_NODAL_ENTRIES = 4;
export const MICROGRID_CONSENSUS_ENTRIES = 5;
export const MICROGRID_BLOCKS = 6;
/** Steps of the scheme in a control step. */
export const MICROGRID_STEPS = 7;
/** Number of the pinned inverter. */
export const MICROGRID_PINNED = 8;
/** 1 with the published mistake in the cross terms of coupling currents. */
export const MICROGRID_COMMON_SPEED = 9;
/** 1 where the secondary control moves voltages too. */
export const MICROGRID_CONVENTIONAL = 10;

/** Numbers that all lanes share, f64, in the order of the constants NUMBER_ below. */
export const MICROGRID_NUMBERS = 11;
/** [current][R, L], f64; of loads the branch alone. */
export const MICROGRID_SERIES = 12;
/** [load][R, L] that multipliers go with, f64. */
export const MICROGRID_LOAD_SERIES = 13;
/** [inverter][mp, nq], f64. */
export const MICROGRID_DROOP = 14;
/** [inverter]: column of its bus; [line]: columns of its two buses; [load]: column of its bus; i32. */
export const MICROGRID_ENDS = 15;
/** [bus, one more]: begins of its terms, i32. */
export const MICROGRID_BALANCE_START = 16;
/** [term]: column of the current, columns of the entries at (bus, fromBus) and (bus, toBus), -1 where there is none; i32. */
export const MICROGRID_BALANCE_TERMS = 17;
/** [term], f64. */
export const MICROGRID_BALANCE_FACTORS = 18;
/** Elimination of the nodal matrix: [step] column of the pivot; [step, one more] begins; [below] columns of row, lower and upper entry; [update] column of the target; i32. */
export const MICROGRID_NODAL_ORDER = 19;
export const MICROGRID_NODAL_START = 20;
export const MICROGRID_NODAL_BELOW = 21;
export const MICROGRID_NODAL_TARGET = 22;
/** Elimination of the consensus' matrix, in numbers of 8 W bytes: [step] pivot; [step, one more] begins; [below] row; i32. Factors, f64: [step] of the diagonal, [below][lower, upper]. */
export const MICROGRID_CONSENSUS_ORDER = 23;
export const MICROGRID_CONSENSUS_START = 24;
export const MICROGRID_CONSENSUS_BELOW = 25;
export const MICROGRID_CONSENSUS_DIAGONAL = 26;
export const MICROGRID_CONSENSUS_FACTORS = 27;

/** [block][W], f64: what to do with a scenario, one of the constants TASK_ below. */
export const MICROGRID_TASK = 28;
/** [block][W], f64: what came of it, one of the constants OUTCOME_ below; of scenarios left alone as it was. */
export const MICROGRID_STATUS = 29;
/** [block][item][W], f64: control steps since the reset, then parts as in {@link MicrogridSimulation.save}. */
export const MICROGRID_STATE = 30;
/** [block][quantity][W], f64: what is seen of the state, in the order of the constants SEEN_ below. */
export const MICROGRID_SEEN = 31;

/** Scratch, one block's worth. [inverter][W]: angle, P, Q, wn, vn; speed at the begin of a step. */
export const MICROGRID_ANGLE = 32;
export const MICROGRID_POWER = 33;
export const MICROGRID_SPEED_SET_POINT = 34;
export const MICROGRID_VOLTAGE_SET_POINT = 35;
export const MICROGRID_SPEED_BEFORE = 36;
/** [inverter] columns: direction (cosine, sine), current in the own frame, voltage at begin and end of a step, rates of P and Q, P and Q predicted, explicit terms. */
export const MICROGRID_DIRECTION = 37;
export const MICROGRID_OWN_CURRENT = 38;
export const MICROGRID_SOURCE = 39;
export const MICROGRID_END = 40;
export const MICROGRID_RATE = 41;
export const MICROGRID_NEXT = 42;
export const MICROGRID_EXTRA = 43;
/** [current][W]: L/(gamma h). [current] columns: admittance, current, current of the first stage. */
export const MICROGRID_INERTIA = 44;
export const MICROGRID_ADMITTANCE = 45;
export const MICROGRID_CURRENT = 46;
export const MICROGRID_STAGE = 47;
/** [entry] columns; [bus] columns. */
export const MICROGRID_FACTOR = 48;
export const MICROGRID_BUS = 49;
/** [inverter][W], twice: stages of the set points. */
export const MICROGRID_SET_POINT_STAGES = 50;
/** Of the search for operating points: [unknown][W]: unknowns, what is left of the equations. [unknown][unknown], f64: the inverse of the usual Jacobian. */
export const MICROGRID_UNKNOWN = 51;
export const MICROGRID_RESIDUAL = 52;
export const MICROGRID_INVERSE = 53;
/** [unknown], f64: unknowns of the usual operating point (speed; angles from the second inverter on; voltages), then one over their usual sizes. */
export const MICROGRID_USUAL = 54;
/** Most corrections. */
export const MICROGRID_MOST_CORRECTIONS = 55;
export const MICROGRID_FIELD_COUNT = 56;

/** Numbers that all lanes share. */
export const NUMBER_STEP = 0;
export const NUMBER_HALF_STEP = 1;
/** gamma, gamma h, 1/(gamma h). */
export const NUMBER_GAMMA = 2;
export const NUMBER_GAMMA_STEP = 3;
export const NUMBER_RATE = 4;
/** Weights of the first stage's increment and of explicit terms in the second stage. */
export const NUMBER_CARRY = 5;
export const NUMBER_EXPLICIT_BEGIN = 6;
export const NUMBER_EXPLICIT_LATER = 7;
export const NUMBER_FILTER = 8;
export const NUMBER_NOMINAL_SPEED = 9;
export const NUMBER_NOMINAL_VOLTAGE = 10;
/** 1/rN. */
export const NUMBER_VIRTUAL = 11;
/** Gain times pinning of the pinned inverter, 1/s. */
export const NUMBER_PINNING = 12;
export const NUMBER_LARGEST_CURRENT = 13;
export const NUMBER_LARGEST_ANGLE = 14;
/** Corrections of the search for operating points below this share of the usual size count as none. */
export const NUMBER_FOUND = 15;
export const NUMBER_COUNT = 16;

/** Leave it alone. */
export const TASK_NONE = 0;
/** One control step, set points of the speed held; or the search for the operating point. */
export const TASK_DUE = 1;
/** One control step under secondary control. */
export const TASK_ACTING = 2;

export const OUTCOME_RUNNING = 0;
export const OUTCOME_DIVERGED = 1;
/** Of a search: no operating point was found, the state is as it was. */
export const OUTCOME_LOST = 2;

/** Quantities seen of the whole: mean distance of the buses' magnitudes from the nominal voltage, lowest, highest; per unit. */
export const SEEN_BUS_ERROR = 0;
export const SEEN_LOWEST_BUS = 1;
export const SEEN_HIGHEST_BUS = 2;
/** Behind them, of each inverter: reference after droop (pu), speed (rad/s), then {@link SEEN_FEATURES} features: angle against the first, P, Q, iod, ioq, ioD, ioQ, vbD, vbQ. */
export const SEEN_WHOLE = 3;
export const SEEN_FEATURES = 9;
export const SEEN_PER_INVERTER = 11;
