/**
 * The native kernels of microgrid dynamics in Node: finds the addon (built in a checkout by `npm run build:native`, or in an installed platform package) and registers
 * it. Loading this file does not load the addon; the first lanes do. `BUSBAR_BACKEND` makes one backend the one for lanes that name none.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { type DynamicsKernels, type NativeDynamics, preferDynamicsBackend, registerNativeDynamics } from './dynamics-backend.js';
import * as layout from './lane-layout.js';

/** What the addon exports; see native/dynamics-addon.cpp. */
interface DynamicsAddon {
  readonly layout: string;
  readonly widths: readonly { name: string; width: number }[];
  attach(bytes: Uint8Array, width: number): object | undefined;
  advance(handle: object, layoutOffset: number): void;
  rest(handle: object, layoutOffset: number): void;
  see(handle: object, layoutOffset: number): void;
}

/** Where a checkout builds the addon. */
const BUILT = fileURLToPath(new URL('../../build/native/busbar-dynamics.node', import.meta.url));
/** The package that carries it for this platform, where it was installed. */
const PACKAGE = `busbar-native-${process.platform}-${process.arch}`;

/** The layout as this build of busbar knows it; an addon of another layout must not be used. */
function layoutText(): string {
  return Object.entries(layout)
    .map(([name, value]) => `${name}=${value}`)
    .sort()
    .join(' ');
}

function loadAddon(): { addon: DynamicsAddon; path: string } | string {
  const require = createRequire(import.meta.url);
  let path = BUILT;
  if (!existsSync(path)) {
    try {
      path = require.resolve(`${PACKAGE}/busbar-dynamics.node`);
    } catch {
      return `no native kernels of dynamics are built (npm run build:native) and the package ${PACKAGE} has none`;
    }
  }
  let addon: DynamicsAddon;
  try {
    addon = require(path) as DynamicsAddon;
  } catch (error) {
    return `the native kernels of dynamics at ${path} do not load (${error instanceof Error ? error.message.split('\n')[0] : String(error)})`;
  }
  if (addon.layout !== layoutText()) {
    return `the native kernels of dynamics at ${path} are of another version of busbar; build them anew (npm run build:native)`;
  }
  return { addon, path };
}

function bind(addon: DynamicsAddon, name: string, width: number, memory: WebAssembly.Memory): DynamicsKernels {
  // The memory of lanes never grows, so that one handle serves for its life, and the lanes' own views keep the memory alive as long.
  const handle = addon.attach(new Uint8Array(memory.buffer), width);
  if (handle === undefined) throw new Error(`native kernels of dynamics ${name} do not run on this processor`);
  return {
    advance: (at) => addon.advance(handle, at),
    rest: (at) => addon.rest(handle, at),
    see: (at) => addon.see(handle, at),
  };
}

/** Looks for the native kernels. Never throws: the reason says why there are none. */
export function findNativeDynamics(): NativeDynamics {
  const loaded = loadAddon();
  if (typeof loaded === 'string') return { backends: [], reason: loaded };
  const { addon, path } = loaded;
  const backends = addon.widths.map(({ name, width }) => ({
    name,
    lanes: width,
    bind: (memory: WebAssembly.Memory) => bind(addon, name, width, memory),
  }));
  return { backends, reason: `native kernels of dynamics at ${path}` };
}

registerNativeDynamics(findNativeDynamics);
preferDynamicsBackend(process.env.BUSBAR_BACKEND);
