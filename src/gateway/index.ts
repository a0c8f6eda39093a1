// 1. The guard
export { createGuard, type Guard, type GuardResult } from './guard.ts'
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

// 3. Refusals
