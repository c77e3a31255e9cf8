/** The native addon for tests, or why there is none. */
import { findNativeKernels, loadNativeAddon, type NativeAddon } from '../../src/powerflow/node-native.js';

const loaded = loadNativeAddon();

/** The addon; undefined where it was not built. */
export const addon: NativeAddon | undefined = typeof loaded === 'string' ? undefined : loaded.addon;

/** The native backends that this machine can run, widest first. */
export const nativeBackends = findNativeKernels().backends;

if (typeof loaded === 'string') process.stderr.write(`tests of native kernels are skipped: ${loaded}\n`);
