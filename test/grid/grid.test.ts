/** What may be put into a grid: records of known kinds, and nothing else. */
import { describe, expect, it } from 'vitest';
import {
  BusbarError,
  type CircuitElement,
  type Control,
  formatMismatch,
  Grid,
  GridError,
  InputError,
  oneLine,
  printable,
} from '../../src/grid/index.js';

const source = (): CircuitElement => ({
  ...{ kind: 'vsource', name: 'source', enabled: true, phases: 1, baseKv: 1, voltagePu: 1, angleDegrees: 0, sequence: 1, shapes: {} },
  terminals: [
    { bus: 'a', nodes: [1] },
    { bus: 'a', nodes: [0] },
  ],
  impedanceOhm: { order: 1, re: Float64Array.of(0), im: Float64Array.of(1) },
});

describe('a grid', () => {
  it('takes elements and the buses they name', () => {
    const grid = new Grid('g');
    grid.add(source());
    expect([...grid.buses.keys()]).toEqual(['a']);
    expect(() => grid.add(source())).toThrow('there is already an element vsource.source');
    expect(grid.remove('VSource.source')).toBe(true);
    expect(grid.remove('vsource.source')).toBe(false);
  });

  it.each([
    [undefined, 'a record with kind and name, not undefined'],
    [null, 'not null'],
    [5, 'not 5'],
    [{ kind: 'bogus', name: 'x' }, 'no kind "bogus"'],
    [{ kind: 'constructor', name: 'x' }, 'no kind "constructor"'],
    [{ kind: 'regcontrol', name: 'x' }, 'no kind "regcontrol" of what can be added here'],
    [{ kind: 'load' }, 'needs a name, not undefined'],
    [{ kind: 'load', name: '' }, 'needs a name'],
    [{ kind: 'load', name: 'x' }, 'load.x: a terminal needs the name of its bus'],
    [{ kind: 'line', name: 'x' }, 'load.x: a terminal'.replace('load', 'line')],
    [{ kind: 'line', name: 'x', terminals: 3 }, 'line.x: needs its terminals'],
    [{ kind: 'line', name: 'x', terminals: [null] }, 'line.x: a terminal needs the name of its bus'],
    [{ kind: 'line', name: 'x', terminals: [{ bus: 'a' }] }, 'line.x: a terminal needs the list of its nodes'],
    [{ kind: 'transformer', name: 'x' }, 'transformer.x: needs its windings'],
    [{ kind: 'transformer', name: 'x', windings: [{}] }, 'transformer.x: a terminal needs the name of its bus'],
  ])('refuses the element %j', (element, message) => {
    const grid = new Grid('g');
    expect(() => grid.add(element as CircuitElement)).toThrow(GridError);
    expect(() => grid.add(element as CircuitElement)).toThrow(message);
    expect([...grid.elements]).toEqual([]);
  });

  it('refuses controls that are none, and removal by other than an id', () => {
    const grid = new Grid('g');
    for (const control of [undefined, { kind: 'load', name: 'x' }, { kind: 'capcontrol' }]) {
      expect(() => grid.addControl(control as Control)).toThrow(GridError);
    }
    const added = grid.add(source());
    expect(() => grid.remove(added as unknown as string)).toThrow('removed by its id');
  });
});

describe('messages', () => {
  it('are one printable line of bounded length', () => {
    const error = new InputError(`bad \u001b[31mvalue\n${'x'.repeat(1e6)}end`, { element: 'load.a' });
    expect(error.message).toMatch(/^load\.a: bad {2}\[31mvalue x+ \.\.\. x+end$/);
    expect(error.message.length).toBeLessThanOrEqual(600);
    expect(new BusbarError('short').message).toBe('short');
    expect(oneLine('a\u009bb\u007fc\rd')).toBe('a b c d');
    expect(printable('a\u001bb\nc', 'line feeds')).toBe('a b\nc');
  });

  it('write a mismatch that is none in words', () => {
    expect(formatMismatch(Infinity)).toBe('not finite');
    expect(formatMismatch(0.00123)).toBe('1.23e-3 pu of 1 MVA');
  });
});
