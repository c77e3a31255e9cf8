/**
 * The block of numbers that tells a kernel where its arrays are: one 32-bit integer a field, a count or a byte offset in the memory.
 * Shared by the kernels (assembly/ compiles this very file) and by the code that fills it; plain constants only.
 *
 * Shapes: W scenarios a block, the innermost index (2 in WebAssembly; 2, 4 or 8 in native code); `slot` is a node's place in the order of the method; the slot
 * after the last is ground and holds 0. A "column" of a slot is [re x W, im x W], 16 W bytes long; node offsets in index arrays are slot * 16 W.
 *
 * Sessions in single precision have f32 where f64 stands below (but for mismatch and history), columns of 8 W bytes and twice as many scenarios a block. Their
 * voltages and injections are counted from the base case's (FIELD_CHORD_BASE); FIELD_CONSTANT holds the negative of what the legs inject there.
 */

/** Native kernels go by width: scenarios a block of double precision, or this and scenarios a block of single precision. */
export const WIDTH_SINGLE = 64;

/** Scratch behind the work array, bytes a lane. */
export const SCRATCH_BYTES = 128;

// --- all methods
/** Number of nodes, ground not counted. */
export const FIELD_NODES = 0;
export const FIELD_BLOCKS = 1;
/** Number of legs, and where each group of legs ends: constant power, constant impedance, polynomial; the rest is special. */
export const FIELD_LEGS = 2;
export const FIELD_PQ_END = 3;
export const FIELD_Z_END = 4;
export const FIELD_ZIP_END = 5;
/** i32 [leg][2]: node offsets of both ends. */
export const FIELD_LEG_NODES = 6;
/** f64 [leg][LEG_HOT]: thresholds, linear part, coefficients of the normal range. */
export const FIELD_LEG_HOT = 7;
/** f64 [leg][LEG_COLD]: special parameters and coefficients of all ranges. */
export const FIELD_LEG_COLD = 8;
/** f64 [block][leg][P, Q][W]: present watts and vars at rated voltage, consumed. */
export const FIELD_POWER = 9;
/** f64 [block][slot + 1][re, im][W]. */
export const FIELD_VOLTAGE = 10;
/** f64 [block or 1][slot + 1][re, im][W]: currents injected by sources. */
export const FIELD_CONSTANT = 11;
/** f64 [slot + 1][re, im][W], scratch. */
export const FIELD_INJECTION = 12;
export const FIELD_PREVIOUS = 13;
export const FIELD_WORK = 14;
/** i32 [block][W]. */
export const FIELD_STATUS = 15;
export const FIELD_ITERATIONS = 16;
/** f64 [block][W]: largest power mismatch, VA. */
export const FIELD_MISMATCH = 17;
/** f64 [most iterations + 1]: mismatch an iteration, lane 0 of block 0, VA. */
export const FIELD_HISTORY = 18;
/** i32 [count]: offsets of the nodes that legs touch, each once. */
export const FIELD_LEG_NODE_COUNT = 19;
export const FIELD_LEG_NODE_LIST = 20;

// --- sweep
/** Number of tree blocks, the root first, parents before children. */
export const FIELD_TREE_COUNT = 21;
/** i32 [block][TREE_RECORD]. */
export const FIELD_TREE_RECORDS = 22;

// --- injection: complex factors shared by all lanes
/** i32 [slot + 1]: where each row's upper neighbours begin. */
export const FIELD_LU_START = 23;
/** i32 [entry]: node offset of each upper neighbour. */
export const FIELD_LU_INDEX = 24;
/** f64 [slot][2]: pivot, after factoring its reciprocal. */
export const FIELD_LU_DIAGONAL = 25;
/** f64 [entry][2]. */
export const FIELD_LU_LOWER = 26;
export const FIELD_LU_UPPER = 27;
/** i32 [operation]: target of each update, as entry number: 0.. diagonal, then lower, then upper. */
export const FIELD_LU_TARGET = 28;

