/** Random grids for property tests: every kind of element and control, with numbers of all sizes and names of all letters. They make no electrical sense. */
import fc from 'fast-check';
import type {
  CapacitorControl,
  CircuitElement,
  ComplexMatrix,
  Control,
  ExponentialControl,
  GeneratorDispatcher,
  Inverter,
  InverterControl,
  LoadShape,
  RegulatorControl,
  ShapeReferences,
  StorageControl,
  SwitchControl,
  Terminal,
  Winding,
  XyCurve,
} from '../../src/grid/index.js';
import { Grid } from '../../src/grid/index.js';

type Arbitraries<T> = { [K in keyof T]-?: fc.Arbitrary<T[K]> };

const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: -1000, max: 1000 }),
  fc.integer({ min: -99_999, max: 99_999 }).map((x) => x / 1000),
  fc.constantFrom(0, -0, 1, 0.95, 1.05),
);
const flag = fc.boolean();
const words = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.constantFrom('', 'a', 'x,y', '50%', '[line]', 'a b', '`${x}`', '\\n', 'rows:', '# no', 'a.1', '\ud800'),
);
const name = words.map((word) => word.toLowerCase()).filter((word) => word !== '' && word === word.toLowerCase());
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined, freq: 3 });
const oneOf = <T>(...choices: T[]): fc.Arbitrary<T> => fc.constantFrom(...choices);
const phases = fc.integer({ min: 1, max: 4 });
const doubles = fc.array(number, { maxLength: 5 }).map((values) => Float64Array.from(values));
const series = fc
  .array(fc.tuple(number, fc.integer({ min: 1, max: 3 })), { maxLength: 6 })
  .map((runs) => Float64Array.from(runs.flatMap(([value, count]) => new Array<number>(count).fill(value))));

/** A record without the properties that came out undefined. */
function record<T extends object>(fields: Arbitraries<T>): fc.Arbitrary<T> {
  return fc.record(fields as unknown as { [key: string]: fc.Arbitrary<unknown> }).map((value) => {
    return Object.fromEntries(Object.entries(value).filter(([, property]) => property !== undefined)) as T;
  });
}

const matrix: fc.Arbitrary<ComplexMatrix> = fc
  .tuple(
    fc.integer({ min: 1, max: 3 }),
    oneOf('full', 'symmetric', 'balanced', 'real', 'imaginary'),
    fc.array(number, { minLength: 18, maxLength: 18 }),
  )
  .map(([order, shape, values]) => {
    const re = Float64Array.from({ length: order * order }, (_, i) => values[i]);
    const im = Float64Array.from({ length: order * order }, (_, i) => values[9 + i]);
    if (shape === 'real') im.fill(0);
    if (shape === 'imaginary') re.fill(0);
    for (let i = 0; i < order; i++) {
      for (let j = 0; j < order; j++) {
        const from = shape === 'symmetric' ? Math.max(i, j) * order + Math.min(i, j) : i === j ? 0 : 1;
        if (shape !== 'symmetric' && shape !== 'balanced') continue;
        re[i * order + j] = re[from];
        im[i * order + j] = im[from];
      }
    }
    return { order, re, im };
  });

const terminal: fc.Arbitrary<Terminal> = fc
  .tuple(words, fc.array(fc.tuple(fc.integer({ min: 0, max: 12 }), fc.boolean()), { maxLength: 4 }), flag)
  .map(([bus, conductors, someOpen]) => {
    const value: Terminal = { bus, nodes: conductors.map(([node]) => node) };
    const open = conductors.map(([, isOpen]) => isOpen);
    if (someOpen && open.includes(true)) value.open = open;
    return value;
  });
const terminals = fc.tuple(terminal, terminal);
const oneOrTwo = fc.oneof(fc.tuple(terminal), fc.tuple(terminal, terminal));
const connection = oneOf('wye' as const, 'delta' as const);
const sequence = oneOf(1 as const, -1 as const, 0 as const);
const shapes: fc.Arbitrary<ShapeReferences> = record<ShapeReferences>({ daily: maybe(words), yearly: maybe(words), duty: maybe(words) });
const base = { name, enabled: flag, origin: oneOf(undefined, 'somewhere.dss:7') };
const winding = record<Winding>({
  terminal,
  connection,
  kv: number,
  kva: number,
  tapPu: number,
  minTapPu: number,
  maxTapPu: number,
  tapSteps: number,
  resistancePercent: number,
  neutralOhm: number,
  neutralReactanceOhm: number,
});
const inverter = record<Inverter>({
  state: maybe(
    record({
      on: flag,
      panelKw: number,
      efficiency: number,
      powerKw: number,
      powerKvar: number,
      kvarLimit: number,
      absorbedKvarLimit: number,
      requestedKw: number,
      voltWatt: flag,
      voltVar: flag,
      wattVar: flag,
      wattPowerFactor: flag,
      dynamicReactive: flag,
      voltageRegulation: flag,
      wattPowerFactorTarget: number,
      turnedRound: flag,
    }),
  ),
  kva: number,
  maxKvar: number,
  maxAbsorbedKvar: number,
  cutInPercent: number,
  cutOutPercent: number,
  efficiencyCurve: maybe(words),
  wattPriority: flag,
  powerFactorPriority: flag,
  minPowerNoVarsPercent: number,
  minPowerFullVarsPercent: number,
  varFollowInverter: flag,
  minVoltagePu: number,
  maxVoltagePu: number,
  limitCurrent: flag,
  balanced: flag,
  resistancePercent: number,
  reactancePercent: number,
  reactiveMode: oneOf('powerFactor' as const, 'kvar' as const),
  powerFactor: number,
  powerKvar: number,
});
const setting = record({ voltage: number, bandVolts: number, resistanceVolts: number, reactanceVolts: number, impedanceVolts: number });
const phaseOrWord = fc.oneof(phases, oneOf('avg' as const, 'max' as const, 'min' as const));

