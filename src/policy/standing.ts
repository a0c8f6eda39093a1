import type { AccessGroup } from '../model/access-group.ts'
import type { Organization } from '../model/organization.ts'
import type { Plan } from '../model/plan.ts'
import type { State } from '../model/state.ts'
import { find, type Table } from '../model/table.ts'
import type { Team } from '../model/team.ts'
import type { User } from '../model/user.ts'
import type { VirtualAccount } from '../model/virtual-account.ts'
import { forever, type Windows } from '../model/window.ts'
import { admitsGroup } from './entitlement.ts'

/** An access group that a principal holds, by assignment or by its team's plan, and that its ceiling lets through. */
export interface Held {
  readonly group: AccessGroup
  readonly windows: Windows
  readonly plan: string | undefined
}

/** Where a principal stands: the organization above it, if it has one, and the groups it holds. */
export interface Standing {
  readonly organization: Organization | undefined
  readonly held: readonly Held[]
}

interface Known extends Standing {
  readonly organizations: Table<Organization>
  readonly accessGroups: Table<AccessGroup>
  readonly plans: Table<Plan>
}

const known = new WeakMap<User | Team | VirtualAccount, Known>()
const noStanding: Standing = Object.freeze({ organization: undefined, held: Object.freeze([]) })

/**
 * Where a row stands: its groups are those assigned, in order, then those of its plan. The organization's entitlement is a
 * ceiling on its teams and virtual accounts. Remembered by row for as long as no organization, group or plan changes.
 */
export function standingOf(row: User | Team | VirtualAccount, state: State): Standing {
  if (row.accessGroups.length === 0 && !('organization' in row)) return noStanding
  const last = known.get(row)
  if (
    last !== undefined &&
    last.accessGroups === state.accessGroups &&
    last.plans === state.plans &&
    last.organizations === state.organizations
  ) {
    return last
  }
  const { organizations, accessGroups, plans } = state
  const organization = 'organization' in row ? find(organizations, row.organization) : undefined
  const standing = { organizations, accessGroups, plans, organization, held: findHeld(row, organization, state) }
  known.set(row, standing)
  return standing
}

function findHeld(row: User | Team | VirtualAccount, organization: Organization | undefined, state: State): Held[] {
  const held: Held[] = []
  const hold = (id: string, windows: Windows, plan: string | undefined): void => {
    const group = find(state.accessGroups, id)
    const isAdmitted = organization === undefined || admitsGroup(organization.entitlement, id)
    if (group !== undefined && isAdmitted) held.push({ group, windows, plan })
  }
  for (const { accessGroup, windows } of row.accessGroups) hold(accessGroup, windows, undefined)
  const plan = 'plan' in row && row.plan !== undefined ? find(state.plans, row.plan) : undefined
  if (plan !== undefined) for (const accessGroup of plan.accessGroups) hold(accessGroup, forever, plan.id)
  return held
}