// --- newton
/** i32 [slot + 1], i32 [entry], f64 [entry][2]: the nodal admittance matrix by rows. */
export const FIELD_Y_START = 29;
export const FIELD_Y_INDEX = 30;
export const FIELD_Y_VALUE = 31;
/** i32 [entry]: block number in the Jacobian of each entry of Y. */
export const FIELD_Y_POSITION = 32;
/** i32 [leg][4]: block numbers aa, ab, ba, bb. */
export const FIELD_LEG_POSITION = 33;
/** f64 [block number][4][W]: diagonal blocks, then lower, then upper, then one for all that touches ground. */
export const FIELD_JACOBIAN = 34;
/** Number of off-diagonal entries on one side. */
export const FIELD_LU_COUNT = 35;
/** f64 [slot]: power below which a mismatch is rounding, VA. */
export const FIELD_FLOOR = 36;
/** f64 [slot + 1][re, im][W], scratch. */
export const FIELD_STEP = 37;
export const FIELD_BASE = 38;
/** f64 [complex number][2]: coefficients of the tree blocks; i32: lists of parent offsets of general blocks. */
export const FIELD_TREE_COEFFICIENTS = 39;
export const FIELD_TREE_LISTS = 40;
/** Bytes from one block's source currents to the next; 0 where all scenarios share one set. */
export const FIELD_CONSTANT_STRIDE = 41;

// --- chord with taps of each lane's own
/** Number of blocks with lane taps, and i32 [block][LANE_RECORD]. */
export const FIELD_LANE_COUNT = 42;
export const FIELD_LANE_RECORDS = 43;
/** f64 [block of lanes][entry][4][W]; bytes from one block of lanes to the next; scratch for one matrix. */
export const FIELD_LANE_VALUES = 44;
export const FIELD_LANE_STRIDE = 45;
export const FIELD_LANE_SCRATCH = 46;
/** Number of transformers with lane taps; f64 [block of lanes][transformer][W]: tap in per unit. */
export const FIELD_LANE_UNITS = 47;
export const FIELD_TAPS = 48;
/** f64: shared matrices of the blocks with lane taps; i32: lists of their parents' node offsets. */
export const FIELD_LANE_DATA = 49;

// --- chord
/** f64 [slot + 1][2]: the base case's voltages, the same for all lanes. */
export const FIELD_CHORD_BASE = 50;
/** f64 [leg][CHORD_START]: what a leg injects at the base case's voltages, as numbers times 1, P and Q. */
export const FIELD_CHORD_START = 51;
/** i32: the legs of each tree block (see CHORD_RECORD). */
export const FIELD_CHORD_LEGS = 52;
/** i32 [count]: columns of the folding that no first child writes, to be set to 0. */
export const FIELD_CHORD_CLEAR_COUNT = 53;
export const FIELD_CHORD_CLEAR_LIST = 54;
/** i32 [count]: columns into which more is injected than the legs of their own block. */
export const FIELD_CHORD_OPEN_COUNT = 55;
export const FIELD_CHORD_OPEN_LIST = 56;
/** Number of legs between tree blocks, and i32 [leg][CHORD_LEG + 2]. */
export const FIELD_CHORD_LOOSE_COUNT = 57;
export const FIELD_CHORD_LOOSE_LIST = 58;

// --- newton with admittances of each lane's own
/** Number of parameters a lane; f64 [block][parameter][W]: 1 / tap of a transformer, 1 or 0 of a closed or open switch. */
export const FIELD_OWN_PARAMETERS = 59;
export const FIELD_OWN_PARAMETER = 60;
/** Number of entries; i32 [entry][OWN_RECORD]; f64 [entry][OWN_POLYNOMIAL]; f64 [entry][g, b][W], siemens, of the block at hand. */
export const FIELD_OWN_COUNT = 61;
export const FIELD_OWN_RECORDS = 62;
export const FIELD_OWN_POLYNOMIALS = 63;
export const FIELD_OWN_VALUES = 64;
/** f64 [block][W]: 1 for a lane to solve, 0 for one that is left alone; 0 where all are solved. */
export const FIELD_ACTIVE = 65;
/** Entries that ground dead parts: the first and their number. Their parameter is 1 in lanes in which p, the node, is dead, and 0 in others. */
export const FIELD_DEAD_FIRST = 66;
export const FIELD_DEAD_COUNT = 67;

