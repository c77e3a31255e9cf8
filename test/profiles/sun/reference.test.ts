/** Each stage of ../shared/reference/solar (made with pvlib 0.15.2), inputs taken from the columns of the same row. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  absoluteAirMass,
  analyticAzimuth,
  analyticZenith,
  cellTemperatureFaiman,
  cellTemperatureNoctSam,
  cellTemperaturePvsyst,
  cellTemperatureRoss,
  cellTemperatureSapm,
  combinedLosses,
  dayOfYearUtc,
  dcPower,
  declinationCooper,
  declinationSpencer,
  disc,
  equationOfTimePvcdrom,
  equationOfTimeSpencer,
  erbs,
  extraterrestrialAsce,
  extraterrestrialAtDistance,
  extraterrestrialSpencer,
  geocentricSun,
  groundDiffuse,
  haurwitz,
  hourAngle,
  incidenceAngle,
  incidenceModifierAshrae,
  incidenceModifierMartinRuiz,
  incidenceModifierPhysical,
  incidenceProjection,
  ineichen,
  inverterPower,
  moduleTemperatureSapm,
  planeIrradiance,
  pressureAtAltitude,
  relativeAirMass,
  SAPM_MOUNTINGS,
  type SkyDiffuseModel,
  skyDiffuse,
  solarPosition,
  sunEvents,
} from '../../../src/profiles/index.js';
import { expectNear } from '../near.js';

const FOLDER = ['../../../../shared/reference/solar']
  .map((folder) => fileURLToPath(new URL(folder, import.meta.url)))
  .find((folder) => existsSync(folder));

type Numbers = (number | null)[];
interface Day {
  utc_offset_hours: number;
  parameters: Record<string, number>;
  columns: Record<string, Numbers>;
}

const read = <T>(name: string): T => JSON.parse(readFileSync(`${FOLDER}/${name}`, 'utf8')) as T;
/** Stages: 1e-6 max(|x|, 1). Angles of the sun: 1e-6 degrees. */
const STAGE = 1e-6;
const POSITION_DEGREES = 1e-6;
const SANTA_CLARA = { latitudeDegrees: 37.354, longitudeDegrees: -121.955, altitudeMetres: 22 };
const PLANE = { tiltDegrees: 20, azimuthDegrees: 180 };

/** Compares columns that are there, row by row; returns how many numbers were compared. */
class Check {
  compared = 0;
  constructor(
    private readonly columns: Record<string, Numbers>,
    private readonly file: string,
  ) {}

  stage(name: string, of: (row: number) => number | undefined, tolerance = STAGE): void {
    const column = this.columns[name];
    if (!column) return;
    column.forEach((reference, row) => {
      const value = of(row);
      const what = `${this.file} ${name} row ${row}`;
      if (reference === null) expect(value, what).toBeUndefined();
      else expectNear(value ?? Number.NaN, reference, tolerance, what);
      this.compared += 1;
    });
  }

  angle(name: string, of: (row: number) => number): void {
    this.columns[name]?.forEach((reference, row) => {
      const value = of(row);
      if (!(Math.abs(value - (reference ?? Number.NaN)) <= POSITION_DEGREES))
        expect.fail(`${this.file} ${name} row ${row}: ${value} for ${reference}`);
      this.compared += 1;
    });
  }
}

const DAYS = ['03-21', '06-21', '09-22', '12-21'].map((day) => `hourly_2023-${day}.json`);

