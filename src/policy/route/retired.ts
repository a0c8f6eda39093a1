import { findSuccessor, type ModelAlias } from '../../model/noun/model-alias.ts'
import type { State } from '../../model/state/state.ts'
import { hashOf } from '../../model/table/hash.ts'
import { getRow } from '../../model/table/table.ts'
import { type Caller, contextsOf } from '../context/caller-contexts.ts'
import type { Context } from '../context/context.ts'
import type { Denied } from '../decision/decision.ts'
import type { Remedy } from '../decision/denial.ts'
import { deny } from '../decision/deny.ts'
import type { EvaluationTime } from '../evaluation-time.ts'
import { reachOf } from './reach.ts'

/**
 * The denial of a retired alias. Its remedies say what the caller may learn: `use_successor` alone when the successor is
 * its own, `choose_model` when only the retired name is, and neither by itself when it has nothing to do with either.
 */
export function refuseRetired(alias: ModelAlias, caller: Caller, state: State, moment: EvaluationTime): Denied {
  const contexts = contextsOf(caller, state)
  const successor = findSuccessor(alias)
  const level = { type: 'model', id: alias.id } as const
  if (successor !== undefined && isReached(getRow(state.modelAliases, successor), contexts, moment)) {
    return deny('model_retired', level, [{ type: 'use_successor', successor }], state)
  }
  const isOwn = isReached(alias, contexts, moment)
  const first: Remedy[] = isOwn
    ? [{ type: 'choose_model' }]
    : successor === undefined
      ? [{ type: 'correct_model_name' }]
      : []
  return deny(
    'model_retired',
    level,
    [...first, ...(successor === undefined ? [] : granting(successor, contexts))],
    state,
  )
}

function isReached(alias: ModelAlias, contexts: readonly Context[], moment: EvaluationTime): boolean {
  const resolved = { name: alias.id, hash: hashOf(alias.id), alias, targets: alias.targets }
  return contexts.some((context) => reachOf(context, resolved, moment).length > 0)
}

/** What an operator would do for a caller that has no successor to go to: grant it. */
function granting(successor: string, [context]: readonly Context[]): Remedy[] {
  const principals = (context?.members ?? []).map(({ type, row }) => ({ type, id: row.id }))
  return [
    { type: 'use_successor', successor },
    { type: 'grant_access', principals, model: successor },
  ]
}
