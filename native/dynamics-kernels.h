// The table of one width's kernels of microgrid dynamics: what each translation unit offers and all that the addon sees of it.
#pragma once

#include <stdint.h>

namespace busbar {

/** Kernels of one width, in lanes of doubles. `memory` is the base of the memory, `layout` the offset of its layout block; see src/dynamics/lane-layout.ts. */
struct DynamicsKernels {
  const char* name;
  int width;
  void (*advance)(char* memory, uint32_t layout);
  void (*rest)(char* memory, uint32_t layout);
  void (*see)(char* memory, uint32_t layout);
};

const DynamicsKernels& dynamicsKernelsSse2();
const DynamicsKernels& dynamicsKernelsAvx2();
const DynamicsKernels& dynamicsKernelsAvx512();

/** The widths there are, widest first. */
constexpr int DYNAMICS_WIDTHS[] = {8, 4, 2};

/** The kernels of a width; null where there is no such width or this processor lacks what it needs. */
static inline const DynamicsKernels* dynamicsKernelsOfWidth(int width) {
#if defined(__x86_64__)
  if (width == 2) return &dynamicsKernelsSse2();
  if (width == 4 && __builtin_cpu_supports("avx2")) return &dynamicsKernelsAvx2();
  if (width == 8 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
    return &dynamicsKernelsAvx512();
  }
#endif
  return nullptr;
}

}  // namespace busbar
