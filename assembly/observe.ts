// What environments look at, of all blocks of a solved batch: magnitudes, how far buses are out of a band, losses, power of the sources. See observer-layout.ts.
import * as o from '../src/powerflow/observer-layout';
import * as v from './lanes';
import { field } from './legs';

/** The voltage column at an offset that stands in a list. */
function column(voltage: usize, list: usize): usize {
  return voltage + <usize>load<u32>(list);
}

/** Sets the common-mode voltage of each floating section. */
function settleSections(layout: usize, voltage: usize): void {
  const count = field(layout, o.OBSERVE_SECTIONS);
  let record = field(layout, o.OBSERVE_SECTION_RECORDS);
  let numbers = field(layout, o.OBSERVE_SECTION_NUMBERS);
  for (let s: usize = 0; s < count; s++) {
    const nodes = <usize>load<u32>(record);
    const terms = <usize>load<u32>(record, 4);
    record += 8;
    let re = v.spread(numbers);
    let im = v.spread(numbers + 8);
    numbers += 16;
    let list = record + nodes * 4;
    for (let k: usize = 0; k < terms; k++) {
      const x = column(voltage, list);
      const fr = v.spread(numbers);
      const fi = v.spread(numbers + 8);
      const xr = v.load(x);
      const xi = v.loadAt(x, 16);
      re = v.add(re, v.sub(v.mul(fr, xr), v.mul(fi, xi)));
      im = v.add(im, v.add(v.mul(fr, xi), v.mul(fi, xr)));
      list += 4;
      numbers += 16;
    }
    for (let k: usize = 0; k < nodes; k++) {
      const x = column(voltage, record);
      v.store(x, v.add(v.load(x), re));
      v.storeAt(x, v.add(v.loadAt(x, 16), im), 16);
      record += 4;
    }
    record = list;
  }
}

/** Writes a number of all lanes to their rows. */
function storeRows(row: usize, length: usize, x: v128): void {
  store<f32>(row, <f32>v.lane(x, 0));
  store<f32>(row + length, <f32>v.lane(x, 1));
}

/** Magnitudes of the nodes, and what they say of buses; results of one block at `results`, the first of its lanes' rows at `row` (0: none), so many bytes each. */
function lookAtBuses(layout: usize, voltage: usize, magnitudes: usize, results: usize, stride: usize, row: usize, rowBytes: usize): void {
  const buses = field(layout, o.OBSERVE_BUSES);
  let counts = field(layout, o.OBSERVE_BUS_LIST);
  let list = field(layout, o.OBSERVE_NODE_LIST);
  let perVolt = field(layout, o.OBSERVE_PER_VOLT);
  const band = field(layout, o.OBSERVE_BAND);
  const lowEnd = v.spread(band);
  const highEnd = v.spread(band + 8);
  const ofBuses = field(layout, o.OBSERVE_ROWS_OF_BUSES) != 0;
  const none = v.splat(0.0);
  const one = v.splat(1.0);
  let above = none;
  let below = none;
  let outside = none;
  let lowest = v.splat(Infinity);
  let highest = none;
  for (let bus: usize = 0; bus < buses; bus++) {
    const nodes = load<u32>(counts);
    let low = v.splat(Infinity);
    let high = none;
    let sum = none;
    for (let k: u32 = 0; k < nodes; k++) {
      const x = column(voltage, list);
      const re = v.load(x);
      const im = v.loadAt(x, 16);
      const pu = v.mul(v.sqrt(v.add(v.mul(re, re), v.mul(im, im))), v.spread(perVolt));
      v.store(magnitudes, pu);
      sum = v.add(sum, pu);
      if (row != 0 && !ofBuses) {
        storeRows(row, rowBytes, pu);
        row += 4;
      }
      low = v.select(pu, low, v.greater(low, pu));
      high = v.larger(pu, high);
      list += 4;
      perVolt += 8;
      magnitudes += 16;
    }
    if (row != 0 && ofBuses) {
      storeRows(row, rowBytes, v.div(sum, v.splat(<f64>nodes)));
      row += 4;
    }
    const over = v.sub(high, highEnd);
    const under = v.sub(lowEnd, low);
    above = v.add(above, v.larger(over, none));
    below = v.add(below, v.larger(under, none));
    outside = v.add(outside, v.select(one, none, v.or(v.greater(over, none), v.greater(under, none))));
    lowest = v.select(low, lowest, v.greater(lowest, low));
    highest = v.larger(high, highest);
    counts += 4;
  }
  v.store(results + <usize>o.QUANTITY_ABOVE * stride, above);
  v.store(results + <usize>o.QUANTITY_BELOW * stride, below);
  v.store(results + <usize>o.QUANTITY_OUTSIDE * stride, outside);
  v.store(results + <usize>o.QUANTITY_LOWEST * stride, lowest);
  v.store(results + <usize>o.QUANTITY_HIGHEST * stride, highest);
}

