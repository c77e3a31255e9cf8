/** Random feeders for property tests: radial or meshed, mixed phases, connections, load models, transformers and capacitors. */
import fc from 'fast-check';
import { balanced, type Connection, Grid, type LoadModel, scaled } from '../../src/grid/index.js';

/** What a random feeder is made from; shrinks well. */
export interface FeederRecipe {
  buses: { parent: number; lengthKm: number; kind: 'line' | 'dy' | 'yy' | 'yd' }[];
  loads: { bus: number; model: LoadModel; connection: Connection; phases: 1 | 3; kw: number; kvar: number; phase: number }[];
  capacitors: { bus: number; kvar: number; connection: Connection }[];
  /** Extra lines that close loops; empty for a radial feeder. */
  ties: { from: number; to: number }[];
}

/** Recipes of feeders of 2 to `most` buses. */
export function feederRecipes(most: number, meshed: boolean): fc.Arbitrary<FeederRecipe> {
  return fc.integer({ min: 2, max: most }).chain((count) =>
    fc.record({
      buses: fc.tuple(
        ...Array.from({ length: count }, (_, i) =>
          fc.record({
            parent: fc.integer({ min: -1, max: i - 1 }),
            lengthKm: fc.double({ min: 0.05, max: 2, noNaN: true }),
            kind:
              i === 0
                ? fc.constant('line' as const)
                : fc.constantFrom('line' as const, 'line' as const, 'line' as const, 'dy' as const, 'yy' as const),
          }),
        ),
      ) as unknown as fc.Arbitrary<FeederRecipe['buses']>,
      loads: fc.array(
        fc.record({
          bus: fc.integer({ min: 0, max: count - 1 }),
          model: fc.constantFrom<LoadModel>(1, 2, 3, 4, 5, 6, 7, 8),
          connection: fc.constantFrom<Connection>('wye', 'delta'),
          phases: fc.constantFrom<1 | 3>(1, 3),
          kw: fc.double({ min: 1, max: 150, noNaN: true }),
          kvar: fc.double({ min: -20, max: 80, noNaN: true }),
          phase: fc.integer({ min: 1, max: 3 }),
        }),
        { minLength: 1, maxLength: 2 * count },
      ),
      capacitors: fc.array(
        fc.record({
          bus: fc.integer({ min: 0, max: count - 1 }),
          kvar: fc.double({ min: 10, max: 150, noNaN: true }),
          connection: fc.constantFrom<Connection>('wye', 'delta'),
        }),
        { maxLength: 2 },
      ),
      ties: meshed
        ? fc.array(fc.record({ from: fc.integer({ min: 0, max: count - 1 }), to: fc.integer({ min: 0, max: count - 1 }) }), {
            minLength: 1,
            maxLength: 3,
          })
        : fc.constant([]),
    }),
  );
}

