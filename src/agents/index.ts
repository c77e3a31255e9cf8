/** Agents: what learns to act in environments. */
export { type ActionHead, actionHead, type NumberForm } from './action-head.js';
export { type Agent, type AgentContext, type AgentKind, type Iteration, type PlainData, trainingSeed } from './agent.js';
export * from './bandit/index.js';
export { LearnedPolicy, type LearnedPolicyOptions } from './learned-policy.js';
export { checkPolicyFits, POLICY_HEADS, type PolicyData, type PolicyHead, type PolicyJSON, policyFromJSON, policyToJSON } from './policy-data.js';
export * from './ppo/index.js';
export { AGENTS, agentKind } from './registry.js';
export { completeSettings, type GivenSettings, type Setting, type SettingsOf, type SettingsSchema, type SettingValue } from './settings.js';
export { train } from './train.js';
export { type Training, type TrainingProgress, type TrainingRecord, type TrainingState, type TrainOptions, trainWith } from './trainer.js';
