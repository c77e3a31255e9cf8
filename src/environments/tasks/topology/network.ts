/** Where the observation and the choices of a topology task lie on its grid, for agents that part it. */
import {
  CHOICE_CHANGE,
  CHOICE_CURTAIL,
  CHOICE_LINE,
  CHOICE_REDISPATCH,
  CHOICE_SET,
  CHOICE_STORAGE,
  type Choices,
  type TopologyElements,
  type TopologySettings,
} from '../../../topology/index.js';
import type { TaskNetwork } from '../../task.js';

/** The substation at which a choice moves something; -1 for lines and for nothing. */
function substationOf(elements: TopologyElements, { kind, index }: Choices, choice: number): number {
  const { substationOf: at, firstGenerator, firstStorage } = elements;
  switch (kind[choice]) {
    case CHOICE_SET:
      return index[choice];
    case CHOICE_CHANGE:
      return at[index[choice]];
    case CHOICE_REDISPATCH:
    case CHOICE_CURTAIL:
      return at[firstGenerator + index[choice]];
    case CHOICE_STORAGE:
      return at[firstStorage + index[choice]];
    default:
      return -1;
  }
}

/**
 * The network of a topology task.
 *
 * @param observationNames names of the observation's entries: by them an entry is found, and the element that it belongs to
 */
export function topologyNetwork(
  { elements, choices }: Pick<TopologySettings, 'elements' | 'choices'>,
  observationNames: readonly string[],
): TaskNetwork {
  const { branchNames, plan, names, substationOf: at, substations, storages } = elements;
  const lines = branchNames.map((_, line) => [plan.network.branchFrom[line], plan.network.branchTo[line]] as const);
  const entry = new Map(observationNames.map((name, k) => [name, k]));
  const entryOf = (name: string): number => entry.get(name) as number;
  // What an entry's name begins with, and the substations of that element.
  const owners: readonly (readonly [string, readonly number[]])[] = [
    ...names.map((name, element) => [`${name} `, [at[element]]] as const),
    ...branchNames.map((name, line) => [`line ${name} `, lines[line]] as const),
    ...Array.from({ length: substations }, (_, k) => [`substation ${k} `, [k]] as const),
    ...storages.map(({ substation }, k) => [`storage ${k} `, [substation]] as const),
  ];
  const all = Array.from({ length: choices.count }, (_, choice) => choice);
  return {
    substations,
    lines,
    loadingEntries: branchNames.map((name) => entryOf(`line ${name} loading`)),
    serviceEntries: branchNames.map((name) => entryOf(`line ${name} in service`)),
    entrySubstations: observationNames.map((name) => owners.find(([beginning]) => name.startsWith(beginning))?.[1] ?? []),
    choiceSubstation: all.map((choice) => substationOf(elements, choices, choice)),
    choiceLine: all.map((choice) => (choices.kind[choice] === CHOICE_LINE ? choices.index[choice] : -1)),
  };
}