describe.skipIf(!FOLDER)('the sun over Santa Clara and elsewhere (skipped without ../shared/reference/solar)', () => {
  it.each([...DAYS, 'hourly_cloudy_2023-03-21.json', 'five_minute_2023-06-21.json'])('%s, every column', (name) => {
    const { columns: c, utc_offset_hours: offset } = read<Day>(name);
    const check = new Check(c, name);
    const at = (column: string, row: number): number => c[column][row] ?? Number.NaN;
    const sun = c.unix_s.map((time) => solarPosition(time as number, SANTA_CLARA, { pressurePascal: 101060.993 }));
    const day = c.unix_s.map((time) => dayOfYearUtc(time as number));
    check.stage('day_of_year_utc', (i) => day[i], 0);
    check.angle('spa_zenith_deg', (i) => sun[i].zenithDegrees);
    check.angle('spa_apparent_zenith_deg', (i) => sun[i].apparentZenithDegrees);
    check.angle('spa_elevation_deg', (i) => 90 - sun[i].zenithDegrees);
    check.angle('spa_apparent_elevation_deg', (i) => 90 - sun[i].apparentZenithDegrees);
    check.angle('spa_azimuth_deg', (i) => sun[i].azimuthDegrees);
    check.angle('spa_equation_of_time_min', (i) => sun[i].equationOfTimeMinutes);
    check.stage('spa_earth_sun_distance_au', (i) => sun[i].distanceAu, 1e-9);
    check.stage('simple_declination_spencer_deg', (i) => declinationSpencer(day[i]));
    check.stage('simple_declination_cooper_deg', (i) => declinationCooper(day[i]));
    check.stage('simple_equation_of_time_spencer_min', (i) => equationOfTimeSpencer(day[i]));
    check.stage('simple_equation_of_time_pvcdrom_min', (i) => equationOfTimePvcdrom(day[i]));
    const angle = (i: number): number => hourAngle(at('local_hour', i) - offset, SANTA_CLARA.longitudeDegrees, equationOfTimeSpencer(day[i]));
    check.stage('simple_hour_angle_deg', angle);
    check.stage('simple_zenith_deg', (i) => analyticZenith(SANTA_CLARA.latitudeDegrees, angle(i), declinationSpencer(day[i])));
    // The library takes east from west by the sign of the hour angle as it stands, so that its column is mirrored where the angle is beyond half a turn.
    check.stage('simple_azimuth_deg', (i) => {
      const azimuth = analyticAzimuth(SANTA_CLARA.latitudeDegrees, angle(i), declinationSpencer(day[i]));
      return Math.abs(angle(i)) > 180 ? 360 - azimuth : azimuth;
    });
    check.stage('extra_spencer_Wm2', (i) => extraterrestrialSpencer(day[i]));
    check.stage('extra_asce_Wm2', (i) => extraterrestrialAsce(day[i]));
    check.stage('extra_nrel_Wm2', (i) => extraterrestrialAtDistance(sun[i].distanceAu));
    // From here on the inputs are the columns, so that each stage is tested alone.
    const zenith = (i: number): number => at('spa_apparent_zenith_deg', i);
    const airMass = (i: number): number | undefined => c.airmass_absolute[i] ?? undefined;
    check.stage('airmass_relative_kastenyoung1989', (i) => relativeAirMass(zenith(i)));
    check.stage('airmass_absolute', (i) => absoluteAirMass(c.airmass_relative_kastenyoung1989[i] ?? undefined, 101060.993));
    check.stage('haurwitz_ghi_Wm2', (i) => haurwitz(zenith(i)));
    const clear = c.unix_s.map((_, i) =>
      ineichen({
        apparentZenithDegrees: zenith(i),
        airMassAbsolute: airMass(i),
        linkeTurbidity: 3,
        altitudeMetres: 22,
        extraterrestrial: at('extra_spencer_Wm2', i),
      }),
    );
    check.stage('ineichen_ghi_Wm2', (i) => clear[i].globalHorizontal);
    check.stage('ineichen_dni_Wm2', (i) => clear[i].directNormal);
    check.stage('ineichen_dhi_Wm2', (i) => clear[i].diffuseHorizontal);
    const cloudy = 'cloudy_ghi_Wm2' in c;
    if (cloudy) {
      const split = (i: number) => erbs(at('cloudy_ghi_Wm2', i), at('spa_zenith_deg', i), at('extra_spencer_Wm2', i));
      check.stage('cloudy_ghi_Wm2', (i) => at('input_clear_sky_index', i) * at('ineichen_ghi_Wm2', i));
      check.stage('cloudy_clearness_index_kt', (i) => split(i).clearnessIndex);
      check.stage('cloudy_erbs_dni_Wm2', (i) => split(i).directNormal);
      check.stage('cloudy_erbs_dhi_Wm2', (i) => split(i).diffuseHorizontal);
    }
    const [ghi, dni, dhi] = cloudy
      ? ['cloudy_ghi_Wm2', 'cloudy_erbs_dni_Wm2', 'cloudy_erbs_dhi_Wm2']
      : ['ineichen_ghi_Wm2', 'ineichen_dni_Wm2', 'ineichen_dhi_Wm2'];
    const light = (i: number) => ({
      plane: PLANE,
      zenithDegrees: zenith(i),
      azimuthDegrees: at('spa_azimuth_deg', i),
      globalHorizontal: at(ghi, i),
      directNormal: at(dni, i),
      diffuseHorizontal: at(dhi, i),
      extraterrestrial: at('extra_spencer_Wm2', i),
    });
    check.stage('aoi_deg', (i) => incidenceAngle(PLANE, zenith(i), at('spa_azimuth_deg', i)));
    check.stage('aoi_projection', (i) => incidenceProjection(PLANE, zenith(i), at('spa_azimuth_deg', i)));
    check.stage('poa_direct_Wm2', (i) => planeIrradiance(light(i), 0.2).direct);
    check.stage('poa_ground_diffuse_Wm2', (i) => planeIrradiance(light(i), 0.2).groundDiffuse);
    check.stage('poa_sky_diffuse_isotropic_Wm2', (i) => planeIrradiance(light(i), 0.2, 'isotropic').skyDiffuse);
    check.stage('poa_global_isotropic_Wm2', (i) => planeIrradiance(light(i), 0.2, 'isotropic').total);
    check.stage('poa_sky_diffuse_haydavies_Wm2', (i) => planeIrradiance(light(i), 0.2).skyDiffuse);
    check.stage('poa_global_haydavies_Wm2', (i) => planeIrradiance(light(i), 0.2).total);
    const conditions = (sky: string, i: number) => ({
      irradiance: at(`poa_global_${sky}_Wm2`, i),
      airTemperatureC: at('input_temp_air_C', i),
      windMetresPerSecond: at('input_wind_speed_mps', i),
    });
    for (const sky of ['isotropic', 'haydavies']) {
      check.stage(`cell_temp_sapm_${sky}_C`, (i) => cellTemperatureSapm(conditions(sky, i)));
      check.stage(`cell_temp_faiman_${sky}_C`, (i) => cellTemperatureFaiman(conditions(sky, i)));
    }
    check.stage('dc_sapm_haydavies_W', (i) => dcPower(at('poa_global_haydavies_Wm2', i), at('cell_temp_sapm_haydavies_C', i), 1e6));
    check.stage('dc_faiman_isotropic_W', (i) => dcPower(at('poa_global_isotropic_Wm2', i), at('cell_temp_faiman_isotropic_C', i), 1e6));
    check.stage('ac_A_sapm_haydavies_W', (i) => inverterPower(at('dc_sapm_haydavies_W', i), 1e6 / 0.96));
    check.stage('ac_B_sapm_haydavies_W', (i) => inverterPower(at('dc_sapm_haydavies_W', i), 1e6 / 1.2 / 0.96));
    check.stage('ac_A_faiman_isotropic_W', (i) => inverterPower(at('dc_faiman_isotropic_W', i), 1e6 / 0.96));
    const left = 1 - combinedLosses();
    check.stage('ac_A_sapm_haydavies_after_losses_W', (i) => inverterPower(at('dc_sapm_haydavies_W', i) * left, 1e6 / 0.96));
    const inputs = ['unix_s', 'local_hour', 'input_temp_air_C', 'input_wind_speed_mps', 'input_clear_sky_index'].filter((key) => key in c).length;
    expect(check.compared, 'every column is compared').toBe((Object.keys(c).length - inputs) * c.unix_s.length);
  });

  it('the intermediate quantities of the algorithm, first those that its report prints', () => {
    interface Case {
      unix_s: number;
      latitude_deg: number;
      longitude_deg: number;
      elevation_m: number;
      pressure_hPa: number;
      temperature_C: number;
      delta_t_s: number;
      published?: Record<string, number>;
      values: Record<string, number>;
    }
    const { cases } = read<{ cases: Record<string, Case> }>('spa_intermediates.json');
    for (const [name, given] of Object.entries(cases)) {
      const v = given.values;
      const sun = geocentricSun(given.unix_s, given.delta_t_s);
      const near = (value: number, key: string): void => {
        if (!(Math.abs(value - v[key]) <= 1e-6)) expect.fail(`${name} ${key}: ${value} for ${v[key]}`);
      };
      near(sun.daysSince2000 + 2451545, 'julian_day');
      near(sun.heliocentricLongitude, 'heliocentric_longitude_deg');
      near(sun.heliocentricLatitude, 'heliocentric_latitude_deg');
      near(sun.distanceAu, 'radius_vector_au');
      near(sun.nutationLongitude, 'nutation_longitude_deg');
      near(sun.nutationObliquity, 'nutation_obliquity_deg');
      near(sun.trueObliquity, 'true_obliquity_deg');
      near(sun.apparentLongitude, 'apparent_sun_longitude_deg');
      near(sun.apparentSiderealTime, 'apparent_sidereal_time_deg');
      near(sun.rightAscension, 'right_ascension_deg');
      near(sun.declination, 'declination_deg');
      near(sun.meanLongitude, 'sun_mean_longitude_deg');
      near(sun.equationOfTimeMinutes, 'equation_of_time_min');
      const seen = solarPosition(
        given.unix_s,
        { latitudeDegrees: given.latitude_deg, longitudeDegrees: given.longitude_deg, altitudeMetres: given.elevation_m },
        { pressurePascal: given.pressure_hPa * 100, temperatureC: given.temperature_C, deltaTSeconds: given.delta_t_s },
      );
      near(seen.declinationDegrees, 'topocentric_declination_deg');
      near(seen.hourAngleDegrees, 'topocentric_hour_angle_deg');
      near(seen.zenithDegrees, 'zenith_deg');
      near(seen.apparentZenithDegrees, 'apparent_zenith_deg');
      near(seen.azimuthDegrees, 'azimuth_deg');
      if (!given.published) continue;
      expect(Math.abs(seen.apparentZenithDegrees - given.published.zenith_apparent_deg)).toBeLessThan(5e-6);
      expect(Math.abs(seen.azimuthDegrees - given.published.azimuth_deg)).toBeLessThan(5e-6);
    }
    expect(Object.keys(cases)).toHaveLength(6);
  });

  it('six places over both hemispheres', () => {
    const { rows } = read<{ rows: [string, ...number[]][] }>('other_sites.json');
    for (const [place, latitudeDegrees, longitudeDegrees, altitudeMetres, time, pressurePascal, zenith, apparent, azimuth, minutes] of rows) {
      const sun = solarPosition(time, { latitudeDegrees, longitudeDegrees, altitudeMetres }, { pressurePascal });
      const errors = [
        sun.zenithDegrees - zenith,
        sun.apparentZenithDegrees - apparent,
        sun.azimuthDegrees - azimuth,
        sun.equationOfTimeMinutes - minutes,
      ];
      for (const error of errors) if (!(Math.abs(error) <= POSITION_DEGREES)) expect.fail(`${place} at ${time}: off by ${errors.join(', ')}`);
    }
    expect(rows).toHaveLength(36);
  });

  it('sunrise, transit and sunset, and the sums of clear days', () => {
    const { days } = read<{ days: Record<string, Record<string, number>> }>('sunrise_sunset.json');
    for (const [date, given] of Object.entries(days)) {
      const noon = Date.parse(`${date}T12:00:00Z`) / 1000 - 3600 * given.utc_offset_hours;
      const events = sunEvents(noon, SANTA_CLARA);
      expect(Math.abs((events.sunriseUnixSeconds ?? 0) - given.sunrise_unix_s)).toBeLessThan(0.01);
      expect(Math.abs((events.sunsetUnixSeconds ?? 0) - given.sunset_unix_s)).toBeLessThan(0.01);
      expect(Math.abs(events.transitUnixSeconds - given.transit_unix_s)).toBeLessThan(0.01);
    }
    // Midsummer and midwinter in Tromso: neither rises nor sets.
    const tromso = { latitudeDegrees: 69.65, longitudeDegrees: 18.96, altitudeMetres: 10 };
    for (const day of ['2023-06-21', '2023-12-21']) {
      const events = sunEvents(Date.parse(`${day}T11:00:00Z`) / 1000, tromso);
      expect([events.sunriseUnixSeconds, events.sunsetUnixSeconds]).toEqual([undefined, undefined]);
    }
  });

  it('stage_tables.json: each formula on its own', () => {
    const tables = read<Record<string, Record<string, Numbers>> & { plane_of_array_inputs: Record<string, number> } & Record<string, Numbers>>(
      'stage_tables.json',
    ) as unknown as Record<string, Record<string, Numbers>>;
    const table = (name: string): Record<string, Numbers> => tables[name];
    const check = (name: string): Check => new Check(table(name), name);
    const number = (name: string, key: string, i: number): number => table(name)[key][i] as number;

    const masses = check('airmass_by_zenith');
    const zenith = (i: number): number => number('airmass_by_zenith', 'zenith_deg', i);
    masses.stage('kastenyoung1989', (i) => relativeAirMass(zenith(i)));
    masses.stage('simple', (i) => relativeAirMass(zenith(i), 'simple'));
    masses.stage('kasten1966', (i) => relativeAirMass(zenith(i), 'kasten-1966'));
    masses.stage('youngirvine1967', (i) => relativeAirMass(zenith(i), 'young-irvine-1967'));
    masses.stage('gueymard1993', (i) => relativeAirMass(zenith(i), 'gueymard-1993'));
    masses.stage('pickering2002', (i) => relativeAirMass(zenith(i), 'pickering-2002'));
    expect(masses.compared).toBe(6 * 16);

    check('pressure_by_altitude').stage('pressure_Pa', (i) => pressureAtAltitude(number('pressure_by_altitude', 'altitude_m', i)));
    check('haurwitz_by_zenith').stage('ghi_Wm2', (i) => haurwitz(number('haurwitz_by_zenith', 'apparent_zenith_deg', i)));

    let skies = 0;
    for (const name of Object.keys(tables)) {
      const parts = /^ineichen_alt(\d+)_TL(\d)_perez(\d)$/.exec(name);
      if (!parts) continue;
      skies += 1;
      const clear = (i: number) =>
        ineichen({
          apparentZenithDegrees: number(name, 'apparent_zenith_deg', i),
          airMassAbsolute: table(name).airmass_absolute[i] ?? undefined,
          linkeTurbidity: Number(parts[2]),
          altitudeMetres: Number(parts[1]),
          extraterrestrial: EXTRATERRESTRIAL_OF_TABLES,
          perezEnhancement: parts[3] === '1',
        });
      check(name).stage('ghi_Wm2', (i) => clear(i).globalHorizontal);
      check(name).stage('dni_Wm2', (i) => clear(i).directNormal);
      check(name).stage('dhi_Wm2', (i) => clear(i).diffuseHorizontal);
    }
    expect(skies).toBe(18);

    const days = check('day_of_year');
    const day = (i: number): number => number('day_of_year', 'day', i);
    days.stage('extra_spencer_Wm2', (i) => extraterrestrialSpencer(day(i)));
    days.stage('extra_asce_Wm2', (i) => extraterrestrialAsce(day(i)));
    days.stage('declination_spencer_deg', (i) => declinationSpencer(day(i)));
    days.stage('declination_cooper_deg', (i) => declinationCooper(day(i)));
    days.stage('eot_spencer_min', (i) => equationOfTimeSpencer(day(i)));
    days.stage('eot_pvcdrom_min', (i) => equationOfTimePvcdrom(day(i)));
    expect(days.compared).toBe(6 * 15);

    const split = check('decomposition_zenith40_doy172');
    const ghi = (i: number): number => number('decomposition_zenith40_doy172', 'ghi_Wm2', i);
    const extra = extraterrestrialSpencer(172);
    split.stage('erbs_kt', (i) => erbs(ghi(i), 40, extra).clearnessIndex);
    split.stage('erbs_dni_Wm2', (i) => erbs(ghi(i), 40, extra).directNormal);
    split.stage('erbs_dhi_Wm2', (i) => erbs(ghi(i), 40, extra).diffuseHorizontal);
    split.stage('disc_kt', (i) => disc(ghi(i), 40, extraterrestrialSpencer(172, 1370)).clearnessIndex);
    split.stage('disc_dni_Wm2', (i) => disc(ghi(i), 40, extraterrestrialSpencer(172, 1370)).directNormal);
    expect(split.compared).toBe(5 * 12);

    const given = tables.plane_of_array_inputs as unknown as Record<string, number>;
    const planes = check('plane_of_array_Wm2');
    const input = (i: number) => ({
      plane: { tiltDegrees: number('plane_of_array_Wm2', 'tilt_deg', i), azimuthDegrees: number('plane_of_array_Wm2', 'azimuth_deg', i) },
      zenithDegrees: given.solar_zenith_deg,
      azimuthDegrees: given.solar_azimuth_deg,
      globalHorizontal: given.ghi_Wm2,
      directNormal: given.dni_Wm2,
      diffuseHorizontal: given.dhi_Wm2,
      extraterrestrial: given.dni_extra_Wm2,
      airMassRelative: given.airmass_relative,
    });
    planes.stage('aoi_deg', (i) => incidenceAngle(input(i).plane, given.solar_zenith_deg, given.solar_azimuth_deg));
    planes.stage('direct', (i) => planeIrradiance(input(i), given.albedo).direct);
    planes.stage('ground', (i) => groundDiffuse(given.ghi_Wm2, given.albedo, input(i).plane.tiltDegrees));
    const models: Record<string, SkyDiffuseModel> = { isotropic: 'isotropic', haydavies: 'hay-davies', reindl: 'reindl', klucher: 'klucher' };
    for (const [column, model] of Object.entries({ ...models, king: 'king' as const, perez: 'perez' as const })) {
      planes.stage(column, (i) => skyDiffuse(input(i), model));
    }
    expect(planes.compared).toBe(9 * 9);

    const modifiers = check('incidence_angle_modifier');
    const incidence = (i: number): number => number('incidence_angle_modifier', 'aoi_deg', i);
    modifiers.stage('ashrae_b005', (i) => incidenceModifierAshrae(incidence(i)));
    modifiers.stage('physical_n1526_K4_L0002', (i) => incidenceModifierPhysical(incidence(i)));
    modifiers.stage('martin_ruiz_ar016', (i) => incidenceModifierMartinRuiz(incidence(i)));
    expect(modifiers.compared).toBe(3 * 14);

    const irradiances = tables.cell_temperature_irradiance_Wm2 as unknown as number[];
    for (const [airTemperatureC, windMetresPerSecond] of [
      [20, 1],
      [35, 5],
      [-5, 0],
    ]) {
      const cells = check(`cell_temperature_C_T${airTemperatureC}_w${windMetresPerSecond}`);
      const conditions = (i: number) => ({ irradiance: irradiances[i], airTemperatureC, windMetresPerSecond });
      cells.stage('sapm_open_rack_glass_polymer', (i) => cellTemperatureSapm(conditions(i)));
      cells.stage('sapm_module', (i) => moduleTemperatureSapm(conditions(i), SAPM_MOUNTINGS['open-rack-glass-polymer']));
      cells.stage('sapm_close_mount_glass_glass', (i) => cellTemperatureSapm(conditions(i), SAPM_MOUNTINGS['close-mount-glass-glass']));
      cells.stage('faiman', (i) => cellTemperatureFaiman(conditions(i)));
      cells.stage('pvsyst_freestanding', (i) => cellTemperaturePvsyst(conditions(i)));
      cells.stage('ross_noct45', (i) => cellTemperatureRoss(conditions(i)));
      cells.stage('noct_sam', (i) => cellTemperatureNoctSam(conditions(i)));
      expect(cells.compared).toBe(7 * 8);
    }

    check('inverter_pvwatts').stage('ac_A_W', (i) => inverterPower(number('inverter_pvwatts', 'pdc_W', i), 1e6 / 0.96));
    check('inverter_pvwatts').stage('ac_B_W', (i) => inverterPower(number('inverter_pvwatts', 'pdc_W', i), 1e6 / 1.2 / 0.96));
    check('pvwatts_dc').stage('dc_W', (i) => dcPower(number('pvwatts_dc', 'irradiance_Wm2', i), number('pvwatts_dc', 'cell_temp_C', i), 1e6));
  });
});

/** What the Ineichen tables were made with, W/m2: the default of the library. */
const EXTRATERRESTRIAL_OF_TABLES = 1364;
