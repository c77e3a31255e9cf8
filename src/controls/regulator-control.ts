/**
 * Voltage regulator control: watches a winding (or a remote bus) and moves a winding's tap.
 *
 * V = winding voltage / PT ratio + (R + jX) I / CT rating (I into the terminal). Outside vreg +- band/2 the missing boost, in per unit of the
 * winding's rated voltage, is rounded to whole taps (half to even). Frozen time: 70 % of it in one action, at least one tap, at most
 * `maxTapChange`. In time: one tap an action, the next after `tapDelaySeconds`. One action is pending at a time; back in band it is taken back.
 * All rules as in OpenDSS's RegControl.
 */
import type { RegulatorControl, RegulatorSetting, Transformer } from '../grid/index.js';
import { elementId, GridError, roundHalfToEven } from '../grid/index.js';
import type { ControlContext, ControlDevice } from './control.js';
import {
  type Complex,
  complexAt,
  magnitude,
  rotatedPhase,
  terminalCurrents,
  terminalPower,
  windingBaseVolts,
  windingVoltages,
} from './measurement.js';

/** Codes of the actions in the queue. */
const TAP_CHANGE = 0;
const REVERSE = 1;

/** A tap nearer to 1 than this counts as neutral. */
const NEUTRAL_TOLERANCE = 1e-12;

/** Per-unit change of one tap of a winding; 0 where the winding has no taps. */
export function tapIncrementPu(winding: { minTapPu: number; maxTapPu: number; tapSteps: number }): number {
  return winding.tapSteps > 0 ? (winding.maxTapPu - winding.minTapPu) / winding.tapSteps : 0;
}

/** Number of a winding's present tap, 0 halfway between lowest and highest. */
export function tapNumber(winding: { minTapPu: number; maxTapPu: number; tapSteps: number; tapPu: number }): number {
  const increment = tapIncrementPu(winding);
  if (increment === 0) return 0;
  // Adding 0 makes -0 into 0.
  return roundHalfToEven((winding.tapPu - (winding.maxTapPu + winding.minTapPu) / 2) / increment) + 0;
}

/** The device behind a {@link RegulatorControl}. */
export class RegulatorDevice implements ControlDevice {
  private pendingPu = 0;
  private armed = false;
  private actionHandle = 0;
  private inReverse = false;
  private inCogeneration = false;
  private reversePending = false;
  private reverseHandle = 0;
  private reverseBackHandle = 0;

  constructor(readonly record: RegulatorControl) {}

  reset(): void {
    this.pendingPu = 0;
    this.armed = false;
  }

  sample(context: ControlContext): void {
    const { record } = this;
    const transformer = this.transformer(context);
    if (record.maxTapChange === 0) {
      this.pendingPu = 0;
      return;
    }
    if (!record.remoteBus && (record.reversible || record.cogeneration) && this.watchDirection(context, transformer)) return;

    const [control, localVolts] = this.controlVoltage(context, transformer);
    const tapped = transformer.windings[record.tapWinding];
    const backwards = this.inReverse || this.inCogeneration;
    const target = backwards ? record.reverse.voltage : record.forward.voltage;
    const band = backwards ? record.reverse.bandVolts : record.forward.bandVolts;
    let actual = magnitude(control);
    if (this.inReverse) actual /= tapped.tapPu;
    const overLimit = record.voltageLimit > 0 && localVolts > record.voltageLimit;

    if (!(Math.abs(target - actual) > band / 2) && !overLimit) {
      this.pendingPu = 0;
      if (this.armed) {
        context.queue.delete(this.actionHandle);
        this.armed = false;
        this.actionHandle = 0;
      }
      return;
    }
    const boostVolts = overLimit ? record.voltageLimit - localVolts : target - actual;
    const boostPu = (boostVolts * record.ptRatio) / windingBaseVolts(transformer, record.winding);
    const increment = this.increment(transformer);
    this.pendingPu = roundHalfToEven(boostPu / increment) * increment;
    // Raising a tap on the other winding, or with power coming from the regulated side, lowers the voltage.
    if (record.tapWinding !== record.winding || this.inReverse) this.pendingPu = -this.pendingPu;
    if (this.pendingPu === 0 || this.armed) return;
    const canMove = this.pendingPu > 0 ? tapped.tapPu < tapped.maxTapPu : tapped.tapPu > tapped.minTapPu;
    if (canMove) {
      this.actionHandle = context.queue.push(context.clock, this.delaySeconds(actual), TAP_CHANGE, this);
      this.armed = true;
    }
  }

