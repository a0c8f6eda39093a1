import { findSuccessor, type ModelAlias } from '../../model/noun/model-alias.ts'
import type { State } from '../../model/state/state.ts'
import { hashOf } from '../../model/table/hash.ts'
import { getRow } from '../../model/table/table.ts'
import { type CallerContexts, contextsOf } from '../context/caller-contexts.ts'
import { type Context, holderOf } from '../context/context.ts'
import type { Denied } from '../decision/decision.ts'
import type { Remedy } from '../decision/denial.ts'
import { deny } from '../decision/deny.ts'
import type { EvaluationTime } from '../evaluation-time.ts'
import { reachOf } from './reach.ts'

/**
 * The denial of a retired alias. If the caller has access to the successor, the only remedy is `use_successor`.
 * Otherwise, if the caller has access to the retired alias, the first remedy is `choose_model`. A caller never sees the
 * other remedies, which are for the operator.
 */
export function denyRetired(
  alias: ModelAlias,
  callerContexts: CallerContexts,
  state: State,
  moment: EvaluationTime,
): Denied {
  const contexts = contextsOf(callerContexts, state)
  const successor = findSuccessor(alias)
  const level = { type: 'model', id: alias.id } as const
  const next = successor === undefined ? [] : successorRemedies(successor, contexts, state, moment)
  if (next.length === 1) return deny('model_retired', level, next, state)
  const own: Remedy[] = isReached(alias, contexts, moment)
    ? [{ type: 'choose_model' }]
    : successor === undefined
      ? [{ type: 'correct_model_name' }]
      : []
  return deny('model_retired', level, [...own, ...next], state)
}

/** Whether an access group or a role in one of the contexts gives access to the alias. */
function isReached(alias: ModelAlias, contexts: readonly Context[], moment: EvaluationTime): boolean {
  const resolved = { name: alias.id, hash: hashOf(alias.id), alias, targets: alias.targets }
  return contexts.some((context) => reachOf(context, resolved, moment).reach.length > 0)
}

/**
 * The remedies that lead to the successor of an alias. The first is always `use_successor`. If none of the contexts has
 * access to the successor, `grant_access` follows, for the operator.
 */
export function successorRemedies(
  successor: string,
  contexts: readonly Context[],
  state: State,
  moment: EvaluationTime,
): readonly Remedy[] {
  const use: Remedy = { type: 'use_successor', successor }
  if (isReached(getRow(state.modelAliases, successor), contexts, moment)) return [use]
  const principals = (contexts[0]?.holders ?? []).map(holderOf)
  return [use, { type: 'grant_access', principals, model: successor }]
}