// --- controls of each lane's own
/** Number of controls, in the order in which they look; i32 [control][CONTROL_RECORD]; f64 [control][CONTROL_NUMBERS]. */
export const FIELD_CONTROL_COUNT = 68;
export const FIELD_CONTROL_RECORDS = 69;
export const FIELD_CONTROL_NUMBERS = 70;
/** i32 [pair][2]: node offsets between which a voltage is looked at. */
export const FIELD_CONTROL_PAIRS = 71;
/** i32 [current + 1]: where each current's terms begin; i32 [term][CONTROL_TERM]; f64 [term][OWN_POLYNOMIAL], siemens. */
export const FIELD_CONTROL_CURRENTS = 72;
export const FIELD_CONTROL_TERMS = 73;
export const FIELD_CONTROL_POLYNOMIALS = 74;
/** Number of actuators (transformers, then capacitors); i32 [actuator][ACTUATOR_RECORD]; i32: legs of capacitors; f64: var a leg with 0, 1, 2 .. steps. */
export const FIELD_ACTUATOR_COUNT = 75;
export const FIELD_ACTUATOR_RECORDS = 76;
export const FIELD_ACTUATOR_LEGS = 77;
export const FIELD_ACTUATOR_VARS = 78;
/** f64 [block][actuator][W]: tap in per unit or steps in service, at the start and at present. */
export const FIELD_ACTUATOR_START = 79;
export const FIELD_ACTUATOR_VALUE = 80;
/** f64 [W][size]: what the controls of a lane remember (assembly/lane-controls.ts), scratch; the size; most control iterations. */
export const FIELD_CONTROL_STATE = 81;
export const FIELD_CONTROL_STATE_SIZE = 82;
export const FIELD_CONTROL_LIMIT = 83;
/** f64: whole hours of the clock in seconds, and the seconds since. */
export const FIELD_CONTROL_CLOCK = 84;
/** i32 [block][W]: control iterations, actions carried out, and those of them that moved a tap. */
export const FIELD_CONTROL_ITERATIONS = 85;
export const FIELD_CONTROL_ACTIONS = 86;
export const FIELD_TAP_MOVES = 87;
/** i32: how the values of blocks with lane taps are made (lane-program.ts). */
export const FIELD_LANE_PROGRAM = 88;
/** A lane of the chord method is given up when at its pace it would miss the tolerance even 2 to this power steps on. */
export const FIELD_CHORD_FORESIGHT = 89;
export const FIELD_COUNT = 90;

/**
 * i32 a control: kind, actuator, flags, phase (or one of PHASE_*), then first and number of: pairs across which it looks, currents, a second set of pairs
 * (regulators: of the remote bus, capacitors: of the voltage override), pairs from conductors to ground which with the currents make a power; then what a capacitor
 * control goes by, one of MEASURE_*.
 */