  execute(code: number, context: ControlContext): void {
    if (code === REVERSE) {
      if (!this.reversePending) return;
      if (this.record.cogeneration) this.inCogeneration = !this.inCogeneration;
      else this.inReverse = !this.inReverse;
      this.reversePending = false;
      return;
    }
    if (this.pendingPu === 0) {
      this.armed = false;
      return;
    }
    const transformer = this.transformer(context);
    const increment = this.increment(transformer);
    if (context.mode === 'static') {
      const wanted = Math.trunc((0.7 * Math.abs(this.pendingPu)) / increment);
      const taps = Math.min(Math.max(wanted, 1), this.record.maxTapChange);
      const change = this.pendingPu > 0 ? taps * increment : -taps * increment;
      this.pendingPu = 0;
      this.armed = false;
      this.moveTap(context, transformer, change);
      return;
    }
    const step = this.pendingPu > 0 ? increment : -increment;
    this.pendingPu -= step;
    if (Math.abs(this.pendingPu) < 0.9 * increment) this.pendingPu = 0;
    this.moveTap(context, transformer, step);
    if (this.pendingPu !== 0) context.queue.push(context.clock, this.record.tapDelaySeconds, TAP_CHANGE, this);
    else this.armed = false;
  }

  private transformer(context: ControlContext): Transformer {
    const { record } = this;
    const transformer = context.grid.element(`transformer.${record.transformer}`);
    const id = elementId(record);
    if (transformer?.kind !== 'transformer')
      throw new GridError(`${id}.transformer: there is no transformer "${record.transformer}"; name the transformer it controls`);
    for (const winding of [record.winding, record.tapWinding]) {
      if (!transformer.windings[winding]) throw new GridError(`${id}: ${elementId(transformer)} has no winding ${winding + 1}`);
    }
    return transformer;
  }

  private increment(transformer: Transformer): number {
    const increment = tapIncrementPu(transformer.windings[this.record.tapWinding]);
    if (!(increment > 0)) {
      throw new GridError(
        `${elementId(this.record)}: winding ${this.record.tapWinding + 1} of ${elementId(transformer)} has no taps (numtaps, mintap, maxtap)`,
      );
    }
    return increment;
  }

  private moveTap(context: ControlContext, transformer: Transformer, changePu: number): void {
    const winding = transformer.windings[this.record.tapWinding];
    const wanted = winding.tapPu + changePu;
    const limited = wanted < winding.minTapPu ? winding.minTapPu : wanted > winding.maxTapPu ? winding.maxTapPu : wanted;
    if (limited === winding.tapPu) return;
    winding.tapPu = limited;
    context.solver.elementChanged(transformer);
  }

  private delaySeconds(actualVolts: number): number {
    const { record } = this;
    if (!record.inverseTime) return record.delaySeconds;
    return record.delaySeconds / Math.min(10, (2 * Math.abs(record.forward.voltage - actualVolts)) / record.forward.bandVolts);
  }

