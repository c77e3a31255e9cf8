/** What the legs of one scenario inject, for the pass over the whole tree that recovers what a reduced session leaves out. */
import * as layout from './kernel-layout.js';
import { legCurrent } from './mismatch.js';
import type { Session } from './session.js';

/**
 * Writes what sources and legs inject in a scenario into another session of one block, as the start of a pass (START_GIVEN). The compiled grid holds the
 * scenario's powers.
 *
 * @param session where the scenario was solved; legs at a port take the voltage found there
 * @param whole a session over all nodes, with the scenario's source currents in its memory
 * @param slopes linear part of each leg, [leg][rr, ri, ir, ii]
 * @param voltage those of the nodes that `session` keeps, [node][re, im]
 */
export function writeInjections(session: Session, whole: Session, slopes: Float64Array, scenario: number, voltage: Float64Array): void {
  const { compiled } = session;
  const { legs } = compiled;
  const W = whole.lanes;
  const injection = whole.doubles(layout.FIELD_INJECTION, whole.arrays.constant.length);
  injection.set(whole.arrays.constant);
  const add = (node: number, re: number, im: number): void => {
    if (node < 0) return;
    const at = whole.columnOffset(node) / 8;
    for (let lane = 0; lane < W; lane++) {
      injection[at + lane] += re;
      injection[at + W + lane] += im;
    }
  };
  const volt = (node: number, part: 0 | 1): number => (node < 0 ? 0 : voltage[2 * node + part]);
  for (let leg = 0; leg < legs.count; leg++) {
    const [from, to] = [legs.from[leg], legs.to[leg]];
    const [vr, vi] = session.portVoltage(leg, scenario) ?? [volt(from, 0) - volt(to, 0), volt(from, 1) - volt(to, 1)];
    const [drawnRe, drawnIm] = legCurrent(compiled, leg, vr, vi);
    const re = slopes[4 * leg] * vr + slopes[4 * leg + 1] * vi - drawnRe;
    const im = slopes[4 * leg + 2] * vr + slopes[4 * leg + 3] * vi - drawnIm;
    add(from, re, im);
    add(to, -re, -im);
  }
}
