// 1. The handler
export { type AuthZenHandler, createAuthZenHandler } from './http/handler.ts'
export type { AuthZenAuthentication, AuthZenOptions } from './http/handler-options.ts'

// 2. The policy behind it
export type {
  AuthZenActionSearch,
  AuthZenDecision,
  AuthZenEvaluator,
  AuthZenPage,
  AuthZenPageRequest,
  AuthZenResourceSearch,
  AuthZenSubjectSearch,
  AuthZenUnavailable,
} from './message/evaluator.ts'
export type {
  AuthZenAction,
  AuthZenEvaluation,
  AuthZenProperties,
  AuthZenResource,
  AuthZenSubject,
  AuthZenWanted,
} from './message/entity.ts'

// 3. The policy of an engine
export { authenticateAdministrator } from './engine/authenticate-administrator.ts'
export { type EngineEvaluator, engineEvaluator, type EngineEvaluatorOptions } from './engine/engine-evaluator.ts'
