/** A grid at one moment, in words and as a picture. */
import { BLACKOUT_REASONS, type TopologySimulation } from '../../../topology/index.js';
import { type TopologyBranchView, topologySvg } from '../../../visualization/index.js';
import type { TopologySetup } from './options.js';

const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;

/** Day and time of a row. */
function clock(row: number): string {
  const minutes = 5 * (row % 288);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = Math.floor(row / 288);
  return `day ${day + 1} (${DAYS[day % 7]}) ${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** The line above text and picture. */
function noteOf({ settings }: TopologySetup, { state }: TopologySimulation, i: number): string {
  const { branches } = settings.elements;
  const blackout = state.blackout[i];
  const loading = state.loading.subarray(i * branches, (i + 1) * branches);
  const out = state.on.subarray(i * branches, (i + 1) * branches).filter((on) => on === 0).length;
  const now = `scenario ${state.scenario[i]}, ${clock(state.row[i])}, step ${state.steps[i]}`;
  if (blackout !== 0) return `${now}: blackout, ${BLACKOUT_REASONS[blackout]}`;
  return `${now}; highest loading ${(100 * Math.max(...loading)).toFixed(1)} %, ${out === 0 ? 'no line' : out === 1 ? '1 line' : `${out} lines`} out`;
}

/** Lines of text: a heading, lines by falling loading, substations that are split. */
export function topologyText(setup: TopologySetup, simulation: TopologySimulation, i: number): string {
  const { elements } = setup.settings;
  const { state } = simulation;
  const { branches, branchNames, elementsOf, names, count } = elements;
  const order = Array.from({ length: branches }, (_, k) => k).sort(
    (a, b) => state.loading[i * branches + b] - state.loading[i * branches + a] || a - b,
  );
  const lines = order
    .filter((k) => state.on[i * branches + k] === 1)
    .slice(0, 10)
    .map((k) => {
      const loading = state.loading[i * branches + k];
      const over = state.over[i * branches + k];
      return `${branchNames[k].padEnd(12)}${(100 * loading).toFixed(1).padStart(7)} % of ${elements.limitAmps[k].toFixed(0)} A${over > 0 ? `, over for ${over}` : ''}`;
    });
  const out = order
    .filter((k) => state.on[i * branches + k] === 0)
    .map((k) => `${branchNames[k].padEnd(12)} out${state.lineWait[i * branches + k] > 0 ? `, wait ${state.lineWait[i * branches + k]}` : ''}`);
  const split = elementsOf.flatMap((own, substation) => {
    const second = own.filter((element) => state.bars[i * count + element] === 2);
    return second.length === 0 ? [] : [`substation ${substation}, busbar 2: ${second.map((element) => names[element]).join(', ')}`];
  });
  return [setup.id, noteOf(setup, simulation, i), ...lines, ...out, ...split].join('\n');
}

/** The picture. */
export function topologyPicture(setup: TopologySetup, simulation: TopologySimulation, i: number): string {
  const { elements } = setup.settings;
  const { state } = simulation;
  const { branches, plan, count, elementsOf } = elements;
  const view = Array.from({ length: branches }, (_, k): TopologyBranchView => {
    const at = i * count + 2 * k;
    return {
      from: plan.network.branchFrom[k],
      to: plan.network.branchTo[k],
      fromBusbar: state.bars[at],
      toBusbar: state.bars[at + 1],
      inService: state.on[i * branches + k] === 1 && state.blackout[i] === 0,
      loading: state.loading[i * branches + k],
    };
  });
  return topologySvg({
    title: setup.id,
    note: noteOf(setup, simulation, i),
    substations: elementsOf.map((own) => ({
      hasLoad: own.some((element) => element >= elements.firstLoad && element < elements.firstGenerator),
      hasGenerator: own.some((element) => element >= elements.firstGenerator && element < elements.firstStorage),
      isSplit: own.some((element) => state.bars[i * count + element] === 2) && own.some((element) => state.bars[i * count + element] === 1),
    })),
    branches: view,
  });
}
