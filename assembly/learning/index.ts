// The learning kernels, a module of their own: a tape of instructions in memory, carried out in order. What the words mean stands in src/learning/tape-layout.ts.
import {
  OP_ACTIVATE,
  OP_ADAM,
  OP_BLEND,
  OP_COPY,
  OP_DERIVE,
  OP_LSTM_BACKWARD,
  OP_LSTM_FORWARD,
  OP_MULTIPLY,
  OP_OUTER,
  OP_RMSPROP,
  OP_SQUARES,
  OP_TRANSPOSE,
  TAPE_WORDS,
} from '../../src/learning/tape-layout';
import { activate, blend, copy, derive, optimise, squares, transpose } from './elementwise';
import { lstmBackward, lstmForward } from './lstm';
import { multiply, outer } from './multiply';
import { word } from './words';

/** Carries out `count` instructions of the tape at this offset. */
export function execute(tape: usize, count: i32): void {
  for (let k: i32 = 0; k < count; k++) {
    const instruction = tape + <usize>k * TAPE_WORDS * 4;
    const operation = word(instruction, 0);
    if (operation == OP_MULTIPLY) multiply(instruction);
    else if (operation == OP_OUTER) outer(instruction);
    else if (operation == OP_ACTIVATE) activate(instruction);
    else if (operation == OP_DERIVE) derive(instruction);
    else if (operation == OP_TRANSPOSE) transpose(instruction);
    else if (operation == OP_COPY) copy(instruction);
    else if (operation == OP_LSTM_FORWARD) lstmForward(instruction);
    else if (operation == OP_LSTM_BACKWARD) lstmBackward(instruction);
    else if (operation == OP_SQUARES) squares(instruction);
    else if (operation == OP_ADAM) optimise(instruction, true);
    else if (operation == OP_RMSPROP) optimise(instruction, false);
    else if (operation == OP_BLEND) blend(instruction);
  }
}
