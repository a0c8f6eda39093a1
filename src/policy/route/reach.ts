import type { RoleGrant } from '../../model/noun/holding.ts'
import type { Target } from '../../model/noun/model-alias.ts'
import type { Window } from '../../model/value/window.ts'
import { type Context, type ContextHolder, holderOf, roleGrantsOf } from '../context/context.ts'
import { groupsWithAlias } from '../context/effective-access.ts'
import type { Reach } from '../decision/decision.ts'
import { type EvaluationTime, indexInForce } from '../evaluation-time.ts'
import type { Resolved } from './resolve.ts'

const noReach: readonly Reach[] = Object.freeze([])

/**
 * Every path from a context to a model: an access group that holds the alias, or a role on the provider account of a
 * target.
 */
export function reachOf(context: Context, resolved: Resolved, moment: EvaluationTime): readonly Reach[] {
  let reach: Reach[] | undefined
  for (const holder of context.holders) {
    if (resolved.alias !== undefined) {
      for (const held of groupsWithAlias(holder.access, resolved.alias.id, resolved.hash)) {
        const path = held.paths[indexInForce(held.windows, moment)]
        if (path !== undefined) reach = withPath(reach, path)
      }
    }
    const roleGrants = roleGrantsOf(holder)
    for (let i = 0; i < roleGrants.length; i += 1) {
      const grant = roleGrants[i] as RoleGrant
      if (!leadsTo(grant.providerAccount, resolved.targets)) continue
      const window = grant.windows[indexInForce(grant.windows, moment)]
      if (window !== undefined) reach = withPath(reach, pathByRole(holder, grant, window))
    }
  }
  return reach ?? noReach
}

/**
 * Returns the list with one more path. The first path creates the list, since pushing to an empty array would reserve
 * memory for seventeen elements.
 */
function withPath(reach: Reach[] | undefined, path: Reach): Reach[] {
  if (reach === undefined) return [path]
  reach.push(path)
  return reach
}

/**
 * The targets that the paths lead to. A path by an access group leads to all targets. A path by a role leads to the
 * targets on the role's account.
 */
export function reachedTargets(reach: readonly Reach[], targets: readonly Target[]): readonly Target[] {
  for (const path of reach) if (path.type === 'accessGroup') return targets
  return targets.filter((target) =>
    reach.some((path) => path.type === 'role' && path.providerAccount === target.providerAccount),
  )
}

function leadsTo(providerAccount: string, targets: readonly Target[]): boolean {
  for (let i = 0; i < targets.length; i += 1) if (targets[i]?.providerAccount === providerAccount) return true
  return false
}

function pathByRole(holder: ContextHolder, { role, providerAccount }: RoleGrant, { expiresAt }: Window): Reach {
  const principal = holderOf(holder)
  if (expiresAt === undefined) return { type: 'role', role, providerAccount, principal }
  return { type: 'role', role, providerAccount, principal, until: expiresAt }
}
