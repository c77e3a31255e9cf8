/**
 * What the controls of a batch look at and move, as tables for the kernels: pairs of nodes, currents as sums of y (V_p - V_q), settings, and actuators (taps and capacitor
 * steps of each scenario's own). The rules by which they act stand in scalar-lane-controls.ts, and they are those of src/controls.
 */
import {
  type Capacitor,
  type CapacitorControl,
  type CircuitElement,
  elementId,
  type Grid,
  GridError,
  type RegulatorControl,
  requireLoadShape,
  shapeValueAt,
  type Terminal,
  terminalsOf,
  timeOfDay,
} from '../grid/index.js';
import type { BatchLanes } from './batch-lanes.js';
import type { CompiledGrid } from './compiled-grid.js';
import { capacitorOf, type LaneControl, switchedCapacitors } from './control-names.js';
import { transformerTerms } from './control-terms.js';
import { findFloatingSections, touchesSection } from './floating-sections.js';
import * as layout from './kernel-layout.js';
import { rotatedPhase, windingVolts } from './transformer-admittance.js';

/** A term of a current: y (V_p - V_q) with y = u0 + x (u1 + x u2), x the reciprocal of an actuator's tap; -1 for ground, and for no actuator. */
export interface ControlTerm {
  across: readonly [number, number];
  actuator: number;
  /** u0, u1, u2, each re, im, siemens. */
  polynomial: Float64Array;
}

/** A run of pairs or currents in the plan's lists. */
interface Run {
  first: number;
  count: number;
}

/** The controls of a batch as tables. */
export interface ControlPlan {
  /** [control]: kind, actuator and so on, as CONTROL_RECORD has it; and the settings. */
  records: number[][];
  numbers: Float64Array[];
  pairs: (readonly [number, number])[];
  currents: ControlTerm[][];
  /** Actuators: first all transformers with taps a scenario, then these capacitors. */
  capacitors: readonly string[];
  banks: readonly Capacitor[];
  /** Nodes that controls look at. */
  watched: ReadonlySet<number>;
  /** Room for actions that wait, a lane. */
  waiting: number;
  maxControlIterations: number;
  /** Whole hours of the clock in seconds, and the seconds since. */
  clock: readonly [number, number];
}

/** When a solution with controls takes place and how long it may take. */
export interface ControlSettings {
  hour: number;
  maxControlIterations: number;
}

const NONE: Run = { first: 0, count: 0 };

/** The phase in a record: counted from 0, or one of PHASE_*. */
function phaseCode(phase: number | 'max' | 'min' | 'avg'): number {
  if (typeof phase === 'number') return phase - 1;
  return { max: layout.PHASE_HIGHEST, min: layout.PHASE_LOWEST, avg: layout.PHASE_MEAN }[phase];
}

/**
 * Makes the tables.
 *
 * @param grid with its capacitors as they are; in the compiled grid those with steps a scenario are loads
 * @throws GridError naming control and property where one looks at what is not there, or at a current that a batch does not know
 */
export function planControls(
  grid: Grid,
  compiled: CompiledGrid,
  lanes: BatchLanes,
  controls: readonly LaneControl[],
  { hour, maxControlIterations }: ControlSettings,
): ControlPlan {
  const capacitors = switchedCapacitors(grid, controls);
  const whole = Math.trunc(hour);
  const clock = { hour: whole, seconds: (hour - whole) * 3600 };
  const tables = new Tables(grid, compiled, lanes, clock);
  const records: number[][] = [];
  const numbers: Float64Array[] = [];
  for (const control of controls) {
    const [record, settings] =
      control.kind === 'regcontrol'
        ? tables.regulator(control)
        : tables.capacitor(control, lanes.transformers.length + capacitors.indexOf(capacitorOf(grid, control).name));
    records.push(record);
    numbers.push(Float64Array.from({ length: layout.CONTROL_NUMBERS }, (_, k) => settings[k] ?? 0));
  }
  // Two a control; one more each control iteration where an action to neutral may be forgotten in the queue, as the engine does.
  const forgetful = controls.filter((control) => control.kind === 'regcontrol' && control.reverseNeutral).length;
  return {
    records,
    numbers,
    pairs: tables.pairs,
    currents: tables.currents,
    capacitors,
    banks: capacitors.map((name) => grid.require('capacitor', name)),
    watched: tables.watched,
    waiting: 2 * controls.length + forgetful * maxControlIterations + 1,
    maxControlIterations,
    clock: [clock.hour * 3600, clock.seconds],
  };
}

