// What the kernels of microgrid dynamics offer: a module of its own. The one argument is the offset of the layout block.
export { advance } from './advance';
export { rest } from './rest';
export { see } from './see';
