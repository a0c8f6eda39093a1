import { targetsThrough } from '../../model/noun/access-group.ts'
import type { RoleGrant } from '../../model/noun/holding.ts'
import type { Target } from '../../model/noun/model-alias.ts'
import type { State } from '../../model/state/state.ts'
import { findRow } from '../../model/table/table.ts'
import type { Window } from '../../model/value/window.ts'
import { type Context, type ContextHolder, holderOf, roleGrantsOf } from '../context/context.ts'
import type { EffectiveGroup } from '../context/effective-access.ts'
import type { Reach } from '../decision/decision.ts'
import { type EvaluationTime, indexInForce } from '../evaluation-time.ts'
import type { Resolved } from './resolve.ts'

/**
 * The access paths from a context to a requested model, and the targets that these paths open. Targets are in the order
 * of the alias.
 */
export interface Reached {
  readonly reach: readonly Reach[]
  readonly targets: readonly Target[]
}

/** The `Reached` of a context without any access path to the requested model. */
export const unreached: Reached = Object.freeze({ reach: Object.freeze([]), targets: Object.freeze([]) })

/**
 * Finds every access path from a context to a model. A path is an access group that holds the alias or a target, or a
 * role on the provider account of a target.
 */
export function reachOf(context: Context, resolved: Resolved, moment: EvaluationTime): Reached {
  const { targets } = resolved
  let reach: Reach[] | undefined
  let isWhole = false
  let some: Target[] | undefined
  for (const holder of context.holders) {
    const { groups } = holder.access
    for (let i = 0; i < groups.length; i += 1) {
      const held = groups[i] as EffectiveGroup
      const led = targetsThrough(held.group, resolved)
      const window = led && held.windows[indexInForce(held.windows, moment)]
      if (led === undefined || window === undefined) continue
      reach = withPath(reach, pathByGroup(held, window))
      if (led.length === targets.length) isWhole = true
      else some = [...(some ?? []), ...led]
    }
    const roleGrants = roleGrantsOf(holder)
    for (let i = 0; i < roleGrants.length; i += 1) {
      const grant = roleGrants[i] as RoleGrant
      if (!leadsTo(grant.providerAccount, targets)) continue
      const window = grant.windows[indexInForce(grant.windows, moment)]
      if (window !== undefined) reach = withPath(reach, pathByRole(holder, grant, window))
    }
  }
  if (reach === undefined) return unreached
  // A path opens at least one target, so that it opens the only one.
  return { reach, targets: isWhole || targets.length === 1 ? targets : reachedTargets(reach, some, targets) }
}

/**
 * Adds an access path to the list and returns the list. The first path creates the list, since pushing to an empty
 * array would reserve memory for seventeen elements.
 */
function withPath(reach: Reach[] | undefined, path: Reach): Reach[] {
  if (reach === undefined) return [path]
  reach.push(path)
  return reach
}

/** Returns the targets that an access path opens: the targets in `byGroup`, and those on the account of a role. */
function reachedTargets(
  reach: readonly Reach[],
  byGroup: readonly Target[] | undefined,
  targets: readonly Target[],
): readonly Target[] {
  return targets.filter(
    (target) =>
      byGroup?.includes(target) === true ||
      reach.some((path) => path.type === 'role' && path.providerAccount === target.providerAccount),
  )
}

/** Returns the targets of a requested name that one access path opens. */
export function targetsOfPath(path: Reach, resolved: Resolved, state: State): readonly Target[] {
  const { targets } = resolved
  if (path.type === 'role') return targets.filter(({ providerAccount }) => providerAccount === path.providerAccount)
  const group = findRow(state.accessGroups, path.accessGroup)
  return (group && targetsThrough(group, resolved)) ?? []
}

function leadsTo(providerAccount: string, targets: readonly Target[]): boolean {
  for (let i = 0; i < targets.length; i += 1) if (targets[i]?.providerAccount === providerAccount) return true
  return false
}

/** The access path by a group that is in force during a window. */
function pathByGroup({ group: { id: accessGroup }, principal, plan }: EffectiveGroup, { expiresAt }: Window): Reach {
  const path: Mutable<Reach & { readonly type: 'accessGroup' }> = { type: 'accessGroup', accessGroup, principal }
  if (plan !== undefined) path.plan = plan
  if (expiresAt !== undefined) path.until = expiresAt
  return path
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

function pathByRole(holder: ContextHolder, { role, providerAccount }: RoleGrant, { expiresAt }: Window): Reach {
  const principal = holderOf(holder)
  if (expiresAt === undefined) return { type: 'role', role, providerAccount, principal }
  return { type: 'role', role, providerAccount, principal, until: expiresAt }
}
