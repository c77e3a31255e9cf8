/** IEEE 4 node, grounded wye - delta, unbalanced load. Made by scripts/make-feeders.mts; see NOTICE for the source of the data. */
export const text = `busbar-grid 1
# IEEE 4 node, grounded wye - delta, unbalanced load
# IEEE PES Test Feeder Working Group (4 node feeder); OpenDSS scripts, BSD-3-Clause
[grid]
name=n4_gyd_down_unbal
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
line1,sourcebus.1.2.3,n2,cf3 0.17331142433355204 0.4083439729266436 0.05906855434151733 0.1900225938743633 0.05813478498489983 0.14580229440346196 0.05906855434151733 0.1900225938743633 0.1767493933698948 0.3970295134079038 0.05984739444692697 0.16046725905763987 0.05813478498489983 0.14580229440346198 0.05984739444692697 0.16046725905763987 0.17479671932552088 0.403428759239274,cf3 0 0.0000021516336280620594 0 -6.943690736358648e-7 0 -2.646477902466819e-7 -0 -6.943690736358648e-7 0 0.0000022670021852327763 0 -4.414032990310899e-7 -0 -2.646477902466819e-7 -0 -4.414032990310899e-7 0 0.0000020457195178723547,609.6
line2,n3.1.2.3,n4,cs3 0.1900101927507887 0.6691400881772324 0.04512382911442508 0.40316150360057784 0.1900101927507887 0.6691400881772324 0.04512382911442508 0.3440063224449105 0.04512382911442508 0.3693911355762804 0.1900101927507887 0.6691400881772324,cf3 0 0.0000026272351962144253 0 -9.473910093894545e-7 0 -4.1057806784370606e-7 -0 -9.473910093894545e-7 0 0.0000027324946325972117 0 -6.53443954872424e-7 -0 -4.1057806784370606e-7 -0 -6.53443954872424e-7 0 0.0000024550259933493528,762
[transformer]
enabled=y
phases=3
windings.count=2
windings.1.terminal=n2.1.2.3.0
windings.1.connection=wye
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
windings.2.connection=delta
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
connection=delta
model=1
kv=4.16
minVoltagePu=0.7
maxVoltagePu=1.05
lowVoltagePu=0.5
exponentWatts=1
exponentVars=2
status=variable
growthFactor=1
customers=1
rows:name,terminal,powerKw,powerKvar,specifiedPowerFactor
loada,n4.1.2,1275,790.1740314639555,0.85
loadb,n4.2.3,1800,871.7797887081346,0.9
loadc,n4.3.1,2375,780.6247497998002,0.95
`;