/** Builds the grid of a recipe: 12.47 kV, with 4.16 kV islands behind transformers. */
export function buildFeeder(recipe: FeederRecipe): Grid {
  const grid = new Grid('random');
  grid.add({
    kind: 'vsource',
    name: 'source',
    enabled: true,
    phases: 3,
    terminals: [
      { bus: 'source', nodes: [1, 2, 3] },
      { bus: 'source', nodes: [0, 0, 0] },
    ],
    baseKv: 12.47,
    voltagePu: 1.02,
    angleDegrees: 30,
    sequence: 1,
    impedanceOhm: balanced(3, [0.02, 0.3], [0.005, 0.05]),
    shapes: {},
  });
  const kv: number[] = [];
  // Turns of 30 degrees gathered on the way: ties may only join buses that agree in both.
  const shift: number[] = [];
  const name = (bus: number): string => (bus < 0 ? 'source' : `b${bus}`);
  const perKm = balanced(3, [0.25, 0.6], [0.09, 0.24]);
  perKm.re[1] = perKm.re[3] = 0.1;
  const chargingPerKm = balanced(3, [0, 3.5e-6], [0, -0.7e-6]);
  const line = (id: string, from: number, to: number, km: number): void => {
    grid.add({
      kind: 'line',
      name: id,
      enabled: true,
      phases: 3,
      terminals: [
        { bus: name(from), nodes: [1, 2, 3] },
        { bus: name(to), nodes: [1, 2, 3] },
      ],
      seriesOhm: scaled(perKm, km),
      shuntSiemens: scaled(chargingPerKm, km),
      lengthMeters: km * 1000,
      isSwitch: false,
    });
  };
  recipe.buses.forEach(({ parent, lengthKm, kind }, bus) => {
    const upper = parent < 0 ? 12.47 : kv[parent];
    const upperShift = parent < 0 ? 0 : shift[parent];
    if (kind === 'line') {
      kv.push(upper);
      shift.push(upperShift);
      line(`l${bus}`, parent, bus, lengthKm * (upper > 5 ? 1 : 0.1));
      return;
    }
    const lower = upper > 5 ? 4.16 : 12.47;
    kv.push(lower);
    shift.push(upperShift + (kind === 'yy' ? 0 : 1));
    const winding = (at: number, connection: Connection, ratedKv: number) => ({
      terminal: { bus: name(at), nodes: [1, 2, 3, 0] },
      connection,
      kv: ratedKv,
      kva: 5000,
      tapPu: 1,
      minTapPu: 0.9,
      maxTapPu: 1.1,
      tapSteps: 32,
      resistancePercent: 0.5,
      neutralOhm: -1,
      neutralReactanceOhm: 0,
    });
    grid.add({
      kind: 'transformer',
      name: `t${bus}`,
      enabled: true,
      phases: 3,
      windings: [winding(parent, kind === 'dy' ? 'delta' : 'wye', upper), winding(bus, 'wye', lower)],
      shortCircuitReactancePercent: [5],
      noLoadLossPercent: 0.1,
      magnetizingCurrentPercent: 0.3,
      antiFloatPpm: 1,
      phaseShift: 'lag',
    });
  });
  recipe.loads.forEach(({ bus, model, connection, phases, kw, kvar, phase }, i) => {
    const nodes = phases === 3 ? [1, 2, 3] : connection === 'wye' ? [phase] : [phase, (phase % 3) + 1];
    if (connection === 'wye') nodes.push(0);
    grid.add({
      kind: 'load',
      name: `d${i}`,
      enabled: true,
      phases,
      terminal: { bus: name(bus), nodes },
      connection,
      model,
      kv: phases === 1 && connection === 'wye' ? kv[bus] / Math.sqrt(3) : kv[bus],
      powerKw: kw,
      powerKvar: kvar,
      minVoltagePu: 0.95,
      maxVoltagePu: 1.05,
      lowVoltagePu: 0.5,
      exponentWatts: 0.8,
      exponentVars: 2,
      zip: [0.3, 0.3, 0.4, 0.2, 0.5, 0.3, 0.6],
      status: 'variable',
      shapes: {},
      customers: 1,
    });
  });
  recipe.capacitors.forEach(({ bus, kvar, connection }, i) => {
    grid.add({
      kind: 'capacitor',
      name: `c${i}`,
      enabled: true,
      phases: 3,
      terminals:
        connection === 'delta'
          ? [{ bus: name(bus), nodes: [1, 2, 3] }]
          : [
              { bus: name(bus), nodes: [1, 2, 3] },
              { bus: name(bus), nodes: [0, 0, 0] },
            ],
      connection,
      kv: kv[bus],
      steps: [{ kvar, resistanceOhm: 0, reactanceOhm: 0, closed: true }],
    });
  });
  recipe.ties.forEach(({ from, to }, i) => {
    if (from !== to && kv[from] === kv[to] && shift[from] === shift[to]) line(`tie${i}`, from, to, 0.7);
  });
  return grid;
}
