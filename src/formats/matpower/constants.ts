/** MATPOWER's names for the columns of its tables (User's Manual, appendix B), as `idx_bus` and its like return them. */

type Constants = readonly (readonly [name: string, value: number])[];

/** Names that stand for successive numbers. */
function counted(names: string, from = 1): [string, number][] {
  return names.split(' ').map((name, k) => [name, from + k]);
}

/** What each function returns, in order. */
export const CONSTANTS: Readonly<Record<string, Constants>> = {
  idx_bus: [...counted('PQ PV REF NONE'), ...counted('BUS_I BUS_TYPE PD QD GS BS BUS_AREA VM VA BASE_KV ZONE VMAX VMIN LAM_P LAM_Q MU_VMAX MU_VMIN')],
  idx_gen: [
    ...counted('GEN_BUS PG QG QMAX QMIN VG MBASE GEN_STATUS PMAX PMIN'),
    ...counted('MU_PMAX MU_PMIN MU_QMAX MU_QMIN', 22),
    ...counted('PC1 PC2 QC1MIN QC1MAX QC2MIN QC2MAX RAMP_AGC RAMP_10 RAMP_30 RAMP_Q APF', 11),
  ],
  idx_brch: [
    ...counted('F_BUS T_BUS BR_R BR_X BR_B RATE_A RATE_B RATE_C TAP SHIFT BR_STATUS'),
    ...counted('PF QF PT QT MU_SF MU_ST', 14),
    ...counted('ANGMIN ANGMAX', 12),
    ...counted('MU_ANGMIN MU_ANGMAX', 20),
  ],
  idx_cost: [...counted('PW_LINEAR POLYNOMIAL'), ...counted('MODEL STARTUP SHUTDOWN NCOST COST')],
};

/** All of them, for `define_constants`. */
export const ALL_CONSTANTS: Constants = Object.values(CONSTANTS).flat();
