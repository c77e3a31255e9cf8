// The kernels of microgrid dynamics at 2 lanes. Compiled with its own processor flags (scripts/build-native.mjs) and called only where the processor has them.
#include "dynamics-kernels.h"
#include "dynamics.h"

namespace busbar {

const DynamicsKernels& dynamicsKernelsSse2() {
  static constexpr DynamicsKernels kernels = {
      "native-sse2",
      2,
      runMicrogrid<2, &MicrogridKernel<2>::advance>,
      runMicrogrid<2, &MicrogridKernel<2>::rest>,
      runMicrogrid<2, &MicrogridKernel<2>::see>,
  };
  return kernels;
}

}  // namespace busbar
