import { holdsAlias } from '../model/access-group.ts'
import type { Target } from '../model/model-alias.ts'
import type { Organization } from '../model/organization.ts'
import type { State } from '../model/state.ts'
import { find, get } from '../model/table.ts'
import { always, type Window, type Windows } from '../model/window.ts'
import type { Context, Member } from './context.ts'
import type { Reach } from './decision.ts'
import { admitsGroup } from './entitlement.ts'
import { inForce, type Moment } from './moment.ts'
import type { Resolved } from './resolve.ts'

/** Every path by which a context reaches a name: groups that hold the alias, and roles on the accounts of its targets. */
export function reachOf(context: Context, resolved: Resolved, state: State, moment: Moment): Reach[] {
  const reach: Reach[] = []
  for (const member of context.members) {
    if (resolved.alias !== undefined) reachByGroup(reach, member, context.organization, resolved, state, moment)
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

function reachByGroup(
  reach: Reach[],
  member: Member,
  organization: Organization | undefined,
  resolved: Resolved,
  state: State,
  moment: Moment,
): void {
  const ceiling = member.type === 'user' ? undefined : organization?.entitlement
  const opens = (accessGroup: string, windows: Windows | undefined): Window | undefined => {
    const group = find(state.accessGroups, accessGroup)
    if (group === undefined || !holdsAlias(group, resolved.name, resolved.hash)) return undefined
    if (ceiling !== undefined && !admitsGroup(ceiling, accessGroup)) return undefined
    return windows === undefined ? always : inForce(windows, moment)
  }
  for (const { accessGroup, windows } of member.row.accessGroups) {
    const window = opens(accessGroup, windows)
    if (window !== undefined)
      reach.push({ type: 'accessGroup', accessGroup, principal: principalOf(member), ...endOf(window) })
  }
  if (member.type !== 'team' || member.row.plan === undefined) return
  const { plan } = member.row
  for (const accessGroup of get(state.plans, plan).accessGroups) {
    if (opens(accessGroup, undefined) !== undefined) {
      reach.push({ type: 'accessGroup', accessGroup, principal: principalOf(member), plan })
    }
  }
}

function reachByRole(reach: Reach[], member: Member, targets: readonly Target[], moment: Moment): void {
  for (const { providerAccount, role, windows } of member.row.roleGrants) {
    if (!targets.some((target) => target.providerAccount === providerAccount)) continue
    const window = inForce(windows, moment)
    if (window === undefined) continue
    reach.push({ type: 'role', role, providerAccount, principal: principalOf(member), ...endOf(window) })
  }
}

const principalOf = (member: Member) => ({ type: member.type, id: member.row.id })
const endOf = (window: Window) => (window.expiresAt === undefined ? undefined : { until: window.expiresAt })
