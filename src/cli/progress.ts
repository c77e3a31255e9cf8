/** A progress bar on standard error, drawn only where that is a screen. */
import type { Terminal } from './command.js';

const WIDTH = 30;
/** Short runs draw nothing; long ones redraw this often. */
const REDRAW_MILLISECONDS = 120;

/** Draws progress; {@link end} wipes it away. */
export class ProgressBar {
  private readonly started = performance.now();
  private last = this.started;
  private drawn = false;

  constructor(private readonly terminal: Terminal) {}

  /** Tells how far the work is. Cheap to call at each step. */
  update(done: number, total: number): void {
    if (!this.terminal.isScreen || total <= 0) return;
    const now = performance.now();
    if (now - this.last < REDRAW_MILLISECONDS) return;
    this.last = now;
    this.drawn = true;
    const share = done / total;
    const filled = Math.round(share * WIDTH);
    const left = ((now - this.started) / 1000 / share) * (1 - share);
    const bar = '#'.repeat(filled) + '.'.repeat(WIDTH - filled);
    this.terminal.err(`\r[${bar}] ${done}/${total}  ${(share * 100).toFixed(0)} %  ${left.toFixed(0)} s left \x1b[K`);
  }

  /** Wipes the bar. */
  end(): void {
    if (this.drawn) this.terminal.err('\r\x1b[K');
    this.drawn = false;
  }
}
