/** How much power each load, generator, PV system and storage asks for or delivers at a moment, before its voltage is known. */
import type { Generator, Load, PvSystem, Storage } from './elements.js';
import type { Grid } from './grid.js';
import { shapeValueAt } from './load-shape.js';
import { dispatchReference, type Moment, NO_VARIATION, requireLoadShape, shapeNameAt } from './moment.js';
import { pvSystemPower } from './pv-system.js';
import { storagePower } from './storage-state.js';

/** Power of all phases together: consumed by a load, delivered by anything else (storage that charges delivers a negative one). */
export interface InjectionPower {
  powerKw: number;
  powerKvar: number;
}

/**
 * The power an element stands for at a moment, at rated voltage.
 *
 * PV systems and storage keep state (inverter running, charging or not, the limits their controls have set); it is moved here, as in OpenDSS,
 * whenever power is asked for. Asking again at the same moment gives the same answer.
 *
 * @throws GridError where a shape or curve that the element names is not in the grid
 */
export function injectionPower(grid: Grid, element: Load | Generator | PvSystem | Storage, moment: Moment): InjectionPower {
  switch (element.kind) {
    case 'load':
      return loadPower(grid, element, moment);
    case 'generator':
      return generatorPower(grid, element, moment);
    case 'pvsystem':
      return pvSystemPower(grid, element, moment);
    case 'storage':
      return storagePower(grid, element, moment);
  }
}

/**
 * A load's power. `fixed` loads follow neither multiplier nor shape, only growth; `exempt` ones follow shapes, and the multiplier in yearly mode only.
 * Models 6 and 7 keep the kvar of their record whatever the moment.
 */
export function loadPower(grid: Grid, load: Load, moment: Moment): InjectionPower {
  const power = variableLoadPower(grid, load, moment);
  return load.model === 6 || load.model === 7 ? { powerKw: power.powerKw, powerKvar: load.powerKvar } : power;
}

function variableLoadPower(grid: Grid, load: Load, moment: Moment): InjectionPower {
  const growth = load.growthFactor ?? 1;
  if (load.status === 'fixed') return { powerKw: load.powerKw * growth, powerKvar: load.powerKvar * growth };
  const name = shapeNameAt(load.shapes, moment.mode, 'duty');
  const shape = name === undefined ? undefined : requireLoadShape(grid, name);
  const value = shape ? shapeValueAt(shape, moment.hour) : NO_VARIATION;
  if (shape?.useActual) {
    if (value.reactive !== 0) return { powerKw: value.active, powerKvar: value.reactive };
    const powerFactor = load.specifiedPowerFactor;
    if (powerFactor === undefined || powerFactor === 1) return { powerKw: value.active, powerKvar: 0 };
    const kvar = value.active * Math.sqrt(1 / (powerFactor * powerFactor) - 1);
    return { powerKw: value.active, powerKvar: powerFactor < 0 ? -kvar : kvar };
  }
  const multiplied = load.status === 'variable' || moment.mode === 'yearly';
  const factor = multiplied ? grid.loadMultiplier * growth : growth;
  return { powerKw: load.powerKw * factor * value.active, powerKvar: load.powerKvar * factor * value.reactive };
}

/** Whether dispatch by load level or price lets a generator run. */
export function generatorRuns(grid: Grid, generator: Generator, moment: Moment): boolean {
  if (generator.forceOn || generator.dispatchMode === 'default' || !(generator.dispatchValue > 0)) return true;
  const level = generator.dispatchMode === 'loadlevel' ? dispatchReference(grid, moment) : grid.priceSignal;
  return level >= generator.dispatchValue;
}

/**
 * A generator's power. One that dispatch keeps off is a resistive load of 1e-4 of its rating. Model 3 gets its base kvar within its limits, to
 * start from; models 4 and 5 keep the kvar of their record whatever the moment.
 */
export function generatorPower(grid: Grid, generator: Generator, moment: Moment): InjectionPower {
  const fixedVars = generator.model === 4 || generator.model === 5;
  if (!generatorRuns(grid, generator, moment)) return { powerKw: -1e-4 * generator.powerKw, powerKvar: fixedVars ? generator.powerKvar : 0 };
  const limited = (kvar: number): number => Math.min(Math.max(kvar, generator.minKvar), generator.maxKvar);
  let powerKw = generator.powerKw;
  let powerKvar = generator.powerKvar;
  if (generator.status !== 'fixed') {
    const name = shapeNameAt(generator.shapes, moment.mode, 'duty');
    const shape = name === undefined ? undefined : requireLoadShape(grid, name);
    const ownDuty = moment.mode === 'duty' && generator.shapes.duty !== undefined;
    const ahead = ownDuty ? (generator.dutyStartHours ?? 0) : 0;
    const value = shape ? shapeValueAt(shape, moment.hour + ahead) : NO_VARIATION;
    if (shape?.useActual) {
      powerKw = value.active;
      powerKvar = value.reactive;
    } else {
      powerKw *= grid.generatorMultiplier * value.active;
      powerKvar *= grid.generatorMultiplier * value.reactive;
    }
  }
  if (generator.model === 3) powerKvar = limited(generator.powerKvar);
  else if (fixedVars) powerKvar = generator.powerKvar;
  return { powerKw, powerKvar };
}
