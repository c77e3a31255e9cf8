// The kernels at 8 lanes, in single precision 16. Compiled with its own processor flags (scripts/build-native.mjs) and called only where the processor has them.
#include "kernels-of-width.h"

namespace busbar {

const Kernels& kernelsAvx512() {
  static constexpr Kernels kernels = tableOfWidth<8>("native-avx512");
  return kernels;
}

const Kernels& kernelsAvx512Single() {
  static constexpr Kernels kernels = tableOfWidth<single(16)>("native-avx512");
  return kernels;
}

}  // namespace busbar
