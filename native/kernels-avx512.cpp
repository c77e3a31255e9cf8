// The kernels at 8 lanes. Compiled with its own processor flags (scripts/build-native.mjs) and called only where the processor has them.
#include "kernels-of-width.h"

namespace busbar {

const Kernels& kernelsAvx512() {
  static constexpr Kernels kernels = kernelsOfWidth<8>("native-avx512");
  return kernels;
}

}  // namespace busbar
