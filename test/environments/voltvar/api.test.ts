/** The Volt-VAR tasks under the checks that every task must pass. */
import { checkApi } from '../api-checks.js';

checkApi('voltvar-ieee13', { steps: 50 });
checkApi('voltvar-ieee13', { options: { control: 'native', observeLoads: true, loadScale: 1.5 }, steps: 30 });
checkApi('voltvar-ieee13-cbat-soc', { steps: 30, backend: 'wasm' });
checkApi('voltvar-ieee34-corrected', { steps: 30 });
checkApi('voltvar-ieee123-cbat-soc-corrected', { steps: 30 });
