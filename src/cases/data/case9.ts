/** 9 bus, 3 generators (WSCC). Made by scripts/make-cases.mts; see NOTICE for the source of the data. */
export const text = `busbar-case 1
# 9 bus, 3 generators (WSCC)
# Chow (ed.), Time-Scale Modeling of Dynamic Networks, Springer 1982, p. 70; numbers as in MATPOWER's case9.m
[grid]
name=case9
baseMva=100
[bus]
kind=pq
voltagePu=1
angleDegrees=0
baseKv=345
minVoltagePu=0.9
maxVoltagePu=1.1
area=1
zone=1
rows:number,kind
1,slack
2,pv
3,pv
4
5
6
7
8
9
[load]
inService=y
rows:bus,powerMw,powerMvar
5,90,30
7,100,35
9,125,50
[generator]
minMvar=-300
maxMvar=300
minMw=10
voltagePu=1.025
baseMva=100
participation=0
inService=y
rows:bus,powerMw,powerMvar,maxMw,voltagePu
1,72.3,27.03,250,1.04
2,163,6.54,300
3,85,-10.95,270
[branch]
resistancePu=0
chargingPu=0
ratio=0
shiftDegrees=0
ratingMva=250
shortTermRatingMva=250
emergencyRatingMva=250
inService=y
minAngleDegrees=-360
maxAngleDegrees=360
rows:from,to,resistancePu,reactancePu,chargingPu,ratingMva,shortTermRatingMva,emergencyRatingMva
1,4,,0.0576
4,5,0.017,0.092,0.158
5,6,0.039,0.17,0.358,150,150,150
3,6,,0.0586,,300,300,300
6,7,0.0119,0.1008,0.209,150,150,150
7,8,0.0085,0.072,0.149
8,2,,0.0625
8,9,0.032,0.161,0.306
9,4,0.01,0.085,0.176
[cost]
shutdown=0
rows:model,startup,values
2,1500,0.11 5 150
2,2000,0.085 1.2 600
2,3000,0.1225 1 335
`;
