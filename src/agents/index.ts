/** Agents: what learns to act in environments. */
export { type ActionHead, type ActionHeadOptions, actionHead, type NumberForm, orderedFromOf } from './action-head.js';
export { type Agent, type AgentContext, type AgentKind, type Iteration, type PlainData, trainingSeed } from './agent.js';
export * from './bandit/index.js';
export { checkpointPieces, decodeCheckpoint, encodeCheckpoint } from './checkpoint-file.js';
export * from './clusters/index.js';
export * from './communicating/index.js';
export { crc32c } from './crc32c.js';
export * from './dqn/index.js';
export type { GatheredState } from './gathered.js';
export * from './impala/index.js';
export { LearnedPolicy, type LearnedPolicyOptions } from './learned-policy.js';
export { type OnnxOptions, policyToOnnx } from './onnx.js';
export type { TrainingSignal } from './pace.js';
export {
  type BareNetworkJSON,
  checkPolicyData,
  checkPolicyFits,
  POLICY_HEADS,
  type PolicyData,
  type PolicyHead,
  type PolicyJSON,
  policyFromJSON,
  policyToJSON,
  type TeamPolicyData,
} from './policy-data.js';
export * from './ppo/index.js';
export { AGENTS, agentKind } from './registry.js';
export * from './sac/index.js';
export { completeSettings, type GivenSettings, type Setting, type SettingsOf, type SettingsSchema, type SettingValue } from './settings.js';
export { type EventPlace, eventPlaces, fileVersionEvent, maskedCrc32c, scalarEvent, tfRecord } from './tensorboard.js';
export { train } from './train.js';
export type { TrainOptions } from './train-options.js';
export { trainWith } from './trainer.js';
export type { Training, TrainingProgress, TrainingRecord, TrainingStart } from './training-record.js';
export { checkTrainingState, type TrainingRequest, type TrainingState } from './training-state.js';
