import { describe, expect, it } from 'vitest';
import { MemoryFiles, readOpenDss } from '../../../src/formats/opendss/index.js';
import type { Line } from '../../../src/grid/elements.js';
import { InputError } from '../../../src/grid/errors.js';
import type { Grid } from '../../../src/grid/grid.js';
import { lineMatrices } from '../../../src/grid/line-constants.js';
import type { BareWire, LineCrossSection } from '../../../src/grid/line-constants-conductors.js';
import type { EarthModel } from '../../../src/grid/line-constants-earth.js';

const WIRES = `
new wiredata.phase rac=0.306 gmrac=0.0244 diam=0.721 runits=mi gmrunits=ft radunits=in normamps=530
new wiredata.neutral rac=0.592 gmrac=0.00814 diam=0.563 runits=mi gmrunits=ft radunits=in
`;
const CABLES = `
new cndata.cn k=13 diastrand=0.0641 gmrstrand=0.00208 rstrand=14.8722 epsr=2.3 inslayer=0.22 diains=1.06 diacable=1.29
~ rac=0.41 gmrac=0.0171 diam=0.567 runits=mi gmrunits=ft radunits=in
new tsdata.ts diashield=0.88 tapelayer=0.005 tapelap=20 inslayer=0.22 diains=0.82 diacable=1.06
~ rac=0.97 gmrac=0.0111 diam=0.368 runits=mi gmrunits=ft radunits=in
`;
const FOUR = `
new linegeometry.four nconds=4 nphases=3 reduce=y
~ cond=1 wire=phase x=-4 h=28 units=ft
~ cond=2 wire=phase x=-1.5 h=28
~ cond=3 wire=phase x=3 h=28
~ cond=4 wire=neutral x=0 h=24
`;
const SPACING = 'new linespacing.s500 nconds=4 nphases=3 units=ft x=[-4 -1.5 3 0] h=[28 28 28 24]\n';

const circuit = (text: string): Grid => readOpenDss('test.dss', new MemoryFiles({ 'test.dss': `clear\nnew circuit.c basekv=12.47\n${text}` })).grid;
const lineOf = (text: string, name = 'l'): Line => circuit(text).require('line', name);

const phase: BareWire = {
  kind: 'bare',
  dcResistanceOhmPerMeter: 0.306 / 1.02 / 1609.344,
  acResistanceOhmPerMeter: 0.306 / 1609.344,
  gmrMeters: 0.0244 * 0.3048,
  radiusMeters: (0.721 / 2) * 0.0254,
};
const neutral: BareWire = {
  kind: 'bare',
  dcResistanceOhmPerMeter: 0.592 / 1.02 / 1609.344,
  acResistanceOhmPerMeter: 0.592 / 1609.344,
  gmrMeters: 0.00814 * 0.3048,
  radiusMeters: (0.563 / 2) * 0.0254,
};
const four: LineCrossSection = {
  conductors: [
    { conductor: phase, xMeters: -4 * 0.3048, heightMeters: 28 * 0.3048 },
    { conductor: phase, xMeters: -1.5 * 0.3048, heightMeters: 28 * 0.3048 },
    { conductor: phase, xMeters: 3 * 0.3048, heightMeters: 28 * 0.3048 },
    { conductor: neutral, xMeters: 0, heightMeters: 24 * 0.3048 },
  ],
  phases: 3,
  reduce: true,
};

/** Both matrices agree to rounding. */
function expectMatrices(line: Line, section: LineCrossSection, meters: number, earthModel: EarthModel = 'deri', rho = 100): void {
  const expected = lineMatrices(section, { frequencyHz: 60, earthResistivityOhmMeter: rho, earthModel }, meters);
  expectSame(line, { ...line, ...expected });
}

function expectSame(a: Line, b: Line): void {
  expect(a.phases).toBe(b.seriesOhm.order);
  for (const [left, right] of [
    [a.seriesOhm, b.seriesOhm],
    [a.shuntSiemens, b.shuntSiemens],
  ]) {
    const scale = Math.max(...right.im.map(Math.abs));
    left.re.forEach((value, i) => {
      expect(Math.abs(value - right.re[i])).toBeLessThan(1e-13 * scale);
      expect(Math.abs(left.im[i] - right.im[i])).toBeLessThan(1e-13 * scale);
    });
  }
}

