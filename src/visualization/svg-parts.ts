/** What pictures are put together from: texts, coordinates, scales, colours. */

export const INK = '#222222';
export const MUTED = '#666666';
export const GRID_LINE = '#e4e4e4';
/** Colour of limits and of what is beyond them. */
export const LIMIT = '#9a1b1b';

/** How a text stands. */
export interface TextStyle {
  anchor?: 'start' | 'middle' | 'end';
  colour?: string;
  size?: number;
  weight?: number;
}

/** A text at a place. */
export function text(x: number, y: number, content: string, style: TextStyle = {}): string {
  const parts = [`x="${px(x)}"`, `y="${px(y)}"`, `fill="${style.colour ?? INK}"`];
  if (style.anchor && style.anchor !== 'start') parts.push(`text-anchor="${style.anchor}"`);
  if (style.size) parts.push(`font-size="${style.size}"`);
  if (style.weight) parts.push(`font-weight="${style.weight}"`);
  return `<text ${parts.join(' ')}>${escape(content)}</text>`;
}

/** A white rim, so that a label stays readable over lines. */
export function halo(element: string): string {
  return element.replace('<text ', '<text stroke="#ffffff" stroke-width="4" paint-order="stroke" stroke-linejoin="round" ');
}

/** A coordinate, to a tenth of a pixel. */
export function px(value: number): string {
  const rounded = Math.round(value * 10) / 10;
  return String(Object.is(rounded, -0) ? 0 : rounded);
}

/** A text as it may stand in XML. */
export function escape(content: string): string {
  // Control characters are not allowed in XML at all.
  const printable = Array.from(content, (character) => (character < ' ' ? ' ' : character)).join('');
  return printable.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** About `count` round values that cover [low, high], the first at or below low, the last at or above high. */
export function ticks(low: number, high: number, count: number): { values: number[]; digits: number } {
  const raw = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= raw * (1 - 1e-9)) ?? 10 * power;
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  const values: number[] = [];
  for (let i = first; i <= Math.max(last, first + 1); i++) values.push(i * step);
  return { values, digits: Math.max(0, Math.min(9, -Math.floor(Math.log10(step) + 1e-9))) };
}
