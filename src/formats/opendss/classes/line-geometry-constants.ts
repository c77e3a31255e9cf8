/** Line constants for the classes that describe conductors in space. */
import { type Grid, GridError, type LineCrossSection, type LineEnvironment, lineConstants } from '../../../grid/index.js';
import type { DssObject } from '../class-definition.js';
import type { EarthModel } from '../script-options.js';
import type { LineConstantsPerMeter } from './line-geometry-source.js';

/** Resistivity of the earth where none is given, ohm metre. */
export const DEFAULT_EARTH_RESISTIVITY = 100;

/** Constants of a cross-section. Throws an InputError about the object where they cannot be computed. */
export function constantsOfSection(object: DssObject, section: LineCrossSection, environment: LineEnvironment): LineConstantsPerMeter {
  try {
    const constants = lineConstants(section, environment);
    return { seriesOhm: constants.seriesOhmPerMeter, shuntSiemens: constants.shuntSiemensPerMeter };
  } catch (error) {
    if (error instanceof GridError) object.fail(error.message);
    throw error;
  }
}

const modelsInForce = new WeakMap<Grid, EarthModel>();

/** Earth model of the line whose constants were computed last in this grid. */
export function earthModelInForce(grid: Grid): EarthModel {
  return modelsInForce.get(grid) ?? 'deri';
}

/** Notes the earth model of the line whose constants are being computed. */
export function setEarthModelInForce(grid: Grid, model: EarthModel): void {
  modelsInForce.set(grid, model);
}

let conductorEdits = 0;

/** To be called when any conductor's data were edited: what was computed with it is void. */
export function noteConductorEdit(): void {
  conductorEdits++;
}

/** Line constants already computed for one geometry or spacing: feeders have thousands of lines and a few dozen cross-sections. */
export class LineConstantsCache {
  private edits = conductorEdits;
  private readonly entries = new Map<string, LineConstantsPerMeter>();

  /** What was computed for this key and environment, or else what `compute` gives. */
  get(key: string, environment: LineEnvironment, compute: () => LineConstantsPerMeter): LineConstantsPerMeter {
    if (this.edits !== conductorEdits) this.clear();
    const fullKey = `${environment.earthModel} ${environment.frequencyHz} ${environment.earthResistivityOhmMeter} ${key}`;
    let found = this.entries.get(fullKey);
    if (!found) {
      found = compute();
      this.entries.set(fullKey, found);
    }
    return found;
  }

  /** To be called when the cross-section itself was edited. */
  clear(): void {
    this.edits = conductorEdits;
    this.entries.clear();
  }
}
