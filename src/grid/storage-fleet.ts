/** The storage elements a storage control dispatches. */
import type { Storage, StorageControl } from './elements.js';
import { GridError } from './errors.js';
import type { Grid } from './grid.js';

/**
 * Puts a fleet under a storage control, as defining or editing the control does in the OpenDSS language: a control that names none takes every
 * enabled storage that no other control has; each is from then on dispatched from outside, at the control's rates.
 */
export function adoptStorageFleet(grid: Grid, control: StorageControl): void {
  if (control.fleet.length === 0) {
    const free = grid.elementsOf('storage').filter((storage) => storage.enabled && storage.dispatchMode !== 'external');
    control.fleet = free.map((storage) => storage.name);
    control.weights = free.map(() => 1);
  }
  for (const storage of storageFleet(grid, control)) {
    storage.dispatchMode = 'external';
    storage.chargePercent = control.chargePercent;
    storage.dischargePercent = control.dischargePercent;
  }
}

/** The enabled storage elements of a control's fleet. Throws {@link GridError} where one it names is not there. */
export function storageFleet(grid: Grid, control: StorageControl): Storage[] {
  const fleet: Storage[] = [];
  for (const name of control.fleet) {
    const storage = grid.element(`storage.${name}`);
    if (storage?.kind !== 'storage') throw new GridError(`storagecontroller.${control.name}: there is no storage named "${name}"`);
    if (storage.enabled) fleet.push(storage);
  }
  return fleet;
}
