/** The columns that a reward sees: those of the observer and of the devices as they are, and a few of their own. */
import type { BatchObserver } from '../../powerflow/index.js';
import type { LaneFrame } from '../devices/lanes.js';
import type { StepLanes } from './definition.js';

/** Columns with the number of lanes in use, which the slice sets. */
export type StepColumns = StepLanes & { count: number };

/** Columns for a slice. */
export function stepLanes(observer: BatchObserver, frame: LaneFrame, environments: number): StepColumns {
  const column = (): Float64Array => new Float64Array(environments);
  const { magnitudes } = observer;
  return {
    count: 0,
    rewards: column(),
    steps: new Int32Array(environments),
    violationPu: column(),
    abovePu: observer.abovePu,
    belowPu: observer.belowPu,
    busesOutside: observer.busesOutside,
    lowestPu: observer.lowestPu,
    highestPu: observer.highestPu,
    lossesKw: column(),
    sourceKw: column(),
    sourceKvar: column(),
    pvKw: frame.pvKw,
    pvAvailableKw: frame.pvAvailableKw,
    batteryKw: frame.batteryKw,
    throughputKwh: frame.throughputKwh,
    curtailedKwh: frame.curtailedKwh,
    unservedKwh: frame.unservedKwh,
    switching: frame.switching,
    nodeNames: observer.nodeNames,
    voltagePu: (node, lane) => magnitudes[observer.magnitudeIndex(node, lane)],
  };
}
