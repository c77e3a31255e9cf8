// Checks that a file is one of the demonstration's pictures: well-formed tags, numbers only in its paths, something drawn.
import { readFileSync } from 'node:fs';

const path = process.argv[2];
const svg = readFileSync(path, 'utf8');
const open = [];
for (const [, closing, name, selfClosing] of svg.matchAll(/<(\/?)([a-z]+)[^>]*?(\/?)>/g)) {
  if (selfClosing) continue;
  if (!closing) open.push(name);
  else if (open.pop() !== name) throw new Error(`${path}: </${name}> closes nothing`);
}
if (open.length > 0) throw new Error(`${path}: <${open[0]}> is left open`);
if (/NaN|Infinity|undefined/.test(svg)) throw new Error(`${path}: a number is missing`);
if ((svg.match(/<path d="M[\d.\sLM]+"/g) ?? []).length < 3) throw new Error(`${path}: fewer than three lines are drawn`);
console.log(`${path}: ${svg.length} characters, well formed`);
