/**
 * What a grid is made of: plain records, one interface a kind of element.
 *
 * Names are lower case and unique within a kind. Units stand in the field names; a "kv" is a rated voltage in the convention of its
 * element (line-to-line for two- and three-phase devices, across the element for one-phase and delta windings), as written on a name plate.
 * Records hold rated data and present state (taps, switch positions, steps, state of charge). Nothing here is a solution.
 */
import type { ComplexMatrix } from './complex-matrix.js';

/** One end of an element: the bus and, conductor by conductor, the node it is tied to (0 = ground). */
export interface Terminal {
  bus: string;
  /** Node number a conductor; 1, 2, 3 are the phases, 4 and up further conductors (neutrals), 0 the ground. */
  nodes: number[];
  /** True a conductor that is open (disconnected) at this end; absent where all are closed. */
  open?: boolean[];
}

/** Winding or phase connection. */
export type Connection = 'wye' | 'delta';

/** The load shapes an element follows, by name, one a solution mode. */
export interface ShapeReferences {
  daily?: string;
  yearly?: string;
  duty?: string;
}

/** What all elements share. */
export interface ElementBase {
  /** Lower-case name, unique within the kind. */
  name: string;
  /** A disabled element takes no part in anything. */
  enabled: boolean;
  /** Where the element was written, for messages, as `file:line`. */
  origin?: string;
}

/** A multi-phase voltage source behind its short-circuit impedance. `terminals[1]` is usually ground. */
export interface VoltageSource extends ElementBase {
  kind: 'vsource';
  phases: number;
  terminals: [Terminal, Terminal];
  /** Rated voltage, line-to-line for two or more phases, line-to-neutral for one. */
  baseKv: number;
  /** Source voltage over the rated one. */
  voltagePu: number;
  /** Angle of the first phase, degrees. */
  angleDegrees: number;
  /** Order in which the phases follow: 1 positive, -1 negative, 0 all in phase. */
  sequence: 1 | -1 | 0;
  /** Series impedance in ohm, phases x phases, at the grid's frequency. */
  impedanceOhm: ComplexMatrix;
  /** Shapes scale the voltage (`useActual` shapes give kV). */
  shapes: ShapeReferences;
}

/** A multi-phase ideal current source. */
export interface CurrentSource extends ElementBase {
  kind: 'isource';
  phases: number;
  terminals: [Terminal, Terminal];
  amps: number;
  angleDegrees: number;
  sequence: 1 | -1 | 0;
  shapes: ShapeReferences;
}

/** A line, cable or switch as a pi section; values are totals for the whole length at the grid's frequency. */
export interface Line extends ElementBase {
  kind: 'line';
  phases: number;
  terminals: [Terminal, Terminal];
  /** Series impedance of the whole line, ohm. */
  seriesOhm: ComplexMatrix;
  /** Shunt admittance of the whole line, siemens; half stands at each end. */
  shuntSiemens: ComplexMatrix;
  /** Length in metres where the units are known, else the bare number given; used for distances in pictures. */
  lengthMeters: number;
  /** False where the length was given without a unit, so that pictures can say so; absent where it is known. */
  lengthUnitKnown?: boolean;
  isSwitch: boolean;
  normalAmps?: number;
  emergencyAmps?: number;
}

/** One winding of a transformer. */
export interface Winding {
  terminal: Terminal;
  connection: Connection;
  /** Rated voltage: line-to-line for 2 and 3 phases, across the winding for 1 phase. */
  kv: number;
  /** Rating of the whole bank. */
  kva: number;
  /** Present tap, per unit of the winding's rated voltage. */
  tapPu: number;
  minTapPu: number;
  maxTapPu: number;
  /** Number of tap steps between min and max. */
  tapSteps: number;
  /** Winding resistance, percent on the base of winding 1's kVA. */
  resistancePercent: number;
  /** Neutral-to-ground resistance of a wye winding in ohm; negative: the neutral is an open conductor. */
  neutralOhm: number;
  neutralReactanceOhm: number;
}

