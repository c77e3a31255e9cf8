/**
 * The layout of a batch of balanced power flows in kernel memory, read by TypeScript, AssemblyScript (`assembly/balanced*.ts`) and C++ (`native/balanced*.h`).
 * A layout block is {@link BALANCED_FIELDS} 32-bit numbers: counts, or byte offsets of arrays. A column is [first x W, second x W], W lanes of a block side by side.
 */

/** Blocks of W lanes. */
export const BALANCED_BLOCKS = 0;
/** Rows: buses whose voltage is sought, in the order of elimination. Slots: these, then slacks. */
export const BALANCED_ROWS = 1;
export const BALANCED_SLOTS = 2;
/** Voltages [block][slot][re, im][W], per unit, and bytes a block. */
export const BALANCED_VOLTAGE = 3;
export const BALANCED_VOLTAGE_STRIDE = 4;
/** Voltages to start from, the same in all lanes: [slot][re, im]. */
export const BALANCED_BASE = 5;
/** Magnitudes that are held, [block][held][W], their number, and the byte offset of the voltage column of each. 0: as the base voltages have it. */
export const BALANCED_HELD = 6;
export const BALANCED_HELD_COUNT = 7;
export const BALANCED_HELD_LIST = 8;
/** Powers injected, [block][injection][P, Q][W], per unit, and bytes a block. */
export const BALANCED_POWER = 9;
export const BALANCED_POWER_STRIDE = 10;
/** For each row: how many injections it has, then the byte offset of each one's column. */
export const BALANCED_POWER_LIST = 11;
/** Scheduled power of a block's rows [row][P, Q][W]: scratch, summed up at its beginning. */
export const BALANCED_SCHEDULED = 12;
/** Admittances in the order of the programs: those of all lanes [entry][re, im], and those of each lane's own [block][entry][re, im][W]. */
export const BALANCED_ADMITTANCE = 13;
export const BALANCED_OWN_ADMITTANCE = 14;
/** Masks of rows that differ from lane to lane, [block][masked row][P is balanced, V is sought][W] (all bits or none), and bytes a block. */
export const BALANCED_MASK = 15;
export const BALANCED_MASK_STRIDE = 16;
/** Newton's program row by row, its back substitution, and the two of the shared factor. */
export const BALANCED_FORWARD = 17;
export const BALANCED_BACKWARD = 18;
export const BALANCED_SHARED_FORWARD = 19;
export const BALANCED_SHARED_BACKWARD = 20;
/** The shared factor's numbers in the order of these programs. */
export const BALANCED_SHARED_LOWER = 21;
export const BALANCED_SHARED_UPPER = 22;
/** Scratch: a block's factor, right-hand side and solution [row][angle, log magnitude][W], working row, voltages before the last step. */
export const BALANCED_FACTOR = 23;
export const BALANCED_RIGHT = 24;
export const BALANCED_WORK = 25;
export const BALANCED_PREVIOUS = 26;
/** Results [block][W]: status (32 bits), iterations (32 bits), mismatch (64 bits, per unit). */
export const BALANCED_STATUS = 27;
export const BALANCED_ITERATIONS = 28;
export const BALANCED_MISMATCH = 29;
/** Scratch of WebAssembly's kernels, 320 bytes. */
export const BALANCED_SCRATCH = 30;
/** Admittances in all: the entries that rows read. */
export const BALANCED_ENTRIES = 31;
/** How a block reads each row, [block][row] as 32-bit ROW_*; 0 where all rows of all blocks are ROW_SHARED. */
export const BALANCED_ROW_STATE = 32;
/** What masked rows lack of reactive power before their masks, [block][masked row][W], per unit: where the voltage is held, what the generators there have to add. */
export const BALANCED_REACTIVE = 33;
/**
 * The decoupled methods (decoupled-plan.ts): BALANCED_SHARED_* are the program and the factor of the P half, or of the DC power flow; these are the Q half's, its rows, and
 * the admittances in the order of its program, [entry][re, im].
 */
export const BALANCED_Q_ROWS = 34;
export const BALANCED_Q_FORWARD = 35;
export const BALANCED_Q_BACKWARD = 36;
export const BALANCED_Q_LOWER = 37;
export const BALANCED_Q_UPPER = 38;
export const BALANCED_Q_ADMITTANCE = 39;
/** Scratch: a block's 1 / |V|, [row][W], per unit. */
export const BALANCED_INVERSE = 40;
/** The DC power flow's angles [block][slot][W], radians, bytes a block, and what stands beside the scheduled power of each row, [row], per unit. */
export const BALANCED_ANGLE = 41;
export const BALANCED_ANGLE_STRIDE = 42;
export const BALANCED_CONSTANT = 43;
/** Which lanes a solution is for, [block][W] as 1 or 0; 0: all. The others keep everything that they have, and those chosen add to their iterations. */
export const BALANCED_CHOSEN = 44;
/** Where Newton's program and its back substitution are for each block, [block][forward, backward] as byte offsets; 0: BALANCED_FORWARD and BALANCED_BACKWARD for all. */
export const BALANCED_PROGRAMS = 45;
/** What is looked at after a solution: buses (their number, byte offsets of their columns) and branches (their number, [branch][from, to] byte offsets of columns). */
export const BALANCED_VIEW_BUSES = 46;
export const BALANCED_VIEW_BUS_LIST = 47;
export const BALANCED_VIEW_BRANCHES = 48;
export const BALANCED_VIEW_BRANCH_LIST = 49;
/** f64: squares of the lowest and the highest magnitude within the band, then the series conductance of each branch, per unit. */
export const BALANCED_VIEW_NUMBERS = 50;
/** f32 [block][W][bus]: magnitudes, per unit. */
export const BALANCED_VIEW_MAGNITUDES = 51;
/** f64 [block][VIEW_*][W] */
export const BALANCED_VIEW_RESULTS = 52;
/** Numbers in the layout block. */
export const BALANCED_FIELDS = 53;

/** What a view has of each scenario: series losses, how many buses are out of the band, squares of the lowest and the highest magnitude; per unit. */
export const VIEW_LOSSES = 0;
export const VIEW_OUTSIDE = 1;
export const VIEW_LOWEST = 2;
export const VIEW_HIGHEST = 3;
export const VIEW_QUANTITIES = 4;

/** Rows that read the admittances of all lanes, or each lane's own, and rows that are nobody's: they are passed over, their solution is 0. */
export const ROW_SHARED = 0;
export const ROW_OWN = 1;
export const ROW_UNUSED = 2;

/** First word of a row: its unknowns (1: angle, 2: angle and magnitude), and this flag where masks say what each lane seeks. */
export const BALANCED_ROW_MASKED = 4;
