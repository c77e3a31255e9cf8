/** What loads want in a day: the shape times a noise of each load's own, drawn at the beginning of an episode. */
import { RandomStream } from '../../../numeric/index.js';
import { SLOTS } from './feeder.js';

/** Half-hours between two knots of the noise. */
const KNOT_SLOTS = 6;
/** Knots of a day: at its beginning, every three hours, at its end. */
const KNOTS = SLOTS / KNOT_SLOTS + 1;

/**
 * Noise of the loads of some environments. At each knot a load's noise is drawn evenly from 1 - amplitude to 1 + amplitude (one of 65536 values, two from a word of the
 * stream); between knots it runs straight.
 */
export class DemandNoise {
  /** [environment][knot][load]: h of 16 bits, which stands for the noise 1 + amplitude ((2 h + 1) / 65536 - 1) = `least` + `step` h. */
  readonly knots: Uint16Array;
  readonly least: number;
  readonly step: number;
  private readonly words: Uint32Array;

  constructor(
    environments: number,
    readonly loads: number,
    amplitude: number,
  ) {
    this.knots = new Uint16Array(environments * KNOTS * loads);
    this.least = 1 + amplitude * (1 / 65536 - 1);
    this.step = (2 * amplitude) / 65536;
    this.words = new Uint32Array(Math.ceil((KNOTS * loads) / 2));
  }

  /** Draws an environment's day anew. */
  draw(environment: number, seed: number, episode: number): void {
    const { knots, words, step, loads } = this;
    const count = KNOTS * loads;
    const at = environment * count;
    if (step === 0) return;
    new RandomStream(seed, episode, 'dso demand').fillUint32(words);
    for (let i = 0; i < count; i++) knots[at + i] = (i & 1) === 0 ? words[i >> 1] >>> 16 : words[i >> 1] & 0xffff;
  }

  /**
   * Where the noise of an environment's first load stands in `knots` at the knot before a half-hour (0 to 48); that at the knot behind stands `loads` further, and the noise is
   * {@link part} of the way between.
   */
  before(environment: number, slot: number): number {
    return (environment * KNOTS + (slot === SLOTS ? KNOTS - 2 : Math.floor(slot / KNOT_SLOTS))) * this.loads;
  }

  /** How far a half-hour is from the knot before it to that behind it, 0 to 1. */
  part(slot: number): number {
    return slot === SLOTS ? 1 : (slot % KNOT_SLOTS) / KNOT_SLOTS;
  }

  /** The knots of an environment, for snapshots. */
  save(environment: number): number[] {
    const count = KNOTS * this.loads;
    return Array.from(this.knots.subarray(environment * count, (environment + 1) * count));
  }

  /** The reverse of {@link save}. */
  load(environment: number, knots: readonly number[]): void {
    this.knots.set(knots, environment * KNOTS * this.loads);
  }
}