/** A transformer of any number of windings. */
export interface Transformer extends ElementBase {
  kind: 'transformer';
  phases: number;
  windings: Winding[];
  /** Short-circuit reactances between winding pairs, percent on winding 1's kVA, in order 12, 13, .., 1n, 23, .., (n-1)n. */
  shortCircuitReactancePercent: number[];
  /** No-load loss, percent of winding 1's kVA. */
  noLoadLossPercent: number;
  /** Magnetising current, percent. */
  magnetizingCurrentPercent: number;
  /** Reactive shunt that keeps an ungrounded winding from floating, parts per million of the winding's kVA. */
  antiFloatPpm: number;
  /** `lag`: the low-voltage side lags by 30 degrees in wye-delta units (ANSI); `lead`: it leads. */
  phaseShift: 'lag' | 'lead';
  /** Bank of single-phase units this one belongs to, for reports. */
  bank?: string;
  normalKva?: number;
  /**
   * True for an autotransformer: winding 1 is the series winding, rated for the difference of both voltages, and its far end is tied to the phases of
   * winding 2 (the common one); the last conductor of its terminal is not used.
   */
  isAuto?: boolean;
}

/** One step of a switched capacitor bank. */
export interface CapacitorStep {
  /** Capacitance a phase as siemens at the grid's frequency is derived from kvar and kV; whole-bank kvar of this step. */
  kvar: number;
  resistanceOhm: number;
  reactanceOhm: number;
  closed: boolean;
}

/** A shunt (second terminal on ground or on the wye point) or series capacitor. */
export interface Capacitor extends ElementBase {
  kind: 'capacitor';
  phases: number;
  terminals: [Terminal] | [Terminal, Terminal];
  connection: Connection;
  kv: number;
  steps: CapacitorStep[];
  /** Capacitance matrix in farad in place of kvar and kV, where it was given so. */
  capacitanceFarad?: Float64Array;
}

/** A shunt or series reactor (also used for neutral impedances and stiff jumpers). */
export interface Reactor extends ElementBase {
  kind: 'reactor';
  phases: number;
  terminals: [Terminal] | [Terminal, Terminal];
  connection: Connection;
  /** Series impedance, phases x phases, ohm at the grid's frequency. One-terminal (delta) reactors use the first diagonal entry a leg. */
  impedanceOhm: ComplexMatrix;
  /** Resistance in parallel with each phase, ohm; 0 where there is none. */
  parallelOhm: number;
}

/** Fault: a conductance matrix between two terminals. */
export interface Fault extends ElementBase {
  kind: 'fault';
  phases: number;
  terminals: [Terminal, Terminal];
  /** Conductance matrix, siemens, phases x phases, row by row. */
  conductanceSiemens: Float64Array;
}

/**
 * How a load's power depends on its voltage (the numbering of the OpenDSS language): 1 constant P and Q, 2 constant impedance, 3 constant P and
 * quadratic Q, 4 exponents, 5 constant current, 6 constant P and fixed Q, 7 constant P and fixed reactance, 8 ZIP coefficients with cut-off.
 */
export type LoadModel = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

/** A load of 1 to 3 phases. */
export interface Load extends ElementBase {
  kind: 'load';
  phases: number;
  /** Wye: phases + 1 conductors, the last the neutral (node 0 where grounded). Delta: the phase conductors. */
  terminal: Terminal;
  connection: Connection;
  model: LoadModel;
  /** Line-to-line for 2 and 3 phases, across the load for 1 phase and for delta. */
  kv: number;
  powerKw: number;
  powerKvar: number;
  minVoltagePu: number;
  maxVoltagePu: number;
  lowVoltagePu: number;
  /** Exponents of model 4. */
  exponentWatts: number;
  exponentVars: number;
  /** Model 8: Z, I, P shares of watts, the same of vars, cut-off voltage in per unit. */
  zip?: number[];
  /** `fixed`: neither multiplier nor default shape applies; `exempt`: no yearly growth. */
  status: 'variable' | 'fixed' | 'exempt';
  shapes: ShapeReferences;
  /** Signed power factor where the load was given by one; a shape of actual kW without kvar then takes its vars from it. */
  specifiedPowerFactor?: number;
  /** Shape that scales the exponents of model 4 over time. */
  exponentShape?: string;
  /** Growth curve by name, and the factor of growth in the present year. Absent: 1. */
  growth?: string;
  growthFactor?: number;
  customers: number;
}

