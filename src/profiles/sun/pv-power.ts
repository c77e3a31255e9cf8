/** From irradiance on the plane to power: cell temperature, the direct-current side, the inverter and the losses between. */
import { checkObject } from '../../grid/index.js';
import { exp } from '../../numeric/index.js';

/** Conditions at the module: irradiance on its plane W/m2, temperature of the air C, wind m/s. */
export interface ModuleConditions {
  irradiance: number;
  airTemperatureC: number;
  windMetresPerSecond: number;
}

/** Parameters of {@link cellTemperatureSapm}: King et al., SAND2004-3535, table 1. */
export interface SapmMounting {
  a: number;
  b: number;
  /** Cell above module back at 1000 W/m2, C. */
  deltaC: number;
}

/** Mountings by their names there. */
export const SAPM_MOUNTINGS = {
  'open-rack-glass-polymer': { a: -3.56, b: -0.075, deltaC: 3 },
  'open-rack-glass-glass': { a: -3.47, b: -0.0594, deltaC: 3 },
  'close-mount-glass-glass': { a: -2.98, b: -0.0471, deltaC: 1 },
  'insulated-back-glass-polymer': { a: -2.81, b: -0.0455, deltaC: 0 },
} as const satisfies Record<string, SapmMounting>;

function checkConditions(at: ModuleConditions): void {
  checkObject('conditions at a module', at, '{ irradiance, airTemperatureC, windMetresPerSecond }');
}

/** Temperature of the module's back, C: E exp(a + b w) + T. */
export function moduleTemperatureSapm(at: ModuleConditions, mounting: SapmMounting): number {
  checkConditions(at);
  checkObject('a mounting', mounting, '{ a, b, deltaC }, as in SAPM_MOUNTINGS');
  return at.irradiance * exp(mounting.a + mounting.b * at.windMetresPerSecond) + at.airTemperatureC;
}

/** Temperature of the cell, C: that of the module and E / 1000 dT. */
export function cellTemperatureSapm(at: ModuleConditions, mounting: SapmMounting = SAPM_MOUNTINGS['open-rack-glass-polymer']): number {
  return moduleTemperatureSapm(at, mounting) + (at.irradiance / 1000) * mounting.deltaC;
}

/** Faiman (2008): T + E / (u0 + u1 w). */
export function cellTemperatureFaiman(at: ModuleConditions, u0 = 25, u1 = 6.84): number {
  checkConditions(at);
  return at.airTemperatureC + at.irradiance / (u0 + u1 * at.windMetresPerSecond);
}

/** PVsyst: T + E alpha (1 - eta) / (uc + uv w); the defaults are those of a free-standing module. */
export function cellTemperaturePvsyst(at: ModuleConditions, uc = 29, uv = 0, efficiency = 0.1, absorption = 0.9): number {
  checkConditions(at);
  return at.airTemperatureC + (at.irradiance * absorption * (1 - efficiency)) / (uc + uv * at.windMetresPerSecond);
}

/** Ross (1980): T + E (NOCT - 20) / 800. */
export function cellTemperatureRoss(at: ModuleConditions, noctC = 45): number {
  checkConditions(at);
  return at.airTemperatureC + (at.irradiance * (noctC - 20)) / 800;
}

/** The NOCT model of SAM (Gilman, NREL/TP-6A20-67399): module at most one storey high and mounted clear of the roof, wind there 0.51 of the wind given. */
export function cellTemperatureNoctSam(at: ModuleConditions, noctC = 45, efficiency = 0.18, transmittanceAbsorptance = 0.9): number {
  checkConditions(at);
  const wind = 0.51 * at.windMetresPerSecond;
  const heat = (at.irradiance / 800) * (noctC - 20) * (1 - efficiency / transmittanceAbsorptance);
  return at.airTemperatureC + (heat * 9.5) / (5.7 + 3.8 * wind);
}

/**
 * Direct-current power by PVWatts (Dobos, NREL/TP-6A20-62641): P0 E / 1000 (1 + gamma (Tc - 25)), in the unit of the rated power.
 *
 * @param gammaPerC usually -0.0047 to -0.002
 */
export function dcPower(irradiance: number, cellTemperatureC: number, ratedDc: number, gammaPerC = -0.004): number {
  return ((ratedDc * irradiance) / 1000) * (1 + gammaPerC * (cellTemperatureC - 25));
}

/**
 * Alternating-current power by PVWatts: efficiency 0.96 / 0.9637 (-0.0162 z - 0.0059 / z + 0.9858) at load z = P / Pdc0, result within 0 and 0.96 Pdc0.
 *
 * @param inverterDc Pdc0: direct-current power at which the inverter reaches its rating, i.e. rated AC power / efficiency
 */
export function inverterPower(dc: number, inverterDc: number, efficiency = 0.96, referenceEfficiency = 0.9637): number {
  if (!(dc > 0)) return 0;
  const load = dc / inverterDc;
  const ac = (efficiency / referenceEfficiency) * (-0.0162 * load - 0.0059 / load + 0.9858) * dc;
  return Math.min(Math.max(ac, 0), efficiency * inverterDc);
}

/** PVWatts' default losses, percent. */
export const PVWATTS_LOSSES_PERCENT = {
  soiling: 2,
  shading: 3,
  snow: 0,
  mismatch: 2,
  wiring: 2,
  connections: 0.5,
  lightInducedDegradation: 1.5,
  nameplateRating: 1,
  age: 0,
  availability: 3,
} as const;

/** Losses one after another as a share, 0 to 1: 1 - product of (1 - loss / 100). */
export function combinedLosses(percents: Readonly<Record<string, number>> = PVWATTS_LOSSES_PERCENT): number {
  checkObject('losses', percents, 'percents by name, as PVWATTS_LOSSES_PERCENT');
  return 1 - Object.values(percents).reduce((left, percent) => left * (1 - percent / 100), 1);
}
