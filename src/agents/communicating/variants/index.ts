/** Variants by name. */
import type { Variant } from '../variant.js';
import { commnet } from './commnet.js';
import { consenet } from './consenet.js';
import { dial } from './dial.js';
import { fprint } from './fprint.js';
import { ia2c } from './ia2c.js';
import { neurcomm } from './neurcomm.js';
import { powernet } from './powernet.js';

/** Those there are. */
export const VARIANTS: Readonly<Record<string, Variant>> = { ia2c, powernet, commnet, dial, consenet, fprint, neurcomm };
