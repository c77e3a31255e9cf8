/** What a command of `busbar` is, and what it gets to work with. */

/** Where a command writes. Only the result goes to `out`; progress and warnings go to `err`. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** True where `err` is a screen, so that a progress bar may be drawn. */
  isScreen: boolean;
  /** Characters of a line of that screen, where known. */
  readonly columns?: number;
}

/** One command. */
export interface Command {
  name: string;
  /** One line for the list of commands. */
  summary: string;
  /** What `busbar <name> --help` prints. */
  help: string;
  /** Runs with the arguments after the name; the number returned is the exit status. */
  run(args: string[], terminal: Terminal): Promise<number>;
}

/** Exit statuses. */
export const EXIT = {
  /** Solved. */
  ok: 0,
  /** The arguments or the input are wrong. */
  badInput: 2,
  /** What an interrupt (Ctrl-C) ended early, its work saved: as shells write the end by that signal. */
  interrupted: 130,
  /** The same by SIGTERM. */
  terminated: 143,
  /** No solution was reached. */
  notConverged: 3,
  /** Standard output cannot be written (a full disk). */
  noOutput: 1,
  /** A fault of busbar itself. */
  bug: 70,
} as const;
