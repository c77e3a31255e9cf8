/**
 * The layout of an observer in kernel memory (batch-observer.ts), read by TypeScript, AssemblyScript (`assembly/observe.ts`) and C++ (`native/observe.h`). A layout block is
 * {@link OBSERVE_FIELDS} 32-bit numbers: counts, or byte offsets of arrays. Columns are [re x W, im x W] as in kernel-layout.ts, and so are their offsets.
 */

/** Blocks of W lanes, the first of which are looked at. */
export const OBSERVE_BLOCKS = 0;
/** Voltages [block][slot + 1][re, im][W], volt, and bytes a block. */
export const OBSERVE_VOLTAGE = 1;
export const OBSERVE_VOLTAGE_STRIDE = 2;
/** Floating sections: their number, and records of their node count, the count of their sum's terms, where the numbers begin, then both lists of column offsets. */
export const OBSERVE_SECTIONS = 3;
export const OBSERVE_SECTION_RECORDS = 4;
/** f64: for each section a constant [re, im], then a factor [re, im] a term: what is added to its voltages is the constant plus the sum of factors times voltages. */
export const OBSERVE_SECTION_NUMBERS = 5;
/** Nodes looked at: their number, column offsets i32, f64 per-unit a volt; buses: their number, nodes of each i32. */
export const OBSERVE_NODES = 6;
export const OBSERVE_NODE_LIST = 7;
export const OBSERVE_PER_VOLT = 8;
export const OBSERVE_BUSES = 9;
export const OBSERVE_BUS_LIST = 10;
/** f64 [2]: lowest and highest voltage that is not out of band. */
export const OBSERVE_BAND = 11;
/** f64 [block][node][W]: magnitudes, per unit. */
export const OBSERVE_MAGNITUDES = 12;
/** Losses: differences of voltages (their number, i32 [difference][2] column offsets, scratch [difference][re, im][W]). */
export const OBSERVE_DIFFERENCES = 13;
export const OBSERVE_DIFFERENCE_LIST = 14;
export const OBSERVE_DIFFERENCE_VALUES = 15;
/** Terms g (conj(x) y) of node voltages and of differences: numbers of both, i32 [term][2] offsets of x and y, f64 [term] g. */
export const OBSERVE_NODE_TERMS = 16;
export const OBSERVE_DIFFERENCE_TERMS = 17;
export const OBSERVE_TERM_LIST = 18;
export const OBSERVE_TERM_NUMBERS = 19;
/** Elements with values of each lane's own: their number, i32 [entry][p, q, r, s, parameter, spare], f64 [entry][6] polynomial; u (V_p - V_q) flows from r to s. */
export const OBSERVE_ENTRIES = 20;
export const OBSERVE_ENTRY_LIST = 21;
export const OBSERVE_ENTRY_NUMBERS = 22;
/** f64 [block][parameter][W], and bytes a block. */
export const OBSERVE_PARAMETERS = 23;
export const OBSERVE_PARAMETER_STRIDE = 24;
/** Sources: their number; records of their conductor count, then column offsets; f64 numbers: injected [re, im] a conductor, then the admittance matrix [g, b] by rows. */
export const OBSERVE_SOURCES = 25;
export const OBSERVE_SOURCE_LIST = 26;
export const OBSERVE_SOURCE_NUMBERS = 27;
/** f64 [quantity][lane]: results, and bytes a quantity. */
export const OBSERVE_RESULTS = 28;
export const OBSERVE_RESULT_STRIDE = 29;
/** f32 [block][W][node], or [bus] with the means of the buses' nodes where the field behind it is 1: magnitudes a scenario at a time; 0: none are wanted. */
export const OBSERVE_ROWS = 30;
export const OBSERVE_ROWS_OF_BUSES = 31;
export const OBSERVE_FIELDS = 32;

/** The quantities, in order. */
export const QUANTITY_LOSSES = 0;
export const QUANTITY_SOURCE_WATTS = 1;
export const QUANTITY_SOURCE_VARS = 2;
export const QUANTITY_ABOVE = 3;
export const QUANTITY_BELOW = 4;
export const QUANTITY_OUTSIDE = 5;
export const QUANTITY_LOWEST = 6;
export const QUANTITY_HIGHEST = 7;
export const QUANTITIES = 8;
