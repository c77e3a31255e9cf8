/** What the methods make of scenarios of the capacitor task: all are measured on the same rows, by the losses of all sixteen states. */
import type { LearnedPolicy } from '../agents/node-index.js';
import {
  CAPACITOR_LOADS,
  CAPACITOR_STATES,
  drawCapacitorScenario,
  greedyCourse,
  MaskFit,
  MaskSearch,
  makeVector,
} from '../environments/node-index.js';
import { InputError } from '../grid/index.js';
import type { BackendName } from '../powerflow/index.js';

/** The task whose one action names the states. */
export const ONCE_TASK = 'capacitors-ieee123-once';

/** Published result, quoted and not measured here: the network saved in the study's repository, played with its own test loop on its 1000 rows in OpenDSS. */
export const PUBLISHED = {
  savingPercent: 77,
  meanLossKw: 26.068,
  source: 'ognjenkundacina/Reinforcement_Learning_Volt_Var_Optimization, its saved network and its test loop on its 1000 rows, losses by OpenDSS',
} as const;

/** Mask with the large capacitor alone closed: the best constant. */
const CONSTANT = 1;
/** Scenarios that the linear fit is made of. */
const FIT_SCENARIOS = 4096;
/** Seed from which they are drawn: far above those of tests, and of trainings with seeds below 4000. */
const FIT_SEED = 2 ** 44;
/** Most environments that look at scenarios at once. */
const LANES = 1024;

/** What states came to. */
export interface Outcome {
  readonly meanLossKw: number;
  /** sum(initial - chosen) / sum(initial - optimum), percent; NaN where nothing can be saved. */
  readonly savingPercent: number;
  /** Scenarios in which no state loses less, percent. */
  readonly bestPercent: number;
}

/** A line of the table. */
export interface MethodResult extends Outcome {
  readonly name: string;
  /** What it is, for readers. */
  readonly title: string;
  /** Power flows to choose the states of one scenario; that of the states chosen does not count where nothing is learnt from it. */
  readonly powerFlows: number;
  /** Power flows spent before. */
  readonly trainingPowerFlows: number;
}

/** Makes sets of scenarios: solves all sixteen states of each. */
export class ScenarioMaker {
  private constructor(
    private readonly search: MaskSearch,
    private readonly backend: BackendName | undefined,
  ) {}

  static async create(backend?: BackendName): Promise<ScenarioMaker> {
    return new ScenarioMaker(await MaskSearch.create({ backend }), backend);
  }

  /**
   * A set of given scenarios. Throws InputError where a power flow has no solution.
   *
   * @param multipliers [scenario][load]
   * @param nameOf what a scenario is called in messages
   */
  async of(
    multipliers: Float64Array,
    masks: Uint8Array,
    nameOf: (scenario: number) => string = (scenario) => `scenario ${scenario}`,
  ): Promise<ScenarioSet> {
    const { objectiveW, best } = this.search.search(multipliers);
    const failed = objectiveW.findIndex(Number.isNaN);
    if (failed >= 0)
      throw new InputError(
        `${nameOf(Math.floor(failed / CAPACITOR_STATES))}: the power flow with mask ${failed % CAPACITOR_STATES} has no solution; its loads are too large`,
      );
    return new ScenarioSet(masks, objectiveW, best, await observe(multipliers, masks, this.backend));
  }

  /** Draws scenarios: number k is the first of the seed `seed + k`. */
  async generated(seed: number, count: number): Promise<ScenarioSet> {
    const multipliers = new Float64Array(count * CAPACITOR_LOADS);
    const masks = Uint8Array.from({ length: count }, (_, k) => drawCapacitorScenario(seed + k, 0, multipliers, k * CAPACITOR_LOADS));
    return this.of(multipliers, masks);
  }
}

