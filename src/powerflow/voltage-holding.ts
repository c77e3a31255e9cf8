/**
 * Generators that hold the magnitude of their voltage (model 3): watts are given, vars are sought between limits.
 *
 * Wanted, for each unit with q vars a phase and the mean leg voltage u against its target: u = target with q within its limits, or q = max with u below it, or
 * q = min with u above it. All phases deliver the same vars.
 *
 * Newton's method on voltages and vars together. With F(V, q) the currents lacking at the nodes, J = -dF/dV, B = dF/dq and C = du/dV, a step is
 *   dV = J^-1 F + X dq,  X = J^-1 B,  S = C X (n x n, n held voltages),
 * and dq solves the linear complementarity problem S dq = target - u - C J^-1 F between the limits, so that units reach and leave limits within the step.
 * Units with the same legs and target share one equation and move alike, as they do in OpenDSS.
 */
import { elementId, type Generator, type Grid, GridError } from '../grid/index.js';
import type { CompiledElement, CompiledGrid } from './compiled-grid.js';
import { type Factors, makeNewton } from './factored-methods.js';
import * as layout from './kernel-layout.js';
import type { NodalMatrix } from './nodal-matrix.js';
import { solveReal } from './real-matrix.js';
import { assembleJacobian, largestMissing, residual, scalarBackend } from './scalar-backend.js';
import { factorJacobian, solveJacobian } from './scalar-factors.js';
import { injectLegs, ScalarMemory } from './scalar-legs.js';

/** Voltage error accepted at the end, per unit. */
export const HELD_VOLTAGE_TOLERANCE = 1e-10;
/** Voltage error at which the iteration rests, per unit. */
const RESTING_ERROR = 1e-12;
const SHORTEST_STEP = 0.02;
/** Rounds in which all units that should change between free and limited do so at once; afterwards one at a time, which cannot cycle. */
const WHOLE_ROUNDS = 12;
/** Keeps the system solvable where units on one bus ask for different voltages: they then move apart until limits stop them. */
const REGULARISATION = 1e-12;

/** One generator. */
interface Unit {
  entry: CompiledElement;
  generator: Generator;
  /** Vars a phase, delivered. */
  vars: number;
  minVars: number;
  maxVars: number;
  /** -1 at the lower limit, 1 at the upper one, 0 free. */
  limit: -1 | 0 | 1;
  group: Group;
}

/** Units that hold the same voltage. */
interface Group {
  legs: readonly number[];
  /** Factor of the sum of leg voltages that gives the voltage held. */
  share: number;
  targetVolts: number;
  units: Unit[];
}

/** What came of {@link VoltageHolder.solve}. */
export interface HoldingResult {
  converged: boolean;
  iterations: number;
  /** Largest power mismatch of each iterate, VA. */
  history: number[];
}

/** Whether a generator's vars are sought rather than given. */
export function holdsVoltage(element: { kind: string }): element is Generator {
  return element.kind === 'generator' && (element as Generator).model === 3;
}

/** Throws {@link GridError} where a grid has an enabled generator that holds its voltage: for what solves with given powers only. */
export function refuseHeldVoltages(grid: Grid, what: string): void {
  for (const element of grid.elements) {
    if (!element.enabled || !holdsVoltage(element)) continue;
    throw new GridError(
      `${elementId(element)} holds its voltage (model 3), which ${what} does not; solve one by one, or give it a model with given vars`,
    );
  }
}

/** Vars a phase from which the search starts: the middle of the range, as in OpenDSS. */
export function startingVars({ minKvar, maxKvar, phases }: Generator): number {
  return (500 * (minKvar + maxKvar)) / phases;
}

/** The held voltages of one compiled grid. */
export class VoltageHolder {
  private readonly units: Unit[] = [];
  private readonly groups: Group[] = [];
  private readonly newton: ReturnType<typeof makeNewton>;
  private readonly memory: ScalarMemory;

  constructor(
    private readonly compiled: CompiledGrid,
    matrix: NodalMatrix,
    factors: Factors,
  ) {
    this.collect();
    this.newton = makeNewton(compiled, matrix, factors, 1, scalarBackend);
    const { memory, layoutOffset } = this.newton.session;
    this.memory = new ScalarMemory(memory, layoutOffset);
  }

