/** Mutual information between the parts of a decision process, and what clusters it falls into. */
export * from './digamma.js';
export * from './information-matrix.js';
export { mutualInformation, publishedNeighbours } from './mutual-information.js';
export * from './partition.js';
export * from './quantile-components.js';
export * from './samplers.js';
export * from './synthetic-mdp.js';
export * from './topology-sampler.js';
export * from './transition-sample.js';
