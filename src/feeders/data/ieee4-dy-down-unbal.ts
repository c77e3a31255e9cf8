/** IEEE 4 node, delta - grounded wye, unbalanced load. Made by scripts/make-feeders.mts; see NOTICE for the source of the data. */
export const text = `busbar-grid 1
# IEEE 4 node, delta - grounded wye, unbalanced load
# IEEE PES Test Feeder Working Group (4 node feeder); OpenDSS scripts, BSD-3-Clause
[grid]
name=n4_dy_down_unbal
frequencyHz=60
loadMultiplier=1
generatorMultiplier=1
voltageBasesKv=12.47 4.16
priceSignal=25
defaultDailyShape=default
defaultYearlyShape=default
elements=vsource line transformer line load*3
[loadshape]
intervalHours=1
active=/100000 67700 62560 60870 58330 58028 60250 65700 74770 83200 88000 94000 98900 98500 98000 98980 99900 100000 95800 93600 91300 87600*2 82800 75600
useActual=n
rows:name
default
[bus]
baseKv=2.4017771198288433
types:@,baseKv
1,7.199557856794634
2
rows:@,id
1,sourcebus
1,n2
2,n3
2,n4
[vsource]
enabled=y
phases=3
terminals.1=sourcebus.1.2.3
terminals.2=sourcebus.0.0.0
baseKv=12.47
voltagePu=1
angleDegrees=0
sequence=1
impedanceOhm=cb3 0.00020783239604301135 0.0007492122147130751 0.000019259856166949785 -0.000005077944791171184
rows:name
source
[line]
enabled=y
phases=3
lengthUnitKnown=y
isSwitch=n
normalAmps=530
emergencyAmps=795
rows:name,terminals.1,terminals.2,seriesOhm,shuntSiemens,lengthMeters
line1,sourcebus.1.2.3,n2,cs3 0.15200815420063096 0.535312070541786 0.036099063291540064 0.3225292028804623 0.15200815420063096 0.535312070541786 0.036099063291540064 0.2752050579559284 0.036099063291540064 0.29551290846102435 0.15200815420063096 0.535312070541786,cf3 0 0.0000021017881569715406 0 -7.579128075115637e-7 0 -3.2846245427496487e-7 -0 -7.579128075115637e-7 0 0.0000021859957060777693 0 -5.227551638979392e-7 -0 -3.2846245427496487e-7 -0 -5.227551638979392e-7 0 0.000001964020794679482,609.6
line2,n3.1.2.3,n4,cf3 0.21663928041694003 0.5104299661583045 0.07383569292689666 0.2375282423429541 0.07266848123112478 0.18225286800432744 0.07383569292689666 0.2375282423429541 0.22093674171236852 0.4962868917598798 0.07480924305865871 0.20058407382204982 0.07266848123112478 0.18225286800432747 0.07480924305865871 0.20058407382204982 0.2184958991569011 0.5042859490490925,cf3 0 0.000002689542035077574 0 -8.67961342044831e-7 0 -3.308097378083523e-7 -0 -8.67961342044831e-7 0 0.0000028337527315409703 0 -5.517541237888623e-7 -0 -3.308097378083523e-7 -0 -5.517541237888623e-7 0 0.0000025571493973404433,762
[transformer]
enabled=y
phases=3
windings.count=2
windings.1.terminal=n2.1.2.3.0
windings.1.connection=delta
windings.1.kv=12.47
windings.1.kva=6000
windings.1.tapPu=1
windings.1.minTapPu=0.9
windings.1.maxTapPu=1.1
windings.1.tapSteps=32
windings.1.resistancePercent=0.5
windings.1.neutralOhm=-1
windings.1.neutralReactanceOhm=0
windings.2.terminal=n3
windings.2.connection=wye
windings.2.kv=4.16
windings.2.kva=6000
windings.2.tapPu=1
windings.2.minTapPu=0.9
windings.2.maxTapPu=1.1
windings.2.tapSteps=32
windings.2.resistancePercent=0.5
windings.2.neutralOhm=-1
windings.2.neutralReactanceOhm=0
shortCircuitReactancePercent=6
noLoadLossPercent=0
magnetizingCurrentPercent=0
antiFloatPpm=1
phaseShift=lag
normalKva=6600.000000000001
rows:name
t1
[load]
enabled=y
phases=1
connection=wye
model=1
kv=2.401777
minVoltagePu=0.7
maxVoltagePu=1.05
lowVoltagePu=0.5
exponentWatts=1
exponentVars=2
status=variable
growthFactor=1
customers=1
rows:name,terminal,powerKw,powerKvar,specifiedPowerFactor
loada,n4.1.0,1275,790.1740314639555,0.85
loadb,n4.2.0,1800,871.7797887081346,0.9
loadc,n4.3.0,2375,780.6247497998002,0.95
`;
