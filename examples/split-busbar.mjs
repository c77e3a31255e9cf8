// Splits bus 4 of the IEEE 14-bus grid in two busbars in one scenario and shows what that does to flows. Run: node examples/split-busbar.mjs
import { BalancedBatch, loadCase } from 'busbar';

const grid = loadCase('case14');
const place = (from, to) => grid.branches.findIndex((branch) => branch.from === from && branch.to === to);

// Scenario 0 stays as it is: everything sits on busbar 1. In scenario 1 the branches 2-4 and 4-9 move to busbar 2 of bus 4.
const batch = new BalancedBatch(grid, { scenarios: 2, substations: true });
batch.setBusbar('branchTo', place(2, 4), 1, 2);
batch.setBusbar('branchFrom', place(4, 9), 1, 2);
console.log(batch.solve());

for (const [from, to] of [
  [2, 4],
  [3, 4],
  [4, 5],
  [4, 7],
  [4, 9],
]) {
  const [before, after] = batch.branchPower(place(from, to)).fromMw;
  console.log(`${from} - ${to}: ${before.toFixed(2)} MW, split ${after.toFixed(2)} MW`);
}
console.log('losses', batch.lossesMw());
console.log('voltage of bus 4', batch.voltagePu(4), 'of its second busbar', batch.voltagePu(4, 2));
// The same as a grid of its own: the second busbar of bus 4 is bus 104 there, for results in full by solveBalanced.
console.log(batch.scenarioGrid(1).buses.at(-1).number);