export const CONTROL_RECORD = 14;
export const CONTROL_REGULATOR = 0;
export const CONTROL_CAPACITOR = 1;
/** The phase with the highest or the lowest voltage; the mean of all. */
export const PHASE_HIGHEST = -1;
export const PHASE_LOWEST = -2;
export const PHASE_MEAN = -3;
/** Flags of regulators: line-drop compensation, by magnitude only; a remote bus; power's direction is followed; and how. */
export const REGULATOR_COMPENSATED = 1;
export const REGULATOR_BY_MAGNITUDE = 2;
export const REGULATOR_REMOTE = 4;
export const REGULATOR_DIRECTED = 8;
export const REGULATOR_COGENERATION = 16;
export const REGULATOR_NEUTRAL = 32;
/** The tap is on another winding than the one that is watched. */
export const REGULATOR_OPPOSITE = 64;
export const REGULATOR_INVERSE_TIME = 128;
/** Flags of capacitor controls: a voltage override; what the clock or a signal asks for. */
export const CAPACITOR_OVERRIDE = 1;
export const CAPACITOR_MORE = 2;
export const CAPACITOR_LESS = 4;
/** What a capacitor control goes by; by the time of day, `more` and `less` are in its flags, by a signal `more` says closed. */
export const MEASURE_CURRENT = 0;
export const MEASURE_VOLTAGE = 1;
export const MEASURE_KVAR = 2;
export const MEASURE_POWER_FACTOR = 3;
export const MEASURE_TIME = 4;
export const MEASURE_SIGNAL = 5;
/**
 * f64 a control. Regulators: voltage, band, R, X, Z forward (volt); the same in reverse; PT ratio, that of the remote bus, CT ampere, limit volt, base volt of the winding,
 * a tap in per unit, lowest and highest tap, most taps an action; delays of a tap, of reversing, to neutral (s); threshold of reversing (W). Capacitor controls: on, off,
 * PT and CT ratio, delays on and off, dead time (s), lowest and highest volt, kvar that must be missing for closing and for another step.
 */
export const CONTROL_NUMBERS = 24;
/** i32 a term of a current, y (V_p - V_q): node offsets p and q; the actuator whose 1 / tap is the x of y, -1 for none. */
export const CONTROL_TERM = 3;
/** i32 an actuator: one of ACTUATOR_*, the place of its tap or parameter; capacitors: first leg, legs, first of its vars, steps. */
export const ACTUATOR_RECORD = 6;
export const ACTUATOR_TAP = 0;
export const ACTUATOR_PARAMETER = 1;
export const ACTUATOR_CAPACITOR = 2;
/**
 * f64 of a lane's memory: whether its controls still act, the last handle given out, actions waiting; then CONTROL_MEMORY a control, ACTUATOR_MEMORY an actuator (steps in,
 * whether it is closed) and QUEUE_ENTRY an action that waits: its time, control, code, handle.
 */
export const LANE_MEMORY = 3;
export const CONTROL_MEMORY = 8;
export const ACTUATOR_MEMORY = 2;
export const QUEUE_ENTRY = 4;

/** i32 a block with lane taps: rows, parent columns, first transformer, transformers, data pointer, offset of its values, list of parent offsets, program pointer. */
export const LANE_RECORD = 8;

/**
 * i32 an entry of a lane's own: node offsets p, q, r, s and the Jacobian's block numbers rp, rq, sp, sq, the parameter, spare. The current y (V_p - V_q) leaves r
 * and enters s; y = u0 + x (u1 + x u2) with x the lane's parameter. Ground stands for what an entry lacks.
 */
export const OWN_RECORD = 10;
/** f64 an entry of a lane's own: u0, u1, u2, each re, im, siemens. */
export const OWN_POLYNOMIAL = 6;

/** Linear solvers of the fixed-point kernel: shared sparse factors, the sweep's tree, the chord method's blocks. */
export const SOLVER_SHARED = 0;
export const SOLVER_TREE = 1;
export const SOLVER_CHORD_TREE = 2;

/**
 * f64 a leg in the hot table: the squared voltages above which (the larger of low^2 and min^2) and up to which (max^2) it is in its normal range; c0 above that of P
 * and of Q; linear part rr, ri, ir, ii; low^2, min^2; in the normal range P: c0 c1 c2, Q: c0 c1 c2. Legs of constant power have c1 = c2 = 0 above max.
 */
export const LEG_HOT = 16;
/** Groups of legs, in the order in which they stand: constant power, constant impedance, polynomial, special. */
export const GROUP_PQ = 0;
export const GROUP_Z = 1;
export const GROUP_POLYNOMIAL = 2;
export const GROUP_SPECIAL = 3;
/** f64 a leg in the cold table: kind, rated voltage, parameters x 4, then 4 ranges x (P: c0 c1 c2, Q: c0 c1 c2). */
export const LEG_COLD = 30;
/** Kinds of special legs. */
export const LEG_EXPONENT = 1;
export const LEG_CUT_OFF = 2;

