/** What a Volt-VAR environment looks like: a few lines, or the voltage profile of its feeder. */
import { profileSvg, voltageProfile } from '../../../visualization/index.js';
import { HOURS } from './load-days.js';
import type { VoltVarSetup } from './setup.js';

/** One environment, as it is shown. */
export interface VoltVarView {
  readonly day: number;
  /** Steps played. */
  readonly hour: number;
  readonly capacitors: readonly number[];
  readonly positions: readonly number[];
  readonly storedKwh: readonly number[];
  readonly deliveredKw: readonly number[];
  /** In the order of `setup.nodes`. */
  readonly voltagesPu: ArrayLike<number>;
}

/** Devices and the voltages' extremes, a line each. */
export function renderText(setup: VoltVarSetup, view: VoltVarView): string {
  const { voltagesPu } = view;
  let [lowest, highest] = [0, 0];
  for (let i = 1; i < voltagesPu.length; i++) {
    if (voltagesPu[i] < voltagesPu[lowest]) lowest = i;
    if (voltagesPu[i] > voltagesPu[highest]) highest = i;
  }
  const pu = (i: number): string => `${voltagesPu[i].toFixed(4)} pu at ${setup.nodes[i]}`;
  const named = (names: readonly string[], values: readonly (string | number)[]): string => names.map((name, i) => `${name} ${values[i]}`).join(', ');
  const batteries = setup.batteries.map(({ maxKwh }, b) => `${view.storedKwh[b].toFixed(1)} of ${maxKwh} kWh (${view.deliveredKw[b].toFixed(1)} kW)`);
  const signed = view.positions.map((position) => position - 16);
  return [
    `${setup.system.title}, day ${view.day}, hour ${view.hour} of ${HOURS}`,
    `voltages   ${pu(lowest)} to ${pu(highest)}`,
    `capacitors ${named(
      setup.capacitors,
      view.capacitors.map((closed) => (closed ? 'on' : 'off')),
    )}`,
    `taps       ${named(
      setup.regulators,
      signed.map((tap) => (tap > 0 ? `+${tap}` : tap)),
    )}`,
    `batteries  ${named(
      setup.batteries.map(({ name }) => name),
      batteries,
    )}`,
  ].join('\n');
}

/** The voltage profile, as an SVG document. */
export function renderSvg(setup: VoltVarSetup, view: VoltVarView): string {
  const places = new Map(setup.nodes.map((node, i) => [node, i]));
  const nodes = new Map<string, number[]>();
  for (const name of setup.nodes) {
    const dot = name.lastIndexOf('.');
    const bus = name.slice(0, dot);
    nodes.set(bus, [...(nodes.get(bus) ?? []), Number(name.slice(dot + 1))]);
  }
  const profile = voltageProfile(setup.grid, {
    nodesOf: (bus) => nodes.get(bus) ?? [],
    nodeVoltage: (bus, node) => {
      const place = places.get(`${bus}.${node}`);
      const baseKv = setup.grid.buses.get(bus)?.baseKv ?? 0;
      // Only magnitudes are observed; a profile shows no angles.
      return place === undefined ? undefined : [view.voltagesPu[place] * baseKv * 1000, 0];
    },
  });
  return profileSvg(profile, { title: setup.system.title, subtitle: `day ${view.day}, hour ${view.hour} of ${HOURS}` });
}
