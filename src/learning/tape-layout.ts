/**
 * The words of a tape: what TypeScript writes and the learning kernels carry out (assembly/learning, native/learning.h, reference-kernels.ts).
 *
 * An instruction has 16 words of 32 bits, the first its operation; addresses and distances are in bytes from the memory's beginning, numbers are float32 bits.
 * scripts/build-native.mjs makes C++ constants of this file: plain whole numbers only.
 *
 * Activations are rows, one a sample, `stride` bytes apart. A matrix of weights W[inputs][columns] lies in *panels* of 16 columns, [panel][inputs][16], the last
 * panel filled up with zeros; so do its gradient and its moments.
 */

/** Words of an instruction. */
export const TAPE_WORDS = 16;
/** Columns of a panel. */
export const PANEL = 16;
/** Bytes of a panel's row. */
export const PANEL_BYTES = 64;
/** Partial sums of a sum of squares: number i goes to sum i mod 16, on any width. */
export const PARTIAL_SUMS = 16;

/** C = start + A B: C rows of activations, A rows, B panels. */
export const OP_MULTIPLY = 1;
export const MULTIPLY_C = 1;
export const MULTIPLY_C_STRIDE = 2;
export const MULTIPLY_A = 3;
export const MULTIPLY_A_STRIDE = 4;
export const MULTIPLY_B = 5;
export const MULTIPLY_B_PANEL = 6;
export const MULTIPLY_ROWS = 7;
export const MULTIPLY_COLUMNS = 8;
/** Columns of A. */
export const MULTIPLY_STEPS = 9;
/** START_ZERO, START_BIAS or START_SUM. */
export const MULTIPLY_START = 10;
/** One number a column. */
export const MULTIPLY_BIAS = 11;
/** 1: what is below 0 becomes 0 on its way to C. */
export const MULTIPLY_RELU = 12;

export const START_ZERO = 0;
export const START_BIAS = 1;
/** What stands in C. */
export const START_SUM = 2;

/** C += transposed A times B: C panels, A rows, B rows. For gradients of weights: A inputs, B gradients of outputs. */
export const OP_OUTER = 2;
export const OUTER_C = 1;
export const OUTER_A = 2;
export const OUTER_A_STRIDE = 3;
export const OUTER_B = 4;
export const OUTER_B_STRIDE = 5;
/** Columns of A. */
export const OUTER_ROWS = 6;
export const OUTER_COLUMNS = 7;
/** Rows of A and B. */
export const OUTER_STEPS = 8;

/** Y = f(Y), rows. */
export const OP_ACTIVATE = 3;
export const ACTIVATE_Y = 1;
export const ACTIVATE_STRIDE = 2;
export const ACTIVATE_ROWS = 3;
export const ACTIVATE_COLUMNS = 4;
/** ACTIVATION_... */
export const ACTIVATE_KIND = 5;
/** A number: slope below 0 of the leaky one. */
export const ACTIVATE_SLOPE = 6;

export const ACTIVATION_LINEAR = 0;
export const ACTIVATION_RELU = 1;
export const ACTIVATION_LEAKY = 2;
export const ACTIVATION_TANH = 3;
export const ACTIVATION_SIGMOID = 4;

/** dZ = dY f'(z), told from Y = f(z), in place of dY; then to each column of the bias's gradient its sum. */
export const OP_DERIVE = 4;
export const DERIVE_DY = 1;
export const DERIVE_DY_STRIDE = 2;
export const DERIVE_Y = 3;
export const DERIVE_Y_STRIDE = 4;
export const DERIVE_ROWS = 5;
export const DERIVE_COLUMNS = 6;
export const DERIVE_KIND = 7;
export const DERIVE_SLOPE = 8;
/** Address of the bias's gradient; 0 for none. */
export const DERIVE_BIAS = 9;

/** Transposes panels: from [panel][rows][16] of so many rows and panels to [row panel][16 panels][16]. What lies beyond the rows becomes 0. */
export const OP_TRANSPOSE = 5;
export const TRANSPOSE_FROM = 1;
export const TRANSPOSE_TO = 2;
export const TRANSPOSE_ROWS = 3;
export const TRANSPOSE_PANELS = 4;

