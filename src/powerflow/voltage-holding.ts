/**
 * Generators that hold the magnitude of their voltage (model 3): watts are given, vars are sought between limits.
 *
 * Fixed point: vars within limits and the mean leg voltage at its target; or vars at a limit and the voltage on the other side of it. All phases deliver the
 * same vars. Vars move by e / s, where e is what the voltage lacks and s = dV/dQ is learnt from the generator's own last step.
 */
import { elementId, type Generator } from '../grid/index.js';
import type { CompiledElement, CompiledGrid } from './compiled-grid.js';
import type { SolveReport } from './solver-types.js';

const MOST_STEPS = 60;
/** Voltage error accepted, per unit. */
const VOLTAGE_TOLERANCE = 1e-10;

interface Held {
  entry: CompiledElement;
  generator: Generator;
  targetVolts: number;
  minVars: number;
  maxVars: number;
  /** dV/dQ in volt per var a phase. */
  slope: number;
  lastVars: number;
  lastVolts: number;
}

/** Moves the vars of all model-3 generators until each holds its voltage or stands at a limit; without any, returns the report as it is. */
export function holdGeneratorVoltages(compiled: CompiledGrid, voltage: Float64Array, first: SolveReport, solveAgain: () => SolveReport): SolveReport {
  const held: Held[] = [];
  for (const entry of compiled.elements) {
    const { element } = entry;
    if (element.kind === 'generator' && element.model === 3) held.push(hold(entry, element));
  }
  let report = first;
  if (held.length === 0 || !report.converged) return report;
  let iterations = report.iterations;
  for (let step = 0; step < MOST_STEPS; step++) {
    let worst = 0;
    let worstGenerator = held[0].generator;
    for (const unit of held) {
      const error = adjust(compiled, unit, voltage);
      if (error > worst) {
        worst = error;
        worstGenerator = unit.generator;
      }
    }
    if (worst <= VOLTAGE_TOLERANCE) return { ...report, iterations };
    report = solveAgain();
    iterations += report.iterations;
    if (!report.converged) return { ...report, iterations };
    if (step === MOST_STEPS - 1) {
      return {
        ...report,
        iterations,
        converged: false,
        status: 'iteration-limit',
        methodReason: `${elementId(worstGenerator)} does not reach its voltage`,
      };
    }
  }
  return { ...report, iterations };
}

function hold(entry: CompiledElement, generator: Generator): Held {
  const { phases } = generator;
  const rated = phases === 1 ? generator.kv * 1000 : (generator.kv * 1000) / Math.sqrt(3);
  const size = Math.max(Math.abs(generator.maxKvar), Math.abs(generator.minKvar), 1);
  return {
    entry,
    generator,
    targetVolts: generator.targetVoltagePu * rated,
    minVars: (generator.minKvar * 1000) / phases,
    maxVars: (generator.maxKvar * 1000) / phases,
    // A first guess: all vars move the voltage by a tenth.
    slope: (0.1 * rated * phases) / (size * 1000),
    lastVars: Number.NaN,
    lastVolts: Number.NaN,
  };
}

/** Mean voltage over a generator's legs, turned to line-to-neutral for delta. */
function meanVolts(compiled: CompiledGrid, unit: Held, voltage: Float64Array): number {
  const { legs } = compiled;
  let sum = 0;
  for (const leg of unit.entry.legIds) {
    const [a, b] = [legs.from[leg], legs.to[leg]];
    const re = (a >= 0 ? voltage[2 * a] : 0) - (b >= 0 ? voltage[2 * b] : 0);
    const im = (a >= 0 ? voltage[2 * a + 1] : 0) - (b >= 0 ? voltage[2 * b + 1] : 0);
    sum += Math.hypot(re, im);
  }
  return sum / unit.entry.legIds.length / (unit.generator.connection === 'delta' ? Math.sqrt(3) : 1);
}

/** Takes one step; returns the voltage error left in per unit, 0 where the generator rests at a limit. */
function adjust(compiled: CompiledGrid, unit: Held, voltage: Float64Array): number {
  const { legs } = compiled;
  const volts = meanVolts(compiled, unit, voltage);
  // Legs consume: delivered vars have the other sign.
  const vars = -legs.vars[unit.entry.legIds[0]];
  const error = unit.targetVolts - volts;
  if ((vars >= unit.maxVars && error > 0) || (vars <= unit.minVars && error < 0)) return 0;
  if (Number.isFinite(unit.lastVars) && vars !== unit.lastVars) {
    const learnt = (volts - unit.lastVolts) / (vars - unit.lastVars);
    if (learnt > 0 && Number.isFinite(learnt)) unit.slope = learnt;
  }
  unit.lastVars = vars;
  unit.lastVolts = volts;
  const relative = Math.abs(error) / unit.targetVolts;
  if (relative <= VOLTAGE_TOLERANCE) return relative;
  const span = unit.maxVars - unit.minVars;
  const wanted = Math.max(-span / 2, Math.min(span / 2, error / unit.slope));
  const next = Math.max(unit.minVars, Math.min(unit.maxVars, vars + wanted));
  for (const leg of unit.entry.legIds) legs.vars[leg] = -next;
  return next === vars ? 0 : relative;
}
