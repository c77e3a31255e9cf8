/** Branches: the ways by which a source reaches an agent's memory. */
import { LinearMaps, type MapOptions } from './linear-maps.js';
import type { Signals, Source } from './sources.js';

/** One of the ways into the memory. */
export interface Branch {
  /** Numbers that it gives to each agent. */
  readonly units: number;
  /** [row][unit]: what it gives, and dLoss by it, which the trunk writes. */
  readonly outputs: Float32Array;
  readonly gradients: Float32Array;
  /** Its parameters. */
  readonly maps: readonly LinearMaps[];
  /** Whether messages come by it, which are known step by step only. */
  readonly isRecurrent: boolean;
  forward(slot: number): void;
  /** Outputs of the first `slots` slots anew, from the inputs that were written there; of branches that are not recurrent. */
  replay(slots: number): void;
  /** Hands gradients of a slot back, to messages too. */
  backward(slot: number): void;
  /** Finds the gradients of its parameters, when all slots have been gone back through. */
  parameterGradients(slots: number): void;
}

/** Makes the branches of a variant. */
export class BranchMaker {
  constructor(
    readonly signals: Signals,
    private readonly options: MapOptions,
    /** Whether messages are zeros, all else as it is: to see what they add. */
    private readonly silent: boolean,
  ) {}

  /** A dense layer on a source. */
  dense(given: Source, units: number, activation: 'linear' | 'relu'): Branch {
    const { signals, options } = this;
    const source = this.silent && given.spread ? silence(given) : given;
    const { layout } = signals;
    const widths = Array.from({ length: layout.groups }, (_, group) => source.width(signals, group));
    const maps = new LinearMaps(layout, widths, units, options);
    const block = layout.block * units;
    const isRelu = activation === 'relu';
    const rectified = (slot: number, slots: number): void => {
      maps.forward(slot, slots);
      for (let s = slot; isRelu && s < slot + slots; s++) rectify(maps.outputs, signals, s, block);
    };
    return {
      units,
      isRecurrent: source.spread !== undefined,
      outputs: maps.outputs,
      gradients: maps.gradients,
      maps: [maps],
      forward: (slot) => {
        writeInputs(source, signals, maps, slot);
        rectified(slot, 1);
      },
      replay: (slots) => {
        rectified(0, slots);
      },
      backward: (slot) => {
        if (isRelu) rectifyGradients(maps.outputs, maps.gradients, signals, slot, block);
        if (!source.spread) return;
        for (let group = 0; group < layout.groups; group++) {
          const gradients = maps.inputGradients(group, slot);
          const width = widths[group];
          eachMember(signals, group, (agent) => {
            source.spread?.(signals, slot, agent, width, gradients, layout.rowInGroup(0, agent) * width);
          });
        }
      },
      parameterGradients: (slots) => {
        maps.parameterGradients(slots);
      },
    };
  }