/** Copies rows of so many columns between strides. */
export const OP_COPY = 6;
export const COPY_FROM = 1;
export const COPY_FROM_STRIDE = 2;
export const COPY_TO = 3;
export const COPY_TO_STRIDE = 4;
export const COPY_ROWS = 5;
export const COPY_COLUMNS = 6;

/**
 * LSTM over steps, from gates = x Wx + b. Per step and row: where `starts` is not 0 the state becomes 0; gates += h Wh; i, f, o by sigmoid, g by tanh, in place;
 * c = f c + i g; h = o tanh c. Gates lie as i, f, g, o, each filled up to whole panels; `hidden` and `cells` have steps + 1 blocks of rows, the first the state to begin with.
 */
export const OP_LSTM_FORWARD = 7;
/** The same backwards: from gradients of h to those of the gates before their functions. */
export const OP_LSTM_BACKWARD = 8;
export const LSTM_GATES = 1;
export const LSTM_GATES_STRIDE = 2;
export const LSTM_HIDDEN = 3;
export const LSTM_CELLS = 4;
/** Stride of hidden, cells, tanh c, outputs and gradients of outputs. */
export const LSTM_STRIDE = 5;
/** Panels of Wh; backwards those of its transpose. */
export const LSTM_WEIGHTS = 6;
/** [step][row], one float each. */
export const LSTM_STARTS = 7;
export const LSTM_ROWS = 8;
export const LSTM_STEPS = 9;
/** Columns of a state, filled up to whole panels. */
export const LSTM_COLUMNS = 10;
/** tanh c, [step][row]. */
export const LSTM_SQUASHED = 11;
/** Outputs h; backwards their gradients. */
export const LSTM_OUTPUTS = 12;
/** Backwards: gradients of the gates, laid out as the gates. */
export const LSTM_GATES_GRADIENT = 13;
/** Backwards: two blocks of rows, gradients of h and c from the step after. */
export const LSTM_CARRY = 14;
/** Forwards, in the same word: columns of a state that are in use, the rows of Wh. */
export const LSTM_UNITS = 14;

/** PARTIAL_SUMS sums of squares of so many numbers, a multiple of 16. */
export const OP_SQUARES = 9;
export const SQUARES_FROM = 1;
export const SQUARES_COUNT = 2;
export const SQUARES_TO = 3;

/** One step of Adam over all parameters; gradients become 0. Numbers from ADAM_SCALE on. */
export const OP_ADAM = 10;
/** One step of RMSProp. */
export const OP_RMSPROP = 11;
export const OPTIMISE_PARAMETERS = 1;
export const OPTIMISE_GRADIENTS = 2;
/** Adam: mean of gradients. RMSProp: momentum. */
export const OPTIMISE_FIRST = 3;
/** Mean of squares. */
export const OPTIMISE_SECOND = 4;
/** A multiple of 16. */
export const OPTIMISE_COUNT = 5;
/** What gradients are multiplied by first. */
export const OPTIMISE_SCALE = 6;
/** Adam: rate / (1 - beta1^t). RMSProp: the rate. */
export const OPTIMISE_RATE = 7;
/** Adam: beta1. RMSProp: momentum's decay. */
export const OPTIMISE_FIRST_DECAY = 8;
export const OPTIMISE_FIRST_REST = 9;
/** Adam: beta2. RMSProp: decay. */
export const OPTIMISE_SECOND_DECAY = 10;
export const OPTIMISE_SECOND_REST = 11;
/** Adam: 1 / sqrt(1 - beta2^t). RMSProp: 1. */
export const OPTIMISE_ROOT = 12;
export const OPTIMISE_EPSILON = 13;
/** 1: epsilon stands under the root, as in TensorFlow's RMSProp; 0 beside it. */
export const OPTIMISE_EPSILON_INSIDE = 14;

/** to += share (from - to), so many numbers, a multiple of 16. */
export const OP_BLEND = 12;
export const BLEND_FROM = 1;
export const BLEND_TO = 2;
export const BLEND_COUNT = 3;
export const BLEND_SHARE = 4;