/** Lists of what is looked at, filled control by control. */
class Tables {
  readonly pairs: (readonly [number, number])[] = [];
  readonly currents: ControlTerm[][] = [];
  readonly watched = new Set<number>();
  private readonly floating: ReturnType<typeof findFloatingSections>;

  constructor(
    private readonly grid: Grid,
    private readonly compiled: CompiledGrid,
    private readonly lanes: BatchLanes,
    private readonly clock: { hour: number; seconds: number },
  ) {
    this.floating = findFloatingSections(compiled);
  }

  regulator(control: RegulatorControl): [number[], number[]] {
    const { lanes, compiled } = this;
    const id = elementId(control);
    const transformer = this.grid.require('transformer', control.transformer);
    const { winding, forward, reverse } = control;
    const { connection, terminal } = transformer.windings[winding];
    const tapped = transformer.windings[control.tapWinding];
    const nodes = terminal.nodes.map((_, conductor) => this.nodeAt(terminal, conductor));
    const isDelta = connection === 'delta';
    const ends = Array.from({ length: transformer.phases }, (_, phase) => (isDelta ? rotatedPhase(transformer, phase) : transformer.phases));
    const across = this.addPairs(
      id,
      ends.map((end, phase) => [nodes[phase] ?? -1, nodes[end] ?? -1]),
    );
    let remote = NONE;
    if (control.remoteBus) {
      const at = control.remoteBus;
      const node = (conductor: number): number => {
        const number = at.nodes[conductor] ?? 0;
        if (number === 0) return -1;
        if (!compiled.busNodes.get(at.bus)?.some((k) => compiled.nodeNumber[k] === number))
          throw new GridError(`${id}.bus: bus "${at.bus}" has no node ${number}`);
        return this.nodeAt(at, conductor);
      };
      remote = this.addPairs(id, [[node(0), isDelta ? node(rotatedPhase(transformer, 0)) : -1]]);
    }
    const compensated = !control.remoteBus && !(forward.resistanceVolts === 0 && forward.reactanceVolts === 0 && !(forward.impedanceVolts > 0));
    const directed = !control.remoteBus && (control.reversible || control.cogeneration);
    const currents =
      compensated || directed
        ? this.addCurrents(terminal.nodes.map((_, c) => transformerTerms(compiled, lanes, transformer, winding * (transformer.phases + 1) + c)))
        : NONE;
    const power = directed
      ? this.addPairs(
          undefined,
          nodes.map((node) => [node, -1]),
        )
      : NONE;
    const { ptPhase } = control;
    // A phase that the transformer has not stands for the first.
    const phase = typeof ptPhase === 'number' && ptPhase > transformer.phases ? 0 : phaseCode(ptPhase);
    let flags = 0;
    if (compensated) flags |= layout.REGULATOR_COMPENSATED;
    if (forward.impedanceVolts !== 0) flags |= layout.REGULATOR_BY_MAGNITUDE;
    if (control.remoteBus) flags |= layout.REGULATOR_REMOTE;
    if (directed) flags |= layout.REGULATOR_DIRECTED;
    if (control.cogeneration) flags |= layout.REGULATOR_COGENERATION;
    if (control.reverseNeutral) flags |= layout.REGULATOR_NEUTRAL;
    if (control.tapWinding !== winding) flags |= layout.REGULATOR_OPPOSITE;
    if (control.inverseTime) flags |= layout.REGULATOR_INVERSE_TIME;
    const settings = [forward, reverse].flatMap((one) => [one.voltage, one.bandVolts, one.resistanceVolts, one.reactanceVolts, one.impedanceVolts]);
    return [
      recordOf(layout.CONTROL_REGULATOR, lanes.transformers.indexOf(transformer.name), flags, phase, [across, currents, remote, power], 0),
      [
        ...settings,
        control.ptRatio,
        control.remotePtRatio,
        control.ctPrimaryAmps,
        control.voltageLimit,
        windingVolts(transformer, winding),
        (tapped.maxTapPu - tapped.minTapPu) / tapped.tapSteps,
        tapped.minTapPu,
        tapped.maxTapPu,
        control.maxTapChange,
        control.delaySeconds,
        control.reverseDelaySeconds,
        control.tapDelaySeconds,
        control.reverseThresholdKw * 1000,
      ],
    ];
  }