/** i32 a tree block: kind, child offset, parent offsets x 3 (or list pointer), coefficients pointer, rows, parent columns. */
export const TREE_RECORD = 8;
export const TREE_ROOT = 0;
export const TREE_ONE = 1;
export const TREE_TWO = 2;
export const TREE_THREE = 3;
export const TREE_GENERAL = 4;
/** As general, with one step of refinement: behind Z stand Y_cp and D. For blocks whose zero sequence hangs by a thread. */
export const TREE_REFINED = 5;
/** Chord only: coefficients of each lane's own, at an offset in the lanes' values. */
export const TREE_LANES = 6;
/** Chord only: fewer nodes than the parent has: one under two or three, two under three; or two under one, as behind a centre-tapped transformer. */
export const TREE_ONE_OF_TWO = 7;
export const TREE_ONE_OF_THREE = 8;
export const TREE_TWO_OF_THREE = 9;
export const TREE_TWO_OF_ONE = 10;
/** Chord only: one, two or three nodes under any number, as on meshed grids; parent offsets in a list. */
export const TREE_ONE_WIDE = 11;
export const TREE_TWO_WIDE = 12;
export const TREE_THREE_WIDE = 13;

/**
 * i32 a tree block of the chord method: the first eight as TREE_RECORD, then flags and where the block's legs stand: the number of legs between two of its nodes,
 * for each CHORD_LEG numbers and both node offsets; then the number of its nodes that have legs, for each its offset, 1 where a leg between two nodes touches it,
 * and the number of its legs to ground, for each CHORD_LEG numbers.
 */
export const CHORD_RECORD = 10;
/** The block has currents of its own, from legs or sources. */
export const CHORD_OWN = 1;
/** Blocks hang on it. */
export const CHORD_CHILDREN = 2;
/** More is injected into it than its legs do; the comparison waits for that. */
export const CHORD_OPEN = 8;
/** Sources inject into it. */
export const CHORD_CONSTANT = 16;
/** Its legs have to be looked at after each step. */
export const CHORD_LEGS = 32;
/** Three nodes with one leg of constant power to ground each, and nothing else. */
export const CHORD_POWERS = 64;
/**
 * The first block to fold into its first three parent columns: writes where the others add; shifted left by k the same of the three columns from 3 k on, for k below
 * CHORD_FIRST_GROUPS.
 */
export const CHORD_FIRST = 128;
export const CHORD_FIRST_GROUPS = 16;
/** i32 a leg of a tree block: hot record, cold record, offset of its power, group; with the group, where nothing was injected into its nodes yet: */
export const CHORD_LEG = 4;
export const CHORD_FIRST_AT_FROM = 16;
export const CHORD_FIRST_AT_TO = 32;
/** With the group: nothing else is injected into either node, so that the leg is compared by itself, with the voltage across it. */
export const CHORD_LONE = 64;
export const CHORD_GROUP = 15;
/** f64 a leg: with these k its injection at the base case is k0 - (P k1 + Q k2), k3 - (P k4 - Q k5). */
export const CHORD_START = 6;

/** Iterations of the chord method before a lane can be given up as too slow. */
export const CHORD_PATIENCE = 2;

/**
 * Where the fixed-point kernels start: from the voltages in memory, from no load current at all; chord only: from the base case, and from the injections that
 * stand in memory (FIELD_INJECTION, one block).
 */
export const START_WARM = 0;
export const START_FLAT = 1;
export const START_BASE = 2;
export const START_GIVEN = 3;

/** Status of a lane. */
export const STATUS_RUNNING = 0;
export const STATUS_CONVERGED = 1;
export const STATUS_ITERATION_LIMIT = 2;
export const STATUS_DIVERGED = 3;
/** Not iterated: something in it that draws or delivers power has no path to a source. */
export const STATUS_ISLANDED = 4;
/** The power flow converged each time, but controls still acted at the last control iteration allowed. */
export const STATUS_CONTROL_LIMIT = 5;
