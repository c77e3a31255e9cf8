/** The power of a PV system: irradiance and temperature to panel power, panel power through the inverter. */
import type { PvSystem } from './elements.js';
import { GridError } from './errors.js';
import type { Grid } from './grid.js';
import { inverterState, limitInverterPower } from './inverter.js';
import { shapeValueAt } from './load-shape.js';
import { type Moment, NO_VARIATION, requireLoadShape, shapeNameAt } from './moment.js';
import { curveValueAt, type XyCurve } from './xy-curve.js';

/** The XY curve of that name, undefined for no name. Throws {@link GridError} naming the element where there is none. */
export function namedCurve(grid: Grid, name: string | undefined, element: string): XyCurve | undefined {
  if (name === undefined) return undefined;
  const curve = grid.xyCurves.get(name);
  if (!curve) throw new GridError(`${element}: there is no XY curve named "${name}"`);
  return curve;
}

/** DC power of the panel: irradiance x its shape x rated power x the temperature curve's factor, kW. */
export function panelPower(grid: Grid, pv: PvSystem, moment: Moment): number {
  const name = shapeNameAt(pv.shapes, moment.mode, 'duty-and-yearly');
  const ownLaterShape = (moment.mode === 'duty' && pv.shapes.duty !== undefined) || (moment.mode === 'yearly' && pv.shapes.yearly !== undefined);
  const ahead = ownLaterShape ? (pv.dutyStartHours ?? 0) : 0;
  const sun = name === undefined ? NO_VARIATION : shapeValueAt(requireLoadShape(grid, name), moment.hour + ahead);
  const curve = namedCurve(grid, pv.temperatureCurve, `pvsystem.${pv.name}`);
  const factor = curve ? curveValueAt(curve, temperatureAt(grid, pv, moment)) : 1;
  return pv.irradianceKwPerM2 * sun.active * pv.ratedKw * factor;
}

function temperatureAt(grid: Grid, pv: PvSystem, moment: Moment): number {
  const name = shapeNameAt(pv.temperatureShapes, moment.mode, 'duty-and-yearly');
  if (name === undefined) return pv.temperatureC;
  const shape = grid.temperatureShapes.get(name);
  if (!shape) throw new GridError(`pvsystem.${pv.name}: there is no temperature shape named "${name}"`);
  return shape.active.length === 0 ? 0 : shapeValueAt(shape, moment.hour).active;
}

/** Power a PV system delivers; moves its inverter's state. */
export function pvSystemPower(grid: Grid, pv: PvSystem, moment: Moment): { powerKw: number; powerKvar: number } {
  const inverter = pv.inverter;
  const state = inverterState(inverter);
  const efficiency = namedCurve(grid, inverter.efficiencyCurve, `pvsystem.${pv.name}`);
  const panelKw = panelPower(grid, pv, moment);
  const cutOutKw = (inverter.cutOutPercent * inverter.kva) / 100;
  const cutInKw = (inverter.cutInPercent * inverter.kva) / 100;
  state.panelKw = panelKw;
  state.efficiency = 1;
  state.on = state.on ? !(panelKw < cutOutKw) : panelKw >= cutInKw;
  let powerKw = 0;
  if (state.on) {
    if (efficiency) state.efficiency = curveValueAt(efficiency, panelKw / inverter.kva);
    const limitKw = state.voltWatt || state.wattVar ? state.requestedKw : (pv.ratedKw * pv.ratedPercent) / 100;
    powerKw = Math.min(panelKw * state.efficiency, limitKw);
  }
  limitInverterPower(inverter, {
    kind: 'pvsystem',
    powerKw,
    idling: false,
    cutOutKw: efficiency ? cutOutKw * curveValueAt(efficiency, Math.abs(cutOutKw) / inverter.kva) : cutOutKw,
    ratedKw: pv.ratedKw,
  });
  return { powerKw: state.powerKw, powerKvar: state.powerKvar };
}
