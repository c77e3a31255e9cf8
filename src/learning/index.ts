/** What agents share: networks and their optimisers, distributions, buffers, returns and normalisation. */

export { Categorical, MultiCategorical } from './distributions/categorical.js';
export type { Distribution, Numbers, Reals } from './distributions/distribution.js';
export { DiagonalGaussian, type GaussianOptions, SquashedGaussian } from './distributions/gaussian.js';
export { ProductDistribution } from './distributions/product.js';
export { LearningError } from './errors.js';
export { createNetwork, loadNetwork, type NetworkOptions } from './kernel-network.js';
export {
  chooseLearningBackend,
  LEARNING_BACKEND_NAMES,
  type LearningBackend,
  type LearningBackendName,
  type NativeLearning,
  nativeLearning,
  preferLearningBackend,
  referenceLearning,
  registerNativeLearning,
  wasmLearning,
} from './learning-backend.js';
export { clippedPolicyLoss, clippedValueLoss, huberLoss, type PolicyLoss, squaredLoss } from './losses.js';
export { type NStepShape, type NStepSnapshot, NStepTransitions, type TransitionSink } from './n-step.js';
export {
  type BackwardOptions,
  checkData as checkNetworkData,
  type ForwardOptions,
  type Network,
  type NetworkData,
  type StepReport,
} from './network.js';
export { decodeFloats, encodeFloats, type NetworkJSON, networkFromJSON, networkToJSON } from './network-json.js';
export {
  ACTIVATION_NAMES,
  type ActivationName,
  type CompleteLayer,
  type CompleteSpec,
  completeSpec,
  type DenseLayer,
  INITIALISATION_NAMES,
  type InitialisationName,
  type LayerSpec,
  type LstmLayer,
  type NetworkSpec,
  type ParameterPart,
  parameterParts,
} from './network-spec.js';
export { type MomentsData, ObservationNormaliser, RewardNormaliser, type RewardNormaliserData, RunningMoments } from './normaliser.js';
export { type AdamSettings, type CompleteOptimiser, completeOptimiser, type OptimiserSettings, type RmsPropSettings } from './optimiser.js';
export { type PrioritySettings, type ReplayBatch, ReplayBuffer, type ReplayShape, type ReplaySnapshot } from './replay-buffer.js';
export { discountedReturns, generalisedAdvantages, type OffPolicyRollout, type ValuedRollout, type VtraceSettings, vtrace } from './returns.js';
export { type RolloutBatch, RolloutBuffer, type RolloutShape, type RolloutStep, shuffle, standardise } from './rollout-buffer.js';
export { SumTree } from './sum-tree.js';
