/** The options of `set`. */
import { LoadObject } from './classes/load.js';
import { joinPath } from './file-access.js';
import type { OpenDssInterpreter } from './interpreter.js';
import { NameList } from './name-list.js';
import { OPTION_NAMES } from './property-tables.js';
import { PropertyValue, shorten } from './property-value.js';
import { parseNumber } from './rpn.js';
import type { ControlMode, SolutionMode } from './script-host.js';
import { EARTH_MODELS } from './script-options.js';
import type { ParameterScanner } from './tokenizer.js';

type Option = (interpreter: OpenDssInterpreter, value: PropertyValue) => void;

const NAMES = new NameList(OPTION_NAMES);

const MODES: ReadonlyArray<readonly [string, SolutionMode | undefined]> = [
  ['snap', 'snapshot'],
  ['daily', 'daily'],
  ['yearly', 'yearly'],
  ['m1', undefined],
  ['ld1', undefined],
  ['peakday', 'peakday'],
  ['dutycycle', 'duty'],
  ['direct', 'direct'],
  ['mf', undefined],
  ['faultstudy', undefined],
  ['m2', undefined],
  ['m3', undefined],
  ['ld2', undefined],
  ['autoadd', undefined],
  ['dynamic', undefined],
  ['harmonic', undefined],
  ['time', 'time'],
  ['harmonict', undefined],
  ['snapshot', 'snapshot'],
];

const CONTROL_MODES: ReadonlyArray<readonly [string, ControlMode | undefined]> = [
  ['off', 'off'],
  ['static', 'static'],
  ['event', 'event'],
  ['time', 'time'],
  ['multirate', undefined],
];

/** What the language allows where a script does not say. */
const DEFAULT_MAX_ITERATIONS = 15;

/** Applies the remaining parameters of a line as options. */
export function setOptions(interpreter: OpenDssInterpreter, rest: ParameterScanner): void {
  let at = -1;
  for (let parameter = rest.next(); parameter; parameter = rest.next()) {
    if (parameter.text === '') {
      if (!rest.atEnd) interpreter.warn(`an empty value ends the command; ignored is: ${shorten(rest.remainder)}`);
      else if (parameter.name !== '') interpreter.warn(`set.${shorten(parameter.name)}: the value is empty; the option stays as it was`);
      return;
    }
    const name = parameter.name === '' ? OPTION_NAMES[++at] : NAMES.find(parameter.name);
    if (name === undefined) interpreter.fail(`is no option`, 'set', shorten(parameter.name || parameter.text));
    at = OPTION_NAMES.indexOf(name);
    const value = new PropertyValue(parameter.text, {
      location: interpreter.location,
      element: 'set',
      property: name,
      variables: interpreter.variables,
    });
    const option = OPTIONS[name];
    if (option) option(interpreter, value);
    else if (!IRRELEVANT.test(name)) value.fail('this option is not modelled, and may change the power flow');
  }
}

/** Options of drawing, reports, reliability, planning and the machine. */
const IRRELEVANT = new RegExp(
  `^(${[
    ...['editor', 'normvminpu', 'normvmaxpu', 'emergvminpu', 'emergvmaxpu', '%mean', '%stddev', 'ldcurve', 'genkw', 'genpf', 'capkvar'],
    ...['addtype', 'zonelock', 'ueweight', 'lossweight', 'ueregs', 'lossregs', 'trapezoidal', 'autobuslist', 'tracecontrol', 'bus', 'keeplist'],
    ...['reduceoption', 'demandinterval', '%normal', 'diverbose', 'casename', 'markercode', 'nodewidth', 'log', 'recorder', 'overloadreport'],
    ...['voltexceptionreport', 'showexport', 'numallociterations', 'mark\\w+', '\\w+markercode', '\\w+markersize', 'daisysize'],
    ...['querylog', 'registryupdate', 'processtime', 'totaltime', 'steptime', 'sampleenergymeters', 'dssvisualizationtool', 'zmag', 'seasonrating'],
    ...['seasonsignal', 'linetypes', 'eventlogdefault', 'showreports', 'numcpus', 'numcores', 'numactors', 'activeactor', 'cpu', 'actorprogress'],
    ...[
      'parallel',
      'concatenatereports',
      'numanodes',
      'terminal',
      'harmonics',
      'random',
      'miniterations',
      'keepload',
      'neglectloady',
      'type',
      'class',
    ],
    ...['pricecurve'],
  ].join('|')})$`,
);

