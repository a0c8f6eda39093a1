import type { Instant } from '../model/value/instant.ts'
import type { Route, UseAllowed } from '../policy/decision/decision.ts'
import type { Estimated } from '../runtime/call/admit-request.ts'
import type { ModelCall } from './call/model-call.ts'
import type { CheckedGuardOptions } from './guard-options.ts'
import type { CallBound, Price } from './price/pricer.ts'

/** A route of a call with what the call can cost there. */
export interface PricedRoute {
  readonly route: Route
  /** Absent if the route has no price, and the host admits such calls. */
  readonly price?: Price
  readonly bound: CallBound
  /** The most that the call can cost, in units of 10^-9. */
  readonly estimate: bigint
  /** The most that the call can cost with the fewest useful output tokens. */
  readonly least: bigint
}

/** What a call can cost on the routes of its decision. */
export interface CallEstimate {
  readonly amounts: Estimated
  readonly routes: readonly PricedRoute[]
  /** The routes that are left out because they have no price. */
  readonly unpriced: readonly Route[]
  /** What the pricer threw. */
  readonly failure: { readonly error: unknown } | undefined
}

/** An upper bound of the tokens that a provider adds to a call, such as its instructions for tools. */
const hiddenPrompt = 1_000
/** An upper bound of the tokens of an image as input. The dearest known model takes 48,169 for one. */
const imageInput = 50_000
/** An upper bound of the tokens of an image as output. */
const imageOutput = 20_000

/** A second of sound has at least this many bytes, even in the most frugal format. */
const bytesPerSecond = 500

/** The operations that their providers do not bill. */
const freeOperations = ['moderations', 'count_tokens']

/** The operations whose output is bounded by a field of the body. */
const boundedOperations = ['chat', 'responses', 'messages']

/** Computes what a call can cost on each route of a decision. */
export function estimateCall(
  call: ModelCall,
  decision: UseAllowed,
  at: Instant,
  options: CheckedGuardOptions,
): CallEstimate {
  const isPaid = decision.payer.type === 'wallet'
  const routes: PricedRoute[] = []
  const unpriced: Route[] = []
  let failure: { readonly error: unknown } | undefined
  for (const route of decision.routes) {
    try {
      const priced = priceRoute(call, route, at, options) ?? priceUnpriced(call, route, isPaid, options)
      if (priced === undefined) unpriced.push(route)
      else routes.push(priced)
    } catch (error) {
      failure = { error }
      unpriced.push(route)
    }
  }
  let estimate = 0n
  for (const route of routes) if (route.estimate > estimate) estimate = route.estimate
  let least = estimate
  for (const route of routes) if (route.least < least) least = route.least
  return { amounts: { estimate, ...(least > 0n ? { minEstimate: least } : {}) }, routes, unpriced, failure }
}

/** Returns the fewest useful output tokens of one choice, if the guard may lower the bound of the call. */
export function leastTokens(call: ModelCall, bound: CallBound, options: CheckedGuardOptions): number | undefined {
  if (!boundedOperations.includes(call.endpoint.operation)) return undefined
  return Math.min(options.minTokens, Math.floor(bound.output / call.choices))
}

/** Returns what a call can cost on a route, or `undefined` if the route has no price. */
export function priceRoute(
  call: ModelCall,
  route: Route,
  at: Instant,
  options: CheckedGuardOptions,
): PricedRoute | undefined {
  const { operation } = call.endpoint
  const price = freeOperations.includes(operation) ? undefined : options.pricer?.priceOf(route, operation, at)
  if (price === undefined) return undefined
  const bound = boundOf(call, price, options)
  const estimate = price.boundOf(bound)
  if (estimate === undefined) return undefined
  const fewest = leastTokens(call, bound, options)
  const least = fewest === undefined ? estimate : price.boundOf({ ...bound, output: fewest * call.choices })
  return { route, price, bound, estimate, least: least ?? estimate }
}

function priceUnpriced(
  call: ModelCall,
  route: Route,
  isPaid: boolean,
  options: CheckedGuardOptions,
): PricedRoute | undefined {
  const isFree = freeOperations.includes(call.endpoint.operation) || !isPaid
  const amount = isFree ? 0n : options.unpriced
  if (amount === undefined) return undefined
  return { route, bound: { input: 0, output: 0 }, estimate: amount, least: amount }
}

/** Returns the upper bounds of what a call can use at a price. */
function boundOf(call: ModelCall, price: Price, options: CheckedGuardOptions): CallBound {
  const window = price.contextWindow ?? options.contextWindow
  return {
    input: boundInput(call, window, options),
    output: boundOutput(call, price, window, options),
    hasAudio: call.hasAudio,
    // Some chat models draw unasked.
    hasImages: true,
    hasCacheWrite: call.hasCacheWrite,
    images: call.endpoint.operation === 'images' ? call.choices : 0,
    audioSeconds: call.endpoint.body === 'form' && call.hasAudio ? Math.ceil(call.size / bytesPerSecond) : 0,
  }
}

/** A token has at least one byte, so the size of the body bounds the tokens of its text. */
function boundInput(call: ModelCall, window: number, { countInput }: CheckedGuardOptions): number {
  if (countInput !== undefined) return Math.ceil(Math.max(0, countInput(call)))
  return call.hasUnseenInput ? window : Math.min(window, call.size + hiddenPrompt + call.mediaParts * imageInput)
}

function boundOutput(call: ModelCall, price: Price, window: number, options: CheckedGuardOptions): number {
  const { operation } = call.endpoint
  if (operation === 'embeddings' || operation === 'moderations' || operation === 'count_tokens') return 0
  if (operation === 'images') return call.choices * imageOutput
  const largest = price.maxOutput ?? window
  return Math.min(call.maxTokens ?? options.maxTokens ?? largest, largest) * call.choices
}
