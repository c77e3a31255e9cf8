/** IEEE 8500 node, balanced secondary loads. Made by scripts/make-feeders.mts; see NOTICE for the source of the data. */
import { common as common1 } from './ieee8500-common.js';
import { common as common2 } from './ieee8500-loads.js';

export const text = `busbar-grid 1
# IEEE 8500 node, balanced secondary loads
# IEEE PES Test Feeder Working Group; data of the OpenDSS distribution, BSD-3-Clause
[grid]
name=ieee8500
frequencyHz=60
loadMultiplier=1
generatorMultiplier=1
voltageBasesKv=115 12.47 0.48 0.208
priceSignal=25
defaultDailyShape=default
defaultYearlyShape=default
elements=vsource line*2526 reactor transformer*1181 line*1177 load*1177 capacitor*10 transformer*9
controls=regcontrol*3 capcontrol*9 regcontrol*9
${common1}${common2}`;
