/** Numbers of the fast scheme, which scheme and kernels share. */

/** Share of a step that the first stage of SDIRK2 takes. */
export const GAMMA = 1 - Math.SQRT1_2;
/** Weight of the first stage's increment in the second. */
export const CARRY = (1 - GAMMA) / GAMMA;
/** Weights of the explicit terms in the second stage (begin of the step, first stage). */
export const EXPLICIT_LATER = (1 + Math.SQRT1_2) / GAMMA;
export const EXPLICIT_BEGIN = 1 - EXPLICIT_LATER;
/** Currents (A) and angles (rad) beyond these count as a trajectory that diverges: some ten thousand times what is usual. */
export const LARGEST_CURRENT = 1e7;
export const LARGEST_ANGLE = 1e5;