function setMode(interpreter: OpenDssInterpreter, value: PropertyValue): void {
  const mode = value.choice(MODES);
  if (mode === undefined)
    value.fail(`solution mode "${value.text}" is not modelled; there are snapshot, daily, peakday, yearly, duty, time and direct`);
  const { options, settings } = interpreter;
  options.mode = mode;
  options.hour = 0;
  options.second = 0;
  options.controlMode = settings.defaultControlMode;
  if (mode === 'daily' || mode === 'peakday') {
    options.stepSeconds = 3600;
    options.number = 24;
  } else if (mode === 'yearly') {
    options.stepSeconds = 3600;
    options.number = 8760;
  } else if (mode === 'duty') {
    options.stepSeconds = 1;
    options.controlMode = 'time';
  } else if (mode === 'time') {
    options.stepSeconds = 3600;
    options.number = 1;
  } else if (mode === 'snapshot') options.number = 1;
  if (interpreter.circuitExists) interpreter.host.resetControls?.(interpreter.grid, interpreter.location);
}

/** Longest step: more than a century. */
const LONGEST_STEP_SECONDS = 1e6 * 3600;
/** Latest hour to which the clock may be set: that of a signed 32-bit number, as the language counts hours. */
const LATEST_HOUR = 2 ** 31 - 1;
/** Each control iteration is a solution: more than this is no wish but a slip. */
const MOST_CONTROL_ITERATIONS = 10_000;

/** Seconds of a step: a number with `h`, `m` or `s` behind it, seconds without. */
function readStep(value: PropertyValue): number {
  const text = value.text.trim().toLowerCase();
  const factor = { h: 3600, m: 60, s: 1 }[text.slice(-1)];
  const seconds = factor === undefined ? value.number() : parseNumber(text.slice(0, -1));
  if (seconds === undefined || !(seconds >= 0)) return value.fail(`"${shorten(value.text)}" is no step; write a number with h, m or s behind it`);
  const step = seconds * (factor ?? 1);
  if (step > LONGEST_STEP_SECONDS) value.fail(`a step of ${shorten(value.text)} is longer than ${LONGEST_STEP_SECONDS / 3600} h`);
  return step;
}

function setFrequency(interpreter: OpenDssInterpreter, fundamental: boolean, value: PropertyValue): void {
  const hz = value.positive();
  if (fundamental) interpreter.settings.fundamentalHz = hz;
  interpreter.settings.frequencyHz = hz;
  interpreter.refreshAll();
}

function setStep(interpreter: OpenDssInterpreter, value: PropertyValue): void {
  interpreter.options.stepSeconds = readStep(value);
}

function setGrowth(interpreter: OpenDssInterpreter): void {
  const { year, growthRate } = interpreter.settings;
  if (interpreter.circuitExists) interpreter.grid.growthFactor = year === 0 ? 1 : growthRate ** (year - 1);
  interpreter.refreshAll();
}

function eachLoad(interpreter: OpenDssInterpreter, apply: (load: LoadObject) => void): void {
  for (const object of interpreter.objectsOf('load')) if (object instanceof LoadObject) apply(object);
  interpreter.touch();
}

