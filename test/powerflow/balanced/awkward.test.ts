/** Grids that are odd or cannot be: each is solved, or refused with a reason that names the element. */
import { describe, expect, it } from 'vitest';
import { type BalancedGrid, GridError, InputError } from '../../../src/grid/index.js';
import { type BalancedOptions, solveBalanced } from '../../../src/powerflow/index.js';
import { caseGrid, hasCase } from './case-files.js';
import { branch, bus, generator, grid, load, shunt, triangle } from './small-grids.js';

/** The triangle, changed. */
function changed(change: (grid: BalancedGrid) => void): BalancedGrid {
  const given = triangle();
  change(given);
  return given;
}

const METHODS = ['newton', 'fast-decoupled', 'fast-decoupled-bx'] as const;

describe('grids without a solution', () => {
  it.each(['case9', 'case14', 'case57', 'case118'])('%s with five times its loads: status, bus and reason, no exception', (name) => {
    if (!hasCase(name)) return;
    const given = caseGrid(name);
    for (const method of METHODS) {
      const solution = solveBalanced(given, { method, loadMultiplier: 5 });
      expect(solution.converged).toBe(false);
      expect(['diverged', 'iteration-limit', 'singular']).toContain(solution.status);
      expect(solution.reason).toMatch(/bus \d+/);
      expect(given.buses.some(({ number }) => number === solution.worstBus)).toBe(true);
      expect(solution.mismatchPu).toBeGreaterThan(1e-3);
    }
  });

  it('stops at the iteration limit, saying what is left', () => {
    const solution = solveBalanced(triangle(), { start: 'flat', maxIterations: 1 });
    expect(solution).toMatchObject({ converged: false, status: 'iteration-limit', iterations: 1 });
    expect(solution.history).toHaveLength(2);
    expect(solution.reason).toMatch(/mismatch .* pu after the last iteration, largest at bus [123]/);
  });

  it('a bus that hangs on susceptances that cancel is singular, in DC and fast decoupled too', () => {
    const given = changed((one) => {
      one.buses.push(bus(4));
      one.branches.push(branch(3, 4, 0, 0.1), branch(3, 4, 0, -0.1));
    });
    for (const method of [...METHODS, 'dc'] as const) {
      const solution = solveBalanced(given, { method });
      if (method === 'newton') expect(solution.status).toMatch(/singular|converged/);
      else expect(solution.status).toBe('singular');
    }
    expect(solveBalanced(given, { method: 'dc' }).reason).toMatch(/singular at bus 4/);
  });
});

describe('parts without a slack', () => {
  it('are reported with buses and load, and the rest is solved', () => {
    const whole = triangle();
    const given = changed((one) => {
      one.buses.push(bus(4), bus(5, 'pv'), bus(6));
      one.branches.push(branch(4, 5, 0.01, 0.1));
      one.loads.push(load(4, 20, 5), load(6, 7, 1));
      one.generators.push(generator(5, 12));
    });
    for (const method of [...METHODS, 'dc'] as const) {
      const solution = solveBalanced(given, { method });
      expect(solution.converged).toBe(true);
      expect(solution.islands).toEqual([
        { buses: [4, 5], loadMw: 20, generationMw: 12 },
        { buses: [6], loadMw: 7, generationMw: 0 },
      ]);
      expect(solution.totals.unservedMw).toBe(27);
      expect(solution.buses[3]).toMatchObject({ kind: 'dead', voltagePu: 0, loadMw: 0 });
      expect(solution.generators[2]).toMatchObject({ inService: false, powerMw: 0 });
      expect(solution.totals.lossMw).toBe(solveBalanced(whole, { method }).totals.lossMw);
    }
  });

  it('also arise where an isolated bus was the only way', () => {
    const given = changed((one) => {
      one.buses.push(bus(4, 'isolated'), bus(5));
      one.branches.push(branch(3, 4, 0.01, 0.1), branch(4, 5, 0.01, 0.1));
      one.loads.push(load(5, 8, 2), load(4, 1, 1));
    });
    const solution = solveBalanced(given);
    expect(solution.converged).toBe(true);
    expect(solution.islands.map(({ buses }) => buses)).toEqual([[4], [5]]);
    expect(solution.branches[3]).toMatchObject({ inService: false, fromMw: 0, loadingPercent: null });
  });

  it('a bus with load and no branch is an island of its own', () => {
    const given = changed((one) => {
      one.buses.push(bus(9));
      one.loads.push(load(9, 3, 1));
    });
    expect(solveBalanced(given).islands).toEqual([{ buses: [9], loadMw: 3, generationMw: 0 }]);
  });
});

