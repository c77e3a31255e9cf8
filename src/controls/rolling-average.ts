/** The mean of the latest samples, over a window given in seconds; used by inverter controls. */

/**
 * A window that fills until it holds `length` samples or more than `length` seconds, and from then on forgets the oldest sample for each new one
 * (OpenDSS's rule). With length 0 it holds zeros, and so never counts.
 */
export class RollingAverage {
  private readonly samples: number[] = [];
  private sum = 0;
  private seconds = 0;
  private full = false;

  constructor(private readonly length: number) {}

  /** The mean; 0 while there is no sample. */
  get mean(): number {
    return this.samples.length === 0 ? 0 : this.sum / this.samples.length;
  }

  /** Adds a sample that stands for so many seconds. */
  add(value: number, stepSeconds: number): void {
    const sample = this.length === 0 ? 0 : value;
    if (this.full) {
      this.sum -= this.samples.shift() ?? 0;
      this.samples.push(sample);
      this.sum += sample;
      return;
    }
    this.samples.push(sample);
    this.sum += sample;
    this.seconds += stepSeconds;
    this.full = this.seconds > this.length || this.samples.length === this.length;
  }
}
