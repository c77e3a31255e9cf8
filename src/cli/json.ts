/** JSON as busbar prints it: numbers shortest and exact, no -0, what is not finite as null, long tables a row a line. */

/** One value on one line. */
function flat(value: unknown): string {
  return JSON.stringify(value, (_, entry: unknown) => {
    if (typeof entry === 'number') return Number.isFinite(entry) ? entry + 0 : null;
    if (ArrayBuffer.isView(entry)) return Array.from(entry as Float64Array);
    return entry;
  });
}

/** An object as text, one line a key; arrays of arrays and objects of objects or arrays one line an entry. Ends with a line feed. */
export function jsonText(record: object): string {
  const lines = Object.entries(record)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${JSON.stringify(key)}: ${block(value)}`);
  return `{\n${lines.join(',\n')}\n}\n`;
}

function block(value: unknown): string {
  if (Array.isArray(value) && value.some((entry) => typeof entry === 'object' && entry !== null)) {
    return `[\n  ${value.map(flat).join(',\n  ')}\n]`;
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)) {
    const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
    if (entries.some(([, entry]) => typeof entry === 'object' && entry !== null)) {
      return `{\n  ${entries.map(([key, entry]) => `${JSON.stringify(key)}: ${flat(entry)}`).join(',\n  ')}\n}`;
    }
  }
  return flat(value);
}
