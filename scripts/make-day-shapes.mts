/**
 * Makes the built-in day shapes, src/profiles/data/day-shapes.ts, from ../shared/profiles and ../shared/feeders/eulv.
 *
 *   npx tsx scripts/make-day-shapes.mts && npx biome check --write src/profiles/data
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fixedOffset, localClock, onlyTable, PACIFIC_TIME, readColumns, readValues, UTC } from '../src/profiles/index.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const shared = join(root, '..', 'shared');
const text = (path: string): string => readFileSync(join(shared, path), 'utf8');

/** Mean of values by a class of their moment. */
function meansBy(values: Float64Array, classes: number, of: (i: number) => number): number[] {
  const sums = new Float64Array(classes);
  const counts = new Float64Array(classes);
  values.forEach((value, i) => {
    sums[of(i)] += value;
    counts[of(i)] += 1;
  });
  return Array.from(sums, (sum, i) => sum / counts[i]);
}

const perMille = (values: number[]): number[] => {
  const peak = Math.max(...values);
  return values.map((value) => Math.round((value / peak) * 1000));
};

// Mean of the 100 homes, by quarter hour.
const homes = new Float64Array(1440);
for (let home = 1; home <= 100; home++) {
  const options = { startUnixSeconds: 0, stepSeconds: 60, timeZone: UTC };
  readValues(text(`feeders/eulv/Daily_1min_100profiles/load_profile_${home}.txt`), options).values.forEach((kw, minute) => {
    homes[minute] += kw / 100;
  });
}
const residentialQuarterHours = meansBy(homes, 96, (minute) => Math.floor(minute / 15));

// Plugs and light of 100 simulated homes, by month and hour.
const start = Date.UTC(2018, 0, 1, 8) / 1000;
const alameda = onlyTable(
  readColumns(text('profiles/california/alameda_homes_2018_hourly.csv'), {
    timeColumn: 'hour',
    timeFormat: 'hours',
    startUnixSeconds: start,
    timeZone: fixedOffset(-8),
  }),
).mean100_plug_and_light_kW;
const californiaHomes = meansBy(alameda.values, 288, (i) => {
  const clock = localClock(fixedOffset(-8), start + 3600 * i);
  return (clock.month - 1) * 24 + Math.floor(clock.secondsOfDay / 3600);
});

// Demand of the PG&E area, by month, weekday or weekend, and hour of the local clock; a value belongs to the hour that ends at its time.
const demand = onlyTable(
  readColumns(text('profiles/california/pge_area_demand_2023_hourly.csv'), { timeColumn: 1, timeFormat: 'unix', timeZone: PACIFIC_TIME }),
).demand_MW;
const system = meansBy(demand.values, 576, (i) => {
  const clock = localClock(PACIFIC_TIME, demand.startUnixSeconds + 3600 * (i - 1));
  const weekend = clock.dayOfWeek === 0 || clock.dayOfWeek === 6 ? 1 : 0;
  return ((clock.month - 1) * 2 + weekend) * 24 + Math.floor(clock.secondsOfDay / 3600);
});

const list = (values: number[]): string => `[${values.join(', ')}]`;
const out = `/** Day shapes in thousandths of their peaks; made by scripts/make-day-shapes.mts. Sources in day-shapes.ts above and in NOTICE. */

/** Mean of 100 homes by quarter hour. */
export const HOMES_QUARTER_HOURS = ${list(perMille(residentialQuarterHours))};

/** Plugs and light of 100 homes in California: 12 months x 24 hours, standard time. */
export const CALIFORNIA_HOMES_HOURS = ${list(perMille(californiaHomes))};

/** Peak of the latter, kW a home. */
export const CALIFORNIA_HOMES_PEAK_KW = ${Math.max(...californiaHomes).toFixed(4)};

/** Demand of a utility's area: 12 months x (weekday, weekend) x 24 hours, local clock. */
export const SYSTEM_HOURS = ${list(perMille(system))};
`;
mkdirSync(join(root, 'src', 'profiles', 'data'), { recursive: true });
writeFileSync(join(root, 'src', 'profiles', 'data', 'day-shapes.ts'), out);
console.log('mean and peak of a home, kW:', homes.reduce((sum, kw) => sum + kw, 0) / 1440, Math.max(...residentialQuarterHours));
console.log('demand, MW:', Math.max(...system));