type ElementArbitraries = { [K in CircuitElement['kind']]: fc.Arbitrary<Extract<CircuitElement, { kind: K }>> };
type ElementOf<K extends CircuitElement['kind']> = Extract<CircuitElement, { kind: K }>;
const kind = <K extends string>(value: K): fc.Arbitrary<K> => fc.constant(value);

/** A random element of each kind. */
export const elementArbitraries: ElementArbitraries = {
  vsource: record<ElementOf<'vsource'>>({
    ...base,
    kind: kind('vsource'),
    phases,
    terminals,
    baseKv: number,
    voltagePu: number,
    angleDegrees: number,
    sequence,
    impedanceOhm: matrix,
    shapes,
  }),
  isource: record<ElementOf<'isource'>>({ ...base, kind: kind('isource'), phases, terminals, amps: number, angleDegrees: number, sequence, shapes }),
  line: record<ElementOf<'line'>>({
    ...base,
    kind: kind('line'),
    phases,
    terminals,
    seriesOhm: matrix,
    shuntSiemens: matrix,
    lengthMeters: number,
    lengthUnitKnown: maybe(flag),
    isSwitch: flag,
    normalAmps: maybe(number),
    emergencyAmps: maybe(number),
  }),
  transformer: record<ElementOf<'transformer'>>({
    ...base,
    kind: kind('transformer'),
    phases,
    windings: fc.array(winding, { minLength: 1, maxLength: 4 }),
    shortCircuitReactancePercent: fc.array(number, { maxLength: 6 }),
    noLoadLossPercent: number,
    magnetizingCurrentPercent: number,
    antiFloatPpm: number,
    phaseShift: oneOf('lag' as const, 'lead' as const),
    bank: maybe(words),
    normalKva: maybe(number),
    isAuto: maybe(flag),
  }),
  capacitor: record<ElementOf<'capacitor'>>({
    ...base,
    kind: kind('capacitor'),
    phases,
    terminals: oneOrTwo,
    connection,
    kv: number,
    steps: fc.array(record({ kvar: number, resistanceOhm: number, reactanceOhm: number, closed: flag }), { maxLength: 4 }),
    capacitanceFarad: maybe(doubles),
  }),
  reactor: record<ElementOf<'reactor'>>({
    ...base,
    kind: kind('reactor'),
    phases,
    terminals: oneOrTwo,
    connection,
    impedanceOhm: matrix,
    parallelOhm: number,
  }),
  fault: record<ElementOf<'fault'>>({ ...base, kind: kind('fault'), phases, terminals, conductanceSiemens: doubles }),
  load: record<ElementOf<'load'>>({
    ...base,
    kind: kind('load'),
    phases,
    terminal,
    connection,
    model: oneOf(1 as const, 2 as const, 3 as const, 4 as const, 5 as const, 6 as const, 7 as const, 8 as const),
    kv: number,
    powerKw: number,
    powerKvar: number,
    minVoltagePu: number,
    maxVoltagePu: number,
    lowVoltagePu: number,
    exponentWatts: number,
    exponentVars: number,
    zip: maybe(fc.array(number, { maxLength: 7 })),
    status: oneOf('variable' as const, 'fixed' as const, 'exempt' as const),
    shapes,
    specifiedPowerFactor: maybe(number),
    exponentShape: maybe(words),
    growth: maybe(words),
    growthFactor: maybe(number),
    customers: number,
  }),
  generator: record<ElementOf<'generator'>>({
    ...base,
    kind: kind('generator'),
    phases,
    terminal,
    connection,
    model: oneOf(1 as const, 2 as const, 3 as const, 4 as const, 5 as const, 7 as const),
    kv: number,
    powerKw: number,
    powerKvar: number,
    kva: number,
    minVoltagePu: number,
    maxVoltagePu: number,
    targetVoltagePu: number,
    maxKvar: number,
    minKvar: number,
    voltageControlFactor: number,
    status: oneOf('variable' as const, 'fixed' as const),
    dispatchMode: oneOf('default' as const, 'loadlevel' as const, 'price' as const),
    dispatchValue: number,
    forceOn: flag,
    shapes,
    baseVolts: maybe(number),
    dutyStartHours: maybe(number),
  }),
  pvsystem: record<ElementOf<'pvsystem'>>({
    ...base,
    kind: kind('pvsystem'),
    phases,
    terminal,
    connection,
    model: oneOf(1 as const, 2 as const),
    kv: number,
    inverter,
    ratedKw: number,
    ratedPercent: number,
    irradianceKwPerM2: number,
    temperatureC: number,
    temperatureCurve: maybe(words),
    shapes,
    temperatureShapes: shapes,
    dutyStartHours: maybe(number),
  }),
  storage: record<ElementOf<'storage'>>({
    ...base,
    kind: kind('storage'),
    phases,
    terminal,
    connection,
    model: oneOf(1 as const, 2 as const),
    kv: number,
    inverter,
    ratedKw: number,
    ratedPercent: number,
    baseVolts: maybe(number),
    ratedKwh: number,
    storedKwh: number,
    reservePercent: number,
    state: oneOf('charging' as const, 'idling' as const, 'discharging' as const),
    dischargePercent: number,
    chargePercent: number,
    chargeEfficiencyPercent: number,
    dischargeEfficiencyPercent: number,
    idlingLossPercent: number,
    idlingKvarPercent: maybe(number),
    dispatchMode: oneOf('default' as const, 'follow' as const, 'external' as const, 'loadlevel' as const, 'price' as const),
    dischargeTrigger: number,
    chargeTrigger: number,
    chargeTriggerHour: number,
    shapes,
  }),
};

