// The table of one width's kernels: what each translation unit offers, and all that the addon and the sanitizer driver see of it.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace busbar {

/** Kernels of one lane width. `memory` is the base of the session's memory, `layout` the offset of its layout block; see assembly/index.ts for the rest. */
struct Kernels {
  const char* name;
  int lanes;
  int32_t (*solveFixedPoint)(char* memory, uint32_t layout, int32_t solver, double tolerance, int32_t limit, int32_t start, double acceleration);
  int32_t (*solveNewton)(char* memory, uint32_t layout, double tolerance, int32_t limit, double acceleration);
  int32_t (*factorShared)(char* memory, uint32_t layout);
  void (*solveShared)(char* memory, uint32_t layout);
  /** For tests: one lane operation on `count` doubles (a multiple of 8) of a, b, c. */
  void (*probeLanes)(int32_t operation, const double* a, const double* b, const double* c, double* out, size_t count);
  /** For tests: exp, log, pow, tanh (0 to 3). */
  void (*probeElementary)(int32_t which, const double* a, const double* b, double* out, size_t count);
};

const Kernels& kernelsSse2();
const Kernels& kernelsAvx2();
const Kernels& kernelsAvx512();

}  // namespace busbar
