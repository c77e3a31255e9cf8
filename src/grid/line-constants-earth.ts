/**
 * Impedance of a conductor itself and of its return path through the earth.
 *
 * Nomenclature: f frequency, w = 2 pi f, rho earth resistivity, mu0 permeability. Each loop of conductors i, k has the impedance
 *   Z(i,k) = [internal, i = k only] + j w mu0 / (2 pi) ln(1 / D(i,k)) + earth(i,k)
 * with D the distance between them (the geometric mean radius where i = k) and earth(i,k) from one of three models:
 *   carson      Carson's series cut after its first term: resistance w mu0 / 8 and equivalent return depth 658.5 sqrt(rho / f) metres
 *   fullcarson  Carson's series with terms up to the fourth power (Tleis, Power Systems Modelling and Fault Analysis, 2008)
 *   deri        the complex depth of Deri, Tevan, Semlyen and Castanheira (IEEE PAS-100, 1981), with the skin effect of a round conductor
 * The physical constants carry only the digits that OpenDSS uses, so that results agree to the last place.
 */

/** How the return through the earth is computed. */
export type EarthModel = 'carson' | 'fullcarson' | 'deri';

/** What a line is computed for. */
export interface LineEnvironment {
  frequencyHz: number;
  /** Resistivity of the earth, ohm metre. */
  earthResistivityOhmMeter: number;
  earthModel: EarthModel;
}

/** Permeability of vacuum, H/m, as OpenDSS has it. */
export const VACUUM_PERMEABILITY = 12.56637e-7;
/** Permittivity of vacuum, F/m, as OpenDSS has it. */
export const VACUUM_PERMITTIVITY = 8.854e-12;
/** 2 pi, as OpenDSS has it. */
export const TWO_PI = 6.283185307;

/** A complex number. */
export type Complex = readonly [re: number, im: number];

/** Angular frequency, rad/s. */
export function angularFrequency(environment: LineEnvironment): number {
  return TWO_PI * environment.frequencyHz;
}

/**
 * Earth-return term of one loop, ohm/m.
 *
 * @param heightI,heightK distances of the two conductors from the surface of the earth, m, >= 0
 * @param separation horizontal distance between them, m; 0 for a conductor with itself or its sheath
 */
export function earthReturnImpedance(environment: LineEnvironment, heightI: number, heightK: number, separation: number): Complex {
  const omega = angularFrequency(environment);
  switch (environment.earthModel) {
    case 'carson': {
      const depth = 658.5 * Math.sqrt(environment.earthResistivityOhmMeter / environment.frequencyHz);
      return [(omega * VACUUM_PERMEABILITY) / 8, ((omega * VACUUM_PERMEABILITY) / TWO_PI) * Math.log(depth)];
    }
    case 'fullcarson':
      return carsonSeries(environment, heightI + heightK, separation);
    case 'deri':
      return complexDepthImpedance(environment, heightI + heightK, separation);
  }
}

function carsonSeries(environment: LineEnvironment, heightSum: number, separation: number): Complex {
  const imageDistance = separation === 0 ? heightSum : Math.sqrt(heightSum * heightSum + separation * separation);
  const angle = separation === 0 ? 0 : Math.acos(heightSum / imageDistance);
  const k = 2.8099e-3 * imageDistance * Math.sqrt(environment.frequencyHz / environment.earthResistivityOhmMeter);
  const b1 = 1 / (3 * Math.SQRT2);
  const b2 = 1 / 16;
  const b3 = b1 / 3 / 5;
  const b4 = b2 / 4 / 6;
  const c2 = 1.3659315;
  const c4 = c2 + 1 / 4 + 1 / 6;
  const d2 = (b2 * Math.PI) / 4;
  const d4 = (b4 * Math.PI) / 4;
  const cos1 = Math.cos(angle);
  const cos2 = Math.cos(2 * angle);
  const cos3 = Math.cos(3 * angle);
  const cos4 = Math.cos(4 * angle);
  const p =
    Math.PI / 8 - b1 * k * cos1 + b2 * k ** 2 * ((c2 - Math.log(k)) * cos2 + angle * Math.sin(2 * angle)) + b3 * k ** 3 * cos3 - d4 * k ** 4 * cos4;
  const q =
    0.5 * Math.log(1.85138 / k) +
    b1 * k * cos1 -
    d2 * k ** 2 * cos2 +
    b3 * k ** 3 * cos3 -
    b4 * k ** 4 * ((c4 - Math.log(k)) * cos4 + angle * Math.sin(4 * angle));
  const factor = (angularFrequency(environment) * VACUUM_PERMEABILITY) / Math.PI;
  // The series goes with ln(image distance / distance); the distance part is added by the caller, the image part here.
  return [factor * p, factor * (q + 0.5 * Math.log(imageDistance))];
}

