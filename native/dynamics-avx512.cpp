// The kernels of microgrid dynamics at 8 lanes. Compiled with its own processor flags (scripts/build-native.mjs) and called only where the processor has them.
#include "dynamics-kernels.h"
#include "dynamics.h"

namespace busbar {

const DynamicsKernels& dynamicsKernelsAvx512() {
  static constexpr DynamicsKernels kernels = {
      "native-avx512",
      8,
      runMicrogrid<8, &MicrogridKernel<8>::advance>,
      runMicrogrid<8, &MicrogridKernel<8>::rest>,
      runMicrogrid<8, &MicrogridKernel<8>::see>,
  };
  return kernels;
}

}  // namespace busbar
