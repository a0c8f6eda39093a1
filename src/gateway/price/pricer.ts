import type { Instant } from '../../model/value/instant.ts'
import type { Operation } from '../../model/value/operation.ts'
import type { Route } from '../../policy/decision/decision.ts'

/** The kinds of tokens that a call can use. */
export type TokenUnit =
  | 'input'
  | 'cachedInput'
  | 'cacheWrite'
  | 'cacheWriteHour'
  | 'inputAudio'
  | 'cachedInputAudio'
  | 'inputImage'
  | 'cachedInputImage'
  | 'output'
  | 'outputAudio'
  | 'outputImage'
  | 'reasoning'

/** The units that a call can use. */
export type Unit = TokenUnit | 'audioSeconds' | 'images' | 'webSearches' | 'fileSearches'

/**
 * What a call used, in integers of zero or more; an absent unit is zero. `input` has all input tokens: the cached, the
 * cache-written, and those of sounds and images are parts of it. `cacheWriteHour` is a part of `cacheWrite`, and
 * `outputAudio`, `outputImage` and `reasoning` are parts of `output`.
 */
export type CallUsage = { readonly [U in Unit]?: number }

/** An upper bound of what a call can use. */
export interface CallBound {
  /** The most input tokens. */
  readonly input: number
  /** The most output tokens. */
  readonly output: number
  /** Whether tokens of sounds can occur. */
  readonly hasAudio?: boolean
  /** Whether tokens of images can occur. */
  readonly hasImages?: boolean
  /** Whether the client asks to cache a part of the input. */
  readonly hasCacheWrite?: boolean
  /** The most seconds of sound as input. */
  readonly audioSeconds?: number
  /** The most images as output. */
  readonly images?: number
}

/** The price of one model of one provider at an instant. No method throws. */
export interface Price {
  /** Which price it is, such as `openai/gpt-5`. */
  readonly name: string
  /** The context window in tokens, if it is known. */
  readonly contextWindow?: number
  /** The largest output in tokens, if it is known. */
  readonly maxOutput?: number
  /** Returns the cost in units of 10^-9, rounded up once, or `undefined` if a used unit has no price. */
  costOf(usage: CallUsage): bigint | undefined
  /** Returns an upper bound of the cost of each usage within the bound that has a cost; `undefined` if nothing has a price. */
  boundOf(bound: CallBound): bigint | undefined
  /** Returns the greatest output whose bound is at most `amount`. `undefined` if the rest alone exceeds the amount. */
  outputWithin(amount: bigint, bound: CallBound): number | undefined
}

/** Knows the prices of routes. A host can write one by hand. */
export interface Pricer {
  /** Returns the price of a route at an instant, or `undefined` if there is none. Must not throw. */
  priceOf(route: Route, operation: Operation, at: Instant): Price | undefined
}

/** Returns a pricer that asks several in order, and takes the first price. */
export function firstPricer(...pricers: readonly Pricer[]): Pricer {
  return {
    priceOf(route, operation, at) {
      for (const pricer of pricers) {
        const price = pricer.priceOf(route, operation, at)
        if (price !== undefined) return price
      }
      return undefined
    },
  }
}