  /** Follows the direction of power. Returns true where nothing else is to be done (backwards, with the tap held at neutral). */
  private watchDirection(context: ControlContext, transformer: Transformer): boolean {
    const { record } = this;
    const { queue, clock } = context;
    const threshold = record.reverseThresholdKw * 1000;
    const forwardWatts = -terminalPower(context.solver, transformer, record.winding)[0];
    if (!this.inReverse && !this.inCogeneration) {
      if (!this.reversePending && forwardWatts < -threshold) {
        this.reversePending = true;
        this.reverseHandle = queue.push(clock, record.reverseDelaySeconds, REVERSE, this);
      }
      if (this.reversePending && forwardWatts >= -threshold) {
        this.reversePending = false;
        queue.delete(this.reverseHandle);
        this.reverseHandle = 0;
      }
      return false;
    }
    if (!this.reversePending && forwardWatts > threshold) {
      this.reversePending = true;
      this.reverseBackHandle = queue.push(clock, record.reverseDelaySeconds, REVERSE, this);
    }
    if (this.reversePending && forwardWatts <= threshold) {
      this.reversePending = false;
      queue.delete(this.reverseBackHandle);
      this.reverseBackHandle = 0;
    }
    if (!record.reverseNeutral) return false;
    if (!this.armed) {
      const { tapPu } = transformer.windings[record.tapWinding];
      this.pendingPu = 0;
      if (Math.abs(tapPu - 1) > NEUTRAL_TOLERANCE) {
        const increment = this.increment(transformer);
        this.pendingPu = roundHalfToEven((1 - tapPu) / increment) * increment;
        if (this.pendingPu !== 0) {
          queue.push(clock, record.tapDelaySeconds, TAP_CHANGE, this);
          this.armed = true;
        }
      }
    }
    return true;
  }

  /** The compensated voltage on the secondary of the potential transformer, and the magnitude the voltage limit is compared with. */
  private controlVoltage(context: ControlContext, transformer: Transformer): [Complex, number] {
    const { record } = this;
    if (record.remoteBus) {
      const remote = this.remoteVoltage(context, transformer);
      const local = magnitude(windingVoltages(context.solver, transformer, record.winding)[0]) / record.ptRatio;
      return [[remote[0] / record.remotePtRatio, remote[1] / record.remotePtRatio], local];
    }
    const across = windingVoltages(context.solver, transformer, record.winding);
    const phase = this.watchedPhase(across);
    const volts: Complex = [across[phase][0] / record.ptRatio, across[phase][1] / record.ptRatio];
    return [this.compensated(context, transformer, volts, phase), magnitude(volts)];
  }

  private watchedPhase(across: readonly Complex[]): number {
    const { ptPhase } = this.record;
    // A phase that the transformer has not stands for the first.
    if (typeof ptPhase === 'number') return ptPhase <= across.length ? ptPhase - 1 : 0;
    let chosen = 0;
    for (let phase = 1; phase < across.length; phase++) {
      const difference = magnitude(across[phase]) - magnitude(across[chosen]);
      if (ptPhase === 'max' ? difference > 0 : difference < 0) chosen = phase;
    }
    return chosen;
  }

  /** Line-drop compensation, forward or backwards; off unless a forward R, X or Z is set. */
  private compensated(context: ControlContext, transformer: Transformer, volts: Complex, phase: number): Complex {
    const { forward, reverse, ctPrimaryAmps, winding } = this.record;
    if (forward.resistanceVolts === 0 && forward.reactanceVolts === 0 && !(forward.impedanceVolts > 0)) return volts;
    const setting: RegulatorSetting = this.inReverse || this.inCogeneration ? reverse : forward;
    const amps = complexAt(terminalCurrents(context.solver, transformer, winding), phase);
    const current: Complex = [amps[0] / ctPrimaryAmps, amps[1] / ctPrimaryAmps];
    if (forward.impedanceVolts !== 0) return [magnitude(volts) - magnitude(current) * setting.impedanceVolts, 0];
    const { resistanceVolts: r, reactanceVolts: x } = setting;
    return [volts[0] + (r * current[0] - x * current[1]), volts[1] + (r * current[1] + x * current[0])];
  }

  private remoteVoltage(context: ControlContext, transformer: Transformer): Complex {
    const { record } = this;
    const terminal = record.remoteBus;
    if (!terminal) return [0, 0];
    const at = (conductor: number): Complex => {
      const node = terminal.nodes[conductor] ?? 0;
      if (node === 0) return [0, 0];
      const volts = context.solver.nodeVoltage(terminal.bus, node);
      if (!volts) throw new GridError(`${elementId(record)}.bus: bus "${terminal.bus}" has no node ${node}`);
      return volts;
    };
    const start = at(0);
    if (transformer.windings[record.winding].connection !== 'delta') return start;
    const end = at(rotatedPhase(transformer, 0));
    return [start[0] - end[0], start[1] - end[1]];
  }
}