const USE = 'new line.l bus1=sourcebus bus2=b length=2000 units=ft';

describe('geometry', () => {
  it('computes a line, conductor by conductor', () => {
    const line = lineOf(`${WIRES}${FOUR}${USE} geometry=four`);
    expectMatrices(line, four, 2000 * 0.3048);
    expect(line.terminals.map((terminal) => terminal.nodes)).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ]);
    expect(line.lengthMeters).toBeCloseTo(609.6, 10);
    expect(line.normalAmps).toBe(530);
  });

  it('by spacing and wires is the same, in any units', () => {
    const direct = lineOf(`${WIRES}${FOUR}${USE} geometry=four`);
    expectSame(
      lineOf(`${WIRES}${SPACING}new linegeometry.g nconds=4 nphases=3 reduce=y spacing=s500 wires=[phase phase phase neutral]\n${USE} geometry=g`),
      direct,
    );
    expectSame(lineOf(`${WIRES}${SPACING}${USE} spacing=s500 wires=[phase, phase, phase, neutral]`), direct);
    const metric = `
new wiredata.p rac=${(0.306 / 1609.344) * 1000} gmrac=${0.0244 * 304.8} radius=${(0.721 / 2) * 25.4} runits=km gmrunits=mm radunits=mm
new wiredata.n rac=${0.592 / 1609.344} gmrac=${0.00814 * 30.48} diam=${0.563 * 0.0254} runits=m gmrunits=cm radunits=m
new linespacing.m nconds=4 nphases=3 units=m x=[${[-4, -1.5, 3, 0].map((x) => x * 0.3048).join(' ')}] h=[${[28, 28, 28, 24].map((x) => x * 0.3048).join(' ')}]
new line.l bus1=sourcebus bus2=b length=0.6096 units=km spacing=m wires=[p p p n]`;
    expectSame(lineOf(metric), direct);
  });

  it('without reduce keeps its neutral as a conductor', () => {
    const line = lineOf(`${WIRES}${FOUR}linegeometry.four.reduce=n\n${USE} geometry=four`);
    expectMatrices(line, { ...four, reduce: false }, 609.6);
    expect(line.terminals[0].nodes).toEqual([1, 2, 3, 4]);
  });

  it('takes a length without unit, and places never selected by cond, as metres', () => {
    const line = lineOf(
      `${WIRES}new linegeometry.one nconds=1 nphases=1 wire=phase x=0 h=9\nnew line.l bus1=sourcebus.1 bus2=b.1 geometry=one length=50`,
    );
    const section = { conductors: [{ conductor: phase, xMeters: 0, heightMeters: 9 }], phases: 1, reduce: false };
    expectMatrices(line, section, 50);
  });

  it('follows the earth model and resistivity', () => {
    expectMatrices(lineOf(`set earthmodel=carson\n${WIRES}${FOUR}${USE} geometry=four`), four, 609.6, 'carson');
    expectMatrices(lineOf(`${WIRES}${FOUR}${USE} geometry=four earthmodel=fullcarson`), four, 609.6, 'fullcarson');
    expectMatrices(lineOf(`${WIRES}${FOUR}${USE} geometry=four rho=30`), four, 609.6, 'deri', 30);
    expectMatrices(lineOf(`${WIRES}${FOUR}${USE} rho=30 geometry=four`), four, 609.6, 'deri', 30);
  });

  it('is followed when it is edited before the solution', () => {
    const grid = circuit(`${WIRES}${FOUR}${USE} geometry=four\nlinegeometry.four.cond=4 h=20 x=1\nwiredata.phase.rac=0.5`);
    const edited = {
      ...four,
      conductors: four.conductors.map((placed, i) =>
        i === 3
          ? { ...placed, xMeters: 0.3048, heightMeters: 20 * 0.3048 }
          : { ...placed, conductor: { ...phase, acResistanceOhmPerMeter: 0.5 / 1609.344 } },
      ),
    };
    expectMatrices(grid.require('line', 'l'), edited, 609.6);
  });

  it('gives one earth to all its lines, as OpenDSS does', () => {
    const grid = circuit(`${WIRES}${FOUR}${USE} geometry=four\nnew line.m like=l geometry=four rho=30 bus1=b bus2=c earthmodel=carson`);
    expectMatrices(grid.require('line', 'l'), four, 609.6, 'deri', 30);
    expectMatrices(grid.require('line', 'm'), four, 609.6, 'deri', 30);
  });

  it('can be copied', () => {
    const grid = circuit(`${WIRES}${FOUR}new linegeometry.copy like=four\n${USE} geometry=copy`);
    expectMatrices(grid.require('line', 'l'), four, 609.6);
  });
});