  capacitor(control: CapacitorControl, actuator: number): [number[], number[]] {
    const id = elementId(control);
    const bank = capacitorOf(this.grid, control);
    const alone = control.type === 'follow' && control.element === '';
    const element = alone ? bank : this.grid.element(control.element);
    if (!element) {
      const reason = control.element === '' ? 'is not set' : `there is no element "${control.element}"`;
      throw new GridError(`${id}.element: ${reason}; name a circuit element as class.name`);
    }
    const terminal = terminalsOf(element)[control.terminal];
    if (!terminal) throw new GridError(`${id}: ${elementId(element)} has no terminal ${control.terminal + 1}`);
    let [more, less] = [false, false];
    let volts = NONE;
    let amps = NONE;
    let power = NONE;
    let measure = layout.MEASURE_TIME;
    let phase = layout.PHASE_HIGHEST;
    const { onSetting, offSetting } = control;
    switch (control.type) {
      case 'current':
        measure = layout.MEASURE_CURRENT;
        amps = this.addCurrents(this.watchedAmps(control, element, bank));
        if (typeof control.ctPhase !== 'number') phase = phaseCode(control.ctPhase);
        break;
      case 'voltage':
        measure = layout.MEASURE_VOLTAGE;
        volts = this.addPairs(id, this.watchedVolts(control, bank, element.phases, terminal));
        break;
      case 'kvar':
      case 'pf':
        measure = control.type === 'kvar' ? layout.MEASURE_KVAR : layout.MEASURE_POWER_FACTOR;
        amps = this.addCurrents(this.currentsAt(control, element, control.terminal));
        power = this.addPairs(
          undefined,
          terminal.nodes.slice(0, amps.count).map((_, c) => [this.nodeAt(terminal, c), -1]),
        );
        break;
      case 'time': {
        const time = timeOfDay(this.clock);
        more = offSetting > onSetting ? time >= onSetting && time < offSetting : time >= onSetting && time < 24;
        less = offSetting > onSetting ? time >= offSetting || time < onSetting : time >= offSetting && time < onSetting;
        break;
      }
      case 'follow': {
        measure = layout.MEASURE_SIGNAL;
        if (control.controlSignal === undefined) throw new GridError(`${id}.controlsignal: there is no load shape "" to follow`);
        more = shapeValueAt(requireLoadShape(this.grid, control.controlSignal), this.clock.hour + this.clock.seconds / 3600).active !== 0;
        break;
      }
    }
    let override = NONE;
    if (control.voltageOverride && control.type !== 'voltage') {
      const at = control.voltageBus === undefined ? terminal : this.busTerminal(control, control.voltageBus, bank.phases);
      override = this.addPairs(id, this.watchedVolts(control, bank, element.phases, at));
    }
    if ((volts.count > 0 || override.count > 0) && typeof control.ptPhase !== 'number') {
      const other = phaseCode(control.ptPhase);
      if (amps.count > 1 && control.type === 'current' && other !== phase)
        throw new GridError(`${id}.ptphase: a batch takes the same of avg, max and min for voltage and current; it differs from ctphase`);
      phase = other;
    }
    let flags = 0;
    if (override.count > 0) flags |= layout.CAPACITOR_OVERRIDE;
    if (more) flags |= layout.CAPACITOR_MORE;
    if (less) flags |= layout.CAPACITOR_LESS;
    const total = bank.steps.reduce((sum, step) => sum + step.kvar, 0);
    const scaled = (setting: number): number => (control.type === 'pf' && setting < 0 ? 2 + setting : setting);
    return [
      recordOf(layout.CONTROL_CAPACITOR, actuator, flags, phase, [volts, amps, override, power], measure),
      [
        scaled(onSetting),
        scaled(offSetting),
        control.ptRatio,
        control.ctRatio,
        control.delaySeconds,
        control.delayOffSeconds,
        control.deadTimeSeconds,
        control.minVolts,
        control.maxVolts,
        total * control.minKvarPercent * 0.01,
        (total / bank.steps.length) * 0.5,
      ],
    ];
  }

  /** Pairs of the voltages that a capacitor control looks at. */
  private watchedVolts(control: CapacitorControl, bank: Capacitor, phases: number, terminal: Terminal): [number, number][] {
    const { ptPhase } = control;
    if (typeof ptPhase !== 'number') return Array.from({ length: phases }, (_, c) => [this.nodeAt(terminal, c), -1]);
    const next = ptPhase >= bank.phases ? 0 : ptPhase;
    return [[this.nodeAt(terminal, ptPhase - 1), bank.connection === 'delta' ? this.nodeAt(terminal, next) : -1]];
  }

  private watchedAmps(control: CapacitorControl, element: CircuitElement, bank: Capacitor): ControlTerm[][] {
    const { ctPhase } = control;
    // A single phase is always taken at the element's first terminal, whatever terminal is watched.
    if (typeof ctPhase === 'number') return this.currentsAt(control, element, 0).slice(ctPhase - 1, ctPhase);
    const currents = this.currentsAt(control, element, control.terminal);
    return Array.from({ length: bank.phases }, (_, c) => currents[c] ?? []);
  }

