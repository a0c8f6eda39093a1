import * as z from 'zod'
import type { State } from '../../../model/state/state.ts'
import { Instant } from '../../../model/value/instant.ts'
import type { Principal } from '../../../model/value/principal.ts'
import { identifyCaller } from '../../../policy/context/caller.ts'
import { isDenied } from '../../../policy/decision/deny.ts'
import { type EvaluationTime, evaluationTimeOf, untilOf } from '../../../policy/evaluation-time.ts'
import { Name } from '../../../policy/request/request.ts'
import { resolve } from '../../../policy/route/resolve.ts'
import { findAccess, isAccess } from '../../access.ts'
import { lazy } from '../../lazy.ts'
import { PrincipalReference } from '../../principal-reference.ts'
import { answerQuery, parseQuery, type QueryFailure } from '../../query-fault.ts'
import { unknownModel, unknownPrincipal } from '../../unknown-name.ts'
import { findPrincipal } from '../assignment-status.ts'
import { drawGraph } from './draw-graph.ts'
import type { AccessGraph } from './graph.ts'
import { lanesOf } from './graph-lane.ts'

const Query = /* @__PURE__ */ lazy(() =>
  z.strictObject({
    principal: PrincipalReference(),
    model: Name,
    options: z.strictObject({ at: Instant }),
  }),
)

/**
 * Returns every path in the state from a principal to a model. A path that gives no access has a cut, which states the
 * reason. Paths lead through teams, plans, groups that hold the alias, and roles on the accounts of the alias's
 * targets. A path without a cut leads to a provider account if and only if `authorize` gives access. Edges of type
 * `denies` are not part of a path.
 */
export function accessGraph(
  principal: Principal,
  model: string,
  state: State,
  options: { readonly at: Instant },
): AccessGraph | QueryFailure {
  const parsed = parseQuery(Query(), { principal, model, options }, { state })
  if (!parsed.ok) return parsed
  const { query } = parsed
  return answerQuery('state', () => graphOf(query.principal, query.model, state, query.options))
}

/**
 * Builds the graph like `accessGraph`, but without argument checks and error handling. Throws when the state is
 * corrupt.
 */
export function graphOf(
  principal: Principal,
  model: string,
  state: State,
  { at }: { readonly at: Instant },
): AccessGraph | QueryFailure {
  const member = findPrincipal(principal, state)
  if (member === undefined) return unknownPrincipal(principal, ['principal'])
  const resolved = resolve(model, state)
  if (isDenied(resolved)) return unknownModel(model, ['model'])
  const moment = evaluationTimeOf(at)
  const outcome = outcomeOf(principal, model, state, moment)
  const { nodes, edges } = drawGraph(member, resolved, lanesOf(member, resolved, state, moment), state, moment)
  return { ok: true, at, ...outcome, nodes, edges, ...untilOf(moment), version: state.version }
}

function outcomeOf(
  principal: Principal,
  model: string,
  state: State,
  moment: EvaluationTime,
): Pick<AccessGraph, 'access' | 'reason'> {
  const caller = identifyCaller({ who: principal, operation: 'any' }, state, moment)
  if (isDenied(caller)) return { access: false, reason: caller.reason }
  const found = findAccess(caller, model, state, moment)
  return isAccess(found) ? { access: true } : { access: false, reason: found.reason }
}
