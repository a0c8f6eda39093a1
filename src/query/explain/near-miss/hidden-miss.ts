import type { Target } from '../../../model/noun/model-alias.ts'
import { servesModel } from '../../../model/noun/provider-account.ts'
import { findRow } from '../../../model/table/table.ts'
import { authorize } from '../../../policy/authorize.ts'
import type { DecisionTrace } from '../trace/decision-trace.ts'
import { stateAfterBodies, wouldHaveAccess } from '../trace/what-if.ts'
import type { NearMiss } from './near-miss.ts'

/**
 * Returns the concrete model that the requested alias hides. An alias named `account/model` hides the model of that
 * name.
 */
export function hiddenModelOf({ resolved, state }: DecisionTrace): Target | undefined {
  const alias = resolved?.alias
  const slash = alias?.id.indexOf('/') ?? -1
  if (alias === undefined || slash < 1) return undefined
  const account = findRow(state.providerAccounts, alias.id.slice(0, slash))
  const model = alias.id.slice(slash + 1)
  return account !== undefined && servesModel(account, model) ? { providerAccount: account.id, model } : undefined
}

/**
 * Returns a near miss if the requested alias hides a concrete model that the caller could use. Checked by deleting the
 * alias in a copy of the state and deciding the request again.
 */
export function hiddenMisses(trace: DecisionTrace): readonly NearMiss[] {
  const { request, state, resolved } = trace
  const hidden = hiddenModelOf(trace)
  if (hidden === undefined || resolved?.alias === undefined) return []
  const { id } = resolved.alias
  const next = stateAfterBodies([{ type: 'DeleteModelAlias', alias: id, cascade: true }], request.at, state)
  if (next === undefined || !wouldHaveAccess(request, {}, next)) return []
  const decision = authorize(request, next)
  const by = decision.effect === 'allow' && 'reach' in decision ? decision.reach[0] : undefined
  return [{ type: 'modelHidden', alias: id, route: hidden, ...(by === undefined ? {} : { by }) }]
}
