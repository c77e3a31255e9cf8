/** The devices of a slice, each with what it writes to: one place where kinds are told apart. */
import type { BatchSession } from '../../powerflow/index.js';
import { injectionName } from '../devices/attach.js';
import { actBattery, resetBattery, showBattery } from '../devices/batteries.js';
import { actFlexibleLoad, closeFlexibleLoad, resetFlexibleLoad, showFlexibleLoad } from '../devices/flexible-loads.js';
import { actInverter, closeInverter, type InverterColumns, inverterColumns, showInverter } from '../devices/inverters.js';
import type { DeviceLanes, LaneFrame } from '../devices/lanes.js';
import type { BatteryDevice, FlexibleLoadDevice, PvDevice, SwitchedCapacitorDevice, TapDevice } from '../devices/records.js';
import { actSwitched, capacitorRange, resetSwitched, type SwitchedRange, showSwitched, tapRange } from '../devices/switched.js';
import type { LoadLanes } from './loads.js';
import type { TaskSetup } from './setup.js';

/** A device of a slice. */
export type DeviceRun =
  | { readonly kind: 'capacitor' | 'tap'; readonly lanes: DeviceLanes<SwitchedCapacitorDevice | TapDevice>; readonly range: SwitchedRange }
  | { readonly kind: 'battery'; readonly lanes: DeviceLanes<BatteryDevice>; readonly place: number }
  | { readonly kind: 'pv'; readonly lanes: DeviceLanes<PvDevice>; readonly place: number; readonly columns: InverterColumns }
  | {
      readonly kind: 'flexible-load';
      readonly lanes: DeviceLanes<FlexibleLoadDevice>;
      readonly place: readonly [number];
      /** Among the loads of the grid. */
      readonly load: number;
      readonly ratedKw: number;
    };

/** Ties the devices of a task to a batch. */
export function runDevices({ grid, layout, loads }: TaskSetup, batch: BatchSession, environments: number): DeviceRun[] {
  return layout.devices.map((lanes): DeviceRun => {
    const { device } = lanes;
    switch (device.kind) {
      case 'capacitor':
        return { kind: device.kind, lanes: { ...lanes, device }, range: capacitorRange(grid, device) };
      case 'tap':
        return { kind: device.kind, lanes: { ...lanes, device }, range: tapRange(grid, device) };
      case 'battery':
        return { kind: device.kind, lanes: { ...lanes, device }, place: batch.injectionIndex(`generator.${injectionName(device)}`) };
      case 'pv': {
        const place = batch.injectionIndex(`generator.${injectionName(device)}`);
        return { kind: device.kind, lanes: { ...lanes, device }, place, columns: inverterColumns(environments) };
      }
      case 'flexible-load': {
        const { name, powerKw } = grid.require('load', device.name);
        return {
          kind: device.kind,
          lanes: { ...lanes, device },
          place: [batch.injectionIndex(`load.${name}`)],
          load: loads.indexOf(name),
          ratedKw: powerKw,
        };
      }
    }
  });
}

/** New episodes. */
export function resetDevices(runs: readonly DeviceRun[], frame: LaneFrame): void {
  for (const run of runs) {
    if (run.kind === 'battery') resetBattery(run.lanes, frame);
    else if (run.kind === 'flexible-load') resetFlexibleLoad(run.lanes, frame);
    else if (run.kind !== 'pv') resetSwitched(run.lanes, frame);
  }
}

/**
 * Carries orders out and writes them to the batch, PV but for its columns: what it delivers may change while the power flow settles.
 *
 * @param column, spare to work in
 */
export function actDevices(
  runs: readonly DeviceRun[],
  frame: LaneFrame,
  batch: BatchSession,
  loads: LoadLanes,
  column: Float64Array,
  spare: Float64Array,
): void {
  for (const run of runs) {
    switch (run.kind) {
      case 'capacitor':
        actSwitched(run.lanes, run.range, frame, column);
        batch.setCapacitorSteps(run.lanes.device.name, column);
        break;
      case 'tap':
        actSwitched(run.lanes, run.range, frame, column);
        batch.setTaps(run.lanes.device.name, column);
        break;
      case 'battery':
        actBattery(run.lanes, frame, column);
        spare.fill(0, 0, frame.count);
        batch.setPowers(run.place, column, spare);
        break;
      case 'pv':
        actInverter(run.lanes, run.columns, frame);
        break;
      case 'flexible-load':
        loads.factors(run.load, frame.count, frame.which, column);
        actFlexibleLoad(run.lanes, frame, run.ratedKw, column, spare);
        batch.scalePowers(run.place, column);
    }
  }
}

/** What PV has delivered, when the power flow is settled. */
export function keepDelivered(runs: readonly DeviceRun[], frame: LaneFrame): void {
  for (const run of runs) if (run.kind === 'pv') closeInverter(run.lanes, run.columns, frame);
}

/** What is left open at the end of an episode, in one lane. */
export function closeDevices(runs: readonly DeviceRun[], frame: LaneFrame, lane: number): void {
  for (const run of runs) if (run.kind === 'flexible-load') closeFlexibleLoad(run.lanes, frame, lane);
}

/** Writes what devices show of the environments of a frame. */
export function showDevices(runs: readonly DeviceRun[], frame: LaneFrame, into: Float32Array, width: number, from: number): void {
  for (const run of runs) {
    if (run.kind === 'battery') showBattery(run.lanes, frame, into, width, from);
    else if (run.kind === 'pv') showInverter(run.lanes, frame, into, width, from);
    else if (run.kind === 'flexible-load') showFlexibleLoad(run.lanes, frame, run.ratedKw, into, width, from);
    else showSwitched(run.lanes, run.range, frame, into, width, from);
  }
}
