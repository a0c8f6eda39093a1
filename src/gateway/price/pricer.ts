import type { Instant } from '../../model/value/instant.ts'
import type { Operation } from '../../model/value/operation.ts'
import type { Route } from '../../policy/decision/decision.ts'
export interface CallUsage {
  readonly input?: number
  readonly output?: number
}
export interface Pricer {
  priceOf(route: Route, operation: Operation, at: Instant): Price | undefined
}
export interface Price {
  readonly name: string
  readonly contextWindow?: number
  readonly maxOutput?: number
  costOf(usage: CallUsage): bigint | undefined
  boundOf(call: CallBound): bigint | undefined
  outputWithin(amount: bigint, call: Omit<CallBound, 'output'>): number | undefined
}
export interface CallBound {
  readonly input: number
  readonly output: number
  readonly hasAudio?: boolean
  readonly hasCacheWrite?: boolean
  readonly images?: number
}
