/** IEEE 4 node, open wye - open delta, unbalanced load. Made by scripts/make-feeders.mts; see NOTICE for the source of the data. */
export const text = `busbar-grid 1
# IEEE 4 node, open wye - open delta, unbalanced load
# IEEE PES Test Feeder Working Group (4 node feeder); OpenDSS scripts, BSD-3-Clause
[grid]
name=ieee4oyod-ubal
frequencyHz=60
loadMultiplier=1
generatorMultiplier=1
voltageBasesKv=12.47 4.16
priceSignal=25
defaultDailyShape=default
defaultYearlyShape=default
elements=vsource transformer*2 line*2 load*3
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
1,sd_unbal_oy_od_2
2,sd_unbal_oy_od_3
2,sd_unbal_oy_od_4
[vsource]
enabled=y
phases=3
terminals.1=sourcebus.1.2.3
terminals.2=sourcebus.0.0.0
baseKv=12.47
voltagePu=1
angleDegrees=0
sequence=1
impedanceOhm=cb3 0.000041566479208602265 0.000149842442942615 0.0000038519712333899535 -0.0000010155889582342495
rows:name
source
[line]
enabled=y
phases=3
lengthUnitKnown=y
isSwitch=n
normalAmps=400
emergencyAmps=600
rows:name,terminals.1,terminals.2,seriesOhm,shuntSiemens,lengthMeters
l1,sourcebus.1.2.3,sd_unbal_oy_od_2,cs3 0.17333333333333334 0.4083333333333334 0.05905303030303031 0.1900378787878788 0.17674242424242426 0.39704545454545453 0.058143939393939394 0.14579545454545456 0.059848484848484845 0.16045454545454543 0.17481060606060606 0.4034469696969697,is3 0.0000021477069777268402 -6.955200535715656e-7 0.000002264088705575735 -2.663927770578072e-7 -4.42793204556874e-7 0.0000020420352248333656,609.6
l2,sd_unbal_oy_od_3.1.2.3,sd_unbal_oy_od_4,cs3 0.1900094696969697 0.6691761363636363 0.04512310606060606 0.40317234848484845 0.1900094696969697 0.6691761363636363 0.04512310606060606 0.3440340909090909 0.04512310606060606 0.36941287878787876 0.1900094696969697 0.6691761363636363,is3 0.00000268463372215855 -8.69400066964457e-7 0.0000028301108819696687 -3.3299097132225897e-7 -5.534915056960925e-7 0.0000025525440310417065,762
[transformer]
enabled=y
phases=1
windings.count=2
windings.1.connection=wye
windings.1.kv=7.2
windings.1.kva=2000
windings.1.tapPu=1
windings.1.minTapPu=0.9
windings.1.maxTapPu=1.1
windings.1.tapSteps=32
windings.1.resistancePercent=0.5
windings.1.neutralOhm=-1
windings.1.neutralReactanceOhm=0
windings.2.connection=delta
windings.2.kv=4.16
windings.2.kva=2000
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
antiFloatPpm=0
phaseShift=lag
normalKva=2200
rows:name,windings.1.terminal,windings.2.terminal
sd_unbal_oy_od_xfma,sd_unbal_oy_od_2.1.0,sd_unbal_oy_od_3.1.2
sd_unbal_oy_od_xfmb,sd_unbal_oy_od_2.2.0,sd_unbal_oy_od_3.2.3
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
sd_unbal_d_gy_load1,sd_unbal_oy_od_4.1.2,850,526.782687642637,0.85
sd_unbal_d_gy_load2,sd_unbal_oy_od_4.2.3,1200,581.186525805423,0.9
sd_unbal_d_gy_load3,sd_unbal_oy_od_4.3.1,1583.33,520.4154042528495,0.95
`;
