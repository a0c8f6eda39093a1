import type { Instant } from '../model/value/instant.ts'
import type { ListedModel, ModelList } from '../query/list-models.ts'
import type { ModelCall } from './call/model-call.ts'
import { priceRoute } from './estimate.ts'
import type { CheckedGuardOptions } from './guard-options.ts'

/** The number of listed models whose prices are compared. */
const compared = 200
/** The number of models that are named. */
const named = 5

/**
 * Finds models of a list on which a call, with a lowered bound of its output if need be, can cost at most `available`: the
 * dearest first, since it is likely the most able. At most five, of the first 200 of the list.
 */
export function findCheaper(
  call: ModelCall,
  list: ModelList,
  available: bigint,
  at: Instant,
  options: CheckedGuardOptions,
): readonly string[] {
  const affordable: { readonly name: string; readonly estimate: bigint }[] = []
  for (const model of list.models.slice(0, compared)) {
    const estimate = model.name === call.model ? undefined : estimateOf(call, model, at, options)
    if (estimate !== undefined && estimate <= available) affordable.push({ name: model.name, estimate })
  }
  affordable.sort((a, b) => (a.estimate === b.estimate ? 0 : a.estimate < b.estimate ? 1 : -1))
  return affordable.slice(0, named).map(({ name }) => name)
}

/** Returns the most that a call can cost on a listed model, with the fewest useful output tokens. */
function estimateOf(
  call: ModelCall,
  { routes }: ListedModel,
  at: Instant,
  options: CheckedGuardOptions,
): bigint | undefined {
  let most: bigint | undefined
  for (const route of routes) {
    const least = priceRoute(call, route, at, options)?.least
    if (least === undefined) return undefined
    if (most === undefined || least > most) most = least
  }
  return most
}