  /**
   * The own observation in groups of features: a linear map of each group, side by side, then a dense layer with relu.
   *
   * @param groups features and units of each group
   */
  grouped(groups: readonly { readonly features: readonly number[]; readonly units: number }[], units: number): Branch {
    const { signals, options } = this;
    const { layout, observations, team } = signals;
    const each = <T>(value: T): T[] => Array.from({ length: layout.groups }, () => value);
    const parts = groups.map((group) => new LinearMaps(layout, each(group.features.length), group.units, options));
    const joined = groups.reduce((sum, group) => sum + group.units, 0);
    const whole = new LinearMaps(layout, each(joined), units, options);
    const block = layout.block * units;
    /** From the parts' inputs on. */
    const join = (slot: number, slots: number): void => {
      let column = 0;
      for (const part of parts) {
        part.forward(slot, slots);
        for (let group = 0; group < layout.groups; group++) {
          let from = layout.blockAt(group, slot) * part.units;
          const first = slot * layout.block;
          for (let r = first; r < first + slots * layout.block; r++) {
            for (let u = 0, to = r * joined + column; u < part.units; u++) whole.inputs[group][to++] = part.outputs[from++];
          }
        }
        column += part.units;
      }
      whole.forward(slot, slots);
      for (let s = slot; s < slot + slots; s++) rectify(whole.outputs, signals, s, block);
    };
    return {
      units,
      isRecurrent: false,
      outputs: whole.outputs,
      gradients: whole.gradients,
      maps: [...parts, whole],
      forward: (slot) => {
        parts.forEach((part, k) => {
          const { features } = groups[k];
          for (let group = 0; group < layout.groups; group++) {
            const first = layout.blockAt(group, slot);
            for (let r = 0, at = slot * layout.block * features.length; r < layout.block; r++) {
              for (const feature of features) part.inputs[group][at++] = observations[(first + r) * team.observation + feature];
            }
          }
        });
        join(slot, 1);
      },
      replay: (slots) => {
        join(0, slots);
      },
      backward: (slot) => {
        rectifyGradients(whole.outputs, whole.gradients, signals, slot, block);
      },
      parameterGradients: (slots) => {
        whole.parameterGradients(slots, (group, gradients) => {
          let column = 0;
          for (const part of parts) {
            let to = layout.blockAt(group, 0) * part.units;
            for (let r = 0; r < slots * layout.block; r++) {
              for (let u = 0, from = r * joined + column; u < part.units; u++) part.gradients[to++] = gradients[from++];
            }
            column += part.units;
          }
        });
        for (const part of parts) part.parameterGradients(slots);
      },
    };
  }

  /** The likeliest action of the agent's own policy in the step before, as it is, in the first of so many numbers; the rest are zeros. */
  lastChoice(units: number): Branch {
    const { signals } = this;
    const { layout, team, policiesBefore } = signals;
    const { code } = team;
    const outputs = new Float32Array(layout.rows * units);
    const own = new Float32Array(code.width);
    return {
      units,
      isRecurrent: false,
      outputs,
      gradients: new Float32Array(layout.rows * units),
      maps: [],
      forward: (slot) => {
        for (let agent = 0; agent < team.agents; agent++) {
          const first = layout.rowOf(slot, agent);
          for (let r = first; r < first + layout.environments; r++) {
            code.likeliest(policiesBefore, r * code.fingerprint, own, 0);
            for (let k = 0; k < Math.min(units, code.width); k++) outputs[r * units + k] = own[k];
          }
        }
      },
      // There are no parameters by which it could have changed.
      replay: () => undefined,
      backward: () => undefined,
      parameterGradients: () => undefined,
    };
  }
}

/** A source of as many zeros. */
function silence({ width }: Source): Source {
  return {
    width,
    write: ({ layout }, _slot, _agent, numbers, into, at) => {
      into.fill(0, at, at + layout.environments * numbers);
    },
  };
}

function eachMember({ team, layout }: Signals, group: number, f: (agent: number) => void): void {
  if (!layout.shared) f(group);
  else for (let agent = 0; agent < team.agents; agent++) f(agent);
}

function writeInputs(source: Source, signals: Signals, maps: LinearMaps, slot: number): void {
  const { layout, team } = signals;
  for (let agent = 0; agent < team.agents; agent++) {
    const group = layout.groupOf(agent);
    const width = maps.widths[group];
    source.write(signals, slot, agent, width, maps.inputs[group], layout.rowInGroup(slot, agent) * width);
  }
}

/** What is below 0 becomes 0, at a slot. */
function rectify(outputs: Float32Array, { layout }: Signals, slot: number, block: number): void {
  for (let group = 0; group < layout.groups; group++) {
    const from = (layout.blockAt(group, slot) * block) / layout.block;
    for (let k = from; k < from + block; k++) if (outputs[k] < 0) outputs[k] = 0;
  }
}

function rectifyGradients(outputs: Float32Array, gradients: Float32Array, { layout }: Signals, slot: number, block: number): void {
  for (let group = 0; group < layout.groups; group++) {
    const from = (layout.blockAt(group, slot) * block) / layout.block;
    for (let k = from; k < from + block; k++) if (outputs[k] <= 0) gradients[k] = 0;
  }
}
