/**
 * Transitions of a balanced grid under topology actions, sampled in lanes of the power flow: one substation at a time takes a random topology while all others rest, and what is seen is how
 * loaded the branches are afterwards. This is the published experiment (states: loadings; one action variable a substation; a random agent at one substation alone) without its clock: every
 * transition starts at a state of its own, drawn around the grid's own.
 */
import { type BalancedGrid, InputError } from '../grid/index.js';
import { RandomStream } from '../numeric/index.js';
import { BalancedBatch } from '../powerflow/index.js';
import { LEAST_SAMPLES } from './mutual-information.js';
import { checkDraw, type TransitionGroup, type TransitionSample, type TransitionSampler } from './transition-sample.js';

/** Something that sits on a busbar of a substation. */
export interface SubstationElement {
  readonly kind: 'load' | 'generator' | 'branchFrom' | 'branchTo';
  /** Its place in the grid's list. */
  readonly index: number;
}

/** A substation and its topologies. */
export interface Substation {
  /** Number of its bus. */
  readonly bus: number;
  readonly elements: readonly SubstationElement[];
  /** By topology: which elements (bits) are on busbar 2. The first has all on busbar 1. */
  readonly topologies: readonly number[];
}

/** Substations with more elements than this are the measured ones, as published. */
const MORE_THAN = 3;
/** 2^15 topologies. */
const MOST_ELEMENTS = 16;
/** Scenarios of one batch. */
const CHUNK = 4096;
/** All loads together lie this far around the grid's own, uniform; each beside it, normal, as a share. */
const LEVEL_SPREAD = 0.1;
const LOAD_DEVIATION = 0.03;
const SQRT_3 = 1.7320508075688772;

/**
 * The substations of more than 3 elements in service, and all their topologies: each element on one of two busbars, the first element always on busbar 1 (the other half would be
 * the same with names exchanged), and no busbar that has a load or a generator but no branch. On Grid2Op's case of 14 substations these are 29, 5, 31, 15, 57, 15 and 7 topologies, as there.
 * Substations of more than 16 elements are left out.
 */
export function topologySubstations(grid: BalancedGrid): Substation[] {
  const found: Substation[] = [];
  for (const { number: bus } of grid.buses) {
    const elements: SubstationElement[] = [];
    grid.loads.forEach((load, index) => load.bus === bus && load.inService && elements.push({ kind: 'load', index }));
    grid.generators.forEach((generator, index) => generator.bus === bus && generator.inService && elements.push({ kind: 'generator', index }));
    grid.branches.forEach((branch, index) => {
      if (!branch.inService) return;
      if (branch.from === bus) elements.push({ kind: 'branchFrom', index });
      if (branch.to === bus) elements.push({ kind: 'branchTo', index });
    });
    if (elements.length <= MORE_THAN || elements.length > MOST_ELEMENTS) continue;
    const branches = elements.reduce((bits, { kind }, i) => (kind === 'branchFrom' || kind === 'branchTo' ? bits | (1 << i) : bits), 0);
    const all = 2 ** elements.length - 1;
    const topologies: number[] = [];
    // Bit 0, the first element's, stays 0.
    for (let second = 0; second <= all; second += 2)
      if ((second & branches) !== 0 || second === 0) if ((all & ~second & branches) !== 0) topologies.push(second);
    found.push({ bus, elements, topologies });
  }
  return found;
}

/**
 * A sampler of topology actions on a grid. Action variables are the number of the topology over how many there are, as published, named by the substation (bus number less 1);
 * outputs are currents at the from end over the rating in amperes, or in per unit where a branch has none. Transitions without a next state (no solution, or a part without voltage)
 * are left out.
 *
 * @throws InputError for a grid without a substation of more than 3 elements
 */
export function topologySampler(grid: BalancedGrid, id: string, title: string): TransitionSampler {
  const substations = topologySubstations(grid);
  if (substations.length === 0) throw new InputError(`${id} has no substation of 4 to ${MOST_ELEMENTS} elements; there is nothing to decompose`);
  const branches = grid.branches.flatMap((branch, index) => (branch.inService ? [index] : []));
  return {
    id,
    title,
    sample: (count, seed, onProgress) => {
      checkDraw(count, seed);
      const notes: string[] = [];
      const groups = substations.map((substation, place) => {
        const report = (share: number): void => onProgress?.((place + share) / substations.length);
        const { group, leftOut } = sampleSubstation(grid, substation, branches, count, seed, report);
        if (leftOut > 0) notes.push(`substation ${substation.bus - 1}: ${leftOut} of ${count} transitions have no next state and are left out`);
        return group;
      });
      const sample: TransitionSample = {
        inputs: substations.map(({ bus }) => ({ name: `sub${bus - 1}`, kind: 'action' })),
        outputs: branches.map((index) => `line${index}`),
        groups,
        notes,
      };
      return sample;
    },
  };
}

