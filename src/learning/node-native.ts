/**
 * The native learning kernels in Node: finds the addon (built in a checkout by `npm run build:native`, or in an installed platform package) and registers it.
 * Loading this file does not load the addon; the first network does. `BUSBAR_BACKEND` makes one backend the one for networks that name none.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { type Execute, LEARNING_BACKEND_NAMES, type NativeLearning, preferLearningBackend, registerNativeLearning } from './learning-backend.js';
import * as layout from './tape-layout.js';

/** What the addon exports; see native/learning-addon.cpp. */
interface LearningAddon {
  readonly layout: string;
  readonly widths: readonly { name: string; width: number }[];
  attach(bytes: Uint8Array, width: number): object | undefined;
  execute(handle: object, tape: number, count: number): void;
}

/** Where a checkout builds the addon. */
const BUILT = fileURLToPath(new URL('../../build/native/busbar-learning.node', import.meta.url));
/** The package that carries it for this platform, where it was installed. */
const PACKAGE = `busbar-native-${process.platform}-${process.arch}`;

/** The layout as this build of busbar knows it; an addon of another layout must not be used. */
function layoutText(): string {
  return Object.entries(layout)
    .map(([name, value]) => `${name}=${value}`)
    .sort()
    .join(' ');
}

function loadAddon(): { addon: LearningAddon; path: string } | string {
  const require = createRequire(import.meta.url);
  let path = BUILT;
  if (!existsSync(path)) {
    try {
      path = require.resolve(`${PACKAGE}/busbar-learning.node`);
    } catch {
      return `no native learning kernels are built (npm run build:native) and the package ${PACKAGE} has none`;
    }
  }
  let addon: LearningAddon;
  try {
    addon = require(path) as LearningAddon;
  } catch (error) {
    return `the native learning kernels at ${path} do not load (${error instanceof Error ? error.message.split('\n')[0] : String(error)})`;
  }
  if (addon.layout !== layoutText()) {
    return `the native learning kernels at ${path} are of another version of busbar; build them anew (npm run build:native)`;
  }
  return { addon, path };
}

function bind(addon: LearningAddon, name: string, width: number, memory: WebAssembly.Memory): Execute {
  // A network's memory never grows, so that one handle serves for its life, and the network's own views keep the memory alive as long.
  const handle = addon.attach(new Uint8Array(memory.buffer), width);
  if (handle === undefined) throw new Error(`native learning kernels ${name} do not run on this processor`);
  return (tape, count) => addon.execute(handle, tape, count);
}

/** Looks for the native learning kernels. Never throws: the reason says why there are none. */
export function findNativeLearning(): NativeLearning {
  const loaded = loadAddon();
  if (typeof loaded === 'string') return { backends: [], reason: loaded };
  const { addon, path } = loaded;
  const backends = addon.widths.map(({ name, width }) => ({ name, bind: (memory: WebAssembly.Memory) => bind(addon, name, width, memory) }));
  return { backends, reason: `native learning kernels at ${path}` };
}

registerNativeLearning(findNativeLearning);
// Power flow has widths that learning has not; who forces one of those says nothing about learning.
const forced = process.env.BUSBAR_BACKEND;
if (LEARNING_BACKEND_NAMES.some((name) => name === forced)) preferLearningBackend(forced);
