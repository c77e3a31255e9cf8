/**
 * A small task on a network: four substations in a ring, 0-1-2-3-0, with a knob at three of them (0, 1 and 3). A line's loading follows what the knobs at its ends say; overloads trip a line, two lines out end the
 * episode. Importing this registers it as `ring`.
 */
import { Box, Discrete, type EnvironmentState, registerTask, type Task, type TaskOptions, taskOptions } from '../../../src/environments/index.js';
import { RandomStream } from '../../../src/numeric/index.js';

const LINES = [
  [0, 1],
  [1, 2],
  [2, 3],
  [3, 0],
] as const;
/** Choices: nothing; three settings of each knob; each line in or out. */
const KNOBS = [0, 1, 3];
const SETTINGS = 3;
const FIRST_LINE = 1 + SETTINGS * KNOBS.length;
const CHOICES = FIRST_LINE + LINES.length;
/** Observation: time; loadings; in service; knobs. */
const WIDTH = 1 + 4 + 4 + KNOBS.length;
const WAIT = 3;

/** Makes the task. Options: `maxSteps`. */
export function ring(options: TaskOptions = {}): Task {
  const { maxSteps } = taskOptions('ring', options, { maxSteps: 40 }) as { maxSteps: number };
  const all = Array.from({ length: CHOICES }, (_, k) => k);
  return {
    id: 'ring',
    title: 'A ring of four substations',
    observationSpace: new Box(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, WIDTH),
    actionSpace: new Discrete(CHOICES),
    masksActions: true,
    maxSteps,
    costNames: [],
    infoNames: [],
    namedActions: { none: [0] },
    network: {
      substations: 4,
      lines: LINES,
      loadingEntries: [1, 2, 3, 4],
      serviceEntries: [5, 6, 7, 8],
      entrySubstations: [[], ...LINES, ...LINES, ...KNOBS.map((knob) => [knob])],
      choiceSubstation: all.map((k) => (k > 0 && k < FIRST_LINE ? KNOBS[Math.floor((k - 1) / SETTINGS)] : -1)),
      choiceLine: all.map((k) => (k >= FIRST_LINE ? k - FIRST_LINE : -1)),
    },
    create: ({ environments, arrays }) => {
      const steps = new Uint32Array(environments);
      const knobs = new Uint8Array(3 * environments);
      const on = new Uint8Array(4 * environments);
      const wait = new Uint8Array(4 * environments);
      const write = (i: number): void => {
        const stream = new RandomStream(arrays.seeds[i], arrays.episodes[i], 'ring', 4 * steps[i]);
        const { observations, masks } = arrays;
        observations[i * WIDTH] = steps[i] / maxSteps;
        let out = 0;
        for (let k = 0; k < 4; k++) out += 1 - on[4 * i + k];
        for (let k = 0; k < 4; k++) {
          // What the knobs at the ends of the line do not match it loads: knob 1 wants the setting 2, the others 0.
          const wrong = LINES[k].reduce<number>(
            (sum, end) => sum + (KNOBS.includes(end) ? Math.abs(knobs[3 * i + KNOBS.indexOf(end)] - (end === 1 ? 2 : 0)) : 0),
            0,
          );
          observations[i * WIDTH + 1 + k] = on[4 * i + k] * (0.5 + 0.2 * wrong + 0.2 * out + 0.2 * stream.uniform());
          observations[i * WIDTH + 5 + k] = on[4 * i + k];
        }
        for (let k = 0; k < 3; k++) observations[i * WIDTH + 9 + k] = knobs[3 * i + k];
        for (let c = 0; c < CHOICES; c++) masks[i * CHOICES + c] = c >= FIRST_LINE && wait[4 * i + c - FIRST_LINE] > 0 ? 0 : 1;
      };
      return {
        kernelSeconds: 0,
        reset: (which, count) => {
          for (let k = 0; k < count; k++) {
            const i = which[k];
            const stream = new RandomStream(arrays.seeds[i], arrays.episodes[i], 'begin');
            steps[i] = 0;
            for (let j = 0; j < 3; j++) knobs[3 * i + j] = stream.integer(SETTINGS);
            on.fill(1, 4 * i, 4 * i + 4);
            wait.fill(0, 4 * i, 4 * i + 4);
            write(i);
          }
        },
        step: (which, count) => {
          for (let k = 0; k < count; k++) {
            const i = which[k];
            const action = arrays.actions[i];
            for (let line = 0; line < 4; line++) if (wait[4 * i + line] > 0) wait[4 * i + line] -= 1;
            if (action >= FIRST_LINE) on[4 * i + action - FIRST_LINE] ^= 1;
            else if (action > 0) knobs[3 * i + Math.floor((action - 1) / SETTINGS)] = (action - 1) % SETTINGS;
            steps[i] += 1;
            write(i);
            let out = 0;
            for (let line = 0; line < 4; line++) {
              if (arrays.observations[i * WIDTH + 1 + line] > 1.1) {
                on[4 * i + line] = 0;
                wait[4 * i + line] = WAIT;
              }
              out += 1 - on[4 * i + line];
            }
            write(i);
            arrays.rewards[i] = out > 1 ? 0 : 1;
            arrays.terminations[i] = out > 1 ? 1 : 0;
            arrays.truncations[i] = out <= 1 && steps[i] >= maxSteps ? 1 : 0;
          }
        },
        snapshot: (i): EnvironmentState => ({
          steps: steps[i],
          knobs: Array.from(knobs.subarray(3 * i, 3 * i + 3)),
          on: Array.from(on.subarray(4 * i, 4 * i + 4)),
          wait: Array.from(wait.subarray(4 * i, 4 * i + 4)),
        }),
        restore: (i, state) => {
          steps[i] = state.steps as number;
          knobs.set(state.knobs as number[], 3 * i);
          on.set(state.on as number[], 4 * i);
          wait.set(state.wait as number[], 4 * i);
          write(i);
        },
        render: (i) => `step ${steps[i]}\n`,
      };
    },
  };
}

registerTask('ring', ring, 'A ring of four substations');

/** Address of this module, for worker threads. */
export const RING_MODULE = import.meta.url;
