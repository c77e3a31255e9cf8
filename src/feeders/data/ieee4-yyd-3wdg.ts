/** IEEE 4 node, three single-phase three-winding units, wye - wye - delta. Made by scripts/make-feeders.mts; see NOTICE for the source of the data. */
export const text = `busbar-grid 1
# IEEE 4 node, three single-phase three-winding units, wye - wye - delta
# IEEE PES Test Feeder Working Group (4 node feeder); OpenDSS scripts, BSD-3-Clause
[grid]
name=yydtestcase-step1
frequencyHz=60
loadMultiplier=1
generatorMultiplier=1
voltageBasesKv=69 13.2 2.4
priceSignal=25
defaultDailyShape=default
defaultYearlyShape=default
elements=vsource line*3 transformer*3 load*4
[loadshape]
intervalHours=1
active=/100000 67700 62560 60870 58330 58028 60250 65700 74770 83200 88000 94000 98900 98500 98000 98980 99900 100000 95800 93600 91300 87600*2 82800 75600
useActual=n
rows:name
default
[bus]
types:@,baseKv
1,39.83716857408418
2,7.62102355330306
3,1.3856406460551018
rows:@,id
1,b1
1,b2
2,b3
2,b4
3,b5
3,b6
[vsource]
enabled=y
phases=3
terminals.1=b1.1.2.3
terminals.2=b1.0.0.0
baseKv=69
voltagePu=1
angleDegrees=0
sequence=1
impedanceOhm=cb3 0.009501865660401817 0.03494688536773429 -0.0001600669193914528 -0.0037008449514387815
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
tline1-2,b1.1.2.3,b2,cf3 4.408385570965138 11.294319908583663 1.268983211530328 4.558697534968844 1.268983211530328 3.744996095458911 1.2689832115303277 4.558697534968844 4.261532597552895 11.820443322564786 1.201532597552895 4.004018578355681 1.2689832115303277 3.744996095458911 1.201532597552895 4.004018578355681 4.261532597552895 11.820443322564786,cf3 0 0.00004959582308321659 0 -0.000011553603424946532 0 -0.000006306603818979186 -0 -0.000011553603424946532 0 0.00004876089627370402 0 -0.0000066155603843634425 -0 -0.000006306603818979186 -0 -0.0000066155603843634425 0 0.0000468713722262024,16093.44
dline3-4,b3.1.2.3,b4,cf3 0.4614633390193751 1.0597013245091922 0.15799712133988722 0.5569410169620096 0.1554633390193751 0.3970743125443644 0.15799712133988722 0.5569410169620094 0.4666183984965223 1.0428073155143747 0.15799712133988722 0.4236335639121692 0.1554633390193751 0.3970743125443644 0.15799712133988722 0.4236335639121692 0.4614633390193751 1.0597013245091922,cf3 0 0.000006167897408860137 0 -0.000002434531502567031 0 -7.50909115035219e-7 -0 -0.000002434531502567031 0 0.0000063795086430549375 0 -0.0000011065398168340987 -0 -7.50909115035219e-7 -0 -0.0000011065398168340987 0 0.000005430769593245144,1609.344
dline5-6,b5.1.2.3,b6,cs3 0.011400611565047323 0.03999639961215407 0.0027074297468655047 0.02418969021603467 0.011400611565047323 0.03999639961215407 0.0027074297468655047 0.020640379346694628 0.0027074297468655047 0.022163468134576824 0.011400611565047323 0.03999639961215407,cf3 0 1.5845730874850436e-7 0 -5.734101760953202e-8 0 -2.478610480777086e-8 -0 -5.734101760953202e-8 0 1.6485816395281724e-7 0 -3.951686926302988e-8 -0 -2.4786104807770867e-8 -0 -3.951686926302988e-8 0 1.479852198767675e-7,45.72
[transformer]
enabled=y
phases=1
windings.count=3
windings.1.connection=wye
windings.1.kv=39.83
windings.1.kva=5000
windings.1.tapPu=1
windings.1.minTapPu=0.9
windings.1.maxTapPu=1.1
windings.1.tapSteps=32
windings.1.resistancePercent=0.11
windings.1.neutralOhm=-1
windings.1.neutralReactanceOhm=0
windings.2.terminal=b3
windings.2.connection=wye
windings.2.kv=7.62
windings.2.kva=5000
windings.2.tapPu=1
windings.2.minTapPu=0.9
windings.2.maxTapPu=1.1
windings.2.tapSteps=32
windings.2.resistancePercent=0.11
windings.2.neutralOhm=-1
windings.2.neutralReactanceOhm=0
windings.3.connection=delta
windings.3.kv=2.4
windings.3.kva=1666
windings.3.tapPu=1
windings.3.minTapPu=0.9
windings.3.maxTapPu=1.1
windings.3.tapSteps=32
windings.3.resistancePercent=0.275
windings.3.neutralOhm=-1
windings.3.neutralReactanceOhm=0
shortCircuitReactancePercent=7.5 36 28
noLoadLossPercent=0
magnetizingCurrentPercent=0
antiFloatPpm=0
phaseShift=lag
normalKva=5500
rows:name,windings.1.terminal,windings.3.terminal
yyda,b2.1.0,b5.1.2
yydb,b2.2.0,b5.2.3
yydc,b2.3.0,b5.3.1
[load]
enabled=y
kv=7.62
minVoltagePu=0.95
maxVoltagePu=1.05
lowVoltagePu=0.5
exponentWatts=1
exponentVars=2
status=variable
growthFactor=1
customers=1
rows:name,phases,terminal,connection,model,powerKw,powerKvar,kv
b4a,1,b4.1.0,wye,1,1250,500
b4b,1,b4.2.0,wye,1,1500,750
b4c,1,b4.3.0,wye,1,1000,250
b6,3,b6.1.2.3,delta,2,2250,1125,2.4
`;