describe('slacks', () => {
  it('two hold voltage and angle each', () => {
    const given = changed((one) => {
      Object.assign(one.buses[1], { kind: 'slack', angleDegrees: 2 });
    });
    for (const method of [...METHODS, 'dc'] as const) {
      const solution = solveBalanced(given, { method });
      expect(solution.converged).toBe(true);
      expect(solution.buses[1].angleDegrees).toBeCloseTo(2, 12);
      expect(solution.buses[0].angleDegrees).toBe(0);
      expect(solution.totals.generationMw).toBeCloseTo(solution.totals.loadMw + solution.totals.lossMw, 7);
      expect(solution.generators[1].powerMw).not.toBeCloseTo(40, 1);
    }
  });

  it('two in separate parts', () => {
    const given = grid({
      buses: [bus(1, 'slack'), bus(2), bus(3, 'slack', { angleDegrees: 30 }), bus(4)],
      generators: [generator(1, 0), generator(3, 0)],
      loads: [load(2, 10, 2), load(4, 20, 4)],
      branches: [branch(1, 2, 0.01, 0.1), branch(3, 4, 0.01, 0.1)],
    });
    const solution = solveBalanced(given, { start: 'flat' });
    expect(solution.converged).toBe(true);
    expect(solution.generators[0].powerMw).toBeCloseTo(10 + solution.branches[0].lossMw, 8);
    expect(solution.generators[1].powerMw).toBeCloseTo(20 + solution.branches[1].lossMw, 8);
    expect(solution.buses[3].angleDegrees).toBeGreaterThan(25);
  });

  it('one whose generator is off gives way to the first pv bus, with a warning', () => {
    const given = changed((one) => {
      one.generators[0].inService = false;
    });
    const solution = solveBalanced(given);
    expect(solution.converged).toBe(true);
    expect(solution.buses[1].kind).toBe('slack');
    expect(solution.warnings.join('; ')).toMatch(/bus 1 is slack but has no generator in service.*bus 2 is taken as slack/);
  });

  it('a grid with none, and none to take its place, is refused', () => {
    const given = changed((one) => {
      for (const each of one.generators) each.inService = false;
    });
    expect(() => solveBalanced(given)).toThrow(GridError);
    expect(() => solveBalanced(given)).toThrow(/no slack bus with a generator in service/);
  });

  it('several generators at the slack: the first delivers what the others are not scheduled for', () => {
    const given = changed((one) => {
      one.generators.push(generator(1, 15, 1.02));
    });
    const { generators, buses } = solveBalanced(given);
    expect(generators[2].powerMw).toBe(15);
    expect(generators[0].powerMw + 15).toBeCloseTo(buses[0].generationMw, 9);
  });
});

describe('generators', () => {
  it('a pv bus whose generator is off is a pq bus, with a warning', () => {
    const solution = solveBalanced(
      changed((one) => {
        one.generators[1].inService = false;
      }),
    );
    expect(solution.buses[1]).toMatchObject({ kind: 'pq', generationMw: 0 });
    expect(solution.warnings).toEqual(['bus 2 is pv but has no generator in service; it is taken as pq']);
  });

  it('different set points at one bus: the last is held, with a warning', () => {
    const solution = solveBalanced(
      changed((one) => {
        one.generators.push(generator(2, 5, 1.03));
      }),
    );
    expect(solution.buses[1].voltagePu).toBe(1.03);
    expect(solution.warnings[0]).toMatch(/generators 2 and 3 at bus 2 are to hold 1.01 and 1.03 pu/);
  });

  it('at a pq bus it delivers what it is scheduled for', () => {
    const { generators, buses } = solveBalanced(
      changed((one) => {
        one.generators.push(generator(3, 11, 1.05, { powerMvar: 4 }));
      }),
    );
    expect(generators[2]).toMatchObject({ powerMw: 11, powerMvar: 4 });
    expect(buses[2].voltagePu).not.toBe(1.05);
  });
});

