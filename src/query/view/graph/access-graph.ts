import { z } from 'zod'
import type { State } from '../../../model/state/state.ts'
import { Instant } from '../../../model/value/instant.ts'
import type { Principal } from '../../../model/value/principal.ts'
import { quote } from '../../../model/value/quote.ts'
import { findAsking } from '../../../policy/context/caller.ts'
import { isDenied } from '../../../policy/decision/deny.ts'
import { type EvaluationTime, evaluationTimeOf, untilOf } from '../../../policy/evaluation-time.ts'
import { Name } from '../../../policy/request/request.ts'
import { resolve } from '../../../policy/route/resolve.ts'
import { findAccess, isAccess } from '../../access.ts'
import { lazy } from '../../lazy.ts'
import { answerQuery, parseQuery, type QueryFailure, queryFailure } from '../../query-fault.ts'
import { findMember } from '../assignment-status.ts'
import type { AccessGraph } from './graph.ts'
import { drawLanes } from './graph-draw.ts'
import { lanesOf } from './graph-lane.ts'

const Query = /* @__PURE__ */ lazy(() =>
  z.strictObject({
    principal: z.strictObject({ type: z.enum(['user', 'team', 'virtualAccount']), id: Name }),
    model: Name,
    options: z.strictObject({ at: Instant }),
  }),
)

/**
 * Every way that is written down from a principal to a model: its teams, their plans, the groups that hold the alias, the
 * roles on the accounts of its targets; and what cuts it. There is a way without a cut to a provider account if and only if
 * `authorize` gives access; edges of the type `denies` are not part of a way.
 */
export function accessGraph(
  principal: Principal,
  model: string,
  state: State,
  options: { readonly at: Instant },
): AccessGraph | QueryFailure {
  const parsed = parseQuery(Query(), { principal, model, options }, { state })
  if (!parsed.ok) return parsed
  return answerQuery('state', () => {
    const { query } = parsed
    const member = findMember(query.principal, state)
    if (member === undefined) return unknownPrincipal(query.principal)
    const resolved = resolve(query.model, state)
    if (isDenied(resolved)) {
      const message = `there is no alias ${quote(query.model)}, and no provider account serves a model by that name`
      return queryFailure('model_unknown', ['model'], message)
    }
    const moment = evaluationTimeOf(query.options.at)
    const verdict = verdictOf(query.principal, query.model, state, moment)
    const { nodes, edges } = drawLanes(member, resolved, lanesOf(member, resolved, state, moment), state, moment)
    return { ok: true as const, at: moment.at, ...verdict, nodes, edges, ...untilOf(moment), version: state.version }
  })
}

function unknownPrincipal({ type, id }: Principal): QueryFailure {
  if (type === 'user') return queryFailure('user_unknown', ['principal'], `there is no user ${quote(id)}`)
  if (type === 'team') return queryFailure('team_unknown', ['principal'], `there is no team ${quote(id)}`)
  return queryFailure('virtual_account_unknown', ['principal'], `there is no virtual account ${quote(id)}`)
}

function verdictOf(
  principal: Principal,
  model: string,
  state: State,
  moment: EvaluationTime,
): Pick<AccessGraph, 'access' | 'reason'> {
  const asking = findAsking(principal, undefined, state, moment)
  if (isDenied(asking)) return { access: false, reason: asking.reason }
  const found = findAccess(asking, model, state, moment)
  return isAccess(found) ? { access: true } : { access: false, reason: found.reason }
}
