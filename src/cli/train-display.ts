/** What is told while training: a bar where there is a screen, and a line an evaluation everywhere. */
import type { TrainingProgress, TrainingRecord } from '../agents/node-index.js';
import type { Terminal } from './command.js';
import { sixDigits } from './numbers.js';

const WIDTH = 12;
/** The bar is redrawn this often at most. */
const REDRAW_MILLISECONDS = 120;
/** Where the screen does not say how wide it is. */
const USUAL_COLUMNS = 100;

/** Share of the time that went into stepping environments, in per cent. */
function simulationShare({ simulationSeconds, learningSeconds }: { simulationSeconds: number; learningSeconds: number }): number {
  return Math.round((100 * simulationSeconds) / Math.max(1e-9, simulationSeconds + learningSeconds));
}

/** Seconds as a reader takes them in. */
export function timeText(seconds: number): string {
  if (seconds < 100) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  if (seconds < 6000) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

/** Tells how training goes, on standard error. */
export class TrainDisplay {
  private readonly started = performance.now();
  private last = -Infinity;
  private drawn = false;
  private first: { steps: number; seconds: number } | undefined;

  constructor(
    private readonly terminal: Terminal,
    private readonly episodes: number,
  ) {}

  /** Where this process begins: rates are its own, not those of the training that it goes on with. */
  begin(steps: number, seconds: number): void {
    this.first = { steps, seconds };
  }

  /** Draws the bar. Cheap to call after each round. */
  progress(now: TrainingProgress): void {
    if (!this.terminal.isScreen || performance.now() - this.last < REDRAW_MILLISECONDS) return;
    this.last = performance.now();
    this.drawn = true;
    const { steps, totalSteps, recentReturn, evaluated } = now;
    const { steps: firstSteps, seconds: firstSeconds } = this.first ?? { steps: 0, seconds: 0 };
    const share = Math.min(1, steps / totalSteps);
    const filled = Math.round(share * WIDTH);
    const rate = (steps - firstSteps) / Math.max(1e-9, now.seconds - firstSeconds);
    // By the clock, evaluations included.
    const left = ((performance.now() - this.started) / 1000 / Math.max(1, steps - firstSteps)) * Math.max(0, totalSteps - steps);
    const simulated = simulationShare(now);
    const parts = [
      `[${'#'.repeat(filled)}${'.'.repeat(WIDTH - filled)}] ${steps}/${totalSteps}`,
      `${timeText(left)} left`,
      Number.isNaN(recentReturn) ? '' : `return ${shortNumber(recentReturn)}`,
      evaluated ? `evaluated ${shortNumber(evaluated.mean)}` : '',
      `${Math.round(rate)} steps/s`,
      `${simulated} % simulating, ${100 - simulated} % learning`,
    ];
    // As many as the screen is wide: a line that runs on cannot be drawn over.
    const most = (this.terminal.columns ?? USUAL_COLUMNS) - 1;
    let line = '';
    for (const part of parts) {
      const longer = line === '' || part === '' ? line + part : `${line}  ${part}`;
      if (longer.length <= most) line = longer;
    }
    this.terminal.err(`\r${line}\x1b[K`);
  }

  /** A line about an evaluation. */
  record(record: TrainingRecord): void {
    this.wipe();
    const { steps, evaluation, trainingReturn, episodes, seconds } = record;
    const training = episodes > 0 ? `, training ${sixDigits(trainingReturn)} (${episodes} ${episodes === 1 ? 'episode' : 'episodes'})` : '';
    const deviation = this.episodes > 1 ? ` (sd ${sixDigits(evaluation.sd)}, ${this.episodes} episodes)` : ' (1 episode)';
    this.terminal.err(
      `${steps} steps: return ${sixDigits(evaluation.mean)}${deviation}${training}, ${timeText(seconds)}, ${simulationShare(record)} % simulating\n`,
    );
  }

  /** Wipes the bar. */
  wipe(): void {
    if (this.drawn) this.terminal.err('\r\x1b[K');
    this.drawn = false;
  }
}

/** A number with four digits that matter. */
function shortNumber(value: number): string {
  return String(Number(value.toPrecision(4)));
}
