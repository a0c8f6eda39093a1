import { holdsAlias } from '../model/access-group.ts'
import type { Target } from '../model/model-alias.ts'
import type { Context, Member } from './context.ts'
import type { Reach } from './decision.ts'
import { inForce, type Moment } from './moment.ts'
import type { Resolved } from './resolve.ts'
import type { Held } from './standing.ts'

/** Every path by which a context reaches a name: groups that hold the alias, and roles on the accounts of its targets. */
export function reachOf(context: Context, resolved: Resolved, moment: Moment): Reach[] {
  const reach: Reach[] = []
  for (const member of context.members) {
    if (resolved.alias !== undefined) {
      for (const held of member.held) {
        if (holdsAlias(held.group, resolved.name, resolved.hash)) reachByGroup(reach, member, held, moment)
      }
    }
    if (member.row.roleGrants.length > 0) reachByRole(reach, member, resolved.targets, moment)
  }
  return reach
}

/** The targets that the paths lead to: all of them by a group, else those on an account that a role opens. */
export function reachedTargets(reach: readonly Reach[], targets: readonly Target[]): readonly Target[] {
  for (const path of reach) if (path.type === 'accessGroup') return targets
  return targets.filter((target) =>
    reach.some((path) => path.type === 'role' && path.providerAccount === target.providerAccount),
  )
}

function reachByGroup(reach: Reach[], member: Member, { group, windows, plan }: Held, moment: Moment): void {
  const window = inForce(windows, moment)
  if (window === undefined) return
  const type = 'accessGroup'
  const accessGroup = group.id
  const principal = { type: member.type, id: member.row.id }
  const until = window.expiresAt
  if (plan !== undefined) reach.push({ type, accessGroup, principal, plan })
  else reach.push(until === undefined ? { type, accessGroup, principal } : { type, accessGroup, principal, until })
}

function reachByRole(reach: Reach[], member: Member, targets: readonly Target[], moment: Moment): void {
  for (const { providerAccount, role, windows } of member.row.roleGrants) {
    if (!targets.some((target) => target.providerAccount === providerAccount)) continue
    const window = inForce(windows, moment)
    if (window === undefined) continue
    const principal = { type: member.type, id: member.row.id }
    const until = window.expiresAt
    const path = { type: 'role', role, providerAccount, principal } as const
    reach.push(until === undefined ? path : { ...path, until })
  }
}
