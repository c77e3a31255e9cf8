/** Topology environment of 14 substations (l2rpn_case14_sandbox). Made by scripts/make-cases.mts; see NOTICE for the source of the data. */
export const text = `busbar-case 1
# Topology environment of 14 substations (l2rpn_case14_sandbox)
# Grid2op (MPL-2.0), environment l2rpn_case14_sandbox; numbers only, converted to per unit
# Ohm, nF and percent converted to per unit, rounded once; bus = substation + 1; neither limits of voltages nor of reactive power are stated.
# Ratings in ampere at the from end (of a transformer its high-voltage side).
# The source gives the slack generator -219 MW, a consumer’s sign: 219 MW here, what the loads need beyond the other generators.
[grid]
name=l2rpn-case14
baseMva=100
frequencyHz=50
[bus]
kind=pq
voltagePu=1
angleDegrees=0
baseKv=20
minVoltagePu=0
maxVoltagePu=inf
area=1
zone=1
rows:number,kind,baseKv,substation
1,slack,138,0
2,pv,138,1
3,pv,138,2
4,,138,3
5,,138,4
6,pv,,5
7,,14,6
8,pv,12,7
9,,,8
10,,,9
11,,,10
12,,,11
13,,,12
14,,,13
[load]
inService=y
rows:bus,name,powerMw,powerMvar
2,load_1_0,21.7,12.7
3,load_2_1,94.2,19
4,load_3_2,47.8,-3.9
5,load_4_3,7.6,1.6
6,load_5_4,11.2,7.5
9,load_8_5,29.5,16.6
10,load_9_6,9,5.8
11,load_10_7,3.5,1.8
12,load_11_8,6.1,1.6
13,load_12_9,13.5,5.8
14,load_13_10,14.9,5
[shunt]
conductanceMw=0
susceptanceMvar=19
inService=y
rows:bus
9
[generator]
powerMw=0
powerMvar=0
minMvar=-inf
maxMvar=inf
minMw=0
maxMw=70
voltagePu=1.07
baseMva=0
participation=0
inService=y
rows:bus,name,powerMw,maxMw,voltagePu
2,gen_1_0,40,140,1.045
3,gen_2_1,,120,1.01
6,gen_5_2
6,gen_5_3
8,gen_7_4,,40,1.09
1,gen_0_5,219,100,1.06
[branch]
resistancePu=0
chargingPu=0
ratio=0
shiftDegrees=0
ratingMva=0
shortTermRatingMva=0
emergencyRatingMva=0
inService=y
minAngleDegrees=-360
maxAngleDegrees=360
rows:from,to,resistancePu,reactancePu,chargingPu,ratio,ratingAmps
1,2,0.01938,0.05917,0.05279999999931844,,541
1,5,0.05403,0.22304,0.049199999997461275,,450
2,3,0.04699,0.19797,0.04380000000065838,,375
2,4,0.05811,0.17632,0.034000000002915136,,636
2,5,0.05695,0.17388,0.034599999999236096,,175
3,4,0.06701,0.17103,0.012799999997296595,,285
4,5,0.01335,0.04211,,,335
6,11,0.09498,0.1989,,,657
6,12,0.12291,0.25581,,,496
6,13,0.06615,0.13027,,,827
9,10,0.03181,0.0845,,,442
9,14,0.12711,0.27038,,,641
10,11,0.08205,0.19207,,,840
12,13,0.22092,0.19988,,,156
13,14,0.17093,0.34802,,,664
4,7,,0.20912,,0.978,235
4,9,,0.55618,,0.969,119
5,6,,0.25202,,0.932,179
7,8,,0.17615,,1,1986
9,7,,0.11001,,1,1572
[cost]
startup=0
shutdown=0
values=0 0
rows:model,startup,shutdown,values
2,20,10,40 0
2,2,1,70 0
2
2
2
2,2,1,70 0
`;
