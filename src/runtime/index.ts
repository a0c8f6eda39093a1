// 1. The engine and its options
export { createEngine } from './create-engine.ts'
export type { Engine, EngineStatus } from './engine.ts'
export type { EngineOptions } from './engine-options.ts'
export type { EngineNotice } from './notice/notice.ts'
export type { EngineProblem, PolicyUnavailable } from './notice/unavailable.ts'

// 2. Changing the policy
export type { CommandBody, Executed, ExecuteOptions } from './execute/execute-request.ts'

// 3. Around a model call
export type { Admission } from './call/admission.ts'
export type { Ended, Ending } from './call/ending.ts'
export type { AdmitCaller, AdmitFailure, AdmitRequest, Estimated, NotAdmitted } from './call/admit-request.ts'

// 4. Watching it
export type { CallReport, DecidedEvent, DroppedEvent, EndedEvent, EngineEvent } from './call/engine-event.ts'
export type { EngineListener, SubscribeOptions } from './call/subscriber.ts'
export {
  type CredentialUse,
  createUsage,
  type UsageCollector,
  type UsageOptions,
  type UsageSnapshot,
} from './usage.ts'

// 5. Decisions by id
export { createDecisionLog, type DecisionLog, type DecisionLogOptions, type FoundDecision } from './decision-log.ts'

// 6. Tokens
export { isToken, tokenPattern } from './token/token.ts'
export type { TokenIssued, TokenRequest, TokenRotation } from './token/token-request.ts'
export { tokenDigest } from './token/token-secret.ts'

// 7. Reading the past
export { loadState } from './follow/load-state.ts'
export type { PastMoment } from './follow/past.ts'
