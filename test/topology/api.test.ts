import { checkApi } from '../environments/api-checks.js';

checkApi('topology-case5', { steps: 40 });
checkApi('topology-case14', { steps: 40 });
checkApi('topology-case14', {
  steps: 40,
  options: { actions: ['change', 'lines'], redispatch: true, curtailment: true, storage: true, maintenance: true, opponent: true, start: 'random' },
});
checkApi('topology-case118', { steps: 20 });
