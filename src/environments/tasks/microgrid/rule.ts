/** The rule vn = 480 V + nq Q as a policy: each set point is raised by what droop takes off at present. */
import { nearestLevel } from '../../../dynamics/index.js';
import type { Policy } from '../../yardsticks/policy.js';
import type { MicrogridSetup } from './options.js';

/**
 * Makes the rule for a task of these options. What droop takes off is read from the infos, as the difference of `setPoint` and `voltage`; levels are the nearest,
 * numbers are cut to the span.
 */
export function droopRule(name: string, { microgrid, options, span }: MicrogridSetup): Policy {
  const nominal = microgrid.nominalVoltageVolt;
  const inverters = microgrid.inverters.length;
  return {
    name,
    act: (vector, _observations, _masks, into, logProbabilities) => {
      const { infos } = vector;
      const width = infos.names.length;
      const voltage = infos.indexOf('voltage0');
      const setPoint = infos.indexOf('setPoint0');
      for (let i = 0; i < vector.environments; i++) {
        for (let j = 0; j < inverters; j++) {
          const droop = infos.rows[i * width + setPoint + j] - nominal * infos.rows[i * width + voltage + j];
          const wanted = nominal + droop;
          const number = (2 * (wanted - span.low)) / (span.high - span.low) - 1;
          into[i * inverters + j] = options.actions === 'levels' ? nearestLevel(span.levels, wanted) : Math.min(1, Math.max(-1, number));
        }
      }
      logProbabilities?.fill(0);
    },
  };
}
