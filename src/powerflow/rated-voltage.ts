/** Rated voltages of single phases. */

/** Voltage across one phase of a wye or delta bank from its rated voltage, volt. */
export function phaseVolts(kv: number, phases: number, connection: 'wye' | 'delta'): number {
  return connection === 'wye' && (phases === 2 || phases === 3) ? (kv * 1000) / Math.sqrt(3) : kv * 1000;
}
