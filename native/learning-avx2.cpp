// The learning kernels at 8 floats a vector. Compiled with its own processor flags (scripts/build-native.mjs) and called only where the processor has them.
#include "learning-kernels.h"
#include "learning.h"

namespace busbar {

const LearningKernels& learningKernelsAvx2() {
  static constexpr LearningKernels kernels = {"native-avx2", 8, Learning<8>::execute};
  return kernels;
}

}  // namespace busbar
