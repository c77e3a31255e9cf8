/** Topology environment of 5 substations (rte_case5_example). Made by scripts/make-cases.mts; see NOTICE for the source of the data. */
export const text = `busbar-case 1
# Topology environment of 5 substations (rte_case5_example)
# Grid2op (MPL-2.0), environment rte_case5_example; numbers only, converted to per unit
# Ohm, nF and percent converted to per unit, rounded once; bus = substation + 1; neither limits of voltages nor of reactive power are stated.
[grid]
name=l2rpn-case5
baseMva=1
frequencyHz=50
[bus]
kind=pq
voltagePu=1
angleDegrees=0
baseKv=100
minVoltagePu=0
maxVoltagePu=inf
area=1
zone=1
rows:number,kind,substation
1,pv,0
2,slack,1
3,,2
4,,3
5,,4
[load]
powerMw=10
powerMvar=7
inService=y
rows:bus,name
1,load_0_0
4,load_3_1
5,load_4_2
[generator]
powerMvar=0
minMvar=-inf
maxMvar=inf
minMw=0
voltagePu=1.02
baseMva=0
participation=0
inService=y
rows:bus,name,powerMw,maxMw
1,gen_0_0,10,10
2,gen_1_1,20,30
[branch]
to=4
resistancePu=0.0002568
reactancePu=0.0000332
chargingPu=2.6389378290154264
ratio=0
shiftDegrees=0
ratingMva=0
shortTermRatingMva=0
emergencyRatingMva=0
inService=y
minAngleDegrees=-360
maxAngleDegrees=360
rows:from,to,resistancePu,reactancePu,chargingPu
1,2
1,3,0.000286974,0.000037101,2.949013023924739
1,,0.00036273,0.000046895,3.7274996834842895
1,5
2,3,0.0001284,0.0000166,1.3194689145077132
3,,0.0001284,0.0000166,1.3194689145077132
3,,0.0001284,0.0000166,1.3194689145077132
4,5
[cost]
rows:model,startup,shutdown,values
2,0,0,0 0
2,2,1,70 0
`;