  private collect(): void {
    const { legs, elements } = this.compiled;
    const known = new Map<string, Group>();
    for (const entry of elements) {
      const { element } = entry;
      if (!holdsVoltage(element)) continue;
      const live = entry.legIds.some((leg) => legs.from[leg] !== legs.to[leg]);
      if (!live) continue;
      const { phases, minKvar, maxKvar } = element;
      const targetVolts = (1000 * element.targetVoltagePu * element.kv) / (phases === 1 ? 1 : Math.sqrt(3));
      const places = entry.legIds.map((leg) => `${legs.from[leg]}-${legs.to[leg]}`).sort();
      const key = `${element.connection} ${targetVolts} ${places.join(' ')}`;
      let group = known.get(key);
      if (!group) {
        group = { legs: entry.legIds, share: 1 / phases / (element.connection === 'delta' ? Math.sqrt(3) : 1), targetVolts, units: [] };
        known.set(key, group);
        this.groups.push(group);
      }
      const unit: Unit = {
        entry,
        generator: element,
        vars: 0,
        minVars: (1000 * minKvar) / phases,
        maxVars: (1000 * maxKvar) / phases,
        limit: 0,
        group,
      };
      group.units.push(unit);
      this.units.push(unit);
    }
  }

  /** Takes over changed admittances. */
  refresh(): void {
    this.newton.refresh();
  }

  /** Has all units start anew from the middle of their range. */
  forget(): void {
    const { legs } = this.compiled;
    for (const { entry, generator } of this.units) for (const leg of entry.legIds) legs.vars[leg] = -startingVars(generator);
  }

  /** Voltages, [node][re, im], as a start from afar: the given ones, with the held ones at their targets. */
  atTargets(voltage: Float64Array): void {
    const { legs } = this.compiled;
    for (const group of this.groups) {
      const ratio = group.targetVolts / this.heldVolts(group, voltage);
      if (!Number.isFinite(ratio)) continue;
      for (const node of new Set(group.legs.flatMap((leg) => [legs.from[leg], legs.to[leg]]))) {
        if (node < 0) continue;
        voltage[2 * node] *= ratio;
        voltage[2 * node + 1] *= ratio;
      }
    }
  }

  /** Largest error of a held voltage, per unit, and the unit that has it; a unit at a limit has none on the far side of it. */
  worst(voltage: Float64Array): { errorPu: number; id: string } {
    let errorPu = 0;
    let id = '';
    for (const { group, vars, minVars, maxVars, generator } of this.units) {
      const error = 1 - this.heldVolts(group, voltage) / group.targetVolts;
      if ((vars >= maxVars && error > 0) || (vars <= minVars && error < 0)) continue;
      if (Math.abs(error) <= errorPu) continue;
      errorPu = Math.abs(error);
      id = elementId(generator);
    }
    return { errorPu, id };
  }

  private heldVolts(group: Group, voltage: Float64Array): number {
    const { legs } = this.compiled;
    let sum = 0;
    for (const leg of group.legs) {
      const [a, b] = [legs.from[leg], legs.to[leg]];
      const re = (a >= 0 ? voltage[2 * a] : 0) - (b >= 0 ? voltage[2 * b] : 0);
      const im = (a >= 0 ? voltage[2 * a + 1] : 0) - (b >= 0 ? voltage[2 * b + 1] : 0);
      sum += Math.hypot(re, im);
    }
    return sum * group.share;
  }

  /**
   * Moves voltages, [node][re, im], and the vars of the units' legs to the solution; without convergence both hold the best that was reached.
   *
   * @param toleranceVa largest power mismatch, as for Newton's method
   * @param limit most iterations
   */
  solve(voltage: Float64Array, toleranceVa: number, limit: number): HoldingResult {
    const { session } = this.newton;
    const { f64 } = this.memory;
    const nodes = this.compiled.nodeCount;
    const [at, injection, work, step, base] = [
      layout.FIELD_VOLTAGE,
      layout.FIELD_INJECTION,
      layout.FIELD_WORK,
      layout.FIELD_STEP,
      layout.FIELD_BASE,
    ].map((field) => this.memory.doubles(field));
    this.takeVars();
    session.loadInputs();
    session.loadVoltages(voltage);
    const power = this.memory.doubles(layout.FIELD_POWER);
    const constant = this.memory.doubles(layout.FIELD_CONSTANT);
    const steps = new Float64Array(this.units.length);
    let bases = this.units.map((unit) => unit.vars);
    const history: number[] = [];
    let length = 1;
    let before = Infinity;
    let floored = false;
    let converged = false;
    let iteration = 0;
    for (; ; iteration++) {
      this.writeVars(power);
      f64.copyWithin(injection, constant, constant + 2 * nodes + 2);
      injectLegs(this.memory, at, power, injection);
      residual(this.memory, at, injection, work);
      session.readVoltages(0, voltage);
      if (!floored) this.newton.setFloor(voltage);
      floored = true;
      const [mismatch, whole] = largestMissing(this.memory, at, work);
      const error = this.worst(voltage).errorPu;
      history.push(whole);
      converged = mismatch <= toleranceVa && error <= RESTING_ERROR;
      if (converged || iteration >= limit) break;
      // Errors of voltage count as the power that a per-unit error of the largest group stands for, so that one number tells better from worse.
      const merit = mismatch + error * this.errorScale(power);
      if (!(merit < Infinity) && !(before < Infinity)) break;
      const back = !(merit <= before) && length > SHORTEST_STEP;
      if (back) length *= 0.5;
      else {
        // At rest, with rounding in the way of the last digits.
        if (error <= HELD_VOLTAGE_TOLERANCE && mismatch <= toleranceVa && !(merit < 0.5 * before)) {
          converged = true;
          break;
        }
        assembleJacobian(this.memory, at, power);
        factorJacobian(this.memory);
        solveJacobian(this.memory, work);
        f64.copyWithin(base, at, at + 2 * nodes);
        f64.copyWithin(step, work, work + 2 * nodes);
        bases = this.units.map((unit) => unit.vars);
        if (!this.addVarSteps(at, work, step, steps)) break;
        length = 1;
        before = merit;
      }
      for (let k = 0; k < 2 * nodes; k++) f64[at + k] = f64[base + k] + length * f64[step + k];
      this.units.forEach((unit, k) => {
        // A whole step to a limit ends on it exactly.
        unit.vars = length === 1 && unit.limit !== 0 ? (unit.limit > 0 ? unit.maxVars : unit.minVars) : bases[k] + length * steps[k];
      });
    }
    const { legs } = this.compiled;
    for (const { entry, vars, generator } of this.units) {
      for (const leg of entry.legIds) legs.vars[leg] = -(Number.isFinite(vars) ? vars : startingVars(generator));
    }
    return { converged, iterations: iteration, history };
  }