describe('branches', () => {
  it('negative reactance (a series capacitor) is solved by every method', () => {
    const given = changed((one) => {
      one.branches[2].reactancePu = -0.05;
    });
    for (const method of ['newton', 'dc'] as const) expect(solveBalanced(given, { method, start: 'flat' }).converged).toBe(true);
  });

  it('a phase shifter drives power round a loop', () => {
    const given = grid({
      buses: [bus(1, 'slack'), bus(2), bus(3)],
      generators: [generator(1, 0)],
      branches: [branch(1, 2, 0, 0.1), branch(2, 3, 0, 0.1), branch(1, 3, 0, 0.1, { shiftDegrees: 6 })],
    });
    const circle = (6 * Math.PI) / 180 / 0.3;
    const dc = solveBalanced(given, { method: 'dc' });
    for (const [k, sign] of [1, 1, -1].entries()) expect(dc.branches[k].fromMw).toBeCloseTo(sign * 100 * circle, 9);
    for (const method of METHODS) {
      const ac = solveBalanced(given, { method });
      expect(ac.converged).toBe(true);
      for (const [k, sign] of [1, 1, -1].entries()) expect(sign * ac.branches[k].fromMw).toBeCloseTo(100 * circle, 0);
    }
  });

  it('parallel branches share what one of half the impedance would carry', () => {
    const one = solveBalanced(triangle());
    const two = solveBalanced(
      changed((given) => {
        const [line] = given.branches;
        Object.assign(line, { resistancePu: 2 * line.resistancePu, reactancePu: 2 * line.reactancePu, chargingPu: line.chargingPu / 2 });
        given.branches.push({ ...line, from: 2, to: 1 });
      }),
    );
    two.buses.forEach((solved, i) => {
      expect(solved.voltagePu).toBeCloseTo(one.buses[i].voltagePu, 12);
      expect(solved.angleDegrees).toBeCloseTo(one.buses[i].angleDegrees, 10);
    });
    expect(two.branches[0].fromMw).toBeCloseTo(one.branches[0].fromMw / 2, 9);
    expect(two.branches[3].toMw).toBeCloseTo(one.branches[0].fromMw / 2, 9);
  });

  it('an ideal ratio alone lifts the voltage behind it', () => {
    const given = grid({
      buses: [bus(1, 'slack'), bus(2)],
      generators: [generator(1, 0)],
      branches: [branch(1, 2, 0.001, 0.1, { ratio: 0.95, shiftDegrees: 30 })],
    });
    const solution = solveBalanced(given);
    expect(solution.buses[1].voltagePu).toBeCloseTo(1 / 0.95, 12);
    expect(solution.buses[1].angleDegrees).toBeCloseTo(-30, 10);
  });

  it.each([
    ['without impedance', { resistancePu: 0, reactancePu: 0 }, {}, /branch 3 \(1 - 3\)\.reactancePu: has no impedance/],
    ['without reactance, by DC', { reactancePu: 0 }, { method: 'dc' }, /branch 3 \(1 - 3\)\.reactancePu: is 0; the DC power flow divides by it/],
    ['without reactance, by XB', { reactancePu: 0 }, { method: 'fast-decoupled' }, /branch 3 \(1 - 3\)\.reactancePu: is 0; this fast decoupled/],
    ['without reactance, by BX', { reactancePu: 0 }, { method: 'fast-decoupled-bx' }, /branch 3 \(1 - 3\)\.reactancePu: is 0; this fast decoupled/],
    ['with a NaN', { chargingPu: Number.NaN }, {}, /branch 3 \(1 - 3\)\.chargingPu: is NaN/],
    ['with both ends at one bus', { to: 1 }, {}, /branch 3 \(1 - 1\): has both ends at one bus/],
  ] as [string, object, BalancedOptions, RegExp][])('one %s is refused', (_, change, options, message) => {
    const given = changed((one) => void Object.assign(one.branches[2], change));
    expect(() => solveBalanced(given, options)).toThrow(InputError);
    expect(() => solveBalanced(given, options)).toThrow(message);
    given.branches[2].inService = false;
    if (!('chargingPu' in change)) expect(solveBalanced(given, options).converged).toBe(true);
  });

  it('one without reactance is nothing special to Newton', () => {
    expect(solveBalanced(changed((one) => void Object.assign(one.branches[2], { reactancePu: 0 }))).converged).toBe(true);
  });

  it('one so stiff that power through it is rounding is solved to its rounding, or said to be inexact', () => {
    for (const [reactancePu, statuses] of [
      [1e-6, ['converged']],
      [1e-9, ['converged', 'inexact']],
      [1e-14, ['inexact']],
    ] as const) {
      const given = changed((one) => {
        one.buses.push(bus(4));
        one.loads.push(load(4, 10, 3));
        one.branches.push(branch(3, 4, 0, reactancePu));
      });
      const solution = solveBalanced(given);
      expect(statuses).toContain(solution.status);
      if (solution.converged) expect(solution.mismatchPu).toBeLessThan(1e-5);
    }
  });
});

