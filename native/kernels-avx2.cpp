// The kernels at 4 lanes, in single precision 8. Compiled with its own processor flags (scripts/build-native.mjs) and called only where the processor has them.
#include "kernels-of-width.h"

namespace busbar {

const Kernels& kernelsAvx2() {
  static constexpr Kernels kernels = tableOfWidth<4>("native-avx2");
  return kernels;
}

const Kernels& kernelsAvx2Single() {
  static constexpr Kernels kernels = tableOfWidth<single(8)>("native-avx2");
  return kernels;
}

}  // namespace busbar
