import type { ModelCall } from './call/model-call.ts'
import type { PricedRoute } from './estimate.ts'
import { mostSearches } from './meter/count-searches.ts'
import type { StreamEnd } from './meter/metered-stream.ts'
import type { Metered } from './meter/stream-meter.ts'
import type { CallBound, CallUsage, Price } from './price/pricer.ts'
import { readUsage } from './price/usage.ts'

/** The cost of a call, and how it was found. */
export interface CallCost {
  readonly cost: bigint
  readonly usage: CallUsage
  /**
   * - `usage`: from the usage that the upstream reported.
   * - `delivered`: from the text that was delivered, because no credible usage was reported, or none of the output.
   * - `reserved`: the reserved amount, because a used unit has no price, or the upstream may bill more than it delivered.
   */
  readonly basis: 'usage' | 'delivered' | 'reserved'
}

/** How a call ended: as a stream does, or with its whole body. */
export interface CallEnd {
  readonly end: StreamEnd
  readonly metered: Metered
  /** Whether the upstream may go on with a call that was aborted. */
  readonly continuesAfterAbort: boolean
  readonly reserved: bigint
}

/** A reported usage is not credible when it costs more than this multiple of the upper bound. */
const credible = 2n
/** No call searches more often: a larger number is not credible. */
const largestSearches = 1_000

/** Computes what a call that an upstream answered costs. */
export function costOfCall(call: ModelCall, priced: PricedRoute, end: CallEnd): CallCost {
  const { price, estimate } = priced
  const usage = usageOf(call, end)
  const isReported = usage !== undefined && !(end.end === 'finished' && end.metered.isUsagePartial === true)
  const used = withSearches(usage ?? countUsage(call, end.metered, priced.bound), end.metered)
  if (price === undefined) return { cost: estimate, usage: used, basis: isReported ? 'usage' : 'delivered' }
  const goesOn = end.continuesAfterAbort && (end.end === 'cancelled' || end.end === 'stalled')
  if (usage === undefined && isUncountable(call)) return { cost: end.reserved, usage: used, basis: 'reserved' }
  const cost = costOf(price, used)
  const isCredible = cost !== undefined && isPossible(price, used, cost, estimate)
  if (goesOn || !isCredible) {
    const least = isCredible && cost > end.reserved ? cost : end.reserved
    return { cost: least, usage: used, basis: 'reserved' }
  }
  return { cost, usage: used, basis: isReported ? 'usage' : 'delivered' }
}

/** Adds the searches that the answer lists to a usage. */
function withSearches(usage: CallUsage, { searches }: Metered): CallUsage {
  const { webSearches = 0, fileSearches = 0 } = searches
  return webSearches + fileSearches === 0 ? usage : { ...usage, ...mostSearches(usage, searches) }
}

/** Whether a usage with this cost can be true. The bound of a call leaves its searches out. */
function isPossible(price: Price, usage: CallUsage, cost: bigint, estimate: bigint): boolean {
  const { webSearches = 0, fileSearches = 0, ...tokens } = usage
  if (webSearches + fileSearches === 0) return cost <= credible * estimate
  const rest = webSearches + fileSearches > largestSearches ? undefined : costOf(price, tokens)
  return rest !== undefined && rest <= credible * estimate
}

/** Returns the reported usage if it is complete and can be true. */
function usageOf(call: ModelCall, { end, metered }: CallEnd): CallUsage | undefined {
  const { operation } = call.endpoint
  const usage = metered.usage === undefined ? undefined : readUsage(operation, metered.usage)
  if (usage === undefined) return undefined
  const { output = 0, audioSeconds } = usage
  // A sound that is billed by the second has no tokens of output.
  if (operation === 'audio' && audioSeconds !== undefined) return usage
  // Anthropic reports the input first and the output last.
  const isPartial = end !== 'finished' || metered.isUsagePartial === true
  if (isPartial && output < metered.delivered) return { ...usage, output: metered.delivered }
  // A count of characters is a rough one, so only a report of nothing, or far below it, is not credible.
  const isTooLittle = output === 0 ? metered.delivered > 0 : output * 4 + 64 < metered.delivered
  return isTooLittle ? undefined : usage
}

/** Whether what a call delivers is not text, so that it cannot be counted. */
function isUncountable({ endpoint: { operation }, hasAudio }: ModelCall): boolean {
  return operation === 'images' || operation === 'audio' || hasAudio
}

/** Returns the cost, or `undefined` if there is none or the host's price throws. */
function costOf(price: Price, usage: CallUsage): bigint | undefined {
  try {
    const cost: unknown = price.costOf(usage)
    return typeof cost === 'bigint' && cost >= 0n ? cost : undefined
  } catch {
    return undefined
  }
}

/** Estimates what was used from the texts, within the bound of the call. Input that is not in the body counts as its bound. */
function countUsage(call: ModelCall, { delivered }: Metered, { input, output }: CallBound): CallUsage {
  const isSeen = !call.hasUnseenInput && call.mediaParts === 0
  return { input: isSeen ? Math.min(Math.ceil(call.size / 4), input) : input, output: Math.min(delivered, output) }
}
