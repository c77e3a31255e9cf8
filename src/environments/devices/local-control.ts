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
  /** [lane]: what its curves ask for at the last voltages. */
  readonly targetKw: Float64Array;
  readonly targetKvar: Float64Array;
}

/** Memory of the iteration, [lane]. */
export interface LocalControl {
  readonly inverters: readonly LocalInverter[];
  readonly step: Float64Array;
  /** Distance from the curves when last looked at; 0 for lanes that are left. */
  readonly distance: Float64Array;
}

export function localControl(inverters: readonly Pick<LocalInverter, 'device' | 'columns' | 'nodes'>[], environments: number): LocalControl {
  const column = (): Float64Array => new Float64Array(environments);
  return {
    inverters: inverters
      .filter(({ device }) => followsVoltage(device))
      .map((inverter) => ({ ...inverter, targetKw: column(), targetKvar: column() })),
    step: new Float64Array(environments),
    distance: new Float64Array(environments),
  };
}

const wanted = new Float64Array(2);

/** Finds what the curves ask for in a lane; returns how far its powers are from that at most, NaN where it has no solution. */
function look(control: LocalControl, observer: BatchObserver, width: number, lane: number): number {
  const { magnitudes } = observer;
  const first = observer.magnitudeIndex(0, lane);
  let most = 0;
  for (const { device, columns, nodes, targetKw, targetKvar } of control.inverters) {
    let sum = 0;
    for (let k = 0; k < nodes.length; k++) sum += magnitudes[first + nodes[k] * width];
    const pu = sum / nodes.length;
    if (Number.isNaN(pu)) return Number.NaN;
    inverterPowers(device, pu, columns.wantedKw[lane], columns.share[lane], wanted);
    targetKw[lane] = wanted[0];
    targetKvar[lane] = wanted[1];
    const active = Math.abs(wanted[0] - columns.kw[lane]) / device.ratedKw;
    const reactive = Math.abs(wanted[1] - columns.kvar[lane]) / device.kva;
    if (active > most) most = active;
    if (reactive > most) most = reactive;
  }
  return most;
}

function move(control: LocalControl, lane: number): void {
  const step = control.step[lane];
  for (const { columns, targetKw, targetKvar } of control.inverters) {
    columns.kw[lane] += step * (targetKw[lane] - columns.kw[lane]);
    columns.kvar[lane] += step * (targetKvar[lane] - columns.kvar[lane]);
  }
}

/**
 * Settles all lanes. Without inverters that follow the voltage it is one power flow.
 *
 * @param width lanes of a block
 * @param solve solves and looks at the lanes with the powers in the columns
 */
export function settle(control: LocalControl, observer: BatchObserver, width: number, count: number, solve: () => void): void {
  const { step, distance, inverters } = control;
  step.fill(FIRST_STEP, 0, count);
  distance.fill(Number.POSITIVE_INFINITY, 0, count);
  for (let round = 1; ; round++) {
    solve();
    if (inverters.length === 0 || round === LOCAL_ROUNDS) return;
    let moving = 0;
    for (let j = 0; j < count; j++) {
      if (distance[j] === 0) continue;
      const now = look(control, observer, width, j);
      if (!(now > LOCAL_TOLERANCE)) {
        distance[j] = 0;
        continue;
      }
      if (now > FAIR_DECREASE * distance[j]) step[j] = Math.max(0.5 * step[j], LEAST_STEP);
      distance[j] = now;
      move(control, j);
      moving += 1;
    }
    if (moving === 0) return;
  }
}
