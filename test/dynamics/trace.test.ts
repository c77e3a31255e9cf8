import { describe, expect, it } from 'vitest';
import { loadMicrogrid, MicrogridSimulation, MicrogridTrace } from '../../src/dynamics/index.js';

describe('MicrogridTrace', () => {
  it('records what the simulation goes through, and leaves it as it is', () => {
    const microgrid = loadMicrogrid('microgrid-6');
    const [watched, alone] = [new MicrogridSimulation(microgrid), new MicrogridSimulation(microgrid)];
    for (const simulation of [watched, alone]) simulation.reset();
    const rest = watched.state.voltagePu(3);
    const trace = new MicrogridTrace(watched);
    for (let k = 0; k < 10; k++) {
      const voltages = new Float64Array(6).fill(500 + k);
      trace.step(voltages);
      alone.step(voltages);
    }
    expect(watched.state.currentRe).toEqual(alone.state.currentRe);
    const { times, voltagePu, hertz, activeKw, reactiveKvar } = trace.traces;
    expect(times).toHaveLength(10 * 52);
    expect(times.every((time, i) => i === 0 || time >= times[i - 1])).toBe(true);
    expect(times[times.length - 1]).toBeCloseTo(0.5, 12);
    // The set point jumps from 480 to 500 V at the begin.
    expect(voltagePu[3][0]).toBe(rest);
    expect(voltagePu[3][1] - voltagePu[3][0]).toBeCloseTo(20 / 480, 12);
    expect(voltagePu[3].at(-1)).toBe(alone.state.voltagePu(3));
    expect(hertz[5].at(-1)).toBe(alone.state.speed(5) / (2 * Math.PI));
    expect(activeKw[2].at(-1)).toBe(alone.state.activePower[2] / 1000);
    expect(reactiveKvar[2].at(-1)).toBe(alone.state.reactivePower[2] / 1000);
    // Powers are filtered: they do not jump.
    const jumps = activeKw[2].map((value, i) => Math.abs(value - (activeKw[2][i - 1] ?? value)));
    expect(Math.max(...jumps)).toBeLessThan(0.1 * Math.max(...activeKw[2]));
  });
});