/** Sum of g (conj(x) y) over terms of one kind, added to `sum`. */
function addTerms(sum: v128, count: usize, list: usize, numbers: usize, values: usize): v128 {
  for (let k: usize = 0; k < count; k++) {
    const x = column(values, list);
    const y = column(values, list + 4);
    const product = v.add(v.mul(v.load(x), v.load(y)), v.mul(v.loadAt(x, 16), v.loadAt(y, 16)));
    sum = v.add(sum, v.mul(v.spread(numbers), product));
    list += 8;
    numbers += 8;
  }
  return sum;
}

/** Losses of the elements that are the same in all lanes. */
function sharedLosses(layout: usize, voltage: usize): v128 {
  const differences = field(layout, o.OBSERVE_DIFFERENCES);
  const values = field(layout, o.OBSERVE_DIFFERENCE_VALUES);
  let list = field(layout, o.OBSERVE_DIFFERENCE_LIST);
  let to = values;
  for (let k: usize = 0; k < differences; k++) {
    const a = column(voltage, list);
    const b = column(voltage, list + 4);
    v.store(to, v.sub(v.load(a), v.load(b)));
    v.storeAt(to, v.sub(v.loadAt(a, 16), v.loadAt(b, 16)), 16);
    list += 8;
    to += 32;
  }
  const nodeTerms = field(layout, o.OBSERVE_NODE_TERMS);
  const terms = field(layout, o.OBSERVE_TERM_LIST);
  const numbers = field(layout, o.OBSERVE_TERM_NUMBERS);
  const sum = addTerms(v.splat(0.0), nodeTerms, terms, numbers, voltage);
  return addTerms(sum, field(layout, o.OBSERVE_DIFFERENCE_TERMS), terms + nodeTerms * 8, numbers + nodeTerms * 8, values);
}

/** Losses of the elements that each lane has its own values of, added to `sum`. */
function addOwnLosses(sum: v128, layout: usize, voltage: usize, parameters: usize): v128 {
  const count = field(layout, o.OBSERVE_ENTRIES);
  let list = field(layout, o.OBSERVE_ENTRY_LIST);
  let numbers = field(layout, o.OBSERVE_ENTRY_NUMBERS);
  for (let k: usize = 0; k < count; k++) {
    const p = column(voltage, list);
    const q = column(voltage, list + 4);
    const r = column(voltage, list + 8);
    const s = column(voltage, list + 12);
    const x = v.load(parameters + <usize>load<u32>(list, 16));
    const g = v.add(v.spread(numbers), v.mul(x, v.add(v.spread(numbers + 16), v.mul(x, v.spread(numbers + 32)))));
    const b = v.add(v.spread(numbers + 8), v.mul(x, v.add(v.spread(numbers + 24), v.mul(x, v.spread(numbers + 40)))));
    const acrossRe = v.sub(v.load(p), v.load(q));
    const acrossIm = v.sub(v.loadAt(p, 16), v.loadAt(q, 16));
    const currentRe = v.sub(v.mul(g, acrossRe), v.mul(b, acrossIm));
    const currentIm = v.add(v.mul(g, acrossIm), v.mul(b, acrossRe));
    const intoRe = v.sub(v.load(r), v.load(s));
    const intoIm = v.sub(v.loadAt(r, 16), v.loadAt(s, 16));
    sum = v.add(sum, v.add(v.mul(intoRe, currentRe), v.mul(intoIm, currentIm)));
    list += 24;
    numbers += 48;
  }
  return sum;
}

