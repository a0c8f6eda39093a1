import { targetsThrough } from '../../model/noun/access-group.ts'
import type { Context } from '../context/context.ts'
import { type EvaluationTime, indexInForce } from '../evaluation-time.ts'
import type { Resolved } from './resolve.ts'

/**
 * Returns the sorted ids of the groups that would give a context the model, but that the organization's entitlement
 * does not admit. A holder of the context has each of these groups at the request's instant.
 */
export function unentitledGroups({ holders }: Context, resolved: Resolved, moment: EvaluationTime): readonly string[] {
  let groups: Set<string> | undefined
  for (const { access } of holders) {
    for (const { group, windows } of access.unentitled) {
      if (targetsThrough(group, resolved) === undefined || indexInForce(windows, moment) < 0) continue
      groups ??= new Set()
      groups.add(group.id)
    }
  }
  return groups === undefined ? none : [...groups].sort()
}

const none: readonly string[] = Object.freeze([])
