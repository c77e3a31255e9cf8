/**
 * Makes src/environments/tasks/voltvar/load-shape-data.ts of the three load shapes of powergym in ../shared/feeders/powergym/loadshape.
 *
 *   npx tsx scripts/make-voltvar-shapes.mts
 *
 * Nearly all values are ratios of whole numbers, printed with 15 decimals: n / 14143360, n / 1758 and n / 985. Kept are the n and, where the printed value is another,
 * by how many units of the 15th decimal. The text is read back and compared before it is written.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packLoadShape, unpackLoadShape } from '../src/environments/tasks/voltvar/load-shape-text.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, '..', 'shared', 'feeders', 'powergym', 'loadshape');
const DENOMINATORS = [14143360, 1758, 985];

const texts = DENOMINATORS.map((denominator, i) => {
  const values = readFileSync(join(folder, `LoadShape${i + 1}.CSV`), 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map(Number);
  const packed = packLoadShape(values, denominator);
  const again = unpackLoadShape(packed);
  if (again.length !== values.length || values.some((value, k) => value !== again[k]))
    throw new Error(`LoadShape${i + 1} does not come back the same`);
  console.log(`LoadShape${i + 1}: ${values.length} values, ${packed.ratios.length + packed.corrections.length} characters`);
  return `  {\n    denominator: ${denominator},\n    ratios:\n      '${packed.ratios}',\n    corrections:\n      '${packed.corrections}',\n  },\n`;
});
const content = `/**
 * The load shapes LoadShape1, LoadShape2 and LoadShape3 of siemens/powergym (MIT, see NOTICE), 8760 hourly multipliers each. Made by scripts/make-voltvar-shapes.mts;
 * load-shape-text.ts says how they are written.
 */
import type { PackedLoadShape } from './load-shape-text.js';

export const LOAD_SHAPES: readonly PackedLoadShape[] = [
${texts.join('')}];
`;
writeFileSync(join(root, 'src', 'environments', 'tasks', 'voltvar', 'load-shape-data.ts'), content);
