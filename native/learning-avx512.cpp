// The learning kernels at 16 floats a vector. Compiled with its own processor flags (scripts/build-native.mjs) and called only where the processor has them.
#include "learning-kernels.h"
#include "learning.h"

namespace busbar {

const LearningKernels& learningKernelsAvx512() {
  static constexpr LearningKernels kernels = {"native-avx512", 16, Learning<16>::execute};
  return kernels;
}

}  // namespace busbar