/** A generator: model 1 constant P and Q, 2 constant impedance, 3 constant P and |V|, 4 constant P and fixed Q, 5 constant P and fixed reactance, 7 current-limited. */
export interface Generator extends ElementBase {
  kind: 'generator';
  phases: number;
  terminal: Terminal;
  connection: Connection;
  model: 1 | 2 | 3 | 4 | 5 | 7;
  kv: number;
  /** Base volt of one phase where it is not the one that kv and phases give (to neutral for 2 and 3 phases, in delta too). */
  baseVolts?: number;
  powerKw: number;
  powerKvar: number;
  kva: number;
  minVoltagePu: number;
  maxVoltagePu: number;
  /** Voltage target of model 3, and its range of reactive power and deceleration factor. */
  targetVoltagePu: number;
  maxKvar: number;
  minKvar: number;
  voltageControlFactor: number;
  status: 'variable' | 'fixed';
  dispatchMode: 'default' | 'loadlevel' | 'price';
  dispatchValue: number;
  forceOn: boolean;
  shapes: ShapeReferences;
  /** Hours by which the duty shape is read ahead. Absent: 0. */
  dutyStartHours?: number;
}

/** What an inverter is doing: moved by `injectionPower` and by inverter controls, never written by hand. */
export interface InverterState {
  /** Running; off it delivers no active power until the cut-in power is reached. */
  on: boolean;
  /** Active power before the limits of the inverter: of the panel at its DC side; 0 for storage. */
  panelKw: number;
  /** Efficiency at that power. */
  efficiency: number;
  /** Present output at rated voltage; storage that charges delivers negative kW. */
  powerKw: number;
  powerKvar: number;
  /** Limits on reactive power at the present active power. */
  kvarLimit: number;
  absorbedKvarLimit: number;
  /** Limit on active power asked for by a control, kW; counts while `voltWatt` or `wattVar` is set. Negative: storage is asked to turn round. */
  requestedKw: number;
  /** Which control functions have taken hold. */
  voltWatt: boolean;
  voltVar: boolean;
  wattVar: boolean;
  wattPowerFactor: boolean;
  dynamicReactive: boolean;
  voltageRegulation: boolean;
  /** Power factor that the watt-pf function asks for. */
  wattPowerFactorTarget: number;
  /** Storage was turned round by a volt-watt request. */
  turnedRound: boolean;
}

/** What an inverter can do; shared by PV systems and storage. */
export interface Inverter {
  /** What it is doing; absent until first asked for its power. */
  state?: InverterState;
  kva: number;
  /** Largest reactive power given and taken. */
  maxKvar: number;
  maxAbsorbedKvar: number;
  /** Percent of kVA at or below which the inverter shuts down, and above which it starts. */
  cutInPercent: number;
  cutOutPercent: number;
  /** XY curve, by name: efficiency against per-unit power. */
  efficiencyCurve?: string;
  /** Which of P, power factor or Q gives way when kVA is exceeded. */
  wattPriority: boolean;
  powerFactorPriority: boolean;
  /** No vars below this share of the rated power; least power for full vars. */
  minPowerNoVarsPercent: number;
  minPowerFullVarsPercent: number;
  /** Vars stop together with the inverter. */
  varFollowInverter: boolean;
  minVoltagePu: number;
  maxVoltagePu: number;
  limitCurrent: boolean;
  balanced: boolean;
  /** Series impedance of the Thevenin equivalent, percent of kVA; used outside of power flow only. */
  resistancePercent: number;
  reactancePercent: number;
  /** Fixed power factor (signed) or fixed kvar, whichever was set last; inverter controls set `kvar` and write `powerKvar`. */
  reactiveMode: 'powerFactor' | 'kvar';
  powerFactor: number;
  powerKvar: number;
}

