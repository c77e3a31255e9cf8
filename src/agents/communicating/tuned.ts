/** Settings of communicating agents found good for tasks, by agent and task; what is not named has its published default. Why: docs/agents/communicating.md. */
import type { GivenSettings } from '../settings.js';

/** By agent, then by task. */
export const COMMUNICATING_TUNED: Readonly<Record<string, Readonly<Record<string, GivenSettings>>>> = {};