describe('results', () => {
  it('give the same per unit on another base power', () => {
    const on100 = solveBalanced(triangle());
    const on50 = solveBalanced(
      changed((one) => {
        one.baseMva = 50;
        for (const line of one.branches) {
          line.resistancePu /= 2;
          line.reactancePu /= 2;
          line.chargingPu *= 2;
        }
      }),
    );
    on50.buses.forEach((solved, i) => expect(solved.voltagePu).toBeCloseTo(on100.buses[i].voltagePu, 11));
    expect(on50.totals.lossMw).toBeCloseTo(on100.totals.lossMw, 9);
    expect(on50.branches[1].fromKa).toBeCloseTo(on100.branches[1].fromKa as number, 11);
  });

  it('leave out what is not stated: ratings, base voltages', () => {
    const { branches } = solveBalanced(
      changed((one) => {
        one.buses[0].baseKv = 0;
      }),
    );
    expect(branches[0]).toMatchObject({ loadingPercent: null, shortTermLoadingPercent: null, emergencyLoadingPercent: null, fromKa: null });
    const [, line, other] = branches;
    const mva = Math.max(Math.hypot(line.fromMw, line.fromMvar as number), Math.hypot(line.toMw, line.toMvar as number));
    expect(line.loadingPercent).toBeCloseTo((100 * mva) / 60, 10);
    expect(other.shortTermLoadingPercent).toBeCloseTo(((other.loadingPercent as number) * 60) / 80, 10);
    expect(line.toKa).toBeCloseTo(
      Math.hypot(line.toMw, line.toMvar as number) / (Math.sqrt(3) * 110 * solveBalanced(triangle()).buses[2].voltagePu),
      10,
    );
  });

  it('hold currents against ratings in ampere: of a transformer at its from end', () => {
    const { branches, violations } = solveBalanced(
      changed((one) => {
        one.branches[1].ratingAmps = 100;
        Object.assign(one.branches[2], { ratingAmps: 1000, ratio: 1.02 });
      }),
    );
    expect(branches[0].currentLoadingPercent).toBeNull();
    expect(branches[1].currentLoadingPercent).toBeCloseTo(1000 * Math.max(branches[1].fromKa as number, branches[1].toKa as number), 10);
    expect(branches[2].currentLoadingPercent).toBeCloseTo(100 * (branches[2].fromKa as number), 10);
    expect(violations).toContainEqual({
      what: 'current',
      bus: 2,
      branch: 2,
      value: expect.closeTo(branches[1].currentLoadingPercent as number, 9),
      limit: 100,
    });
  });

  it('list what is outside of limits', () => {
    const { violations } = solveBalanced(
      changed((one) => {
        one.buses[2].minVoltagePu = 1;
        one.branches[2].ratingMva = 20;
        one.generators[1].maxMvar = -30;
        one.generators[0].maxMw = 10;
      }),
    );
    expect(violations.map(({ what, bus: at, generator: unit, branch: line }) => [what, at, unit ?? line])).toEqual([
      ['voltage', 3, undefined],
      ['rating', 1, 3],
      ['active', 1, 1],
      ['reactive', 2, 2],
    ]);
  });

  it('count shunts at the voltage of their bus', () => {
    const solution = solveBalanced(
      changed((one) => {
        one.shunts.push(shunt(3, 2, 10));
      }),
    );
    expect(solution.buses[2].shuntMvar).toBeCloseTo(10 * solution.buses[2].voltagePu ** 2, 12);
    expect(solution.totals.generationMw).toBeCloseTo(90 + solution.totals.lossMw + solution.totals.shuntMw, 7);
  });
});

