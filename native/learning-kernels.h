// The table of one width's learning kernels: what each translation unit offers and all that the addon sees of it.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace busbar {

/** Learning kernels of one width, in floats a vector. */
struct LearningKernels {
  const char* name;
  int width;
  /** Carries out `count` instructions of the tape at this offset of the memory; see src/learning/tape-layout.ts. */
  void (*execute)(char* memory, uint32_t tape, uint32_t count);
};

const LearningKernels& learningKernelsAvx2();
const LearningKernels& learningKernelsAvx512();

/** The widths there are, widest first. */
constexpr int LEARNING_WIDTHS[] = {16, 8};

/** The kernels of a width; null where there is no such width or this processor lacks what it needs. */
static inline const LearningKernels* learningKernelsOfWidth(int width) {
#if defined(__x86_64__)
  if (width == 8 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return &learningKernelsAvx2();
  if (width == 16 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
    return &learningKernelsAvx512();
  }
#endif
  return nullptr;
}

}  // namespace busbar
