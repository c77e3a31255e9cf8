/** Transmission cases in the form of MATPOWER written as three-phase circuits of the OpenDSS language, with generators that hold their voltage. */

/** Matrices of a case as MATPOWER has them. */
export interface TransmissionCase {
  baseMVA: number;
  bus: number[][];
  gen: number[][];
  branch: number[][];
}

/** Kilovolts of all buses: the cases are in per unit, so one level does for all. */
export const KV = 138;

/** What a circuit is written with. */
export interface CircuitOptions {
  /** Limits of the generators' vars; default none that matter. */
  limits?: boolean;
  /** Order of the generators. */
  reversed?: boolean;
  loading?: number;
}

/** The circuit as a script that ends with `solve`. Throws for phase shifters, which have no such form. */
export function transmissionScript({ baseMVA, bus, gen, branch }: TransmissionCase, options: CircuitOptions = {}): string {
  const { limits = false, reversed = false, loading = 1 } = options;
  const baseOhm = KV ** 2 / baseMVA;
  const reference = bus.find((row) => row[1] === 3) as number[];
  const slack = gen.find((row) => row[0] === reference[0] && row[7] > 0) as number[];
  const lines = ['clear', `new circuit.t bus1=b${reference[0]} basekv=${KV} pu=${slack[5]} angle=${reference[8]} z1=[0,1e-7] z0=[0,1e-7]`];
  for (const [id, , p, q, g, b] of bus) {
    if (p !== 0 || q !== 0) lines.push(`new load.l${id} bus1=b${id} kv=${KV} kw=${1000 * p * loading} kvar=${1000 * q * loading} vminpu=.3 vmaxpu=2`);
    if (g !== 0) lines.push(`new load.g${id} bus1=b${id} kv=${KV} model=2 kw=${1000 * g} kvar=0`);
    if (b !== 0) lines.push(`new ${b > 0 ? 'capacitor' : 'reactor'}.s${id} bus1=b${id} kv=${KV} kvar=${Math.abs(1000 * b)}`);
  }
  branch.forEach(([from, to, r, x, b, , , , ratio, shift, status], k) => {
    if (status === 0) return;
    if (shift !== 0) throw new Error(`branch ${from}-${to} shifts the phase`);
    const siemens = b / baseOhm;
    const farads = siemens / (2 * Math.PI * 60);
    if (ratio === 0) {
      const [ohmR, ohmX, nanofarads] = [r * baseOhm, x * baseOhm, farads * 1e9];
      lines.push(`new line.b${k} bus1=b${from} bus2=b${to} r1=${ohmR} x1=${ohmX} r0=${ohmR} x0=${ohmX} c1=${nanofarads} c0=${nanofarads}`);
      return;
    }
    // Charging stands inside of the ratio: at the from end it counts with its square.
    if (b !== 0) {
      lines.push(`new capacitor.f${k} bus1=b${from} kv=${KV} kvar=${(500 * baseMVA * b) / ratio ** 2}`);
      lines.push(`new capacitor.t${k} bus1=b${to} kv=${KV} kvar=${500 * baseMVA * b}`);
    }
    const windings = `buses=(b${from} b${to}) kvs=(${KV} ${KV}) kvas=(${1000 * baseMVA} ${1000 * baseMVA}) taps=(${ratio} 1)`;
    lines.push(`new transformer.b${k} windings=2 ${windings} xhl=${100 * x} %rs=(${50 * r} ${50 * r}) ppm_antifloat=0 mintap=.5 maxtap=1.5`);
  });
  const typeOf = new Map(bus.map((row) => [row[0], row[1]]));
  const units = gen.map((row, k) => ({ row, k })).filter(({ row }) => row[7] > 0 && row[0] !== reference[0]);
  if (reversed) units.reverse();
  for (const { row, k } of units) {
    const [id, p, q, most, least, target] = row;
    const start = `new generator.g${k} bus1=b${id} kv=${KV} kw=${1000 * p * loading}`;
    if (typeOf.get(id) !== 2) lines.push(`${start} kvar=${1000 * q} vminpu=.3 vmaxpu=2`);
    else lines.push(`${start} model=3 vpu=${target} maxkvar=${limits ? 1000 * most : 1e7} minkvar=${limits ? 1000 * least : -1e7}`);
  }
  lines.push(`set voltagebases=[${KV}]`, 'calcvoltagebases', 'solve');
  return lines.join('\n');
}
