// Runs the built command as a user would: exit statuses, one-line complaints, and an object of the promised shape on standard output.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const scratch = mkdtempSync(join(tmpdir(), 'busbar-command-'));
let failures = 0;

function busbar(...args) {
  return spawnSync(process.execPath, ['dist/cli/main.js', ...args], { encoding: 'utf8', maxBuffer: 1 << 28, timeout: 120_000 });
}

function check(what, condition, run) {
  if (condition) return;
  failures++;
  console.error(
    `FAILED: ${what}${run ? `\n  status ${run.status}\n  stdout ${run.stdout.slice(0, 300)}\n  stderr ${run.stderr.slice(0, 300)}` : ''}`,
  );
}

function object(what, run) {
  check(`${what}: status 0`, run.status === 0, run);
  try {
    return JSON.parse(run.stdout);
  } catch {
    check(`${what}: standard output is one JSON object`, false, run);
    return {};
  }
}

const KEYS =
  'converged iterations controlIterations method backend mismatchPu lossesW lossesVar sourcePowerKw sourcePowerKvar nodes regulators capacitors elements'.split(
    ' ',
  );

const version = busbar('--version');
check('--version', version.status === 0 && /^\d+\.\d+\.\d+\S*\n$/.test(version.stdout), version);
for (const command of ['', 'solve', 'feeders', 'cases', 'qsts', 'demo', 'info', 'tasks', 'evaluate', 'rollout', 'render', 'bench']) {
  const run = busbar(...[command, '--help'].filter(Boolean));
  check(`${command} --help`, run.status === 0 && run.stdout.includes('Usage: busbar') && run.stderr === '', run);
}

const solved = object('solve ieee13 --json', busbar('solve', 'ieee13', '--json'));
for (const key of KEYS) check(`solve --json has ${key}`, key in solved);
check('solve ieee13 converges', solved.converged === true && solved.nodes?.length === 41);
const out = join(scratch, 'solution.json');
const written = busbar('solve', 'ieee13', '--out', out);
check('solve --out', written.status === 0 && JSON.parse(readFileSync(out, 'utf8')).converged === true, written);

const listed = object('feeders --json', busbar('feeders', '--json'));
check(
  'feeders lists ieee123',
  listed.feeders?.some((feeder) => feeder.name === 'ieee123'),
);

const cases = object('cases --json', busbar('cases', '--json'));
check(
  'cases lists case118',
  cases.cases?.some((one) => one.name === 'case118'),
);

const tasks = object('tasks --json', busbar('tasks', '--json'));
check(
  'tasks lists cartpole',
  tasks.tasks?.some((one) => one.id === 'cartpole'),
);
const evaluated = object(
  'evaluate --json',
  busbar('evaluate', '--task', 'cartpole', '--policy', 'random', '--episodes', '20', '--workers', '2', '--json'),
);
check('evaluate runs its episodes', evaluated.episodeReturns?.length === 20 && evaluated.return?.mean > 8);
const transitions = join(scratch, 'cartpole.parquet');
const rolled = object(
  'rollout --json',
  busbar('rollout', '--task', 'cartpole', '--policy', 'left', '--steps', '100', '--out', transitions, '--json'),
);
check('rollout writes Parquet', rolled.steps === 100 && readFileSync(transitions).subarray(-4).toString() === 'PAR1');
const drawn = busbar('render', '--task', 'cartpole');
check('render', drawn.status === 0 && drawn.stdout.includes('step 0'), drawn);
const timed = busbar('bench', '--suite', 'environments', '--quick', '--json');
check('bench --suite environments', timed.status === 0 && JSON.parse(timed.stdout).every((row) => row.stepsPerSecond > 0), timed);

const script = join(scratch, 'two-bus.dss');
writeFileSync(
  script,
  'clear\nnew circuit.two basekv=12.47 pu=1\nnew line.l bus1=sourcebus bus2=b length=1 units=km\nnew load.d bus1=b kv=12.47 kw=100 kvar=50\nset voltagebases=[12.47]\ncalcvoltagebases\nsolve\n',
);
const two = object('solve a script', busbar('solve', script, '--json'));
check('the script has its six nodes', two.nodes?.length === 6);
for (const method of ['sweep', 'injection', 'newton']) {
  const one = object(`--method ${method}`, busbar('solve', script, '--method', method, '--json'));
  check(`--method ${method} is used`, one.method === method);
  check(
    `--method ${method} agrees`,
    one.nodes?.every((row, i) => Math.hypot(row[1] - two.nodes[i][1], row[2] - two.nodes[i][2]) < 1e-5),
  );
}

// Constant power down to no voltage at all, and far more of it than the line can carry.
const collapsed = join(scratch, 'collapsed.dss');
writeFileSync(collapsed, readFileSync(script, 'utf8').replace('kw=100 kvar=50', 'kw=1e6 kvar=5e5 vminpu=0 vlowpu=0'));

const day = busbar('qsts', 'ieee13', '--step', '1h', '--duration', '24h', '--out', join(scratch, 'day.csv'));
check('qsts', day.status === 0, day);
check('qsts writes a row an hour', day.status === 0 && readFileSync(join(scratch, 'day.csv'), 'utf8').trimEnd().split('\n').length === 25);

for (const [status, ...args] of [
  [2, 'solve'],
  [2, 'nonsense'],
  [2, 'solve', 'ieee12'],
  [2, 'solve', 'no-such-file.dss'],
  [2, 'solve', 'ieee13', '--tolerance', 'abc'],
  [2, 'solve', 'ieee13', '--frobnicate'],
  [2, 'solve', 'ieee13', '--method', 'magic'],
  [2, 'evaluate', '--task', 'cartpol', '--policy', 'random'],
  [2, 'evaluate', '--task', 'cartpole', '--policy', 'magic'],
  [3, 'solve', collapsed],
]) {
  const run = busbar(...args);
  const lines = run.stderr
    .trimEnd()
    .split('\n')
    .filter((line) => !line.startsWith('warning:'));
  check(
    `busbar ${args.join(' ')} ends with status ${status} and one line`,
    run.status === status && lines.length === 1 && lines[0].startsWith('busbar: '),
    run,
  );
}

rmSync(scratch, { recursive: true, force: true });
console.log(failures === 0 ? 'the command does what it promises' : `${failures} checks failed`);
process.exitCode = failures === 0 ? 0 : 1;
