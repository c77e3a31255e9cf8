/** Signs of devices at the buses of a one-line diagram, and their legend. */
import { escape, halo, INK, MUTED, px, text } from './svg-parts.js';

/** Devices that have a sign. */
export type DeviceMarkKind = 'pv' | 'battery' | 'capacitor' | 'tap' | 'flexible-load';

/** A device at a bus. */
export interface DeviceMark {
  /** Place of its bus among the buses. */
  readonly bus: number;
  readonly kind: DeviceMarkKind;
  /** What it is and does, for who points at it. */
  readonly title: string;
  /** A short text beside the sign: what the legend says of its kind. */
  readonly label?: string;
}

/** Half the width of a sign, pixels. */
const HALF = 4;
/** Of the first sign above and right of a bus, and from one to the next. */
const OFFSET = { x: 10, y: -8 };
const LETTER = 5;

/** [kind]: the sign around a point, and what the legend says of it. */
const SIGNS: Readonly<Record<DeviceMarkKind, { readonly says: string; readonly draw: (x: number, y: number) => string }>> = {
  pv: {
    says: 'PV: active power, % of rated',
    draw: (x, y) =>
      `<path d="M${px(x - HALF)} ${px(y + HALF)}L${px(x)} ${px(y - HALF)}L${px(x + HALF)} ${px(y + HALF)}Z" fill="#f0b400" stroke="${INK}" stroke-width="0.8"/>`,
  },
  battery: {
    says: 'battery: state of charge, %',
    draw: (x, y) =>
      `<rect x="${px(x - HALF)}" y="${px(y - HALF)}" width="${2 * HALF}" height="${2 * HALF}" fill="#3a9d5d" stroke="${INK}" stroke-width="0.8"/>`,
  },
  capacitor: {
    says: 'capacitor: steps closed',
    draw: (x, y) =>
      `<path d="M${px(x - 1.5)} ${px(y - HALF)}V${px(y + HALF)}M${px(x + 1.5)} ${px(y - HALF)}V${px(y + HALF)}" stroke="${INK}" stroke-width="1.6" fill="none"/>`,
  },
  tap: {
    says: 'tap changer: tap, pu',
    draw: (x, y) =>
      `<path d="M${px(x)} ${px(y - HALF)}L${px(x + HALF)} ${px(y)}L${px(x)} ${px(y + HALF)}L${px(x - HALF)} ${px(y)}Z" fill="#8a63b0" stroke="${INK}" stroke-width="0.8"/>`,
  },
  'flexible-load': {
    says: 'flexible load: put off, % of rated',
    draw: (x, y) =>
      `<path d="M${px(x - HALF)} ${px(y - HALF)}L${px(x)} ${px(y + HALF)}L${px(x + HALF)} ${px(y - HALF)}Z" fill="#ffffff" stroke="${INK}" stroke-width="0.8"/>`,
  },
};

/** The signs of the devices at one bus, side by side, each with its label behind it. */
export function marksAt(x: number, y: number, devices: readonly DeviceMark[]): string[] {
  const out: string[] = [];
  let at = x + OFFSET.x;
  for (const { kind, title, label } of devices) {
    const row = y + OFFSET.y;
    out.push(`<g>${SIGNS[kind].draw(at, row)}<title>${escape(title)}</title></g>`);
    at += 2 * HALF;
    if (label !== undefined && label !== '') {
      out.push(halo(text(at - 2, row + 3, label, { size: 9 })));
      at += LETTER * label.length + HALF;
    }
    at += 2;
  }
  return out;
}

/** A row that says what the signs of the kinds in use mean. */
export function marksLegend(x: number, y: number, devices: readonly DeviceMark[]): string[] {
  const kinds = (Object.keys(SIGNS) as DeviceMarkKind[]).filter((kind) => devices.some((device) => device.kind === kind));
  return kinds.flatMap((kind, k) => {
    const at = x + 200 * k;
    return [SIGNS[kind].draw(at + 5, y - 4), text(at + 16, y, SIGNS[kind].says, { colour: MUTED })];
  });
}
