/** A microgrid at one moment: voltages and frequencies of its inverters as bars. */
import { InputError } from '../grid/index.js';
import { GRID_LINE, INK, LIMIT, MUTED, px, text } from './svg-parts.js';

/** What is shown. */
export interface MicrogridView {
  readonly title: string;
  /** [inverter] */
  readonly names: readonly string[];
  /** A line below the title. */
  readonly note: string;
  /** [inverter]: reference after droop, per unit; frequency. */
  readonly voltagePu: readonly number[];
  readonly hertz: readonly number[];
  readonly bandPu: readonly [number, number];
  readonly nominalHertz: number;
}

/** An axis of bars. */
interface Panel {
  readonly top: number;
  readonly label: string;
  readonly low: number;
  readonly high: number;
  /** Where bars begin. */
  readonly base: number;
  readonly ticks: readonly number[];
  readonly digits: number;
  readonly limits: readonly number[];
}

const LEFT = 60;
const HEIGHT = 150;
const BAR = '#2a6f97';

function panelSvg(panel: Panel, values: readonly number[], names: readonly string[], step: number): string[] {
  const { top, label, low, high, base, ticks, digits, limits } = panel;
  const y = (value: number): number => top + HEIGHT * (1 - (Math.min(Math.max(value, low), high) - low) / (high - low));
  const right = LEFT + step * names.length;
  const line = (value: number, colour: string, dash = ''): string =>
    `<line x1="${LEFT}" y1="${px(y(value))}" x2="${px(right)}" y2="${px(y(value))}" stroke="${colour}"${dash}/>`;
  const parts = [text(LEFT, top - 10, label, { size: 12, colour: MUTED })];
  for (const tick of ticks)
    parts.push(line(tick, GRID_LINE), text(LEFT - 6, y(tick) + 4, tick.toFixed(digits), { anchor: 'end', size: 11, colour: MUTED }));
  values.forEach((value, i) => {
    const [from, to] = [y(Math.max(value, base)), y(Math.min(value, base))];
    const beyond = limits.length === 2 && (value < limits[0] || value > limits[1]);
    const x = LEFT + step * (i + 0.2);
    parts.push(
      `<rect x="${px(x)}" y="${px(from)}" width="${px(0.6 * step)}" height="${px(Math.max(1, to - from))}" fill="${beyond ? LIMIT : BAR}"/>`,
      text(LEFT + step * (i + 0.5), top + HEIGHT + 16, names[i], { anchor: 'middle', size: 11 }),
    );
  });
  for (const limit of limits) parts.push(line(limit, LIMIT, ' stroke-dasharray="5 4"'));
  parts.push(line(base, INK));
  return parts;
}

/**
 * Two rows of bars: voltages from 1 pu, frequencies from the nominal one. Bars of voltages outside the band are red; bars beyond the axis end there.
 *
 * @throws InputError for lists of other lengths than the names', and for values that are not finite
 */
export function microgridSvg(view: MicrogridView): string {
  const { title, note, names, voltagePu, hertz, bandPu, nominalHertz } = view;
  for (const [what, values] of Object.entries({ voltagePu, hertz })) {
    if (values.length !== names.length || !values.every(Number.isFinite))
      throw new InputError(`${what} of a picture of a microgrid must be ${names.length} finite numbers, one for each name`);
  }
  const step = names.length > 10 ? 38 : 60;
  const width = Math.max(LEFT + step * names.length + 20, 480);
  const height = 2 * (HEIGHT + 60) + 60;
  const voltages: Panel = {
    top: 80,
    label: `voltage after droop, pu (dashed: ${bandPu.join(' and ')})`,
    low: 0.85,
    high: 1.15,
    base: 1,
    ticks: [0.85, 0.9, 0.95, 1, 1.05, 1.1, 1.15],
    digits: 2,
    limits: bandPu,
  };
  const frequencies: Panel = {
    top: 80 + HEIGHT + 60,
    label: 'frequency, Hz',
    low: nominalHertz - 1.5,
    high: nominalHertz + 0.5,
    base: nominalHertz,
    ticks: [-1.5, -1, -0.5, 0, 0.5].map((offset) => nominalHertz + offset),
    digits: 1,
    limits: [],
  };
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" role="img" aria-label="microgrid">
<rect width="${width}" height="${height}" fill="#ffffff"/>
${[
  text(20, 26, title, { size: 16, weight: 600 }),
  text(20, 46, note, { size: 12, colour: MUTED }),
  ...panelSvg(voltages, voltagePu, names, step),
  ...panelSvg(frequencies, hertz, names, step),
].join('\n')}
</svg>
`;
}
