/**
 * Inverters that follow the voltage at their terminals, as a fixed point of the power flow of a step. A step of minutes is long against the open-loop response times of
 * IEEE 1547 (5 and 10 s), so that what counts is where the response ends.
 *
 * From what would be delivered at 1 pu: power flow, then x <- x + a (f(V) - x) for x = P and Q of all inverters of a lane, until no x is further than `TOLERANCE` of its rating from f(V).
 * a begins at 0.7 and is halved where a lane has come no nearer, so that it settles where the feeder is weak too. A lane that is near enough is left as it is, and every
 * decision is a lane's own. The last power flow belongs to the powers that are left, whatever the limit of rounds.
 */
import type { BatchObserver } from '../../powerflow/index.js';
import { followsVoltage, type InverterColumns, inverterPowers } from './inverters.js';
import type { PvDevice } from './records.js';

/** Furthest from the curves that a lane may stay, per unit of kVA (Q) and rated power (P). */
export const LOCAL_TOLERANCE = 2e-4;
/** Most power flows of a step. */
export const LOCAL_ROUNDS = 30;

const FIRST_STEP = 0.7;
const LEAST_STEP = 0.02;
/** A lane whose distance falls by less takes smaller steps. */
const FAIR_DECREASE = 0.8;

/** An inverter that follows the voltage. */
export interface LocalInverter {
  readonly device: PvDevice;
  readonly columns: InverterColumns;
  /** Places of its nodes among the observer's. */
  readonly nodes: readonly number[];
}

/** Memory of the iteration, [lane]. */
export interface LocalControl {
  readonly inverters: readonly LocalInverter[];
  readonly step: Float64Array;
  /** Distance from the curves when last looked at; 0 for lanes that are left. */
  readonly distance: Float64Array;
}

export function localControl(inverters: readonly LocalInverter[], environments: number): LocalControl {
  return {
    inverters: inverters.filter(({ device }) => followsVoltage(device)),
    step: new Float64Array(environments),
    distance: new Float64Array(environments),
  };
}

const wanted = new Float64Array(2);

/** Mean magnitude at an inverter's nodes in a lane, per unit. */
function terminalPu(observer: BatchObserver, nodes: readonly number[], lane: number): number {
  let sum = 0;
  for (const node of nodes) sum += observer.magnitudes[observer.magnitudeIndex(node, lane)];
  return sum / nodes.length;
}

/** Largest distance of a lane's powers from what the curves ask for at its voltages; NaN where it has no solution. */
function distanceOf(control: LocalControl, observer: BatchObserver, lane: number): number {
  let most = 0;
  for (const { device, columns, nodes } of control.inverters) {
    const pu = terminalPu(observer, nodes, lane);
    if (Number.isNaN(pu)) return Number.NaN;
    inverterPowers(device, pu, columns.wantedKw[lane], columns.share[lane], wanted);
    most = Math.max(most, Math.abs(wanted[0] - columns.kw[lane]) / device.ratedKw, Math.abs(wanted[1] - columns.kvar[lane]) / device.kva);
  }
  return most;
}

function moveLane(control: LocalControl, observer: BatchObserver, lane: number): void {
  const step = control.step[lane];
  for (const { device, columns, nodes } of control.inverters) {
    inverterPowers(device, terminalPu(observer, nodes, lane), columns.wantedKw[lane], columns.share[lane], wanted);
    columns.kw[lane] += step * (wanted[0] - columns.kw[lane]);
    columns.kvar[lane] += step * (wanted[1] - columns.kvar[lane]);
  }
}

/**
 * Settles all lanes. Without inverters that follow the voltage it is one power flow.
 *
 * @param solve solves and looks at the lanes with the powers in the columns
 */
export function settle(control: LocalControl, observer: BatchObserver, count: number, solve: () => void): void {
  const { step, distance, inverters } = control;
  step.fill(FIRST_STEP, 0, count);
  distance.fill(Number.POSITIVE_INFINITY, 0, count);
  for (let round = 1; ; round++) {
    solve();
    if (inverters.length === 0 || round === LOCAL_ROUNDS) return;
    let moving = 0;
    for (let j = 0; j < count; j++) {
      if (distance[j] === 0) continue;
      const now = distanceOf(control, observer, j);
      if (!(now > LOCAL_TOLERANCE)) {
        distance[j] = 0;
        continue;
      }
      if (now > FAIR_DECREASE * distance[j]) step[j] = Math.max(0.5 * step[j], LEAST_STEP);
      distance[j] = now;
      moveLane(control, observer, j);
      moving += 1;
    }
    if (moving === 0) return;
  }
}