  private takeVars(): void {
    const { legs } = this.compiled;
    for (const unit of this.units) {
      // Legs consume: delivered vars have the other sign.
      const vars = -legs.vars[unit.entry.legIds[0]];
      unit.vars = Math.max(unit.minVars, Math.min(unit.maxVars, vars));
      unit.limit = unit.vars >= unit.maxVars ? 1 : unit.vars <= unit.minVars ? -1 : 0;
    }
  }

  private writeVars(power: number): void {
    const { f64 } = this.memory;
    for (const { entry, vars } of this.units) for (const leg of entry.legIds) f64[power + 2 * leg + 1] = -vars;
  }

  private errorScale(power: number): number {
    const { f64 } = this.memory;
    const { legs } = this.compiled;
    let most = 1;
    for (let leg = 0; leg < legs.count; leg++) most = Math.max(most, Math.abs(f64[power + 2 * leg]), Math.abs(f64[power + 2 * leg + 1]));
    return most;
  }

  /**
   * Adds to the voltage step what the best change of vars brings, and writes that change to `steps`. False where the equations are singular.
   *
   * @param work room for one right-hand side
   */
  private addVarSteps(at: number, work: number, step: number, steps: Float64Array): boolean {
    const { f64 } = this.memory;
    const { groups, units } = this;
    const columns = 2 * this.compiled.nodeCount;
    const n = groups.length;
    const responses: Float64Array[] = [];
    const sensitivity = new Float64Array(n * n);
    const lacking = new Float64Array(n);
    const change = this.changeOf(at);
    groups.forEach((group) => {
      f64.fill(0, work, work + columns + 2);
      this.forEachLeg(group, (from, to, leg) => {
        const vr = f64[at + from] - f64[at + to];
        const vi = f64[at + from + 1] - f64[at + to + 1];
        const square = vr * vr + vi * vi;
        if (square === 0 || leg < 0) return;
        f64[work + from] += vi / square;
        f64[work + from + 1] -= vr / square;
        f64[work + to] -= vi / square;
        f64[work + to + 1] += vr / square;
      });
      f64.fill(0, work + columns, work + columns + 2);
      solveJacobian(this.memory, work);
      const response = f64.slice(work, work + columns + 2);
      response.fill(0, columns);
      responses.push(response);
    });
    const direct = f64.slice(step, step + columns + 2);
    direct.fill(0, columns);
    groups.forEach((group, g) => {
      lacking[g] = group.targetVolts - change.volts(group) - change.by(group, direct);
      for (let k = 0; k < n; k++) sensitivity[g * n + k] = change.by(group, responses[k]);
    });
    if (!this.chooseVars(sensitivity, lacking, steps)) return false;
    units.forEach(({ group }, k) => {
      const response = responses[groups.indexOf(group)];
      if (steps[k] !== 0) for (let i = 0; i < columns; i++) f64[step + i] += steps[k] * response[i];
    });
    return true;
  }

