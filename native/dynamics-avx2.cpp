// The kernels of microgrid dynamics at 4 lanes. Compiled with its own processor flags (scripts/build-native.mjs) and called only where the processor has them.
#include "dynamics-kernels.h"
#include "dynamics.h"

namespace busbar {

const DynamicsKernels& dynamicsKernelsAvx2() {
  static constexpr DynamicsKernels kernels = {
      "native-avx2",
      4,
      runMicrogrid<4, &MicrogridKernel<4>::advance>,
      runMicrogrid<4, &MicrogridKernel<4>::rest>,
      runMicrogrid<4, &MicrogridKernel<4>::see>,
  };
  return kernels;
}

}  // namespace busbar
