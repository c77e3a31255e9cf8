/** The classics of reinforcement learning, exact, to test agents with; there is no power flow in them. */
import { registerTask } from '../../registry.js';
import { cartpole } from './cartpole.js';
import { frozenlake } from './frozenlake.js';
import { pendulum } from './pendulum.js';

export { cartpole } from './cartpole.js';
export { frozenLakeTransitions, frozenlake, type LakeMap, type LakeTransition } from './frozenlake.js';
export { pendulum } from './pendulum.js';

registerTask('cartpole', cartpole, 'CartPole: keep a pole upright on a cart');
registerTask('pendulum', pendulum, 'Pendulum: swing a rod up and hold it there');
registerTask('frozenlake', frozenlake, 'FrozenLake: cross slippery ice to the goal');