  /** Currents into an element at a terminal, conductor by conductor; none where it is disabled. */
  private currentsAt(control: CapacitorControl, element: CircuitElement, terminal: number): ControlTerm[][] {
    const { compiled, lanes } = this;
    if (!element.enabled) return [];
    const index = compiled.elements.findIndex((entry) => elementId(entry.element) === elementId(element));
    const entry = compiled.elements[index];
    const refuse = (why: string): never => {
      throw new GridError(
        `${elementId(control)}.element: a batch does not know the current of ${elementId(element)}: ${why}; watch a line, transformer or reactor`,
      );
    };
    if (!entry?.primitive || element.kind === 'vsource')
      return refuse(entry ? 'it does not follow from voltages by an admittance' : 'it differs from scenario to scenario');
    if (element.kind === 'line' && lanes.switches.includes(element.name)) return refuse('it is a switch of each scenario');
    const { nodes, primitive, terminalStart } = entry;
    const conductors = Array.from({ length: terminalStart[terminal + 1] - terminalStart[terminal] }, (_, c) => terminalStart[terminal] + c);
    if (element.kind === 'transformer' && lanes.transformers.includes(element.name))
      return conductors.map((c) => transformerTerms(compiled, lanes, element, c));
    const n = primitive.order;
    const half = n / 2;
    // A line's current is taken from the difference of its end voltages, which keeps its digits.
    const twoPort = element.kind === 'line' && !element.terminals.some(({ open }) => open?.includes(true));
    return conductors.map((i) => {
      const terms: ControlTerm[] = [];
      const add = (p: number, q: number, re: number, im: number): void => {
        if (re !== 0 || im !== 0) terms.push({ across: [p, q], actuator: -1, polynomial: Float64Array.of(re, im, 0, 0, 0, 0) });
        this.watch(p, q);
      };
      for (let j = 0; j < n; j++) {
        const [re, im] = [primitive.re[i * n + j], primitive.im[i * n + j]];
        if (!twoPort) add(nodes[j], -1, re, im);
        else if (j < half !== i < half) add(nodes[j], nodes[j < half ? j + half : j - half], re, im);
        else {
          const other = i * n + (j < half ? j + half : j - half);
          add(nodes[j], -1, re + primitive.re[other], im + primitive.im[other]);
        }
      }
      return terms;
    });
  }

  /** The nodes of a bus as a terminal. */
  private busTerminal(control: CapacitorControl, bus: string, phases: number): Terminal {
    const nodes = this.compiled.busNodes.get(bus) ?? [];
    if (nodes.length === 0) throw new GridError(`${elementId(control)}.vbus: there is no bus "${bus}"`);
    return { bus, nodes: nodes.slice(0, phases).map((node) => this.compiled.nodeNumber[node]) };
  }

  /** Node of a conductor; ground where there is none. */
  private nodeAt({ bus, nodes }: Terminal, conductor: number): number {
    const { compiled } = this;
    return compiled.busNodes.get(bus)?.find((node) => compiled.nodeNumber[node] === nodes[conductor]) ?? -1;
  }

  private watch(...nodes: number[]): void {
    for (const node of nodes) if (node >= 0) this.watched.add(node);
  }

  /**
   * Adds pairs.
   *
   * @param id of the control that looks at the voltage itself, undefined for pairs of which powers are made
   */
  private addPairs(id: string | undefined, pairs: (readonly [number, number])[]): Run {
    const first = this.pairs.length;
    for (const [p, q] of pairs) {
      // The voltage to ground of a section that floats is found only after the iteration (floating-sections.ts).
      const floats = (node: number): boolean => node >= 0 && this.floating.some((section) => touchesSection(section, Int32Array.of(node)));
      if (id !== undefined && floats(p) !== floats(q))
        throw new GridError(`${id}: in a batch a control cannot look at voltage to ground where the grid floats but for charging or anti-float`);
      this.watch(p, q);
      this.pairs.push([p, q]);
    }
    return { first, count: pairs.length };
  }

  private addCurrents(currents: ControlTerm[][]): Run {
    const first = this.currents.length;
    for (const terms of currents) {
      for (const { across } of terms) this.watch(...across);
      this.currents.push(terms);
    }
    return { first, count: currents.length };
  }
}

function recordOf(kind: number, actuator: number, flags: number, phase: number, runs: readonly Run[], measure: number): number[] {
  return [kind, actuator, flags, phase, ...runs.flatMap(({ first, count }) => [first, count]), measure, 0];
}
