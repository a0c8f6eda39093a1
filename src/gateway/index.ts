// 1. The guard
export { createGuard, type CallGuard, type GuardResult } from './guard.ts'
export type { GuardNotice, GuardOptions, GuardRequest } from './guard-options.ts'
export type { GuardedCall, UpstreamRequest } from './guarded-call.ts'
export type { Dialect, Endpoint } from './call/endpoint.ts'
export type { ModelCall } from './call/model-call.ts'
export { type RoutedCall, type RoutedResponse, type RouteFailure, withRoutes } from './with-routes.ts'

// 2. Prices
export {
  type CallBound,
  type CallUsage,
  firstPricer,
  type Price,
  type Pricer,
  type Unit,
} from './price/pricer.ts'
export { type GenaiAmount, type GenaiPricerOptions, type GenaiPrices, genaiPricer } from './price/genai-pricer.ts'
export { type PriceTable, tablePricer } from './price/table-pricer.ts'
export { readUsage } from './price/usage.ts'

// 3. Refusals over HTTP
export { answerRefusal, type RefusalOptions } from './refusal/answer-refusal.ts'
export { answerNotExecuted, answerRejection, type NotExecuted, rejectionTable } from './refusal/answer-rejection.ts'
export {
  type AnswerOptions,
  type ErrorBody,
  type HttpAnswer,
  type ProblemBody,
  type RefusalBody,
  type RefusalError,
  toResponse,
} from './refusal/http-answer.ts'
export { type NoticeOptions, noticeHeaders } from './refusal/notice-headers.ts'
export { plansWithModel } from './refusal/plans-with-model.ts'
export type { Disclosure, GatewayRefusal, Refusal } from './refusal/refusal.ts'
export { type GatewayReason, type AnswerReason, type RefusalRow, refusalTable } from './refusal/refusal-table.ts'
export { streamError, type StreamProtocol } from './refusal/stream-error.ts'
