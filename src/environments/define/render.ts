/** What an environment of a defined task looks like: its voltages, its devices, its moment. */
import type { TaskSetup } from './setup.js';

/** What is drawn. */
export interface TaskView {
  readonly setup: TaskSetup;
  readonly day: number;
  readonly step: number;
  /** The observation. */
  readonly row: Float32Array;
}

function extremes({ setup, row }: TaskView): { lowest: number; highest: number } {
  let lowest = 0;
  let highest = 0;
  for (let k = 0; k < setup.nodes.length; k++) {
    if (row[k] < row[lowest]) lowest = k;
    if (row[k] > row[highest]) highest = k;
  }
  return { lowest, highest };
}

function headline(view: TaskView): string {
  const { setup, day, step, row } = view;
  const { lowest, highest } = extremes(view);
  const last = setup.nodes.length + setup.layout.shown.length;
  const at = (k: number): string => `${row[k].toFixed(4)} pu at ${setup.nodes[k]}`;
  return `day ${day}, step ${step} of ${setup.profiles.steps}: voltages from ${at(lowest)} to ${at(highest)}; load ${row[last].toFixed(3)}, sun ${row[last + 1].toFixed(3)}`;
}

export function renderText(view: TaskView): string {
  const { setup, row } = view;
  const lines = [`${setup.definition.id}, ${headline(view)}`];
  setup.layout.shown.forEach(({ name }, k) => {
    lines.push(`  ${name} ${row[setup.nodes.length + k].toFixed(3)}`);
  });
  return `${lines.join('\n')}\n`;
}

const WIDTH = 720;
const HEIGHT = 240;
const LOWEST = 0.9;
const HIGHEST = 1.1;

/** Node voltages as dots over the band, from 0.9 to 1.1 pu. */
export function renderSvg(view: TaskView): string {
  const { setup, row } = view;
  const y = (pu: number): string => (HEIGHT * (1 - (Math.min(Math.max(pu, LOWEST), HIGHEST) - LOWEST) / (HIGHEST - LOWEST))).toFixed(1);
  const [low, high] = setup.bandPu;
  const dots = setup.nodes.map((_, k) => {
    const outside = row[k] < low || row[k] > high;
    return `<circle cx="${(((k + 0.5) * WIDTH) / setup.nodes.length).toFixed(1)}" cy="${y(row[k])}" r="2" fill="${outside ? '#c22' : '#246'}"/>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT + 24}" width="${WIDTH}" height="${HEIGHT + 24}" role="img" aria-label="voltages of ${setup.definition.id}">
<rect x="0" y="${y(high)}" width="${WIDTH}" height="${(Number(y(low)) - Number(y(high))).toFixed(1)}" fill="#e8f0e8"/>
${dots.join('\n')}
<text x="4" y="${HEIGHT + 16}" font-size="12" font-family="sans-serif">${headline(view)}</text>
</svg>
`;
}
