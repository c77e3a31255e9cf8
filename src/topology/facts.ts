/** Grids whose topology is controlled: what is known of them beyond their case, and by which rules of ours the rest is filled in. */
import { loadCase } from '../cases/index.js';
import { type BalancedGrid, checkWord, InputError } from '../grid/index.js';
import { CASE_14_FACTS, LOAD_MW_BY_HOUR } from './facts-case14.js';

/** Ids of the grids, those of the tasks. */
export const TOPOLOGY_TASKS = ['topology-case5', 'topology-case14', 'topology-case118'] as const;
export type TopologyTaskId = (typeof TOPOLOGY_TASKS)[number];

/** What drives a generator; wind and sun are not dispatched. */
export type GeneratorKind = 'nuclear' | 'thermal' | 'hydro' | 'wind' | 'solar' | 'condenser';

/** [lowest, highest, mean]. */
export type SeriesRange = readonly number[];

/** A generator. */
export interface GeneratorFacts {
  readonly name: string;
  readonly kind: GeneratorKind;
  readonly minMw: number;
  readonly maxMw: number;
  /** Most that it can go up or down in a step of five minutes, MW; 0: not dispatched. */
  readonly rampMw: number;
  /** Voltage that it holds. */
  readonly voltagePu: number;
  /** Of its series, MW. */
  readonly range: SeriesRange;
}

/** Steps that rules count. */
export interface RuleFacts {
  /** Before a line that tripped may be put back. */
  readonly reconnectionSteps: number;
  /** Before a line, or a substation, may be acted on again. */
  readonly lineCooldown: number;
  readonly substationCooldown: number;
}

/** A grid's facts, loads and generators in the order of its case. */
export interface TopologyFacts {
  readonly id: TopologyTaskId;
  readonly caseName: string;
  /** Unit of powers in observations, MW. */
  readonly powerUnitMw: number;
  readonly loadMw: readonly SeriesRange[];
  readonly loadMvar: readonly SeriesRange[];
  readonly generators: readonly GeneratorFacts[];
  readonly rules: RuleFacts;
}

/** How far loads of ours move below and above their mean: the sandbox's own, [lowest, highest] total by hour over the mean, and half as much again. */
const LOAD_SPREAD: readonly [number, number] = [0.86, 1.12];
/** Of case118 loads are their base case's at the highest, about. */
const MEAN_OVER_BASE = 0.9;
/** Steps of five minutes that a generator of ours takes from nothing to full. */
const RAMP_STEPS = 20;
/** Generators of case118 that are scheduled for no more than this are wind and sun, in turn. */
const SMALL_MW = 100;
/** What wind and sun give at the least, at the most and in the mean, as a share of their largest power: the sandbox's wind and suns. */
const RENEWABLE_RANGE: Readonly<Record<'wind' | 'solar', SeriesRange>> = { wind: [0.09, 0.64, 0.264], solar: [0, 0.4, 0.069] };

function rangesOf(values: readonly number[], scale: number): SeriesRange[] {
  return values.map((value) => {
    const mean = scale * value;
    const bounds = LOAD_SPREAD.map((factor) => factor * mean);
    return [Math.min(...bounds), Math.max(...bounds), mean];
  });
}

