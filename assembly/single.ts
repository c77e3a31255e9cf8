// What the kernels in single precision offer: the chord method.
import { SOLVER_CHORD_TREE } from '../src/powerflow/kernel-layout';
import { solveChordTree } from './chord-tree';

/** As in double precision (fixed-point.ts), for SOLVER_CHORD_TREE only: any other solver leaves every lane as it is and returns -1. */
export function solveFixedPoint(layout: usize, solver: i32, tolerance: f64, limit: i32, start: i32, _acceleration: f64): i32 {
  return solver == SOLVER_CHORD_TREE ? solveChordTree(layout, tolerance, limit, start) : -1;
}
