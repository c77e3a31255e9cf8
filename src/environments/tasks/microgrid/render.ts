/** A microgrid at one moment, in words. */
import type { MicrogridView } from '../../../visualization/index.js';

/** What is shown in words, besides what pictures show. */
export interface MicrogridAccount extends MicrogridView {
  /** [inverter]: set point before droop. */
  readonly setPointVolt: readonly number[];
}

/** A line for the whole. @param reward of the step before; none at a reset */
export function microgridNote(step: number, reward: number | undefined, diverged: boolean, busPu: readonly [number, number]): string {
  const gained = reward === undefined ? '' : `, reward ${reward.toFixed(4)}`;
  return `step ${step}${gained}${diverged ? ', diverged' : ''}; buses ${busPu[0].toFixed(4)} to ${busPu[1].toFixed(4)} pu`;
}

/** A line an inverter. */
export function microgridText(view: MicrogridAccount): string {
  const { title, note, names, voltagePu, hertz, setPointVolt, bandPu } = view;
  const lines = names.map((name, i) => {
    const outside = voltagePu[i] < bandPu[0] || voltagePu[i] > bandPu[1] ? '  outside' : '';
    return `${name.padEnd(6)}${setPointVolt[i].toFixed(1).padStart(7)} V set ${voltagePu[i].toFixed(4).padStart(8)} pu ${hertz[i].toFixed(4).padStart(9)} Hz${outside}`;
  });
  return [title, note, ...lines].join('\n');
}