/** What all sources deliver. */
function lookAtSources(layout: usize, voltage: usize, results: usize, stride: usize): void {
  const count = field(layout, o.OBSERVE_SOURCES);
  let list = field(layout, o.OBSERVE_SOURCE_LIST);
  let numbers = field(layout, o.OBSERVE_SOURCE_NUMBERS);
  let watts = v.splat(0.0);
  let vars = v.splat(0.0);
  for (let s: usize = 0; s < count; s++) {
    const order = <usize>load<u32>(list);
    list += 4;
    let matrix = numbers + order * 16;
    for (let i: usize = 0; i < order; i++) {
      let currentRe = v.spread(numbers);
      let currentIm = v.spread(numbers + 8);
      for (let j: usize = 0; j < order; j++) {
        const x = column(voltage, list + (j << 2));
        const g = v.spread(matrix);
        const b = v.spread(matrix + 8);
        const xr = v.load(x);
        const xi = v.loadAt(x, 16);
        currentRe = v.sub(currentRe, v.sub(v.mul(g, xr), v.mul(b, xi)));
        currentIm = v.sub(currentIm, v.add(v.mul(g, xi), v.mul(b, xr)));
        matrix += 16;
      }
      const at = column(voltage, list + (i << 2));
      const re = v.load(at);
      const im = v.loadAt(at, 16);
      watts = v.add(watts, v.add(v.mul(re, currentRe), v.mul(im, currentIm)));
      vars = v.add(vars, v.sub(v.mul(im, currentRe), v.mul(re, currentIm)));
      numbers += 16;
    }
    numbers = matrix;
    list += order << 2;
  }
  v.store(results + <usize>o.QUANTITY_SOURCE_WATTS * stride, watts);
  v.store(results + <usize>o.QUANTITY_SOURCE_VARS * stride, vars);
}

/** Looks at all blocks. */
export function observe(layout: usize): void {
  const blocks = field(layout, o.OBSERVE_BLOCKS);
  const stride = field(layout, o.OBSERVE_RESULT_STRIDE);
  const nodes = field(layout, o.OBSERVE_NODES);
  const rows = field(layout, o.OBSERVE_ROWS);
  const rowBytes: usize = (field(layout, o.OBSERVE_ROWS_OF_BUSES) != 0 ? field(layout, o.OBSERVE_BUSES) : nodes) << 2;
  for (let block: usize = 0; block < blocks; block++) {
    const voltage = field(layout, o.OBSERVE_VOLTAGE) + block * field(layout, o.OBSERVE_VOLTAGE_STRIDE);
    const results = field(layout, o.OBSERVE_RESULTS) + block * 16;
    settleSections(layout, voltage);
    lookAtBuses(
      layout,
      voltage,
      field(layout, o.OBSERVE_MAGNITUDES) + block * nodes * 16,
      results,
      stride,
      rows == 0 ? 0 : rows + 2 * block * rowBytes,
      rowBytes,
    );
    const parameters = field(layout, o.OBSERVE_PARAMETERS) + block * field(layout, o.OBSERVE_PARAMETER_STRIDE);
    const losses = addOwnLosses(sharedLosses(layout, voltage), layout, voltage, parameters);
    v.store(results + <usize>o.QUANTITY_LOSSES * stride, losses);
    lookAtSources(layout, voltage, results, stride);
  }
}