/** Photovoltaic array with its inverter. */
export interface PvSystem extends ElementBase {
  kind: 'pvsystem';
  phases: number;
  terminal: Terminal;
  connection: Connection;
  model: 1 | 2;
  kv: number;
  inverter: Inverter;
  /** Array's rated power at 1 kW/m2 and the curve's reference temperature. */
  ratedKw: number;
  /** Limit on the array's power, percent. */
  ratedPercent: number;
  irradianceKwPerM2: number;
  temperatureC: number;
  /** XY curve, by name: power factor of the array against temperature. */
  temperatureCurve?: string;
  shapes: ShapeReferences;
  /** Shapes of the temperature in degrees, from the grid's `temperatureShapes`. */
  temperatureShapes: ShapeReferences;
  /** Hours by which duty and yearly shapes are read ahead. Absent: 0. */
  dutyStartHours?: number;
}

/** Battery (or other storage) with its inverter. */
export interface Storage extends ElementBase {
  kind: 'storage';
  phases: number;
  terminal: Terminal;
  connection: Connection;
  model: 1 | 2;
  kv: number;
  /** Base volt of one phase where it is not the one that kv and phases give (to neutral for 2 and 3 phases, in delta too). */
  baseVolts?: number;
  inverter: Inverter;
  ratedKw: number;
  ratedPercent: number;
  ratedKwh: number;
  storedKwh: number;
  reservePercent: number;
  state: 'charging' | 'idling' | 'discharging';
  /** Power when discharging and charging, percent of `ratedKw`. Setting a power in kW means setting these and the state (see `setStoragePower`). */
  dischargePercent: number;
  chargePercent: number;
  chargeEfficiencyPercent: number;
  dischargeEfficiencyPercent: number;
  idlingLossPercent: number;
  idlingKvarPercent?: number;
  dispatchMode: 'default' | 'follow' | 'external' | 'loadlevel' | 'price';
  dischargeTrigger: number;
  chargeTrigger: number;
  /** Hour of day at which charging begins; negative: never by time. */
  chargeTriggerHour: number;
  shapes: ShapeReferences;
}

/** Sensing shared by regulator controls of one direction. */
export interface RegulatorSetting {
  /** Target on the potential transformer's secondary, volt. */
  voltage: number;
  bandVolts: number;
  /** Line-drop compensation, volt at rated current-transformer primary current. */
  resistanceVolts: number;
  reactanceVolts: number;
  /** Compensation by the magnitude of an impedance instead (volt); 0: not used. */
  impedanceVolts: number;
}

/** Voltage regulator control on a transformer's tap. */
export interface RegulatorControl extends ElementBase {
  kind: 'regcontrol';
  transformer: string;
  /** Winding whose terminal is watched, counted from 0. */
  winding: number;
  /** Winding whose tap moves, counted from 0. */
  tapWinding: number;
  forward: RegulatorSetting;
  ptRatio: number;
  ctPrimaryAmps: number;
  /** Remote bus watched instead, with its node, and its own transformer ratio. */
  remoteBus?: Terminal;
  remotePtRatio: number;
  delaySeconds: number;
  tapDelaySeconds: number;
  inverseTime: boolean;
  maxTapChange: number;
  /** Upper limit on the local secondary voltage, volt; 0: none. */
  voltageLimit: number;
  /** Phase watched: 1.. or the highest or lowest of all. */
  ptPhase: number | 'max' | 'min';
  reversible: boolean;
  cogeneration: boolean;
  reverse: RegulatorSetting;
  reverseThresholdKw: number;
  reverseDelaySeconds: number;
  reverseNeutral: boolean;
}

