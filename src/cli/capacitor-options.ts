/** What commands say about the capacitor table and the demonstration's training before any of it is loaded. */

/** Lines of help of `evaluate --rows`. */
export const ROWS_HELP = `  --rows FILE|N         capacitors-ieee123 alone: a table of every method on rows of load multipliers (a CSV file with a header: 91 columns named
                        as the feeder's loads, or m0 to m90, and initial_mask if wanted, else drawn by --seed), or on N generated ones.
                        --policy is then the file of a trained policy (policy.json), and may be left out`;

/** How much the demonstration does. */
export interface TrainingSize {
  /** Episodes of training, two power flows each. */
  readonly episodes: number;
  /** Scenarios of the table, none of which is trained on. */
  readonly rows: number;
}

/** The whole, and a short one for checks. */
export const FULL: TrainingSize = { episodes: 131_072, rows: 2000 };
export const QUICK: TrainingSize = { episodes: 16_384, rows: 1000 };