  /** A held voltage at the present point, and its change to first order by a change of node voltages in slot order. */
  private changeOf(at: number): { volts(group: Group): number; by(group: Group, step: Float64Array): number } {
    const { f64 } = this.memory;
    const sum = (group: Group, of: (from: number, to: number) => number): number => {
      let total = 0;
      this.forEachLeg(group, (from, to) => {
        total += of(from, to);
      });
      return total * group.share;
    };
    return {
      volts: (group) => sum(group, (from, to) => Math.hypot(f64[at + from] - f64[at + to], f64[at + from + 1] - f64[at + to + 1])),
      by: (group, step) =>
        sum(group, (from, to) => {
          const vr = f64[at + from] - f64[at + to];
          const vi = f64[at + from + 1] - f64[at + to + 1];
          const volts = Math.hypot(vr, vi);
          return volts === 0 ? 0 : (vr * (step[from] - step[to]) + vi * (step[from + 1] - step[to + 1])) / volts;
        }),
    };
  }

  /** Calls with the places, in slot order, of both ends of each leg; ground is behind all nodes. */
  private forEachLeg(group: Group, call: (from: number, to: number, leg: number) => void): void {
    const { legs, nodeCount } = this.compiled;
    const { slotOfNode } = this.newton.session;
    const place = (node: number): number => 2 * (node < 0 ? nodeCount : slotOfNode[node]);
    for (const leg of group.legs) call(place(legs.from[leg]), place(legs.to[leg]), leg);
  }

  /**
   * Solves for the changes of vars between the limits: which units rest at a limit is guessed, the rest solved for, and the guess mended where a unit leaves its
   * range or would move off its limit.
   */
  private chooseVars(sensitivity: Float64Array, lacking: Float64Array, steps: Float64Array): boolean {
    const { groups, units } = this;
    const n = groups.length;
    let largest = 0;
    for (let g = 0; g < n; g++) largest = Math.max(largest, Math.abs(sensitivity[g * (n + 1)]));
    if (!(largest > 0 && largest < Infinity)) return false;
    const groupOf = units.map((unit) => groups.indexOf(unit.group));
    const error = new Float64Array(n);
    for (let round = 0; round < WHOLE_ROUNDS + 4 * units.length; round++) {
      const free = new Int32Array(n);
      units.forEach((unit, k) => {
        if (unit.limit === 0) free[groupOf[k]]++;
      });
      const open = Array.from(groups.keys()).filter((g) => free[g] > 0);
      const m = open.length;
      const system = new Float64Array(m * m);
      const right = new Float64Array(m);
      const fixed = new Float64Array(n);
      units.forEach((unit, k) => {
        if (unit.limit !== 0) fixed[groupOf[k]] += (unit.limit > 0 ? unit.maxVars : unit.minVars) - unit.vars;
      });
      open.forEach((g, i) => {
        right[i] = lacking[g];
        for (let k = 0; k < n; k++) right[i] -= sensitivity[g * n + k] * fixed[k];
        open.forEach((k, j) => {
          system[i * m + j] = sensitivity[g * n + k] * free[k];
        });
        system[i * (m + 1)] += REGULARISATION * largest;
      });
      const moves = solveReal(system, right, m);
      if (!moves) return false;
      const moveOf = new Float64Array(n);
      open.forEach((g, i) => {
        moveOf[g] = moves[i];
      });
      units.forEach((unit, k) => {
        steps[k] = unit.limit === 0 ? moveOf[groupOf[k]] : (unit.limit > 0 ? unit.maxVars : unit.minVars) - unit.vars;
      });
      error.set(lacking);
      for (let g = 0; g < n; g++) for (let k = 0; k < n; k++) error[g] -= sensitivity[g * n + k] * (fixed[k] + free[k] * moveOf[k]);
      if (!this.mendLimits(steps, error, groupOf, round >= WHOLE_ROUNDS)) return true;
    }
    return true;
  }

  /** Moves units to and off their limits; returns whether any moved. */
  private mendLimits(steps: Float64Array, error: Float64Array, groupOf: readonly number[], oneOnly: boolean): boolean {
    let changed = false;
    for (let k = 0; k < this.units.length; k++) {
      const unit = this.units[k];
      const lacks = error[groupOf[k]] / unit.group.targetVolts;
      const reached = unit.vars + steps[k];
      let limit: Unit['limit'] = unit.limit;
      if (limit === 0) limit = reached > unit.maxVars ? 1 : reached < unit.minVars ? -1 : 0;
      else if (unit.maxVars > unit.minVars && (limit > 0 ? lacks < -RESTING_ERROR : lacks > RESTING_ERROR)) limit = 0;
      if (limit === unit.limit) continue;
      unit.limit = limit;
      changed = true;
      if (oneOnly) return true;
    }
    return changed;
  }
}
