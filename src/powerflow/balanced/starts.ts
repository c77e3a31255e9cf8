/** Voltages that an iteration starts from. */
import { GridError } from '../../grid/index.js';
import type { Conditions } from './conditions.js';
import { solveDc } from './dc.js';
import { type BalancedNetwork, BUS_SLACK, connectedParts } from './network.js';
import type { PolarState } from './polar-equations.js';
import type { BalancedOptions } from './solution-types.js';

/**
 * The state to start from.
 *
 * @param options `start` and, for the start `last`, `last`
 * @throws GridError where the start `last` is given no voltages, or not all
 */
export function startState(
  network: BalancedNetwork,
  conditions: Conditions,
  order: Int32Array,
  options: Pick<BalancedOptions, 'start' | 'last'>,
): PolarState {
  const { busCount, voltageMagnitude, voltageAngle, kind } = network;
  const { isLive, holdsMagnitude, holdsAngle, spread } = conditions;
  const start = options.start ?? 'case';
  const magnitude = voltageMagnitude.slice();
  const angle = voltageAngle.slice();
  if (start === 'last') {
    if (!options.last) throw new GridError('the start "last" needs the solution to start from (option last)');
    const known = new Map(options.last.buses.map((bus) => [bus.bus, bus]));
    network.grid.buses.forEach(({ number }, bus) => {
      if (!isLive[bus]) return;
      const last = known.get(number);
      // A bus that was dead then has no voltage to start from.
      if (!last || !(last.voltagePu > 0)) return;
      if (!holdsMagnitude[bus]) magnitude[bus] = last.voltagePu;
      if (!holdsAngle[bus]) angle[bus] = (last.angleDegrees * Math.PI) / 180;
    });
  } else if (start !== 'case') {
    for (let bus = 0; bus < busCount; bus++) if (!holdsMagnitude[bus]) magnitude[bus] = 1;
    const dc = start === 'dc' ? solveDc(network, conditions, order) : undefined;
    if (dc && dc.singularBus < 0) angle.set(dc.angle);
    else {
      const part = connectedParts(busCount, network.branchFrom, network.branchTo, network.branchOn);
      const slackAngle = new Map<number, number>();
      for (let bus = busCount - 1; bus >= 0; bus--) if (kind[bus] === BUS_SLACK) slackAngle.set(part[bus], voltageAngle[bus]);
      for (let bus = 0; bus < busCount; bus++) if (!holdsAngle[bus]) angle[bus] = slackAngle.get(part[bus]) ?? 0;
    }
  }
  for (let bus = 0; bus < busCount; bus++) {
    if (isLive[bus]) continue;
    magnitude[bus] = 0;
    angle[bus] = 0;
  }
  return { magnitude, angle, lacking: new Float64Array(spread?.reference.length ?? 0) };
}
