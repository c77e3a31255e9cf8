/**
 * The native kernels in Node: finds the addon (built in a checkout by `npm run build:native`, or an installed platform package) and registers it. Loading this
 * file does not load the addon; the first batch does. `BUSBAR_BACKEND` makes one backend the one for everything.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { type NativeKernels, preferBackend, registerNativeKernels } from './backend.js';
import * as balancedLayout from './balanced/lane-layout.js';
import * as layout from './kernel-layout.js';
import { type KernelBackend, type KernelExports, onlyFixedPoint, type Precision } from './kernels.js';
import * as observerLayout from './observer-layout.js';

/** What the addon exports; see native/addon.cpp. A width stands for lanes and precision, a handle for one memory and one width. */
export interface NativeAddon {
  readonly layout: string;
  readonly widths: readonly { name: string; width: number; lanes: number; precision: Precision }[];
  attach(bytes: Uint8Array, width: number): object | undefined;
  solveFixedPoint(
    handle: object,
    layoutOffset: number,
    solver: number,
    toleranceVa: number,
    limit: number,
    start: number,
    acceleration: number,
  ): number;
  solveNewton(handle: object, layoutOffset: number, toleranceVa: number, limit: number, acceleration: number): number;
  factorShared(handle: object, layoutOffset: number): number;
  solveShared(handle: object, layoutOffset: number): void;
  solveBalanced(handle: object, layoutOffset: number, tolerance: number, sharedLimit: number, limit: number, isWarm: number): number;
  solveDecoupled(handle: object, layoutOffset: number, tolerance: number, limit: number, isWarm: number): number;
  solveDc(handle: object, layoutOffset: number): number;
  viewBalanced(handle: object, layoutOffset: number): void;
  observe(handle: object, layoutOffset: number): void;
  /** For tests: one lane operation on arrays of one length, a multiple of 16; in single precision the numbers are rounded to it first. */
  probeLanes(width: number, operation: number, a: Float64Array, b: Float64Array, c: Float64Array, out: Float64Array): void;
  /** For tests: exp, log, pow, tanh (0 to 3). */
  probeElementary(width: number, which: number, a: Float64Array, b: Float64Array, out: Float64Array): void;
}

/** Where a checkout builds the addon. */
const BUILT = fileURLToPath(new URL('../../build/native/busbar-native.node', import.meta.url));
/** The package that carries it for this platform, where it was installed. */
const PACKAGE = `busbar-native-${process.platform}-${process.arch}`;

/** The layout as this build of busbar knows it; an addon of another layout must not be used. */
function layoutText(): string {
  return Object.entries({ ...layout, ...balancedLayout, ...observerLayout })
    .map(([name, value]) => `${name}=${value}`)
    .sort()
    .join(' ');
}

/** Loads the addon; or says in words why there is none. */
export function loadNativeAddon(): { addon: NativeAddon; path: string } | string {
  const require = createRequire(import.meta.url);
  let path = BUILT;
  if (!existsSync(path)) {
    try {
      path = require.resolve(PACKAGE);
    } catch {
      return `no native kernels are built (npm run build:native) and the package ${PACKAGE} is not installed`;
    }
  }
  let addon: NativeAddon;
  try {
    addon = require(path) as NativeAddon;
  } catch (error) {
    return `the native kernels at ${path} do not load (${error instanceof Error ? error.message.split('\n')[0] : String(error)})`;
  }
  if (addon.layout !== layoutText()) return `the native kernels at ${path} are of another version of busbar; build them anew (npm run build:native)`;
  return { addon, path };
}

/** Binds the kernels of one width to a memory. A memory that grew has a new buffer, to which they attach anew. */
function bind(addon: NativeAddon, { name, width, precision }: NativeAddon['widths'][number], memory: WebAssembly.Memory): KernelExports {
  let buffer: ArrayBufferLike | undefined;
  let attached: object | undefined;
  const handle = (): object => {
    if (attached === undefined || memory.buffer !== buffer) {
      buffer = memory.buffer;
      attached = addon.attach(new Uint8Array(buffer), width);
      if (attached === undefined) throw new Error(`native kernels ${name} do not run on this processor`);
    }
    return attached;
  };
  const kernels: KernelExports = {
    solveFixedPoint: (at, solver, toleranceVa, limit, start, acceleration) =>
      addon.solveFixedPoint(handle(), at, solver, toleranceVa, limit, start, acceleration),
    solveNewton: (at, toleranceVa, limit, acceleration) => addon.solveNewton(handle(), at, toleranceVa, limit, acceleration),
    factorShared: (at) => addon.factorShared(handle(), at),
    solveShared: (at) => addon.solveShared(handle(), at),
    solveBalanced: (at, tolerance, sharedLimit, limit, isWarm) => addon.solveBalanced(handle(), at, tolerance, sharedLimit, limit, isWarm),
    solveDecoupled: (at, tolerance, limit, isWarm) => addon.solveDecoupled(handle(), at, tolerance, limit, isWarm),
    solveDc: (at) => addon.solveDc(handle(), at),
    viewBalanced: (at) => addon.viewBalanced(handle(), at),
    observe: (at) => addon.observe(handle(), at),
  };
  return precision === 'single' ? onlyFixedPoint(kernels) : kernels;
}

/** Looks for the native kernels. Never throws: the reason says why there are none. */
export function findNativeKernels(): NativeKernels {
  const loaded = loadNativeAddon();
  if (typeof loaded === 'string') return { backends: [], reason: loaded };
  const { addon, path } = loaded;
  const backend = (width: NativeAddon['widths'][number]): KernelBackend => ({
    name: width.name,
    lanes: width.lanes,
    precision: width.precision,
    instantiate: (memory) => bind(addon, width, memory),
  });
  const backends = addon.widths
    .filter(({ precision }) => precision === 'double')
    .map((width): KernelBackend => {
      const single = addon.widths.find((one) => one.name === width.name && one.precision === 'single');
      return { ...backend(width), single: single && backend(single) };
    });
  return { backends, reason: `native kernels at ${path}` };
}

registerNativeKernels(findNativeKernels);
preferBackend(process.env.BUSBAR_BACKEND, 'BUSBAR_BACKEND');