/** Facts of grids of which only the case is known: ranges by the sandbox's spread, renewables and ramps by rules of ours. */
function factsByRule(id: TopologyTaskId, grid: BalancedGrid, scale: number, rules: RuleFacts, powerUnitMw: number): TopologyFacts {
  let small = 0;
  const kindOf = ({ powerMw, bus }: { powerMw: number; bus: number }): GeneratorKind => {
    if (powerMw <= 0) return 'condenser';
    if (powerMw > SMALL_MW || grid.buses.some(({ number, kind }) => number === bus && kind === 'slack')) return 'thermal';
    small += 1;
    return small % 2 === 1 ? 'wind' : 'solar';
  };
  const generators = grid.generators.map((generator, k): GeneratorFacts => {
    const { powerMw, minMw, maxMw, voltagePu } = generator;
    const kind = kindOf(generator);
    const name = `gen_${generator.bus - 1}_${k}`;
    if (kind === 'condenser') return { name, kind, minMw: 0, maxMw: 0, rampMw: 0, voltagePu, range: [0, 0, 0] };
    if (kind === 'wind' || kind === 'solar') {
      // A plant whose highest output is what the case schedules.
      const most = kind === 'wind' ? powerMw / RENEWABLE_RANGE.wind[1] : powerMw / RENEWABLE_RANGE.solar[1];
      return { name, kind, minMw: 0, maxMw: most, rampMw: 0, voltagePu, range: RENEWABLE_RANGE[kind].map((share) => share * most) };
    }
    return { name, kind, minMw, maxMw, rampMw: maxMw / RAMP_STEPS, voltagePu, range: [minMw, maxMw, scale * powerMw] };
  });
  return {
    id,
    caseName: grid.name,
    powerUnitMw,
    loadMw: rangesOf(
      grid.loads.map(({ powerMw }) => powerMw),
      scale,
    ),
    loadMvar: rangesOf(
      grid.loads.map(({ powerMvar }) => powerMvar),
      scale,
    ),
    generators,
    rules,
  };
}

/** Facts of the grid of 5: the case's generators as the source describes them, one of wind and one thermal. */
function factsOfCase5(grid: BalancedGrid): TopologyFacts {
  const rules = { reconnectionSteps: 10, lineCooldown: 0, substationCooldown: 0 };
  const facts = factsByRule('topology-case5', grid, 1, rules, 10);
  const [wind, thermal] = grid.generators;
  return {
    ...facts,
    caseName: 'l2rpn-case5',
    generators: [
      {
        name: 'gen_0_0',
        kind: 'wind',
        minMw: 0,
        maxMw: 10,
        rampMw: 0,
        voltagePu: wind.voltagePu,
        range: RENEWABLE_RANGE.wind.map((share) => 10 * share),
      },
      { name: 'gen_1_1', kind: 'thermal', minMw: 0, maxMw: 30, rampMw: 10, voltagePu: thermal.voltagePu, range: [0, 30, 20] },
    ],
  };
}

/**
 * The grid of a task in its mean state, the case as it stands, and its facts.
 *
 * @throws InputError for an id that is none
 */
export async function loadTopologyFacts(id: TopologyTaskId): Promise<{ grid: BalancedGrid; base: BalancedGrid; facts: TopologyFacts }> {
  checkWord('the id of a topology task', id, TOPOLOGY_TASKS);
  const caseName = id === 'topology-case5' ? 'l2rpn-case5' : id === 'topology-case14' ? CASE_14_FACTS.caseName : 'case118';
  const grid = await loadCase(caseName);
  const facts =
    id === 'topology-case14'
      ? CASE_14_FACTS
      : id === 'topology-case5'
        ? factsOfCase5(grid)
        : factsByRule(id, grid, MEAN_OVER_BASE, { reconnectionSteps: 12, lineCooldown: 3, substationCooldown: 3 }, 100);
  return { grid: inMeanState(grid, facts), base: grid, facts };
}

/** A copy of the grid with all loads and generators at the means of their series, and the voltages that generators hold. */
export function inMeanState(grid: BalancedGrid, facts: TopologyFacts): BalancedGrid {
  if (facts.loadMw.length !== grid.loads.length || facts.generators.length !== grid.generators.length)
    throw new InputError(`${facts.id}: facts and grid have not the same loads and generators`);
  return {
    ...grid,
    loads: grid.loads.map((load, k) => ({ ...load, powerMw: facts.loadMw[k][2], powerMvar: facts.loadMvar[k][2] })),
    generators: grid.generators.map((generator, k) => ({
      ...generator,
      powerMw: facts.generators[k].range[2],
      voltagePu: facts.generators[k].voltagePu,
    })),
  };
}

/** Hour shape of all loads together: total by hour over its mean. */
export const DAY_SHAPE: readonly number[] = (() => {
  const mean = LOAD_MW_BY_HOUR.reduce((sum, value) => sum + value, 0) / LOAD_MW_BY_HOUR.length;
  return LOAD_MW_BY_HOUR.map((value) => value / mean);
})();