/** Control of a switched capacitor bank. */
export interface CapacitorControl extends ElementBase {
  kind: 'capcontrol';
  capacitor: string;
  /** Watched element as `kind.name`, and its terminal counted from 0. */
  element: string;
  terminal: number;
  type: 'current' | 'voltage' | 'kvar' | 'pf' | 'time' | 'follow';
  onSetting: number;
  offSetting: number;
  ptRatio: number;
  ctRatio: number;
  delaySeconds: number;
  delayOffSeconds: number;
  deadTimeSeconds: number;
  voltageOverride: boolean;
  minVolts: number;
  maxVolts: number;
  /** Phase whose voltage or current is watched: 1.., or the average, highest or lowest of all. */
  ctPhase: number | 'avg' | 'max' | 'min';
  ptPhase: number | 'avg' | 'max' | 'min';
  voltageBus?: string;
  /** Shape whose sign commands a `follow` control. */
  controlSignal?: string;
  minKvarPercent: number;
}

/** Opens or closes a line's or other element's terminal. */
export interface SwitchControl extends ElementBase {
  kind: 'swtcontrol';
  /** Switched element as `kind.name` and its terminal counted from 0. */
  element: string;
  terminal: number;
  normalState: 'open' | 'closed';
  state: 'open' | 'closed';
  /** Position it has been told to take, reached after the delay; absent: stays as it is. */
  action?: 'open' | 'closed';
  locked: boolean;
  delaySeconds: number;
}

/** Inverter functions that act on PV systems and storage through curves. */
export interface InverterControl extends ElementBase {
  kind: 'invcontrol';
  /** Controlled elements as `kind.name`; empty: all PV systems and storage. */
  elements: string[];
  mode: 'voltvar' | 'voltwatt' | 'dynamicreaccurr' | 'wattpf' | 'wattvar' | 'avr' | 'gfm' | 'none';
  combination?: 'vv_vw' | 'vv_drc';
  voltVarCurve?: string;
  voltWattCurve?: string;
  voltWattChargeCurve?: string;
  wattPowerFactorCurve?: string;
  wattVarCurve?: string;
  hysteresisOffset: number;
  voltageReference: 'rated' | 'avg' | 'ravg';
  averageWindowSeconds: number;
  voltageChangeTolerance: number;
  varChangeTolerance: number;
  activePowerChangeTolerance: number;
  /** Share of the wanted change taken in one action; -1: chosen by the control. */
  deltaQFactor: number;
  deltaPFactor: number;
  voltWattAxis: 'pmpppu' | 'pavailablepu' | 'pctpmpppu' | 'kvaratingpu';
  reactiveReference: 'varaval' | 'varmax';
  rateOfChange: 'inactive' | 'lpf' | 'risefall';
  filterTimeConstant: number;
  riseFallLimit: number;
  deadBandMin: number;
  deadBandMax: number;
  gradientLow: number;
  gradientHigh: number;
  dynamicWindowSeconds: number;
  monitoredVoltage: 'avg' | 'max' | 'min' | number;
  monitoredBuses: Terminal[];
  monitoredBaseVolts: number[];
  setPointPu: number;
  controlModel: number;
}

/** Dispatches a fleet of storage by the power or current in one element. Powers are those of all phases. */
export interface StorageControl extends ElementBase {
  kind: 'storagecontroller';
  /** Watched element as `kind.name`, and its terminal counted from 0. */
  element: string;
  terminal: number;
  /** Phase whose power or current stands for all: 1.., or their sum (current: mean), the highest or the lowest. */
  monitoredPhase: number | 'avg' | 'max' | 'min';
  /** Names of the storage elements; empty: all enabled ones that are not dispatched from outside already. */
  fleet: string[];
  /** Share of each in what is dispatched, in the order of `fleet`; empty: equal. */
  weights: number[];
  dischargeMode: 'peakshave' | 'follow' | 'support' | 'loadshape' | 'time' | 'schedule' | 'i-peakshave';
  chargeMode: 'loadshape' | 'time' | 'peakshavelow' | 'i-peakshavelow';
  /** Targets in kW (thousands of ampere in the current modes) above which to discharge, below which to charge. */
  targetKw: number;
  lowTargetKw: number;
  /** Half the band about each target, kW (ampere in the current modes). */
  halfBandKw: number;
  lowHalfBandKw: number;
  /** Band in percent of the target where it was given so; a follow control then rescales it. */
  bandPercent?: number;
  /** Least target that a follow control takes over, kW. */
  thresholdKw: number;
  /** Hour of day at which to begin; negative: never. */
  dischargeTriggerHour: number;
  chargeTriggerHour: number;
  dischargePercent: number;
  chargePercent: number;
  /** Hours without discharging after a charge began. */
  inhibitHours: number;
  /** Schedule: hours of ramp up, constant rate and ramp down. */
  rampUpHours: number;
  flatHours: number;
  rampDownHours: number;
  /** Share of what is needed that one action dispatches, (0, 1]. */
  dispatchFactor: number;
  /** Share of the rated energy every unit must have regained before the fleet is used again after it ran empty. */
  resetLevel: number;
  shapes: ShapeReferences;
}

