/** Scripts that say odd things: what the reader does about them, and that it does not keep silent. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { nodeFiles } from '../../../src/formats/opendss/node-files.js';
import { readOpenDss } from '../../../src/formats/opendss/reader.js';
import { InputError } from '../../../src/grid/index.js';
import { read, readWhole } from './read-text.js';

const folder = mkdtempSync(join(tmpdir(), 'busbar-awkward-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const readFile = (name: string, content: string | Uint8Array) => readOpenDss(file(name, content), nodeFiles());

describe('letters', () => {
  it('of Latin-1 are kept apart, with a warning', () => {
    const { grid, warnings } = readFile('latin.dss', Buffer.from('new circuit.c\nnew load.stra\xdfe kw=1\nnew load.stra\xe4e kw=2\n', 'latin1'));
    expect(grid.elementsOf('load').map((load) => [load.name, load.powerKw])).toEqual([
      ['straße', 1],
      ['straäe', 2],
    ]);
    expect(warnings.map((warning) => warning.message)).toEqual([expect.stringContaining('is not UTF-8; it is read as Latin-1')]);
  });

  it('of UTF-8 are themselves, with or without a byte-order mark', () => {
    for (const mark of ['', '\ufeff']) {
      const { grid, warnings } = readFile('utf8.dss', `${mark}new circuit.c\nnew load.straße kw=1\n`);
      expect(grid.elementsOf('load').map((load) => load.name)).toEqual(['straße']);
      expect(warnings).toEqual([]);
    }
  });

  it('of UTF-16 are refused with what to do', () => {
    expect(() => readFile('utf16.dss', Buffer.from('\ufeffnew circuit.c\n', 'utf16le'))).toThrow('is UTF-16; save it as UTF-8');
    expect(() => readFile('utf16-bare.dss', Buffer.from('new circuit.c\n', 'utf16le'))).toThrow('or UTF-16: then save it as UTF-8');
  });

  it('may be in lines that end by carriage returns alone', () => {
    const { grid } = readFile('mac.dss', 'clear\rnew circuit.c\rnew load.a kw=3\r');
    expect(grid.require('load', 'a').powerKw).toBe(3);
    expect(readWhole('clear\rnew circuit.c\rnew load.a kw=4').grid.require('load', 'a').powerKw).toBe(4);
  });
});

describe('files', () => {
  it('that lead to themselves through links are a loop', () => {
    symlinkSync('.', join(folder, 'dd'));
    expect(() => readFile('loop.dss', 'redirect dd/loop.dss\n')).toThrow(/loop\.dss:1: scripts read each other in a loop/);
    expect(() => readFile('loop.dss', 'redirect dd/loop.dss\n')).toThrow(InputError);
  });

  it('that are no files are named for what they are', () => {
    mkdirSync(join(folder, 'sub'));
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    expect(() => readFile('a.dss', 'redirect sub\n')).toThrow(/a\.dss:1: file ".*sub" cannot be read: it is a folder/);
    expect(() => readFile('a.dss', 'redirect pipe\n')).toThrow('it is a pipe or a device, not a regular file');
    symlinkSync('round', join(folder, 'round'));
    expect(() => readFile('a.dss', 'redirect round\n')).toThrow(InputError);
  });
});

describe('values', () => {
  it('that are empty leave the property as it was, and say so', () => {
    for (const [line, name] of [
      ['new load.a kw=', 'load.a.kw'],
      ['new load.a kw=()', 'load.a.kw'],
      ['new load.a\nload.a.kw=', 'load.a.kw'],
      ['new load.a\nload.a.kv=1 kw=', 'load.a.kw'],
    ]) {
      const { grid, warnings } = read(line);
      expect(grid.require('load', 'a').powerKw).toBe(10);
      expect(warnings).toEqual([expect.stringContaining(`${name}: the value is empty`)]);
    }
    expect(read('set loadmult=').warnings).toEqual([expect.stringContaining('set.loadmult: the value is empty')]);
    expect(read('new load.a kv="" kw=5').warnings[0]).toContain('load.a.kv: an empty value ends the command; ignored is: kw=5');
  });

  it('of shapes without multipliers are warned of once', () => {
    for (const shape of ['npts=0', 'npts=2 qmult=[1 2]']) {
      expect(read(`new loadshape.s ${shape}\nnew load.a daily=s`).warnings).toEqual([expect.stringContaining('loadshape.s has no multipliers')]);
    }
    expect(read('new loadshape.s npts=2 mult=[1 2]').warnings).toEqual([]);
  });

  it('below zero are let through with a warning where the engine has a use for them, and refused where not', () => {
    for (const property of ['%r=-1', '%rs=[-1 1]', '%loadloss=-1', '%noloadloss=-0.5']) {
      expect(read(`new transformer.t ${property}`).warnings).toEqual([expect.stringContaining('is negative')]);
    }
    expect(read('new transformer.t %r=1 %loadloss=2 %noloadloss=0.5').warnings).toEqual([]);
    const { grid, warnings } = read('set loadmult=-1');
    expect(grid.loadMultiplier).toBe(-1);
    expect(warnings).toEqual([expect.stringContaining('deliver power')]);
    expect(() => read('new line.l length=-1')).toThrow('main.dss:3: line.l.length: must be greater than zero, not -1');
  });

  it.each([
    ['set hour=1e18', 'main.dss:3: set.hour: must be between 0 and 2147483647, not 1e18'],
    ['set time=(1e18, 0)', 'set.time: hour and second must be at most'],
    ['set sec=1e300', 'set.sec: must be at most'],
    ['set stepsize=1e15h', 'set.stepsize: a step of 1e15h is longer than'],
    ['set maxcontroliter=1e9', 'set.maxcontroliter: must be between 1 and 10000, not 1e9'],
    ['new transformer.t numtaps=1e9', 'transformer.t.numtaps: must be between 0 and 10000, not 1e9'],
    ['new load.a kw=(swap)', 'load.a.kw: "swap" is not a number'],
    ['new load.a kw=(1 rolldn)', 'load.a.kw: "1 rolldn" leaves no number'],
  ])('out of reach are refused: %s', (line, message) => {
    expect(() => read(line)).toThrow(message);
  });

  it('of any length are cut in messages, and escapes do not reach the screen', () => {
    for (const value of ['x'.repeat(1e6), `\u001b[2J${'y'.repeat(100)}`]) {
      for (const line of [`new load.a kw=${value}`, `new load.a bus1=b.${value}`, `set mode=${value}`, `new load.a status=${value}`, `${value} 1`]) {
        let message = '';
        try {
          read(line);
        } catch (error) {
          message = (error as Error).message;
        }
        expect(message.length, line.slice(0, 30)).toBeGreaterThan(10);
        expect(message.length).toBeLessThanOrEqual(600);
        expect(message).not.toContain('\u001b');
      }
    }
  });
});

describe('commands', () => {
  it('make no element before the circuit, but its general data', () => {
    expect(() => readWhole('new load.a kw=1\nnew circuit.c')).toThrow('main.dss:1: there is no circuit yet');
    expect(readWhole('new loadshape.s npts=1 mult=[3]\nnew circuit.c').grid.loadShapes.has('s')).toBe(true);
  });

  it('name the script where it makes no circuit', () => {
    expect(() => readWhole('')).toThrow('main.dss:1: there is no circuit');
  });

  it('edit by pattern in any case, without hanging', () => {
    const names = ['a1', 'a2', 'b1', `${'a'.repeat(42)}X`];
    const made = names.map((name) => `new load.${name}`).join('\n');
    const edited = (pattern: string) =>
      read(`${made}\nbatchedit load.${pattern} kw=7`)
        .grid.elementsOf('load')
        .filter((load) => load.powerKw === 7)
        .map((load) => load.name);
    expect(edited('^A\\d')).toEqual(['a1', 'a2']);
    expect(edited('\\D1$')).toEqual(['a1', 'b1']);
    expect(edited('.')).toHaveLength(4);
    const begun = performance.now();
    expect(edited('(a+)+$')).toEqual([]);
    expect(performance.now() - begun).toBeLessThan(2000);
  });

  it('that repeat themselves by the thousand are warned of a bounded number of times', () => {
    expect(read(`new load.a\n${'new load.a kw=1\n'.repeat(5000)}`).warnings).toHaveLength(1);
    const many = Array.from({ length: 1500 }, (_, i) => `new load.l${i}\nnew load.l${i}`).join('\n');
    const { warnings } = read(many);
    expect(warnings).toHaveLength(1001);
    expect(warnings[1000]).toContain('further ones are left out');
  });
});
