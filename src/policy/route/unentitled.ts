import { targetsThrough } from '../../model/noun/access-group.ts'
import type { Context } from '../context/context.ts'
import { type EvaluationTime, indexInForce } from '../evaluation-time.ts'
import type { Resolved } from './resolve.ts'

/**
 * The groups that would give a context the model, sorted by id: a holder has each of them now, and the entitlement of the
 * organization does not admit it.
 */
export function unentitledGroups({ holders }: Context, resolved: Resolved, moment: EvaluationTime): readonly string[] {
  const groups = new Set<string>()
  for (const { access } of holders) {
    for (const { group, windows } of access.unentitled) {
      if (targetsThrough(group, resolved) !== undefined && indexInForce(windows, moment) >= 0) groups.add(group.id)
    }
  }
  return [...groups].sort()
}
