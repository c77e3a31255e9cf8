/** Environments of a topology task: a simulation of src/topology behind the interface of slices. */
import { checkKeys, describeValue, InputError } from '../../../grid/index.js';
import type { BackendName } from '../../../powerflow/index.js';
import { type BeginOptions, TopologySimulation } from '../../../topology/index.js';
import type { EnvironmentState, ResetOptions, SliceArrays, TaskSlice } from '../../task.js';
import type { TopologySetup } from './options.js';
import { topologyPicture, topologyText } from './render.js';

export class TopologySlice implements TaskSlice {
  readonly simulation: TopologySimulation;

  constructor(
    private readonly setup: TopologySetup,
    arrays: SliceArrays,
    backend: BackendName,
  ) {
    this.simulation = new TopologySimulation(setup.settings, arrays, backend);
  }

  get kernelSeconds(): number {
    return this.simulation.kernelSeconds;
  }

  reset(which: Int32Array, count: number, options?: ResetOptions): void {
    this.simulation.reset(which, count, this.beginning(options));
  }

  /** Checks what a reset asks for. */
  private beginning(options: ResetOptions = {}): BeginOptions {
    const { id, settings } = this.setup;
    checkKeys(`a reset of ${id}`, 'option', options, ['scenario', 'row']);
    const { scenario, row } = options;
    const { chronics } = settings;
    if (scenario !== undefined && !(Number.isInteger(scenario) && Number(scenario) >= 0 && Number(scenario) < chronics.scenarios))
      throw new InputError(
        `the scenario of a reset of ${id} is ${describeValue(scenario)}; it must be a whole number from 0 to ${chronics.scenarios - 1}`,
      );
    const latest = chronics.rows(Number(scenario ?? 0)) - 2;
    if (row !== undefined && !(Number.isInteger(row) && Number(row) >= 0 && Number(row) <= latest))
      throw new InputError(`the row of a reset of ${id} is ${describeValue(row)}; it must be a whole number from 0 to ${latest}`);
    return { scenario: scenario as number | undefined, row: row as number | undefined };
  }

  step(which: Int32Array, count: number): void {
    this.simulation.step(which, count);
  }

  snapshot(environment: number): EnvironmentState {
    return this.simulation.snapshot(environment);
  }

  restore(environment: number, state: EnvironmentState): void {
    this.simulation.restore(environment, state);
  }

  render(environment: number, form: 'text' | 'svg'): string {
    return form === 'text' ? topologyText(this.setup, this.simulation, environment) : topologyPicture(this.setup, this.simulation, environment);
  }
}