describe('spacing', () => {
  it('is computed with the earth model of the line before it, deri for the first, as in OpenDSS', () => {
    const grid = circuit(
      `set earthmodel=carson\n${WIRES}${SPACING}${USE} spacing=s500 wires=[phase phase phase neutral]\n` +
        'new line.m bus1=b bus2=c length=2000 units=ft spacing=s500 wires=[phase phase phase neutral]\n' +
        'new line.n bus1=c bus2=d length=2000 units=ft spacing=s500 wires=[phase phase phase neutral] rho=30',
    );
    expectMatrices(grid.require('line', 'l'), four, 609.6, 'deri');
    expectMatrices(grid.require('line', 'm'), four, 609.6, 'carson');
    expectMatrices(grid.require('line', 'n'), four, 609.6, 'carson', 30);
  });
});

describe('conductor data', () => {
  const oneWire = (data: string): Line =>
    lineOf(
      `new wiredata.w ${data}\nnew linegeometry.g nconds=1 nphases=1 cond=1 wire=w x=0 h=30 units=ft\nnew line.l bus1=sourcebus.1 bus2=b.1 geometry=g length=1 units=mi`,
    );

  it('derives what is not given', () => {
    const full = oneWire('rdc=0.3 rac=0.306 gmrac=0.7788 radius=1 runits=mi gmrunits=in radunits=in');
    expectSame(oneWire('rdc=0.3 radius=1 runits=mi radunits=in'), full);
    expectSame(oneWire('rac=0.306 diam=2 runits=mi radunits=in'), full);
    expectSame(oneWire('rac=0.306 gmrac=0.7788 runits=mi gmrunits=in'), full);
    expectSame(oneWire('rdc=0.3 radius=1 capradius=1 runits=mi radunits=in'), full);
  });

  it('takes a capacitance radius of its own', () => {
    const bundle = oneWire('rdc=0.3 radius=1 capradius=4 runits=mi radunits=in');
    const plain = oneWire('rdc=0.3 radius=1 runits=mi radunits=in');
    expect(bundle.seriesOhm.im[0]).toBe(plain.seriesOhm.im[0]);
    const height = 30 * 12;
    expect(bundle.shuntSiemens.im[0] / plain.shuntSiemens.im[0]).toBeCloseTo(Math.log(2 * height) / Math.log((2 * height) / 4), 12);
  });
});

