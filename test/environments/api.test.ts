import { checkApi } from './api-checks.js';
import { TOY_MODULE } from './toy-task.js';

checkApi('toy', { steps: 20, module: TOY_MODULE });
checkApi('cartpole', { steps: 80 });
checkApi('pendulum', { steps: 210 });
checkApi('frozenlake', { steps: 60, deterministic: true });
checkApi('frozenlake', { options: { map: '8x8', slippery: false }, steps: 210, deterministic: true });
checkApi('capacitors-ieee123', { steps: 20 });
checkApi('capacitors-ieee123-serious', { steps: 12 });
checkApi('capacitors-ieee123-once', { steps: 20 });
checkApi('dso-case33bw', { steps: 100 });
checkApi('microgrid-6', { steps: 45 });
checkApi('microgrid-6', { options: { actions: 'continuous', reward: 'r2', variant: 'published' }, steps: 25 });
checkApi('microgrid-20', { steps: 25 });
