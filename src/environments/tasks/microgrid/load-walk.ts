/** How the loads of a microgrid's environments wander: {@link LoadDisturbance}, drawn straight into lanes. */
import type { MicrogridLanes } from '../../../dynamics/index.js';
import { philoxBlock, purposeNumber } from '../../../numeric/index.js';

/** The loads' usual disturbance. */
const SPREAD = 0.2;
const WALK = 0.05;
/** Multipliers of loads stay above this. As published they have no limits; with the usual disturbance the two differ in less than one episode of a million. */
const LEAST_LOAD = 0.1;
const PURPOSE = purposeNumber('microgrid loads');
const TWO_32 = 2 ** 32;

/** Draws multipliers of loads: those of an episode's step are words 4 loads (step), and on, of the stream (seed, episode, `microgrid loads`); step 0 is the reset. */
export class LoadWalk {
  /** Uniform numbers of a step: all resistances, then all inductances. */
  private readonly uniform: Float64Array;
  private readonly words = new Uint32Array(4);
  private readonly first: number;
  private readonly width: number;
  private readonly walk: number;

  /** @param noise times the usual disturbance */
  constructor(
    private readonly lanes: MicrogridLanes,
    noise: number,
  ) {
    this.uniform = new Float64Array(2 * lanes.plan.loads);
    this.first = 1 - SPREAD * noise;
    this.width = 1 + SPREAD * noise - this.first;
    this.walk = WALK * noise;
  }

  /** Draws the loads with which an episode begins. */
  begin(scenario: number, seed: number, episode: number): void {
    const { lanes, uniform, first, width } = this;
    this.draw(seed, episode, 0);
    const { state, lanes: stride } = lanes;
    const at = lanes.stateIndex(lanes.items.loadResistance, scenario);
    for (let i = 0; i < uniform.length; i++) state[at + i * stride] = first + width * uniform[i];
  }

  /** Moves the loads before a step, counted from 1. */
  move(scenario: number, seed: number, episode: number, step: number): void {
    const { lanes, uniform, walk } = this;
    this.draw(seed, episode, step);
    const { state, lanes: stride } = lanes;
    let at = lanes.stateIndex(lanes.items.loadResistance, scenario);
    for (let i = 0; i < uniform.length; i++, at += stride) state[at] = Math.max(LEAST_LOAD, state[at] - walk + 2 * walk * uniform[i]);
  }

  /** Two uniform numbers a block of random words, as {@link RandomStream} makes them. */
  private draw(seed: number, episode: number, step: number): void {
    const { uniform, words } = this;
    const key0 = seed >>> 0;
    const key1 = Math.floor(seed / TWO_32) >>> 0;
    let block = (step * uniform.length) / 2;
    for (let i = 0; i < uniform.length; i += 2, block++) {
      philoxBlock(block >>> 0, Math.floor(block / TWO_32), episode, PURPOSE, key0, key1, words);
      uniform[i] = ((words[0] >>> 5) * 67108864 + (words[1] >>> 6)) / 9007199254740992;
      uniform[i + 1] = ((words[2] >>> 5) * 67108864 + (words[3] >>> 6)) / 9007199254740992;
    }
  }
}
