// The kernels at 4 lanes. Compiled with its own processor flags (scripts/build-native.mjs) and called only where the processor has them.
#include "kernels-of-width.h"

namespace busbar {

const Kernels& kernelsAvx2() {
  static constexpr Kernels kernels = kernelsOfWidth<4>("native-avx2");
  return kernels;
}

}  // namespace busbar
