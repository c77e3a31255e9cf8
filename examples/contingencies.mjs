// Takes every branch and every generator of the New England test system out of service, one at a time, and two lines of a corridor together, and prints the eight worst of what
// comes of it; branches that would be overloaded are named with the rating they are beyond.
// Run: node examples/contingencies.mjs
import { analyseContingencies, contingenciesBySeverity, loadCase } from 'busbar';

const report = analyseContingencies(loadCase('case39'), {
  branches: true,
  generators: true,
  cases: [{ name: 'corridor', branches: ['4-14', '13-14'] }],
});
const { contingencies, secure, islanded, unsolved } = report.summary;
console.log(`${contingencies} contingencies: ${secure} secure, ${islanded} with buses without voltage, ${unsolved} without a solution`);
for (const row of contingenciesBySeverity(report).slice(0, 8)) {
  const overloads = row.overloads.map((each) => `${each.from}-${each.to} ${each.percent.toFixed(0)} % of ${each.rating}`);
  const dead = row.islands.flatMap(({ buses }) => buses).length;
  console.log(
    `${row.severity.toFixed(1).padStart(8)}  ${row.label}: ${row.status}${dead > 0 ? `, ${dead} buses dead` : ''}  ${overloads.join(', ')}`,
  );
}
