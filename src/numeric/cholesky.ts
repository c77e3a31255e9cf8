/** Symmetric positive definite matrices: C = L L'. Row by row, [i][j]; only entries with j up to i are read and written. */

/**
 * Factors in place.
 *
 * @param matrix [i][j], becomes L
 * @param least what a pivot is raised to where rounding leaves less; 0 where the matrix is far from singular
 */
export function factorCholesky(matrix: Float64Array, size: number, least = 0): void {
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * size + j];
      for (let k = 0; k < j; k++) sum -= matrix[i * size + k] * matrix[j * size + k];
      matrix[i * size + j] = i === j ? Math.sqrt(Math.max(sum, least)) : sum / matrix[j * size + j];
    }
  }
}

/** Solves L x = b in place. @param at where b begins @param stride between its numbers */
export function solveLower(lower: Float64Array, size: number, b: Float64Array, at = 0, stride = 1): void {
  for (let i = 0; i < size; i++) {
    let sum = b[at + i * stride];
    for (let k = 0; k < i; k++) sum -= lower[i * size + k] * b[at + k * stride];
    b[at + i * stride] = sum / lower[i * size + i];
  }
}

/** Solves L' x = b in place. */
export function solveLowerTransposed(lower: Float64Array, size: number, b: Float64Array, at = 0, stride = 1): void {
  for (let i = size - 1; i >= 0; i--) {
    let sum = b[at + i * stride];
    for (let k = i + 1; k < size; k++) sum -= lower[k * size + i] * b[at + k * stride];
    b[at + i * stride] = sum / lower[i * size + i];
  }
}
