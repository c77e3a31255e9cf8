/** Signals that end the process: put off while a file is being written, and heard by commands that save their work first. */

/** Signals that by default end a process on the spot, whatever it has half done. */
const ENDING_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** Those that a command may take. */
const TAKEN_SIGNALS = ['SIGINT', 'SIGTERM'] as const;

const deferred = new Set<NodeJS.Signals>();
let taker: ((signal: NodeJS.Signals) => void) | undefined;

/**
 * From now on these signals end the process where it comes back to its event loop, which is after what is being written has been renamed or removed. They still end it as
 * signals: who started it sees that. Kept up, since a signal that came during a write is heard only later. A signal that a command has taken stays with it.
 */
export function deferEndingSignals(): void {
  for (const signal of ENDING_SIGNALS) {
    if (deferred.has(signal) || (taker && TAKEN_SIGNALS.some((taken) => taken === signal))) continue;
    deferred.add(signal);
    // Without its listener a signal has its default effect again.
    process.once(signal, endBySignal);
  }
}

function endBySignal(signal: NodeJS.Signals): void {
  process.kill(process.pid, signal);
}

function dropDeferral(signal: NodeJS.Signals): void {
  process.removeListener(signal, endBySignal);
  deferred.delete(signal);
}

/** Lets signals end the process on the spot again, one that came meanwhile at once: for commands that go on working for long after they wrote a file. */
export async function hearEndingSignals(): Promise<void> {
  // Two turns: signals are heard between them.
  for (let turn = 0; turn < 2; turn++) await new Promise((done) => setImmediate(done));
  for (const signal of ENDING_SIGNALS) dropDeferral(signal);
}

/**
 * Has the first SIGINT (Ctrl-C) or SIGTERM told in place of ending the process. From then on both end it again, on the spot, or after the file that is just being written.
 *
 * @returns gives the signals back
 */
export function takeFirstSignal(tell: (signal: NodeJS.Signals) => void): () => void {
  const giveBack = (): void => {
    for (const signal of TAKEN_SIGNALS) process.removeListener(signal, hear);
    taker = undefined;
  };
  const hear = (signal: NodeJS.Signals): void => {
    giveBack();
    tell(signal);
  };
  for (const signal of TAKEN_SIGNALS) {
    dropDeferral(signal);
    process.once(signal, hear);
  }
  taker = hear;
  return giveBack;
}
