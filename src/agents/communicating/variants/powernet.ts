/** PowerNet: an agent sees its own inverter alone, in groups of quantities, and hears the mean of what its neighbours' memories held before the step. */
import { meanState } from '../sources.js';
import type { Variant } from '../variant.js';

/** Units for each group of features, as published. */
const GROUPS: readonly { readonly names: readonly string[]; readonly units: number }[] = [
  { names: ['delta'], units: 8 },
  { names: ['P', 'Q'], units: 16 },
  { names: ['iod', 'ioq', 'ioD', 'ioQ'], units: 24 },
  { names: ['vbD', 'vbQ'], units: 16 },
];
/** Units for each feature that is in none of them. */
const OTHER_UNITS = 8;

/** Groups of features; those that are not known by name, or have none, are one group. */
export function observationGroups(features: readonly string[] | undefined, count: number): { features: number[]; units: number }[] {
  const known = GROUPS.map(({ names, units }) => ({ features: names.map((name) => features?.indexOf(name) ?? -1).filter((k) => k >= 0), units }));
  const used = new Set(known.flatMap((group) => group.features));
  const others = Array.from({ length: count }, (_, k) => k).filter((k) => !used.has(k));
  return [...known, { features: others, units: OTHER_UNITS * others.length }].filter((group) => group.features.length > 0);
}

export const powernet: Variant = {
  name: 'powernet',
  title: 'PowerNet: own observation in groups, mean of neighbours’ states as message (Chen and others, 2022)',
  branches: (make, hidden) => {
    const { team } = make.signals;
    return [make.grouped(observationGroups(team.features, team.observation), hidden), make.dense(meanState, hidden, 'linear')];
  },
};
