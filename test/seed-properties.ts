/** Property tests draw the same cases in each run; `FAST_CHECK_SEED=n npm test` draws others. */
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env.FAST_CHECK_SEED ?? 20261120) });