type ControlArbitraries = { [K in Control['kind']]: fc.Arbitrary<Extract<Control, { kind: K }>> };
const count = fc.integer({ min: 0, max: 5 });

/** A random control of each kind. */
export const controlArbitraries: ControlArbitraries = {
  regcontrol: record<RegulatorControl>({
    ...base,
    kind: kind('regcontrol'),
    transformer: words,
    winding: count,
    tapWinding: count,
    forward: setting,
    ptRatio: number,
    ctPrimaryAmps: number,
    remoteBus: maybe(terminal),
    remotePtRatio: number,
    delaySeconds: number,
    tapDelaySeconds: number,
    inverseTime: flag,
    maxTapChange: number,
    voltageLimit: number,
    ptPhase: fc.oneof(phases, oneOf('max' as const, 'min' as const)),
    reversible: flag,
    cogeneration: flag,
    reverse: setting,
    reverseThresholdKw: number,
    reverseDelaySeconds: number,
    reverseNeutral: flag,
  }),
  capcontrol: record<CapacitorControl>({
    ...base,
    kind: kind('capcontrol'),
    capacitor: words,
    element: words,
    terminal: count,
    type: oneOf('current' as const, 'voltage' as const, 'kvar' as const, 'pf' as const, 'time' as const, 'follow' as const),
    onSetting: number,
    offSetting: number,
    ptRatio: number,
    ctRatio: number,
    delaySeconds: number,
    delayOffSeconds: number,
    deadTimeSeconds: number,
    voltageOverride: flag,
    minVolts: number,
    maxVolts: number,
    ctPhase: phaseOrWord,
    ptPhase: phaseOrWord,
    voltageBus: maybe(words),
    controlSignal: maybe(words),
    minKvarPercent: number,
  }),
  swtcontrol: record<SwitchControl>({
    ...base,
    kind: kind('swtcontrol'),
    element: words,
    terminal: count,
    normalState: oneOf('open' as const, 'closed' as const),
    state: oneOf('open' as const, 'closed' as const),
    action: maybe(oneOf('open' as const, 'closed' as const)),
    locked: flag,
    delaySeconds: number,
  }),
  invcontrol: record<InverterControl>({
    ...base,
    kind: kind('invcontrol'),
    elements: fc.array(words, { maxLength: 3 }),
    mode: oneOf('voltvar' as const, 'voltwatt' as const, 'none' as const),
    combination: maybe(oneOf('vv_vw' as const, 'vv_drc' as const)),
    voltVarCurve: maybe(words),
    voltWattCurve: maybe(words),
    voltWattChargeCurve: maybe(words),
    wattPowerFactorCurve: maybe(words),
    wattVarCurve: maybe(words),
    hysteresisOffset: number,
    voltageReference: oneOf('rated' as const, 'avg' as const, 'ravg' as const),
    averageWindowSeconds: number,
    voltageChangeTolerance: number,
    varChangeTolerance: number,
    activePowerChangeTolerance: number,
    deltaQFactor: number,
    deltaPFactor: number,
    voltWattAxis: oneOf('pmpppu' as const, 'kvaratingpu' as const),
    reactiveReference: oneOf('varaval' as const, 'varmax' as const),
    rateOfChange: oneOf('inactive' as const, 'lpf' as const, 'risefall' as const),
    filterTimeConstant: number,
    riseFallLimit: number,
    deadBandMin: number,
    deadBandMax: number,
    gradientLow: number,
    gradientHigh: number,
    dynamicWindowSeconds: number,
    monitoredVoltage: phaseOrWord,
    monitoredBuses: fc.array(terminal, { maxLength: 2 }),
    monitoredBaseVolts: fc.array(number, { maxLength: 2 }),
    setPointPu: number,
    controlModel: number,
  }),
  storagecontroller: record<StorageControl>({
    ...base,
    kind: kind('storagecontroller'),
    element: words,
    terminal: count,
    monitoredPhase: phaseOrWord,
    fleet: fc.array(words, { maxLength: 3 }),
    weights: fc.array(number, { maxLength: 3 }),
    dischargeMode: oneOf('peakshave' as const, 'i-peakshave' as const),
    chargeMode: oneOf('time' as const, 'i-peakshavelow' as const),
    targetKw: number,
    lowTargetKw: number,
    halfBandKw: number,
    lowHalfBandKw: number,
    bandPercent: maybe(number),
    thresholdKw: number,
    dischargeTriggerHour: number,
    chargeTriggerHour: number,
    dischargePercent: number,
    chargePercent: number,
    inhibitHours: number,
    rampUpHours: number,
    flatHours: number,
    rampDownHours: number,
    dispatchFactor: number,
    resetLevel: number,
    shapes,
  }),
  expcontrol: record<ExponentialControl>({
    ...base,
    kind: kind('expcontrol'),
    elements: fc.array(words, { maxLength: 3 }),
    referencePu: number,
    slope: number,
    referenceSeconds: number,
    biasPu: number,
    minReferencePu: number,
    maxReferencePu: number,
    maxAbsorbedPu: number,
    maxDeliveredPu: number,
    deltaQFactor: number,
    reactiveFirst: flag,
    responseSeconds: number,
  }),
  gendispatcher: record<GeneratorDispatcher>({
    ...base,
    kind: kind('gendispatcher'),
    element: words,
    terminal: count,
    limitKw: number,
    limitKvar: number,
    halfBandKw: number,
    generators: fc.array(words, { maxLength: 3 }),
    weights: fc.array(number, { maxLength: 3 }),
  }),
};

