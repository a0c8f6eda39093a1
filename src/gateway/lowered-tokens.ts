import type { Admission } from '../runtime/call/admission.ts'
import type { ModelCall } from './call/model-call.ts'
import { leastTokens, type PricedRoute } from './estimate.ts'
import type { CheckedGuardOptions } from './guard-options.ts'

/** The routes that the reserved amount covers, and the bound of the output tokens under which it does. */
export interface TokensWithin {
  readonly routes: readonly PricedRoute[]
  /** The most output tokens of one choice; absent if the amount covers what the client asked for. */
  readonly lowered: number | undefined
}

/** Lowers the bound of the output tokens to what was reserved. Routes for which that is not enough are left out. */
export function tokensWithin(
  call: ModelCall,
  routes: readonly PricedRoute[],
  { hold, amount }: Admission,
  options: CheckedGuardOptions,
): TokensWithin {
  if (hold === undefined) return { routes, lowered: undefined }
  let lowered: number | undefined
  const covered = routes.filter((priced) => {
    if (priced.estimate <= amount) return true
    const tokens = tokensOf(call, priced, amount, options)
    if (tokens === undefined) return false
    lowered = Math.min(lowered ?? tokens, tokens)
    return true
  })
  return { routes: covered, lowered }
}

/** Returns the most output tokens of one choice that an amount covers on a route, if they are useful. */
function tokensOf(
  call: ModelCall,
  { price, bound }: PricedRoute,
  amount: bigint,
  options: CheckedGuardOptions,
): number | undefined {
  const fewest = leastTokens(call, bound, options)
  const output = price?.outputWithin(amount, bound)
  if (fewest === undefined || output === undefined) return undefined
  const tokens = Math.floor(output / call.choices)
  return tokens < fewest ? undefined : tokens
}
