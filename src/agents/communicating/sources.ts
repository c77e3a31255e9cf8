/** What an agent may take in: its own observation, those of its neighbours, their policies, and messages, which are what their memories held before the step. */
import type { RowLayout, Team } from './team.js';

/** What is known at each slot of time. Rows are those of the layout. */
export interface Signals {
  readonly team: Team;
  readonly layout: RowLayout;
  /** Numbers of an agent's hidden state. */
  readonly units: number;
  /** [row][number] */
  readonly observations: Float32Array;
  /** [row][unit]: h before the step, and dLoss/dh before the step, to which messages add what they hand back. */
  readonly hiddenBefore: Float32Array;
  readonly hiddenBeforeGradients: Float32Array;
  /** [row][number]: fingerprint of the policy in the step before. No gradient goes through it. */
  readonly policiesBefore: Float32Array;
}

/** Something that goes into an agent's networks. */
export interface Source {
  /** Numbers that it has for the agents of a group. */
  width(signals: Signals, group: number): number;
  /** Writes it for an agent at a slot: rows [environment], `width` numbers each, one behind the other from `at` on. */
  write(signals: Signals, slot: number, agent: number, width: number, into: Float32Array, at: number): void;
  /** The adjoint: adds to `hiddenBeforeGradients` what the rows of `gradients` from `at` on say of messages. Left out where nothing learnt is behind the source. */
  spread?(signals: Signals, slot: number, agent: number, width: number, gradients: Float32Array, at: number): void;
}

/** Copies `width` numbers of each environment of an agent to rows of `stride`, `column` numbers from each row's beginning. */
function copyRows(
  { layout }: Signals,
  from: Float32Array,
  slot: number,
  agent: number,
  width: number,
  into: Float32Array,
  at: number,
  stride: number,
): void {
  let read = layout.rowOf(slot, agent) * width;
  for (let e = 0; e < layout.environments; e++) {
    for (let k = 0, write = at + e * stride; k < width; k++) into[write++] = from[read++];
  }
}

/** Writes what neighbours have one behind the other from column `column` on, and zeros in the places that are left over. */
function writeNeighbours(
  signals: Signals,
  from: Float32Array,
  each: number,
  slot: number,
  agent: number,
  width: number,
  into: Float32Array,
  at: number,
  column: number,
): void {
  const own = signals.team.neighbours[agent];
  own.forEach((other, k) => {
    copyRows(signals, from, slot, other, each, into, at + column + k * each, width);
  });
  const used = column + own.length * each;
  if (used < width) for (let e = 0; e < signals.layout.environments; e++) into.fill(0, at + e * width + used, at + (e + 1) * width);
}

/** The agent's own observation. */
export const ownObservation: Source = {
  width: ({ team }) => team.observation,
  write: (signals, slot, agent, width, into, at) => {
    copyRows(signals, signals.observations, slot, agent, width, into, at, width);
  },
};

/** Its own observation and then those of its neighbours. */
export const neighbourhood: Source = {
  width: ({ team, layout }, group) => team.observation * (1 + layout.places(team, group)),
  write: (signals, slot, agent, width, into, at) => {
    const each = signals.team.observation;
    copyRows(signals, signals.observations, slot, agent, each, into, at, width);
    writeNeighbours(signals, signals.observations, each, slot, agent, width, into, at, each);
  },
};

/** Fingerprints of the neighbours' policies in the step before. Foerster and others: Stabilising experience replay for deep multi-agent reinforcement learning, ICML 2017. */
export const neighbourPolicies: Source = {
  width: ({ team, layout }, group) => team.code.fingerprint * layout.places(team, group),
  write: (signals, slot, agent, width, into, at) => {
    writeNeighbours(signals, signals.policiesBefore, signals.team.code.fingerprint, slot, agent, width, into, at, 0);
  },
};

/** Mean of the neighbours' hidden states. */
export const meanState: Source = {
  width: ({ units }) => units,
  write: ({ team, layout, hiddenBefore }, slot, agent, width, into, at) => {
    const count = layout.environments * width;
    const neighbours = team.neighbours[agent];
    into.fill(0, at, at + count);
    for (const other of neighbours) {
      const from = layout.rowOf(slot, other) * width;
      for (let k = 0; k < count; k++) into[at + k] += hiddenBefore[from + k] / neighbours.length;
    }
  },
  spread: ({ team, layout, hiddenBeforeGradients }, slot, agent, width, gradients, at) => {
    const count = layout.environments * width;
    const neighbours = team.neighbours[agent];
    for (const other of neighbours) {
      const from = layout.rowOf(slot, other) * width;
      for (let k = 0; k < count; k++) hiddenBeforeGradients[from + k] += gradients[at + k] / neighbours.length;
    }
  },
};

/** The neighbours' hidden states, one behind the other. */
export const neighbourStates: Source = {
  width: ({ team, layout, units }, group) => units * layout.places(team, group),
  write: (signals, slot, agent, width, into, at) => {
    writeNeighbours(signals, signals.hiddenBefore, signals.units, slot, agent, width, into, at, 0);
  },
  spread: ({ team, layout, units, hiddenBeforeGradients }, slot, agent, width, gradients, at) => {
    team.neighbours[agent].forEach((other, k) => {
      let to = layout.rowOf(slot, other) * units;
      for (let e = 0; e < layout.environments; e++) {
        for (let u = 0, from = at + e * width + k * units; u < units; u++) hiddenBeforeGradients[to++] += gradients[from++];
      }
    });
  },
};