const shape = record<LoadShape>({
  name: words,
  intervalHours: number,
  hours: maybe(series),
  active: series,
  reactive: maybe(series),
  useActual: flag,
});
const curve = record<XyCurve>({ name: words, x: series, y: series });
const bus = record({ id: words, baseKv: maybe(number), x: maybe(number), y: maybe(number) });

/** Random grids. */
export const grids: fc.Arbitrary<Grid> = fc
  .record({
    own: fc.record({
      name: words,
      frequencyHz: number,
      loadMultiplier: number,
      generatorMultiplier: number,
      growthFactor: maybe(number),
      voltageBasesKv: fc.array(number, { maxLength: 3 }),
      priceSignal: number,
      defaultDailyShape: words,
      defaultYearlyShape: words,
    }),
    buses: fc.array(bus, { maxLength: 5 }),
    shapes: fc.array(shape, { maxLength: 3 }),
    temperatures: fc.array(shape, { maxLength: 2 }),
    curves: fc.array(curve, { maxLength: 3 }),
    elements: fc.array(fc.oneof(...(Object.values(elementArbitraries) as fc.Arbitrary<CircuitElement>[])), { maxLength: 12 }),
    controls: fc.array(fc.oneof(...(Object.values(controlArbitraries) as fc.Arbitrary<Control>[])), { maxLength: 6 }),
  })
  .map((parts) => {
    const grid = new Grid(parts.own.name, parts.own.frequencyHz);
    Object.assign(grid, parts.own);
    for (const one of parts.buses) grid.buses.set(one.id, one);
    for (const one of parts.shapes) grid.loadShapes.set(one.name, one);
    for (const one of parts.temperatures) grid.temperatureShapes.set(one.name, one);
    for (const one of parts.curves) grid.xyCurves.set(one.name, one);
    for (const one of parts.elements) if (!grid.element(`${one.kind}.${one.name}`)) grid.add(one);
    for (const one of parts.controls) if (!grid.control(`${one.kind}.${one.name}`)) grid.addControl(one);
    return grid;
  });
