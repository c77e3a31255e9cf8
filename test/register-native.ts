/** Lets BUSBAR_BACKEND choose the kernels in every test: `BUSBAR_BACKEND=native npm test`. */
import '../src/powerflow/node-native.js';
import '../src/learning/node-native.js';
import '../src/dynamics/node-native.js';
