/**
 * Generator dispatch: shares out among generators what the power in a watched element exceeds its limit by, kW and kvar apart, until both lie
 * within the band. Rules and order as in OpenDSS 9.8.
 */
import type { Generator, GeneratorDispatcher } from '../grid/index.js';
import { GridError, injectionPower } from '../grid/index.js';
import type { ControlContext, ControlDevice } from './control.js';
import { momentOf } from './inverter-control.js';
import { requireElement, requireTerminal, terminalPower } from './measurement.js';

/** The least a generator is dispatched to, kW and kvar. */
const LEAST_KW = 1;
const LEAST_KVAR = 0;

/** The device behind a {@link GeneratorDispatcher} record. */
export class GeneratorDispatchDevice implements ControlDevice {
  private fleet: Generator[] = [];

  constructor(readonly record: GeneratorDispatcher) {}

  private fleetOf(context: ControlContext): Generator[] {
    const { grid } = context;
    const named = this.record.generators.map((name) => {
      const element = grid.element(`generator.${name}`);
      if (element?.kind !== 'generator') throw new GridError(`gendispatcher.${this.record.name}: there is no generator named "${name}"`);
      return element;
    });
    return (named.length > 0 ? named : grid.elementsOf('generator')).filter((generator) => generator.enabled);
  }

  sample(context: ControlContext): void {
    const { record } = this;
    this.fleet = this.fleetOf(context);
    if (this.fleet.length === 0) return;
    const element = requireElement(context.solver, record.element, record, 'element');
    requireTerminal(element, record.terminal, record);
    const [watts, vars] = terminalPower(context.solver, element, record.terminal);
    const excessKw = watts / 1000 - record.limitKw;
    const excessKvar = vars / 1000 - record.limitKvar;
    const weights = this.fleet.map((_, i) => record.weights[i] ?? 1);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    let changed = false;
    if (Math.abs(excessKw) > record.halfBandKw) {
      this.fleet.forEach((generator, i) => {
        const powerKw = Math.max(LEAST_KW, generator.powerKw + excessKw * (weights[i] / total));
        if (powerKw !== generator.powerKw) changed = true;
        generator.powerKw = powerKw;
      });
    }
    // One band serves both.
    if (Math.abs(excessKvar) > record.halfBandKw) {
      this.fleet.forEach((generator, i) => {
        const powerKvar = Math.max(LEAST_KVAR, generator.powerKvar + excessKvar * (weights[i] / total));
        if (powerKvar !== generator.powerKvar) changed = true;
        generator.powerKvar = powerKvar;
      });
    }
    if (changed) context.queue.push(context.clock, 0, 0, this);
  }

  /** Hands the powers to the solver. */
  execute(_code: number, context: ControlContext): void {
    for (const generator of this.fleet) {
      const power = injectionPower(context.grid, generator, momentOf(context));
      context.solver.setPower(generator, power.powerKw, power.powerKvar);
    }
  }

  /** Nothing: the generators keep the power they were dispatched to. */
  reset(): void {}
}
