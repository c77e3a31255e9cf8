/** The sun without any file: published values, a few rows of the reference series, and what must hold everywhere. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cellTemperatureSapm,
  clearSky,
  combinedLosses,
  dayOfYearUtc,
  dcPower,
  erbs,
  extraterrestrialSpencer,
  incidenceModifierAshrae,
  incidenceModifierMartinRuiz,
  incidenceModifierPhysical,
  inverterPower,
  planeIrradiance,
  pressureAtAltitude,
  type SkyDiffuseModel,
  skyDiffuse,
  solarPosition,
  sunEvents,
} from '../../../src/profiles/index.js';
import { expectNear } from '../near.js';

const SANTA_CLARA = { latitudeDegrees: 37.354, longitudeDegrees: -121.955, altitudeMetres: 22 };
const between = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const anyPlace = fc.record({ latitudeDegrees: between(-90, 90), longitudeDegrees: between(-180, 180), altitudeMetres: between(0, 4000) });
const anyTime = fc.integer({ min: 0, max: 4_000_000_000 });

describe('the sun', () => {
  it('stands where the example of the NREL report says', () => {
    const golden = { latitudeDegrees: 39.742476, longitudeDegrees: -105.1786, altitudeMetres: 1830.14 };
    const sun = solarPosition(Date.parse('2003-10-17T12:30:30-07:00') / 1000, golden, { pressurePascal: 82000, temperatureC: 11 });
    expect(sun.apparentZenithDegrees).toBeCloseTo(50.11162, 5);
    expect(sun.azimuthDegrees).toBeCloseTo(194.34024, 5);
    expect(sun.distanceAu).toBeCloseTo(0.9965422974, 9);
    expect(sun.equationOfTimeMinutes).toBeCloseTo(14.641503, 4);
  });

  // Rows of ../shared/reference/solar/hourly_2023-06-21.json (pvlib 0.15.2).
  it.each([
    [1687352400, 88.67125825, 88.34107001],
    [1687374000, 20.41077097, 20.40453192],
    [1687402800, 85.26180708, 85.09505819],
    [1687406400, 95.52068489, 95.52068489],
  ])('at %i over Santa Clara', (time, zenith, apparent) => {
    const sun = solarPosition(time, SANTA_CLARA);
    expect(sun.zenithDegrees).toBeCloseTo(zenith, 6);
    expect(sun.apparentZenithDegrees).toBeCloseTo(apparent, 6);
  });

  it('rises and sets over Santa Clara on the equinox', () => {
    const events = sunEvents(Date.parse('2023-03-21T12:00:00-07:00') / 1000, SANTA_CLARA);
    expect(events.sunriseUnixSeconds).toBeCloseTo(1679407799.788, 1);
    expect(events.transitUnixSeconds).toBeCloseTo(1679429696.715, 1);
    expect(events.sunsetUnixSeconds).toBeCloseTo(1679451630.37, 1);
  });

  it('is the same a whole turn further east; refraction lifts it', () => {
    fc.assert(
      fc.property(anyPlace, anyTime, (place, time) => {
        const sun = solarPosition(time, place);
        const turned = solarPosition(time, { ...place, longitudeDegrees: place.longitudeDegrees + 360 });
        expectNear(turned.zenithDegrees, sun.zenithDegrees, 1e-9, 'zenith');
        expect(sun.apparentZenithDegrees).toBeLessThanOrEqual(sun.zenithDegrees + 0.002);
        expect(sun.azimuthDegrees >= 0 && sun.azimuthDegrees < 360).toBe(true);
        expect(Math.abs(sun.equationOfTimeMinutes)).toBeLessThan(18);
      }),
      { numRuns: 200 },
    );
  });
});

describe('irradiance', () => {
  it('is nothing at night and splits without remainder by day', () => {
    fc.assert(
      fc.property(anyPlace, anyTime, between(1.5, 7), fc.boolean(), (place, time, linkeTurbidity, perezEnhancement) => {
        const sun = solarPosition(time, place);
        const extraterrestrial = extraterrestrialSpencer(dayOfYearUtc(time));
        const pressurePascal = pressureAtAltitude(place.altitudeMetres);
        const sky = clearSky({ ...place, ...sun, linkeTurbidity, extraterrestrial, pressurePascal, perezEnhancement });
        if (sun.apparentZenithDegrees > 90) expect(sky).toEqual({ globalHorizontal: 0, directNormal: 0, diffuseHorizontal: 0 });
        const vertical = Math.max(0, Math.cos((sun.apparentZenithDegrees * Math.PI) / 180));
        expectNear(sky.diffuseHorizontal + sky.directNormal * vertical, sky.globalHorizontal, 1e-12, 'sum');
        expect(sky.diffuseHorizontal).toBeGreaterThanOrEqual(-1e-12);
        expect(sky.directNormal).toBeLessThan(extraterrestrial);
      }),
      { numRuns: 300 },
    );
  });

  it('Erbs: diffuse and beam make up the global irradiance', () => {
    fc.assert(
      fc.property(between(0, 1200), between(0, 86.9), (ghi, zenith) => {
        const split = erbs(ghi, zenith, 1366.1);
        expectNear(split.diffuseHorizontal + split.directNormal * Math.cos((zenith * Math.PI) / 180), ghi, 1e-9, 'sum');
      }),
    );
  });

  it('a level plane receives the global irradiance by the models that have no horizon of their own', () => {
    fc.assert(
      fc.property(
        between(0, 85),
        between(0, 360),
        between(0, 900),
        between(0, 400),
        (zenithDegrees, azimuthDegrees, directNormal, diffuseHorizontal) => {
          const globalHorizontal = directNormal * Math.cos((zenithDegrees * Math.PI) / 180) + diffuseHorizontal;
          for (const model of ['isotropic', 'hay-davies', 'reindl', 'king'] as const) {
            const plane = { tiltDegrees: 0, azimuthDegrees: 180 };
            const light = { plane, zenithDegrees, azimuthDegrees, globalHorizontal, directNormal, diffuseHorizontal, extraterrestrial: 1366 };
            expectNear(planeIrradiance(light, 0.2, model).total, globalHorizontal, 1e-9, model);
          }
        },
      ),
    );
  });

  // Row 3 (tilt 20 towards the east) of plane_of_array_Wm2 in ../shared/reference/solar/stage_tables.json.
  it.each<[SkyDiffuseModel, number]>([
    ['isotropic', 103.9330949],
    ['hay-davies', 117.801677],
    ['reindl', 118.0062269],
    ['klucher', 126.943151],
    ['king', 113.4857838],
    ['perez', 121.8387308],
  ])('sky diffuse by %s', (model, expected) => {
    const light = {
      plane: { tiltDegrees: 20, azimuthDegrees: 90 },
      zenithDegrees: 40,
      azimuthDegrees: 120,
      globalHorizontal: 720,
      directNormal: 800,
      diffuseHorizontal: 107.1645,
      extraterrestrial: 1350,
      airMassRelative: 1.304223541,
    };
    expectNear(skyDiffuse(light, model), expected, 1e-8, model);
    expect(planeIrradiance(light, 0.2, model).direct).toBeCloseTo(728.1910401, 6);
  });

  it('incidence modifiers: 1 straight on, 0 along the plane, falling between', () => {
    for (const modifier of [incidenceModifierAshrae, incidenceModifierPhysical, incidenceModifierMartinRuiz]) {
      expect(modifier(0)).toBe(1);
      expect(modifier(90)).toBeCloseTo(0, 12);
      for (let angle = 1; angle <= 90; angle++) expect(modifier(angle)).toBeLessThanOrEqual(modifier(angle - 1));
    }
  });
});

describe('power', () => {
  it('a row of the reference from plane to grid', () => {
    const cell = cellTemperatureSapm({ irradiance: 1000, airTemperatureC: 20, windMetresPerSecond: 1 });
    expect(cell).toBeCloseTo(49.38393439, 7);
    expect(dcPower(1000, 50, 1e6)).toBe(900000);
    expect(inverterPower(100000, 1e6 / 0.96)).toBeCloseTo(91924.35488, 4);
    expect(inverterPower(1.2e6, 1e6 / 0.96)).toBe(1e6);
    expect(inverterPower(-5, 1e6)).toBe(0);
    expect(combinedLosses()).toBeCloseTo(0.1407566069, 9);
  });
});