function complexDepthImpedance(environment: LineEnvironment, heightSum: number, separation: number): Complex {
  const factor = (angularFrequency(environment) * VACUUM_PERMEABILITY) / TWO_PI;
  // The complex depth is 1 / sqrt(j w mu0 / rho), whose real part and negated imaginary part are equal.
  const depth = Math.sqrt(environment.earthResistivityOhmMeter / (2 * angularFrequency(environment) * VACUUM_PERMEABILITY));
  const re = heightSum + 2 * depth;
  const im = -2 * depth;
  // ln sqrt((re + j im)^2 + separation^2), taken as half the logarithm of the square.
  const squareRe = re * re - im * im + separation * separation;
  const squareIm = 2 * re * im;
  const logarithm: Complex = [0.5 * Math.log(Math.hypot(squareRe, squareIm)), 0.5 * Math.atan2(squareIm, squareRe)];
  return [-factor * logarithm[1], factor * logarithm[0]];
}

/**
 * Internal impedance of a round conductor, ohm/m: resistance, and the reactance inside the metal. Carson's models take the resistance given for
 * alternating current; Deri's computes it from the direct-current one by Bessel functions.
 */
export function internalImpedance(environment: LineEnvironment, dcResistance: number, acResistance: number): Complex {
  if (environment.earthModel !== 'deri') return [acResistance, (angularFrequency(environment) * VACUUM_PERMEABILITY) / (8 * Math.PI)];
  const size = Math.sqrt((environment.frequencyHz * VACUUM_PERMEABILITY) / dcResistance);
  const [ratioRe, ratioIm] = besselRatio(size);
  const half = Math.sqrt(dcResistance * environment.frequencyHz * VACUUM_PERMEABILITY) / 2;
  return [(ratioRe - ratioIm) * half, (ratioRe + ratioIm) * half];
}

/** I0(z) / I1(z) at z = (1 + j) size, by the power series; 1 where |z| > 35. */
function besselRatio(size: number): Complex {
  if (size * Math.SQRT2 > 35) return [1, 0];
  // z^2 / 4 = j q, so that a product with it only exchanges real and imaginary parts.
  const q = (size * size) / 2;
  // OpenDSS stops each series at the first term below 1e-10; so do we, or results would differ in the tenth digit.
  const negligible = 1e-20;
  let i0Re = 1;
  let i0Im = q;
  let re = 0;
  let im = q;
  for (let k = 2; k <= 1001; k++) {
    [re, im] = [(-q * im) / (k * k), (q * re) / (k * k)];
    i0Re += re;
    i0Im += im;
    if (re * re + im * im < negligible) break;
  }
  re = size / 2;
  im = size / 2;
  let i1Re = re;
  let i1Im = im;
  for (let k = 1; k <= 500; k++) {
    [re, im] = [(-q * im) / (k * (k + 1)), (q * re) / (k * (k + 1))];
    i1Re += re;
    i1Im += im;
    if (re * re + im * im < negligible) break;
  }
  const scale = i1Re * i1Re + i1Im * i1Im;
  return [(i0Re * i1Re + i0Im * i1Im) / scale, (i0Im * i1Re - i0Re * i1Im) / scale];
}
