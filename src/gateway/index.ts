// 1. The guard
export { createGuard, type Guard, type GuardResult } from './guard.ts'
export type { GuardNotice, GuardOptions, GuardRequest } from './guard-options.ts'
export type { GuardedCall, UpstreamRequest } from './guarded-call.ts'
export type { Dialect, Endpoint } from './call/endpoint.ts'
export type { ModelCall } from './call/model-call.ts'
export { type RoutedCall, type RoutedResponse, type RouteFailure, withRoutes } from './with-routes.ts'