const OPTIONS: Readonly<Record<string, Option>> = {
  mode: setMode,
  controlmode: ({ options, settings }, value) => {
    const mode = value.choice(CONTROL_MODES);
    if (mode === undefined) return value.fail('control mode "multirate" is not modelled; there are off, static, event and time');
    options.controlMode = mode;
    settings.defaultControlMode = mode;
  },
  number: ({ options }, value) => {
    options.number = value.integer(0, 100_000_000);
  },
  stepsize: setStep,
  h: setStep,
  hour: ({ options }, value) => {
    options.hour = value.integer(0, LATEST_HOUR);
  },
  sec: ({ options }, value) => {
    options.second = value.notNegative();
    if (options.second > LATEST_HOUR) value.fail(`must be at most ${LATEST_HOUR}, not ${shorten(value.text)}`);
  },
  time: ({ options }, value) => {
    const [hour, second] = value.numbers();
    if (hour === undefined || hour < 0 || (second ?? 0) < 0) value.fail('needs (hour, second)');
    if (hour > LATEST_HOUR || (second ?? 0) > LATEST_HOUR) value.fail(`hour and second must be at most ${LATEST_HOUR}, not ${shorten(value.text)}`);
    options.hour = Math.round(hour);
    options.second = second ?? 0;
  },
  tolerance: ({ options }, value) => {
    options.tolerance = value.positive();
  },
  maxiterations: (interpreter, value) => {
    const { options } = interpreter;
    options.maxIterations = value.integer(1);
    // More than the language's default is a wish to converge, which is granted anyway.
    if (options.maxIterations < DEFAULT_MAX_ITERATIONS) {
      interpreter.warn("set maxiterations is not applied: limits are those of busbar's methods (--max-iterations, maxIterations)", 'maxiterations');
    }
  },
  maxcontroliter: ({ options }, value) => {
    options.maxControlIterations = value.integer(1, MOST_CONTROL_ITERATIONS);
  },
  algorithm: (interpreter, value) => {
    const { options } = interpreter;
    options.algorithm = value.choice([
      ['normal', 'normal'],
      ['newton', 'newton'],
      // Newton's method of later engines.
      ['ncim', 'newton'],
    ] as const);
    if (options.algorithm === 'newton') {
      interpreter.warn('set algorithm is not applied: the method is chosen outside of the script (--method newton, method)', 'algorithm');
    }
  },
  circuit: ({ grid }, value) => {
    if (value.name() !== grid.name) value.fail(`there is no circuit "${value.text}"; the circuit is "${grid.name}"`);
  },
  loadmult: (interpreter, value) => {
    const { grid } = interpreter;
    grid.loadMultiplier = value.number();
    if (grid.loadMultiplier < 0) interpreter.warn(`set loadmult=${shorten(value.text)}: loads of a negative multiplier deliver power, as in OpenDSS`);
  },
  genmult: ({ grid }, value) => {
    grid.generatorMultiplier = value.number();
  },
  pricesignal: ({ grid }, value) => {
    grid.priceSignal = value.number();
  },
  defaultdaily: ({ grid }, value) => {
    if (grid.loadShapes.has(value.name())) grid.defaultDailyShape = value.name();
    else value.fail(`there is no loadshape named "${value.text}"`);
  },
  defaultyearly: ({ grid }, value) => {
    if (grid.loadShapes.has(value.name())) grid.defaultYearlyShape = value.name();
    else value.fail(`there is no loadshape named "${value.text}"`);
  },
  voltagebases: ({ grid }, value) => {
    const bases = value.numbers();
    if (bases.some((kv) => !(kv > 0))) value.fail(`bases must be greater than zero: ${value.text}`);
    grid.voltageBasesKv = bases;
  },
  frequency: (interpreter, value) => setFrequency(interpreter, false, value),
  basefrequency: (interpreter, value) => setFrequency(interpreter, true, value),
  defaultbasefrequency: (interpreter, value) => {
    interpreter.settings.defaultFrequencyHz = value.positive();
    setFrequency(interpreter, true, value);
  },
  earthmodel: ({ settings }, value) => {
    settings.earthModel = value.choice(EARTH_MODELS);
  },
  longlinecorrection: (interpreter, value) => {
    interpreter.settings.longLineCorrection = value.boolean();
    interpreter.refreshAll();
  },
  year: (interpreter, value) => {
    interpreter.settings.year = value.integer(0, 10_000);
    // A year starts at its first hour.
    interpreter.options.hour = 0;
    interpreter.options.second = 0;
    setGrowth(interpreter);
  },
  loadshapeclass: ({ options }, value) => {
    options.loadShapeClass = value.choice([
      ['daily', 'daily'],
      ['yearly', 'yearly'],
      ['duty', 'duty'],
      ['none', 'none'],
    ] as const);
  },
  '%growth': (interpreter, value) => {
    interpreter.settings.growthRate = 1 + value.number() / 100;
    setGrowth(interpreter);
  },
  allocationfactors: (interpreter, value) => {
    const factor = value.positive();
    eachLoad(interpreter, (load) => load.setCommonAllocationFactor(factor));
  },
  cfactors: (interpreter, value) => eachLoad(interpreter, (load) => load.setCommonEnergyFactor(value)),
  loadmodel: (_, value) => {
    const admittance = value.choice([
      ['powerflow', false],
      ['admittance', true],
    ]);
    if (admittance) value.fail('loads as admittances are solved with "set mode=direct"');
  },
  cktmodel: (_, value) => {
    const positive = value.choice([
      ['multiphase', false],
      ['positive', true],
    ]);
    if (positive) value.fail('positive-sequence circuits are not modelled');
  },
  allowduplicates: (_, value) => {
    if (value.boolean()) value.fail('several elements of one name are not modelled');
  },
  datapath: (interpreter, value) => {
    interpreter.folder = joinPath(interpreter.folder, value.text);
  },
  element: selectObject,
  object: selectObject,
};

function selectObject(interpreter: OpenDssInterpreter, value: PropertyValue): void {
  const text = value.name();
  const dot = text.indexOf('.');
  const object = dot < 0 ? undefined : interpreter.find(text.slice(0, dot), text.slice(dot + 1));
  if (!object) value.fail(`there is no object "${text}"`);
  interpreter.active = object;
}
