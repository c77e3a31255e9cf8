/** Power that flows into the grid at a node of one lane, from the voltages in the session and the branches that are on: what a slack delivers. */
import type { LaneSession } from './lane-session.js';
import type { LaneTopology } from './lane-topology.js';
import { type BalancedNetwork, BRANCH_ADMITTANCES } from './network.js';

/** V conj(I) at a node, per unit, [P, Q]. The session must hold a solution of the scenario. */
export function laneInjection(
  session: LaneSession,
  network: BalancedNetwork,
  topology: LaneTopology,
  scenario: number,
  node: number,
): [number, number] {
  const { plan, voltage, lanes } = session;
  const read = (at: number): [number, number] => {
    const place = session.voltageAt(plan.slotOfBus[at], scenario);
    return [voltage[place], voltage[place + lanes]];
  };
  const [e, f] = read(node);
  const [g, b] = topology.shuntAtNode(scenario, node);
  let re = g * e - b * f;
  let im = g * f + b * e;
  const add = (y: number, vr: number, vi: number): void => {
    const { branchAdmittance } = network;
    re += branchAdmittance[y] * vr - branchAdmittance[y + 1] * vi;
    im += branchAdmittance[y] * vi + branchAdmittance[y + 1] * vr;
  };
  for (const { branch, other, isFrom } of topology.branchesAtNode(scenario, node)) {
    const at = BRANCH_ADMITTANCES * branch;
    add(at + (isFrom ? 0 : 6), e, f);
    const [vr, vi] = read(other);
    add(at + (isFrom ? 2 : 4), vr, vi);
  }
  return [e * re + f * im, f * re - e * im];
}
