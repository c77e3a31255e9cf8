// The kernels at 2 lanes. Compiled with its own processor flags (scripts/build-native.mjs) and called only where the processor has them.
#include "kernels-of-width.h"

namespace busbar {

const Kernels& kernelsSse2() {
  static constexpr Kernels kernels = kernelsOfWidth<2>("native-sse2");
  return kernels;
}

}  // namespace busbar
