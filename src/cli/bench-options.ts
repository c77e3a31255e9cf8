/** Options that `busbar bench` has for feeders and balanced cases alike. */
import { type BackendName, backendSummary, chooseBackend, type KernelBackend, scalarBackend } from '../powerflow/index.js';
import { type Arguments, UsageError } from './arguments.js';

/** The words of an option that is a list, each one of `known`; `all` stands for all of them. Undefined where it is not given; throws {@link UsageError}. */
export function words<T extends string>(found: Arguments, name: string, known: readonly T[]): T[] | undefined {
  const text = found.values.get(name);
  if (text === undefined) return undefined;
  if (text.toLowerCase() === 'all') return [...known];
  return text.split(',').map((part) => {
    const word = known.find((candidate) => candidate === part.trim().toLowerCase());
    if (word === undefined) throw new UsageError(`bench: --${name} has "${part}"; it may be ${known.join(', ')}, all`);
    return word;
  });
}

/** The parts of an option that is a list, trimmed; undefined where it is not given. */
export function parts(found: Arguments, name: string): string[] | undefined {
  return found.values
    .get(name)
    ?.split(',')
    .map((part) => part.trim());
}

/** Which backends there are to choose from. */
export interface BackendChoice {
  /** Numbers of lanes that a backend has, one for each precision asked for. */
  lanesOf: (backend: KernelBackend) => readonly number[];
  /** Only those with kernels of so many lanes. */
  lanes: number | undefined;
  /** Whether the plain scalar program is one of them. */
  hasScalar: boolean;
}

/** The backends of `--backend`; the widest native and WebAssembly where it is not given. Throws {@link UsageError} where none is left, GridError where one is not there. */
export function backendsOf(found: Arguments, { lanesOf, lanes, hasScalar }: BackendChoice): KernelBackend[] {
  const summary = backendSummary();
  const named = words(found, 'backend', ['wasm', 'native', 'native-sse2', 'native-avx2', 'native-avx512', 'scalar', 'auto'] as const);
  const all = found.values.get('backend')?.toLowerCase() === 'all';
  if (!hasScalar && !all && named?.includes('scalar'))
    throw new UsageError('bench: --backend scalar is for feeders; with balanced cases every row has the time of the plain scalar program beside it');
  const every = (): KernelBackend[] => [
    ...summary.available.map((name) => chooseBackend(name.startsWith('wasm') ? 'wasm' : (name as BackendName), 'batch')),
    ...(hasScalar ? [scalarBackend] : []),
  ];
  let backends: KernelBackend[];
  if (named && !all) backends = named.map((name) => (name === 'scalar' ? scalarBackend : chooseBackend(name, 'batch')));
  else if (all || lanes !== undefined) backends = every();
  else if (process.env.BUSBAR_BACKEND) backends = [chooseBackend(undefined, 'batch')];
  else backends = [chooseBackend('auto', 'batch'), chooseBackend('wasm', 'batch')];
  backends = backends.filter((backend, k) => backends.indexOf(backend) === k && (lanes === undefined || lanesOf(backend).includes(lanes)));
  if (backends.length > 0) return backends;
  const there = every().flatMap((one) => lanesOf(one).map((count) => `${one.name} with ${count}`));
  throw new UsageError(`bench: no backend here has ${lanes} lanes; there are ${there.join(', ')}`);
}

/** The batch sizes of `--scenarios`; undefined where it is not given. Throws {@link UsageError}. */
export function sizesOf(found: Arguments): number[] | undefined {
  return found.values
    .get('scenarios')
    ?.split(',')
    .map((part) => {
      const size = Number(part);
      if (part.trim() === '' || !Number.isInteger(size) || size < 1 || size > 1_000_000)
        throw new UsageError(`bench: --scenarios has "${part}"; it must be a whole number from 1 to 1000000`);
      return size;
    });
}
