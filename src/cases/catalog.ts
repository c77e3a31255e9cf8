/** The built-in cases and their texts. Made by scripts/make-cases.mts. */

import { text as case9 } from './data/case9.js';
import { text as case14 } from './data/case14.js';
import { text as case30 } from './data/case30.js';
import { text as case33bw } from './data/case33bw.js';
import { text as case39 } from './data/case39.js';
import { text as case57 } from './data/case57.js';
import { text as case118 } from './data/case118.js';
import { text as case141 } from './data/case141.js';
import { text as case300 } from './data/case300.js';
import { text as l2rpnCase5 } from './data/l2rpn-case5.js';
import { text as l2rpnCase14 } from './data/l2rpn-case14.js';
import type { CaseInfo } from './index.js';

/** A case with its text. */
export interface CatalogEntry extends CaseInfo {
  text: string;
}

/** All built-in cases. */
export const CATALOG: readonly CatalogEntry[] = [
  {
    name: 'l2rpn-case5',
    title: 'Topology environment of 5 substations (rte_case5_example)',
    buses: 5,
    branches: 8,
    generators: 2,
    loads: 3,
    source: 'Grid2op (MPL-2.0), environment rte_case5_example; numbers only, converted to per unit',
    text: l2rpnCase5,
  },
  {
    name: 'case9',
    title: '9 bus, 3 generators (WSCC)',
    buses: 9,
    branches: 9,
    generators: 3,
    loads: 3,
    source: "Chow (ed.), Time-Scale Modeling of Dynamic Networks, Springer 1982, p. 70; numbers as in MATPOWER's case9.m",
    text: case9,
  },
  {
    name: 'case14',
    title: 'IEEE 14 bus',
    buses: 14,
    branches: 20,
    generators: 5,
    loads: 11,
    source: "IEEE test case, UW Power Systems Test Case Archive (public test data); numbers as in MATPOWER's case14.m",
    text: case14,
  },
  {
    name: 'l2rpn-case14',
    title: 'Topology environment of 14 substations (l2rpn_case14_sandbox)',
    buses: 14,
    branches: 20,
    generators: 6,
    loads: 11,
    source: 'Grid2op (MPL-2.0), environment l2rpn_case14_sandbox; numbers only, converted to per unit',
    text: l2rpnCase14,
  },
  {
    name: 'case30',
    title: '30 bus, 6 generators (not the IEEE case of 30 buses)',
    buses: 30,
    branches: 41,
    generators: 6,
    loads: 20,
    source: "Alsac and Stott, IEEE Trans. PAS 93(3), 1974; Ferrero et al., IEEE Trans. Power Systems 12(3), 1997; numbers as in MATPOWER's case30.m",
    text: case30,
  },
  {
    name: 'case33bw',
    title: 'Radial feeder of 33 buses, with 5 open ties',
    buses: 33,
    branches: 37,
    generators: 1,
    loads: 32,
    source: "Baran and Wu, IEEE Trans. Power Delivery 4(2), 1989; numbers as in MATPOWER's case33bw.m",
    text: case33bw,
  },
  {
    name: 'case39',
    title: 'New England, 39 bus',
    buses: 39,
    branches: 46,
    generators: 10,
    loads: 21,
    source: "Bills et al., EPRI RP90-1, 1970; Athay et al., IEEE Trans. PAS-98(2), 1979; Pai, Kluwer 1989; numbers as in MATPOWER's case39.m",
    text: case39,
  },
  {
    name: 'case57',
    title: 'IEEE 57 bus',
    buses: 57,
    branches: 80,
    generators: 7,
    loads: 42,
    source: "IEEE test case, UW Power Systems Test Case Archive (public test data); numbers as in MATPOWER's case57.m",
    text: case57,
  },
  {
    name: 'case118',
    title: 'IEEE 118 bus',
    buses: 118,
    branches: 186,
    generators: 54,
    loads: 99,
    source: "IEEE test case, UW Power Systems Test Case Archive (public test data); numbers as in MATPOWER's case118.m",
    text: case118,
  },
  {
    name: 'case141',
    title: 'Radial feeder of 141 buses (Caracas)',
    buses: 141,
    branches: 140,
    generators: 1,
    loads: 84,
    source: "Khodr et al., Electric Power Systems Research 78(7), 2008; numbers as in MATPOWER's case141.m",
    text: case141,
  },
  {
    name: 'case300',
    title: 'IEEE 300 bus',
    buses: 300,
    branches: 411,
    generators: 69,
    loads: 201,
    source: "IEEE test case, UW Power Systems Test Case Archive (public test data); numbers as in MATPOWER's case300.m",
    text: case300,
  },
];
