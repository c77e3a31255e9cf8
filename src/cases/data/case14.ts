/** IEEE 14 bus. Made by scripts/make-cases.mts; see NOTICE for the source of the data. */
export const text = `busbar-case 1
# IEEE 14 bus
# IEEE test case, UW Power Systems Test Case Archive (public test data); numbers as in MATPOWER's case14.m
[grid]
name=case14
baseMva=100
[bus]
kind=pq
baseKv=0
minVoltagePu=0.94
maxVoltagePu=1.06
area=1
zone=1
rows:number,name,kind,voltagePu,angleDegrees
1,Bus 1     HV,slack,1.06,0
2,Bus 2     HV,pv,1.045,-4.98
3,Bus 3     HV,pv,1.01,-12.72
4,Bus 4     HV,,1.019,-10.33
5,Bus 5     HV,,1.02,-8.78
6,Bus 6     LV,pv,1.07,-14.22
7,Bus 7     ZV,,1.062,-13.37
8,Bus 8     TV,pv,1.09,-13.36
9,Bus 9     LV,,1.056,-14.94
10,Bus 10    LV,,1.051,-15.1
11,Bus 11    LV,,1.057,-14.79
12,Bus 12    LV,,1.055,-15.07
13,Bus 13    LV,,1.05,-15.16
14,Bus 14    LV,,1.036,-16.04
[load]
inService=y
rows:bus,powerMw,powerMvar
2,21.7,12.7
3,94.2,19
4,47.8,-3.9
5,7.6,1.6
6,11.2,7.5
9,29.5,16.6
10,9,5.8
11,3.5,1.8
12,6.1,1.6
13,13.5,5.8
14,14.9,5
[shunt]
conductanceMw=0
susceptanceMvar=19
inService=y
rows:bus
9
[generator]
powerMw=0
minMvar=0
maxMvar=24
minMw=0
maxMw=100
baseMva=100
participation=0
inService=y
rows:bus,powerMw,powerMvar,minMvar,maxMvar,maxMw,voltagePu
1,232.4,-16.9,,10,332.4,1.06
2,40,42.4,-40,50,140,1.045
3,,23.4,,40,,1.01
6,,12.2,-6,,,1.07
8,,17.4,-6,,,1.09
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
rows:from,to,resistancePu,reactancePu,chargingPu,ratio
1,2,0.01938,0.05917,0.0528
1,5,0.05403,0.22304,0.0492
2,3,0.04699,0.19797,0.0438
2,4,0.05811,0.17632,0.034
2,5,0.05695,0.17388,0.0346
3,4,0.06701,0.17103,0.0128
4,5,0.01335,0.04211
4,7,,0.20912,,0.978
4,9,,0.55618,,0.969
5,6,,0.25202,,0.932
6,11,0.09498,0.1989
6,12,0.12291,0.25581
6,13,0.06615,0.13027
7,8,,0.17615
7,9,,0.11001
9,10,0.03181,0.0845
9,14,0.12711,0.27038
10,11,0.08205,0.19207
12,13,0.22092,0.19988
13,14,0.17093,0.34802
[cost]
startup=0
shutdown=0
values=0.01 40 0
rows:model,values
2,0.0430292599 20 0
2,0.25 20 0
2
2
2
`;
