/**
 * A feeder that can be solved by hand, behind the face of a solver: a stiff source, a one-phase regulator transformer without impedance (its ratio
 * is tap 2 over tap 1) and a load of constant current at its secondary. A shunt bank adds `riseVolts` per closed step.
 */
import type { Capacitor, CircuitElement, Moment, RegulatorControl, Transformer } from '../../src/grid/index.js';
import { Grid, SNAPSHOT } from '../../src/grid/index.js';
import type { GridSolver, SolveReport } from '../../src/powerflow/solver-types.js';

export const SOURCE_VOLTS = 2400;

/** A 2400/2400 V regulator with 32 steps of 5/8 % on winding 2. */
export function regulatorTransformer(name = 'reg'): Transformer {
  const winding = (bus: string): Transformer['windings'][number] => ({
    terminal: { bus, nodes: [1, 0] },
    connection: 'wye',
    kv: 2.4,
    kva: 1000,
    tapPu: 1,
    minTapPu: 0.9,
    maxTapPu: 1.1,
    tapSteps: 32,
    resistancePercent: 0,
    neutralOhm: -1,
    neutralReactanceOhm: 0,
  });
  return {
    kind: 'transformer',
    name,
    enabled: true,
    phases: 1,
    windings: [winding('source'), winding('load')],
    shortCircuitReactancePercent: [1],
    noLoadLossPercent: 0,
    magnetizingCurrentPercent: 0,
    antiFloatPpm: 0,
    phaseShift: 'lag',
  };
}

/** A regulator control with the defaults of the language, watching and tapping winding 2. */
export function regulatorControl(changes: Partial<RegulatorControl> = {}): RegulatorControl {
  const setting = { voltage: 120, bandVolts: 3, resistanceVolts: 0, reactanceVolts: 0, impedanceVolts: 0 };
  return {
    kind: 'regcontrol',
    name: 'reg',
    enabled: true,
    transformer: 'reg',
    winding: 1,
    tapWinding: 1,
    forward: { ...setting },
    ptRatio: 20,
    ctPrimaryAmps: 300,
    remotePtRatio: 20,
    delaySeconds: 15,
    tapDelaySeconds: 2,
    inverseTime: false,
    maxTapChange: 16,
    voltageLimit: 0,
    ptPhase: 1,
    reversible: false,
    cogeneration: false,
    reverse: { ...setting },
    reverseThresholdKw: 100,
    reverseDelaySeconds: 60,
    reverseNeutral: false,
    ...changes,
  };
}

export class FakeFeeder implements GridSolver {
  readonly grid = new Grid('fake');
  moment: Moment = SNAPSHOT;
  readonly transformer: Transformer;
  /** Source voltage, volt. */
  sourceVolts = SOURCE_VOLTS;
  /** Load current, ampere, lagging positive im is not used: re and im as flowing into the load. */
  loadAmps: [number, number] = [0, 0];
  /** Voltage each closed capacitor step adds at the load bus. */
  riseVolts = 0;
  solutions = 0;
  changed: string[] = [];

  constructor(readonly capacitor?: Capacitor) {
    this.transformer = this.grid.add(regulatorTransformer());
    if (capacitor) this.grid.add(capacitor);
  }

  get loadVolts(): number {
    const [first, second] = this.transformer.windings;
    const isBankClosed = this.capacitor !== undefined && !(this.capacitor.terminals[0].open ?? []).some((open) => open);
    const steps = isBankClosed ? (this.capacitor?.steps.filter((step) => step.closed).length ?? 0) : 0;
    return (this.sourceVolts * second.tapPu) / first.tapPu + steps * this.riseVolts;
  }

  solve(): SolveReport {
    this.solutions += 1;
    return {
      converged: true,
      status: 'converged',
      iterations: 2,
      method: 'sweep',
      methodReason: 'fake',
      backend: 'fake',
      mismatchPu: 0,
      worstNode: 'load.1',
      history: [],
    };
  }

  gridChanged(): void {}
  elementChanged(element: CircuitElement): void {
    this.changed.push(element.name);
  }
  setPower(): void {}
  setSourceVoltage(): void {}
  solveUnloaded(): void {}
  terminalVoltages(_element: CircuitElement, terminal: number): Float64Array {
    return Float64Array.of(terminal === 0 && _element.kind === 'transformer' ? this.sourceVolts : this.loadVolts, 0, 0, 0);
  }
  terminalCurrents(_element: CircuitElement, terminal: number): Float64Array {
    const sign = _element.kind === 'transformer' && terminal === 1 ? -1 : 1;
    const [re, im] = this.loadAmps;
    return Float64Array.of(sign * re, sign * im, -sign * re, -sign * im);
  }
  nodeVoltage(bus: string, node: number): readonly [number, number] | undefined {
    if (node !== 1) return undefined;
    return bus === 'load' ? [this.loadVolts, 0] : bus === 'source' ? [this.sourceVolts, 0] : undefined;
  }
  nodesOf(bus: string): readonly number[] {
    return bus === 'load' || bus === 'source' ? [1] : [];
  }
}