/** Bases that loadings are of: amperes of a branch at 1 per unit voltage and 1 MVA, over its rating. */
function loadingFactor(grid: BalancedGrid, index: number): number {
  const { from, ratingAmps } = grid.branches[index];
  const baseKv = grid.buses.find((bus) => bus.number === from)?.baseKv ?? 0;
  return ratingAmps !== undefined && ratingAmps > 0 && baseKv > 0 ? 1000 / (SQRT_3 * baseKv * ratingAmps) : 1 / grid.baseMva;
}

function sampleSubstation(
  grid: BalancedGrid,
  { bus, elements, topologies }: Substation,
  branches: readonly number[],
  count: number,
  seed: number,
  onProgress: (share: number) => void,
): { group: TransitionGroup; leftOut: number } {
  const scenarios = Math.min(CHUNK, count);
  const batch = new BalancedBatch(grid, { scenarios, substations: true });
  const actions = new RandomStream(seed, bus, 'decomposition topology');
  const states = new RandomStream(seed, bus, 'decomposition loads');
  const input = new Float64Array(count);
  const outputs = branches.map(() => new Float64Array(count));
  const factors = branches.map((index) => loadingFactor(grid, index));
  const chosen = new Int32Array(scenarios);
  const level = new Float64Array(scenarios);
  let kept = 0;
  for (let from = 0; from < count; from += scenarios) {
    for (let scenario = 0; scenario < scenarios; scenario++) {
      chosen[scenario] = actions.integer(topologies.length);
      level[scenario] = 1 + LEVEL_SPREAD * (2 * states.uniform() - 1);
      elements.forEach(({ kind, index }, i) => {
        batch.setBusbar(kind, index, scenario, (topologies[chosen[scenario]] >> i) & 1 ? 2 : 1);
      });
    }
    grid.loads.forEach((load, index) => {
      const own = level.map((share) => share * (1 + LOAD_DEVIATION * states.normal()));
      batch.setLoad(
        index,
        own.map((share) => share * load.powerMw),
        own.map((share) => share * load.powerMvar),
      );
    });
    grid.generators.forEach((generator, index) => {
      if (generator.inService)
        batch.setGenerator(
          index,
          level.map((share) => share * generator.powerMw),
        );
    });
    const { withDeadBuses } = batch.solve();
    const used = Math.min(scenarios, count - from);
    const first = kept;
    const places = new Int32Array(used);
    for (let scenario = 0; scenario < used; scenario++) {
      const isWhole = batch.status(scenario) === 1 && (withDeadBuses === 0 || batch.deadBusbars(scenario).length === 0);
      places[scenario] = isWhole ? kept : -1;
      if (isWhole) input[kept++] = chosen[scenario] / topologies.length;
    }
    branches.forEach((index, output) => {
      const { from: fromBus } = grid.branches[index];
      const { fromMw, fromMvar } = batch.branchPower(index);
      const voltage = [batch.voltagePu(fromBus, 1), fromBus === bus ? batch.voltagePu(fromBus, 2) : undefined];
      const bit = elements.findIndex((element) => element.kind === 'branchFrom' && element.index === index);
      for (let scenario = 0; scenario < used; scenario++) {
        const place = places[scenario];
        if (place < first) continue;
        const isSecond = bit >= 0 && ((topologies[chosen[scenario]] >> bit) & 1) === 1;
        const own = isSecond ? voltage[1] : voltage[0];
        outputs[output][place] = (Math.sqrt(fromMw[scenario] ** 2 + fromMvar[scenario] ** 2) * factors[output]) / (own as Float64Array)[scenario];
      }
    });
    onProgress(Math.min(1, (from + used) / count));
  }
  if (kept < LEAST_SAMPLES)
    throw new InputError(
      `substation ${bus - 1} of ${grid.name} (bus ${bus}): ${kept} of ${count} transitions have a next state with all buses alive, and ${LEAST_SAMPLES} are needed; ${kept === 0 ? 'splitting it always leaves a part dead, as in radial grids' : 'give more samples'}`,
    );
  return { group: { inputs: [input.slice(0, kept)], outputs: outputs.map((values) => values.slice(0, kept)) }, leftOut: count - kept };
}