/** Gives each PV system vars in proportion to the distance of its voltage from a reference that follows the voltage over time. */
export interface ExponentialControl extends ElementBase {
  kind: 'expcontrol';
  /** Names of the PV systems; empty: all enabled ones. */
  elements: string[];
  /** Reference at the start, per unit; 0: the voltage of the first solution. */
  referencePu: number;
  /** Share of rated kVA absorbed per unit of voltage above the reference. */
  slope: number;
  /** Time constant with which the reference follows the voltage, seconds; 0: it stays. */
  referenceSeconds: number;
  /** Share of rated kVA delivered at the reference. */
  biasPu: number;
  minReferencePu: number;
  maxReferencePu: number;
  /** Most vars in either direction, share of rated kVA. */
  maxAbsorbedPu: number;
  maxDeliveredPu: number;
  /** Share of the way to the target that one action goes. */
  deltaQFactor: number;
  /** Vars go before watts. */
  reactiveFirst: boolean;
  /** Time to 90 % of a step of the target, seconds; 0: at once. */
  responseSeconds: number;
}

/** Dispatches generators by the power in one element. Powers are those of all phases. */
export interface GeneratorDispatcher extends ElementBase {
  kind: 'gendispatcher';
  /** Watched element as `kind.name`, and its terminal counted from 0. */
  element: string;
  terminal: number;
  limitKw: number;
  limitKvar: number;
  /** Half the band about either limit, kW and kvar. */
  halfBandKw: number;
  /** Names of the generators; empty: all enabled ones. */
  generators: string[];
  /** Share of each, in the order of `generators`; empty: equal. */
  weights: number[];
}

/** All kinds of element that carry current. */
export type CircuitElement = VoltageSource | CurrentSource | Line | Transformer | Capacitor | Reactor | Fault | Load | Generator | PvSystem | Storage;

/** All kinds of control. */
export type Control =
  | RegulatorControl
  | CapacitorControl
  | SwitchControl
  | InverterControl
  | StorageControl
  | ExponentialControl
  | GeneratorDispatcher;

/** Name of a kind of element, as used in `kind.name` ids. */
export type ElementKind = CircuitElement['kind'];
export type ControlKind = Control['kind'];

const KINDS: Readonly<Record<ElementKind, true>> = {
  ...{ vsource: true, isource: true, line: true, transformer: true, capacitor: true, reactor: true, fault: true },
  ...{ load: true, generator: true, pvsystem: true, storage: true },
};
const CONTROLS: Readonly<Record<ControlKind, true>> = {
  ...{ regcontrol: true, capcontrol: true, swtcontrol: true, invcontrol: true, storagecontroller: true, expcontrol: true, gendispatcher: true },
};

/** All kinds of element that carry current. */
export const ELEMENT_KINDS: readonly string[] = Object.keys(KINDS);
/** All kinds of control. */
export const CONTROL_KINDS: readonly string[] = Object.keys(CONTROLS);

/** Terminals of any element, in order. */
export function terminalsOf(element: CircuitElement): readonly Terminal[] {
  if (element.kind === 'transformer') return element.windings.map((winding) => winding.terminal);
  if ('terminals' in element) return element.terminals;
  return [element.terminal];
}

/** The id of an element or control: `kind.name`. */
export function elementId(element: { kind: string; name: string }): string {
  return `${element.kind}.${element.name}`;
}
