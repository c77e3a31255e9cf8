/** Classes that busbar accepts without effect (meters, protection at rest, data of harmonics), and those it refuses because they would change the power flow. */
import { DssObject, defineClass, notModelled, type ObjectClass, quiet, type ReaderContext, type Setter } from '../class-definition.js';
import { PROPERTY_NAMES } from '../property-tables.js';

/** An object of a class without effect on power flow. */
export class IgnoredObject extends DssObject {
  /** Says once a class that it is ignored. */
  constructor(className: string, name: string, context: ReaderContext, reason: string) {
    super(className, name, context);
    if (context.objectsOf(className).length === 0) context.warn(`${className} is ignored: ${reason}`);
  }

  override copyFrom(): void {}
}

function makeIgnored(name: string, reason: string): new (objectName: string, context: ReaderContext) => IgnoredObject {
  return class extends IgnoredObject {
    constructor(objectName: string, context: ReaderContext) {
      super(name, objectName, context, reason);
    }
  };
}

/** A class accepted without effect. Where the language's properties are known, others are errors. */
function ignoredClass(name: string, reason: string, special: Record<string, Setter<IgnoredObject>> = {}): ObjectClass {
  const properties = PROPERTY_NAMES[name];
  const setters: Record<string, Setter<IgnoredObject>> = {};
  for (const property of properties ?? []) setters[property] = special[property] ?? quiet;
  const known = defineClass({ name, make: makeIgnored(name, reason), setters, properties: properties ?? ['like'] });
  if (properties) return known;
  // Any property will do.
  return { ...known, property: (text) => text.toLowerCase(), apply: () => {} };
}

const CLOSED = ['closed', 'close', 'c', 'reset', 'none', ''];
const open = notModelled('protection that stands open or trips is not modelled (open the element with the command "open")', CLOSED);
const protection: Record<string, Setter<IgnoredObject>> = {
  state: (_, value) => {
    const words = value.names();
    if (words.some((word) => word.startsWith('o') || word.startsWith('t'))) value.fail(open.reason);
  },
  normal: (_, value) => {
    const words = value.names();
    if (words.some((word) => word.startsWith('o') || word.startsWith('t'))) value.fail(open.reason);
  },
  action: open,
};

const METER = 'it reports and does not act';
const PROTECTION = 'protection at rest does not change the power flow';
const HARMONICS = 'it counts in studies other than power flow';

/** Classes without effect. */
export const ignoredClasses: readonly ObjectClass[] = [
  ignoredClass('energymeter', METER),
  ignoredClass('monitor', METER),
  ignoredClass('fmonitor', METER),
  ignoredClass('sensor', METER),
  ignoredClass('fuse', PROTECTION, protection),
  ignoredClass('relay', PROTECTION, protection),
  ignoredClass('recloser', PROTECTION, protection),
  ignoredClass('spectrum', HARMONICS),
  ignoredClass('tcc_curve', 'it belongs to protection'),
  ignoredClass('priceshape', 'dispatch by price over time is not modelled'),
  ignoredClass('dynamicexp', HARMONICS),
];

/** Classes of the language that would change the power flow and are not modelled. */
export const refusedClasses: ReadonlySet<string> = new Set([
  'gicline',
  'gicsource',
  'gictransformer',
  'upfc',
  'upfccontrol',
  'vccs',
  'vsconverter',
  'indmach012',
  'espvlcontrol',
  'windgen',
  'generic5',
  'equivalent',
]);
