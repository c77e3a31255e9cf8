/** All classes of the OpenDSS language that the reader knows. */
import type { ObjectClass } from '../class-definition.js';
import { autotrans } from './autotrans.js';
import { capacitor } from './capacitor.js';
import { capcontrol } from './capcontrol.js';
import { concentricNeutralData, tapeShieldData, wireData } from './conductor-data.js';
import { expcontrol } from './expcontrol.js';
import { fault } from './fault.js';
import { gendispatcher } from './gendispatcher.js';
import { generator } from './generator.js';
import { growthshape } from './growthshape.js';
import { ignoredClasses } from './ignored.js';
import { invcontrol } from './invcontrol.js';
import { isource } from './isource.js';
import { line } from './line.js';
import { lineGeometry } from './line-geometry.js';
import { lineSpacing } from './line-spacing.js';
import { linecode } from './linecode.js';
import { load } from './load.js';
import { loadshape } from './loadshape.js';
import { pvsystem } from './pvsystem.js';
import { reactor } from './reactor.js';
import { regcontrol } from './regcontrol.js';
import { storage } from './storage.js';
import { storagecontroller } from './storagecontroller.js';
import { swtcontrol } from './swtcontrol.js';
import { transformer } from './transformer.js';
import { tshape } from './tshape.js';
import { vsource } from './vsource.js';
import { xfmrcode } from './xfmrcode.js';
import { xycurve } from './xycurve.js';

const ALL: readonly ObjectClass[] = [
  linecode,
  wireData,
  concentricNeutralData,
  tapeShieldData,
  lineSpacing,
  lineGeometry,
  xfmrcode,
  loadshape,
  growthshape,
  xycurve,
  tshape,
  vsource,
  isource,
  line,
  load,
  transformer,
  autotrans,
  capacitor,
  reactor,
  fault,
  generator,
  pvsystem,
  storage,
  regcontrol,
  capcontrol,
  swtcontrol,
  invcontrol,
  storagecontroller,
  expcontrol,
  gendispatcher,
  ...ignoredClasses,
];

/** Classes by name. */
export const CLASSES: ReadonlyMap<string, ObjectClass> = new Map(ALL.map((objectClass) => [objectClass.name, objectClass]));

export { refusedClasses } from './ignored.js';
