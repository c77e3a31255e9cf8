import { checkApi } from '../api-checks.js';

checkApi('inverters-ieee123', { steps: 100 });
checkApi('inverters-ieee123', { options: { actions: 'discrete', reactive: 'volt-var' }, steps: 100 });
