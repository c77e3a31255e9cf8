// What the kernels offer. Arrays and numbers only: every argument is a byte offset in the imported memory, a count or a tolerance.
export { solveBalanced } from './balanced';
export { solveDc, solveDecoupled } from './balanced-decoupled';
export { viewBalanced } from './balanced-view';
export { solveFixedPoint } from './fixed-point';
export { solveNewton } from './newton';
export { observe } from './observe';
export { factorShared, solveShared } from './shared-lu';