/** The first observations of scenarios, [scenario][observation]. */
async function observe(multipliers: Float64Array, masks: Uint8Array, backend: BackendName | undefined): Promise<Float32Array> {
  const count = masks.length;
  const rows = Array.from({ length: count }, (_, s) => Array.from(multipliers.subarray(s * CAPACITOR_LOADS, (s + 1) * CAPACITOR_LOADS)));
  const vector = await makeVector(ONCE_TASK, { environments: Math.min(LANES, count), backend, rows, masks: Array.from(masks) });
  try {
    const width = vector.observationSpace.length;
    const observations = new Float32Array(count * width);
    for (let from = 0; from < count; from += LANES) {
      // An environment of the seed s begins with row s modulo their number.
      vector.reset({ seed: from });
      observations.set(vector.observations.subarray(0, Math.min(LANES, count - from) * width), from * width);
    }
    return observations;
  } finally {
    await vector.close();
  }
}

/** Scenarios with the losses of all their states, and what is seen at first. */
export class ScenarioSet {
  constructor(
    /** [scenario]: initial states. */
    readonly masks: Uint8Array,
    /** [scenario][mask], watt. */
    readonly lossesW: Float64Array,
    /** [scenario]: the state of least loss. */
    readonly best: Uint8Array,
    /** [scenario][observation] */
    readonly observations: Float32Array,
  ) {}

  get count(): number {
    return this.masks.length;
  }

  /** What chosen states come to. */
  outcome(chosen: ArrayLike<number>): Outcome {
    const { masks, lossesW, best, count } = this;
    let [initial, loss, least, right] = [0, 0, 0, 0];
    for (let s = 0; s < count; s++) {
      const of = (mask: number): number => lossesW[s * CAPACITOR_STATES + mask];
      initial += of(masks[s]);
      loss += of(chosen[s]);
      least += of(best[s]);
      right += of(chosen[s]) === of(best[s]) ? 1 : 0;
    }
    return {
      meanLossKw: loss / count / 1000,
      savingPercent: initial > least ? (100 * (initial - loss)) / (initial - least) : Number.NaN,
      bestPercent: (100 * right) / count,
    };
  }

  /** The states that a policy names. */
  choices(policy: LearnedPolicy): Float64Array {
    const chosen = new Float64Array(this.count);
    policy.choose(this.observations, new Uint8Array(0), chosen);
    return chosen;
  }
}

/** A policy whose states are to stand in the table. */
export interface ComparedPolicy {
  readonly policy: LearnedPolicy;
  readonly title: string;
}

/** All methods on one set of scenarios, in the order of the table. */
export async function compareMethods(maker: ScenarioMaker, set: ScenarioSet, ours?: ComparedPolicy): Promise<MethodResult[]> {
  const courses = Array.from(set.masks, (mask, s) => greedyCourse(set.lossesW, mask, s * CAPACITOR_STATES));
  const greedyFlows = courses.reduce((sum, { powerFlows }) => sum + powerFlows, 0) / set.count;
  const learnt = await maker.generated(FIT_SEED, FIT_SCENARIOS);
  const fit = new MaskFit(learnt.observations, learnt.masks, learnt.lossesW);
  const line = (name: string, title: string, chosen: ArrayLike<number>, powerFlows: number, trainingPowerFlows = 0): MethodResult => ({
    name,
    title,
    ...set.outcome(chosen),
    powerFlows,
    trainingPowerFlows,
  });
  return [
    line('initial', 'initial states, left as they are', set.masks, 0),
    line('constant', 'constant: c83 closed, the others open', new Uint8Array(set.count).fill(CONSTANT), 0),
    line(
      'greedy',
      'greedy: the best toggle until none helps',
      courses.map(({ mask }) => mask),
      greedyFlows,
    ),
    line('linear', 'linear fit of all enumerated losses', fit.choose(set.observations, set.masks), 1, FIT_SCENARIOS * CAPACITOR_STATES),
    // An episode of training has two power flows: what is seen, and what came of the action.
    ...(ours ? [line('ours', ours.title, set.choices(ours.policy), 1, 2 * ours.policy.data.steps)] : []),
    line('optimum', 'optimum: all 16 states tried', set.best, CAPACITOR_STATES),
  ];
}
