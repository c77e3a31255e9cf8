/** Devices that agents set, and where to put them. */

export type { OrderLevels } from './layout.js';
export { LOCAL_ROUNDS, LOCAL_TOLERANCE } from './local-control.js';
export { type PlacementOptions, placeBySensitivity, placementScores, type ScoredPlace } from './placement.js';
export {
  type BatteryDevice,
  type Device,
  deviceId,
  type FlexibleLoadDevice,
  type Place,
  type PvDevice,
  type ReactiveControl,
  type SwitchedCapacitorDevice,
  type TapDevice,
} from './records.js';
