/** IEEE 8500 node, as the powergym environments have it, with batteries. Made by scripts/make-feeders.mts; see NOTICE for the source of the data. */
import { common as common1 } from './ieee8500-common.js';
import { common as common2 } from './ieee8500-loads.js';

export const text = `busbar-grid 1
# IEEE 8500 node, as the powergym environments have it, with batteries
# siemens/powergym, MIT, from the IEEE feeder of the OpenDSS distribution, BSD-3-Clause
[grid]
name=ieee8500
frequencyHz=60
loadMultiplier=1
generatorMultiplier=1
voltageBasesKv=115 12.47 0.48 0.208
priceSignal=25
defaultDailyShape=default
defaultYearlyShape=default
elements=vsource line*2526 reactor transformer*1181 line*1177 load*1177 capacitor*10 transformer*9 generator*10
controls=regcontrol*3 capcontrol*9 regcontrol*9
[generator]
enabled=y
phases=1
connection=wye
model=1
kv=7.2
powerKw=0
powerKvar=0
kva=0
minVoltagePu=0.9
maxVoltagePu=1.1
targetVoltagePu=1
maxKvar=0
minKvar=-0
voltageControlFactor=0.1
status=variable
dispatchMode=default
dispatchValue=0
forceOn=n
baseVolts=7200
types:@,baseVolts,connection,phases
1,4156.921938165306,delta,3
2
rows:@,name,terminal
1,batt1,l3160098.1.2.3
2,batt2,l3312692.1.0
2,batt3,l3091052.1.0
2,batt4,l3065696.1.0
2,batt5,l3235247.1.0
2,batt6,l3066804.1.0
2,batt7,l3251854.1.0
2,batt8,l2785537.1.0
2,batt9,l2839331.1.0
1,batt10,m1069509.1.2.3
${common1}${common2}`;