describe('what cannot be', () => {
  it.each([
    [
      'a reactive range upside down',
      (one: BalancedGrid) => void Object.assign(one.generators[1], { minMvar: 5, maxMvar: -5 }),
      /generator 2 \(bus 2\)\.minMvar: is above maxMvar/,
    ],
    ['a load that is NaN', (one: BalancedGrid) => void (one.loads[0].powerMw = Number.NaN), /load 1 \(bus 3\)\.powerMw: is NaN/],
    ['an infinite voltage', (one: BalancedGrid) => void (one.buses[2].voltagePu = Infinity), /bus 3\.voltagePu: is Infinity/],
    ['a base power of 0', (one: BalancedGrid) => void (one.baseMva = 0), /baseMva must be above 0/],
  ])('%s is refused', (_, change, message) => {
    expect(() => solveBalanced(changed(change))).toThrow(message);
  });

  it.each([
    [{ method: 'gauss' }, /method is "gauss"; it must be newton, fast-decoupled, fast-decoupled-bx, dc/],
    [{ tolerance: 0 }, /tolerance is 0/],
    [{ maxIterations: 1.5 }, /maxIterations is 1.5/],
    [{ start: 'warm' }, /start is "warm"; it must be case, flat, dc, last/],
    [{ start: 'last' }, /needs the solution/],
    [{ last: { buses: [] } }, /write start: "last"/],
    [{ enforceReactiveLimits: 1 }, /enforceReactiveLimits is 1/],
    [{ distributedSlack: 'yes' }, /distributedSlack is "yes"/],
    [{ distributedSlack: [1] }, /distributedSlack has 1 factors, but there are 2 generators/],
    [{ distributedSlack: [1, -1] }, /the factor of generator 2 is -1/],
    [{ distributedSlack: [0, 0] }, /no generator in service around slack bus 1 has a factor above 0/],
    [{ distributedSlack: true, method: 'fast-decoupled' }, /distributedSlack does not go with the method fast-decoupled/],
    [{ enforceReactiveLimits: true, method: 'dc' }, /enforceReactiveLimits does not go with the method dc/],
    [{ loadMultiplier: Number.NaN }, /loadMultiplier is NaN/],
    [{ accelerationFactor: 1 }, /no option "accelerationFactor" for balanced grids; there are method, tolerance/],
  ])('the options %o are refused', (options, message) => {
    expect(() => solveBalanced(triangle(), options as BalancedOptions)).toThrow(message);
  });

  it('something that is no grid is refused', () => {
    for (const wrong of [undefined, null, 3, 'case9', {}, []]) {
      expect(() => solveBalanced(wrong as unknown as BalancedGrid)).toThrow(GridError);
      expect(() => solveBalanced(wrong as unknown as BalancedGrid, { loadMultiplier: 2 })).toThrow(GridError);
    }
  });
});