describe('cables', () => {
  const cable = (text: string): Line => lineOf(`${WIRES}${CABLES}${text}`);

  it('concentric neutral: IEEE 13 configuration 606', () => {
    const line = cable(
      `set earthmodel=carson\nnew linespacing.s nconds=3 nphases=3 units=in x=[-6 0 6] h=[-48 -48 -48]
new linegeometry.g nconds=3 nphases=3 spacing=s cncables=[cn cn cn]\nnew line.l bus1=sourcebus bus2=b geometry=g length=1 units=mi`,
    );
    const published = [
      [0.7982, 0.4463],
      [0.3192, 0.0328],
      [0.2849, -0.0143],
      [0.3192, 0.0328],
      [0.7891, 0.4041],
    ];
    published.forEach(([r, x], i) => {
      expect(Math.abs(line.seriesOhm.re[i] - r)).toBeLessThan(2e-4);
      expect(Math.abs(line.seriesOhm.im[i] - x)).toBeLessThan(2e-4);
    });
  });

  it('with bare neutrals beside them, one by one, all at once, and by the line itself', () => {
    const one = cable(
      `new linegeometry.g nconds=4 nphases=3 reduce=y\n~ cond=1 cncable=cn x=-6 h=-48 units=in\n~ cond=2 cncable=cn x=0 h=-48\n~ cond=3 cncable=cn x=6 h=-48
~ cond=4 wire=neutral x=12 h=-48\n${USE} geometry=g`,
    );
    const spacing = 'new linespacing.s nconds=4 nphases=3 units=in x=[-6 0 6 12] h=[-48 -48 -48 -48]\n';
    expectSame(
      cable(`${spacing}new linegeometry.g nconds=4 nphases=3 reduce=y spacing=s cncables=[cn cn cn] wires=[neutral]\n${USE} geometry=g`),
      one,
    );
    expectSame(cable(`${spacing}${USE} spacing=s cncables=[cn cn cn] wires=[neutral]`), one);
  });

  it('tape shield beside a neutral', () => {
    const spacing = 'new linespacing.s nconds=2 nphases=1 units=in x=[0 1] h=[-48 -48]\n';
    const line = cable(`${spacing}new line.l bus1=sourcebus.1 bus2=b.1 spacing=s tscables=[ts] wires=[neutral] length=800 units=ft`);
    expect(line.phases).toBe(1);
    expect(line.seriesOhm.re[0]).toBeGreaterThan(0.97 * (800 / 5280));
    expect(line.shuntSiemens.im[0]).toBeGreaterThan(0);
  });
});

describe('errors name the place, the element and the property', () => {
  const cases: [string, string, RegExp][] = [
    ['an unknown wire', `${WIRES}new linegeometry.g nconds=1 nphases=1 cond=1 wire=gone`, /linegeometry\.g\.wire: there is no wiredata named "gone"/],
    ['conductors before their number', `${WIRES}new linegeometry.g wire=phase`, /linegeometry\.g\.wire: set nconds/],
    ['a conductor too many', `${WIRES}new linegeometry.g nconds=2 cond=3`, /linegeometry\.g\.cond: must be between 1 and 2/],
    ['wires too few', `${WIRES}${SPACING}new linegeometry.g nconds=4 spacing=s500 wires=[phase phase]`, /names 2 wires where 4 are needed/],
    ['a spacing of another size', `${WIRES}${SPACING}new linegeometry.g nconds=3 spacing=s500`, /has 4 conductors, this geometry 3/],
    ['places too few', 'new linespacing.s nconds=4 x=[1 2 3]', /linespacing\.s\.x: needs 4 numbers, but has 3/],
    ['NaN among places', 'new linespacing.s nconds=2 x=[1 nan]', /linespacing\.s\.x: "nan" is not a number/],
    [
      'a conductor without wire',
      `${WIRES}new linegeometry.g nconds=2 nphases=2 cond=1 wire=phase h=10\n${USE} geometry=g`,
      /conductor 2 has no wire/,
    ],
    [
      'a wire without radius',
      `new wiredata.w rac=1\nnew linegeometry.g nconds=1 nphases=1 cond=1 wire=w h=10\n${USE} geometry=g`,
      /conductor 1: geometric mean radius/,
    ],
    [
      'a wire on the ground',
      `${WIRES}new linegeometry.g nconds=1 nphases=1 cond=1 wire=phase\n${USE} geometry=g`,
      /conductor 1 must have a height above 0/,
    ],
    [
      'wires in one place',
      `${WIRES}new linespacing.s nconds=2 nphases=2 x=[1 1] h=[10 10]\n${USE} spacing=s wires=[phase phase]`,
      /conductors 1 and 2 occupy/,
    ],
    ['no radius at all', 'new wiredata.w radius=0', /wiredata\.w\.radius: must be greater than zero/],
    ['one strand', 'new cndata.c k=1', /cndata\.c\.k: must be at least 2/],
    ['a tape that is all lap', 'new tsdata.t tapelap=100', /tsdata\.t\.tapelap/],
    ['too many conductors', 'new linegeometry.g nconds=1000000', /linegeometry\.g\.nconds: must be between 1 and 100/],
  ];
  for (const [name, text, message] of cases) {
    it(name, () => {
      expect(() => circuit(text)).toThrow(InputError);
      expect(() => circuit(text)).toThrow(message);
      expect(() => circuit(text)).toThrow(/^[^\n]*:\d+: [^\n]*$/);
    });
  }
});
