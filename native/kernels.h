// The table of one width's kernels: what each translation unit offers, one for each precision, and all that the addon and the sanitizer driver see of it.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "layout.h"

namespace busbar {

/** Kernels of one width, which stands for lanes and precision (lanes.h). `memory` is the base of the session's memory, `layout` the offset of its layout block; see assembly/index.ts for the rest. */
struct Kernels {
  const char* name;
  int width;
  int32_t (*solveFixedPoint)(char* memory, uint32_t layout, int32_t solver, double tolerance, int32_t limit, int32_t start, double acceleration);
  int32_t (*solveNewton)(char* memory, uint32_t layout, double tolerance, int32_t limit, double acceleration);
  int32_t (*factorShared)(char* memory, uint32_t layout);
  void (*solveShared)(char* memory, uint32_t layout);
  int32_t (*solveBalanced)(char* memory, uint32_t layout, double tolerance, int32_t sharedLimit, int32_t limit, int32_t isWarm);
  int32_t (*solveDecoupled)(char* memory, uint32_t layout, double tolerance, int32_t limit, int32_t isWarm);
  int32_t (*solveDc)(char* memory, uint32_t layout);
  void (*viewBalanced)(char* memory, uint32_t layout);
  void (*observe)(char* memory, uint32_t layout);
  /** For tests: one lane operation on `count` doubles (a multiple of 16) of a, b, c, in single precision rounded to that. */
  void (*probeLanes)(int32_t operation, const double* a, const double* b, const double* c, double* out, size_t count);
  /** For tests: exp, log, pow, tanh (0 to 3). */
  void (*probeElementary)(int32_t which, const double* a, const double* b, double* out, size_t count);
};

const Kernels& kernelsSse2();
const Kernels& kernelsAvx2();
const Kernels& kernelsAvx512();
const Kernels& kernelsSse2Single();
const Kernels& kernelsAvx2Single();
const Kernels& kernelsAvx512Single();

/** The widths there are, widest first. */
constexpr int WIDTHS[] = {8, 4, 2, WIDTH_SINGLE + 16, WIDTH_SINGLE + 8, WIDTH_SINGLE + 4};

/** The kernels of a width; null where there is no such width or this processor lacks what it needs. */
static inline const Kernels* kernelsOfWidth(int width) {
#if defined(__x86_64__)
  if (width == 2) return &kernelsSse2();
  if (width == WIDTH_SINGLE + 4) return &kernelsSse2Single();
  if (__builtin_cpu_supports("avx2")) {
    if (width == 4) return &kernelsAvx2();
    if (width == WIDTH_SINGLE + 8) return &kernelsAvx2Single();
  }
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
    if (width == 8) return &kernelsAvx512();
    if (width == WIDTH_SINGLE + 16) return &kernelsAvx512Single();
  }
#endif
  return nullptr;
}

}  // namespace busbar
