// The kernels at 2 lanes, in single precision 4. Compiled with its own processor flags (scripts/build-native.mjs) and called only where the processor has them.
#include "kernels-of-width.h"

namespace busbar {

const Kernels& kernelsSse2() {
  static constexpr Kernels kernels = tableOfWidth<2>("native-sse2");
  return kernels;
}

const Kernels& kernelsSse2Single() {
  static constexpr Kernels kernels = tableOfWidth<single(4)>("native-sse2");
  return kernels;
}

}  // namespace busbar
