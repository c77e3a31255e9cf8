/** What differs from scenario to scenario in a batch, by name, as its options and its controls have it. */
import { type Grid, GridError } from '../grid/index.js';
import type { BatchNames } from './batch-base.js';
import type { BatchOptions } from './batch-methods.js';
import { sourceNames } from './batch-sources.js';
import { switchNames } from './batch-switches.js';
import { enabledNames, namesOf } from './column-checks.js';
import { controlsOf, type LaneControl, movedWindings, switchedCapacitors } from './control-names.js';
import type { ControlSettings } from './control-plan.js';

/** Names, lower case, and the controls that act. */
export interface BatchChoice extends BatchNames {
  sources: readonly string[];
  controls: readonly LaneControl[];
  settings: ControlSettings;
}

/** Reads the options. Throws {@link GridError} for names that there are not, and for controls that a batch cannot have. */
export function batchNames(grid: Grid, options: BatchOptions): BatchChoice {
  const { hour = 0, maxControlIterations = 100 } = options;
  checkControlSettings(hour, maxControlIterations);
  const controls = controlsOf(grid, options.controls);
  const moved = movedWindings(grid, controls);
  const capacitors = namesOf(options.capacitors, 'capacitors', () => enabledNames(grid.elementsOf('capacitor')));
  const taps = namesOf(options.taps, 'taps', () => [...new Set(grid.controlsOf('regcontrol').map((control) => control.transformer))]);
  return {
    transformers: [...new Set([...taps, ...moved.keys()])],
    capacitors: [...new Set([...capacitors, ...switchedCapacitors(grid, controls)])],
    switches: switchNames(grid, options.switches),
    sources: sourceNames(grid, options.sources),
    moved,
    controls,
    settings: { hour, maxControlIterations },
  };
}

/** Throws {@link GridError} where a solution with controls cannot have these settings. */
function checkControlSettings(hour: number, maxControlIterations: number): void {
  if (!(hour >= 0 && Number.isFinite(hour))) throw new GridError(`hour is ${hour}; give hours of 0 or more`);
  if (!(Number.isSafeInteger(maxControlIterations) && maxControlIterations >= 1))
    throw new GridError(`maxControlIterations is ${maxControlIterations}; give a whole number from 1 up`);
}
