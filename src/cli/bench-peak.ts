/** What this machine can do at most with two doubles an instruction: a small WebAssembly program of nothing but multiplications and additions. */

const V128 = 0x7b;
const I32 = 0x7f;
const F64 = 0x7c;
/** Independent chains: more than latency needs, and all in registers. */
const CHAINS = 12;
/** Operations a turn of the loop: a multiplication and an addition of two lanes each a chain. */
export const OPERATIONS_A_TURN = 4 * CHAINS;

/** A number in LEB128, unsigned; all numbers here are small. */
function leb(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...leb(value >> 7)];
}

function section(id: number, content: number[]): number[] {
  return [id, ...leb(content.length), ...content];
}

function float(value: number): number[] {
  return [0x44, ...new Uint8Array(Float64Array.of(value).buffer)];
}

const simd = (code: number): number[] => [0xfd, ...leb(code)];

/** run(turns: i32) -> f64, locals: turns, x[CHAINS]; each turn x = x * a + b. */
function moduleBytes(): Uint8Array<ArrayBuffer> {
  const splat = simd(0x14);
  const [multiply, add] = [simd(0xf2), simd(0xf0)];
  const [factor, summand] = [1 + CHAINS, 2 + CHAINS];
  const set = (local: number): number[] => [0x21, local];
  const get = (local: number): number[] => [0x20, local];
  const chains = Array.from({ length: CHAINS }, (_, k) => 1 + k);
  const body = [
    ...[1, CHAINS + 2, V128],
    ...chains.flatMap((x) => [...float(0.5 + x / 16), ...splat, ...set(x)]),
    ...[...float(0.999), ...splat, ...set(factor), ...float(0.001), ...splat, ...set(summand)],
    ...[0x03, 0x40],
    ...chains.flatMap((x) => [...get(x), ...get(factor), ...multiply, ...get(summand), ...add, ...set(x)]),
    ...[...get(0), 0x41, 1, 0x6b, 0x22, 0, 0x0d, 0, 0x0b],
    ...get(chains[0]),
    ...chains.slice(1).flatMap((x) => [...get(x), ...add]),
    ...[...simd(0x21), 0],
    0x0b,
  ];
  const code = [1, ...leb(body.length), ...body];
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 1, I32, 1, F64]),
    ...section(3, [1, 0]),
    ...section(7, [1, 3, ...new TextEncoder().encode('run'), 0, 0]),
    ...section(10, code),
  ]);
}

/** Runs the loop so many times; returns a sum that depends on every operation. */
export function makePeakLoop(): (turns: number) => number {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(moduleBytes()));
  return exports.run as (turns: number) => number;
}

/** Operations a second of one core, two doubles an instruction: the best of several runs. */
export function measurePeak(): number {
  const run = makePeakLoop();
  const turns = 2_000_000;
  let best = 0;
  for (let k = 0; k < 8; k++) {
    const from = performance.now();
    const sum = run(turns);
    const seconds = (performance.now() - from) / 1000;
    // Every chain tends to b / (1 - a) = 1 in both lanes.
    if (Math.abs(sum - CHAINS) > 1e-6) throw new Error(`the loop that measures the peak gives ${sum}`);
    best = Math.max(best, (turns * OPERATIONS_A_TURN) / seconds);
  }
  return best;
}
