/** What voltages, frequencies and powers do within control steps: traces at the steps of the scheme, as data for files and pictures. */
import type { StepStatus } from './fast-scheme.js';
import type { MicrogridSimulation } from './microgrid-simulation.js';

/** Traces of all inverters, [inverter][moment]. */
export interface MicrogridTraces {
  /** [moment]: s from the reset. The begin of each control step is there twice: before and after its set points. */
  readonly times: number[];
  /** Reference after droop, per unit. */
  readonly voltagePu: number[][];
  readonly hertz: number[][];
  /** Filtered powers, kW and kvar. */
  readonly activeKw: number[][];
  readonly reactiveKvar: number[][];
}

/** Records a simulation, step by step. */
export class MicrogridTrace {
  readonly traces: MicrogridTraces;

  constructor(private readonly simulation: MicrogridSimulation) {
    const lists = (): number[][] => Array.from({ length: simulation.plan.inverters }, () => []);
    this.traces = { times: [], voltagePu: lists(), hertz: lists(), activeKw: lists(), reactiveKvar: lists() };
  }

  /** A control step of the simulation (see {@link MicrogridSimulation.step}), recorded. Throws InputError as that does. */
  step(...given: [voltages: ArrayLike<number>, resistance?: ArrayLike<number>, inductance?: ArrayLike<number>]): StepStatus {
    const { simulation } = this;
    const [voltages, resistance, inductance] = given;
    const begin = simulation.controlSteps * simulation.controlStep;
    this.record(begin);
    return simulation.step(voltages, resistance, inductance, (time) => this.record(begin + time));
  }

  private record(time: number): void {
    const { simulation, traces } = this;
    const { state, plan } = simulation;
    traces.times.push(time);
    for (let i = 0; i < plan.inverters; i++) {
      traces.voltagePu[i].push(state.voltagePu(i));
      traces.hertz[i].push(state.speed(i) / (2 * Math.PI));
      traces.activeKw[i].push(state.activePower[i] / 1000);
      traces.reactiveKvar[i].push(state.reactivePower[i] / 1000);
    }
  }
}
