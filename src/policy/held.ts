import type { AccessGroup } from '../model/access-group.ts'
import type { Organization } from '../model/organization.ts'
import type { Plan } from '../model/plan.ts'
import type { State } from '../model/state.ts'
import { find, type Table } from '../model/table.ts'
import { forever, type Windows } from '../model/window.ts'
import type { Member } from './context.ts'
import { admitsGroup } from './entitlement.ts'

/** An access group that a principal holds, by assignment or by its team's plan, and that its ceiling lets through. */
export interface Held {
  readonly group: AccessGroup
  readonly windows: Windows
  readonly plan: string | undefined
}

interface Known {
  readonly accessGroups: Table<AccessGroup>
  readonly plans: Table<Plan>
  readonly organization: Organization | undefined
  readonly held: readonly Held[]
}

const known = new WeakMap<Member['row'], Known>()
const nothing: readonly Held[] = Object.freeze([])

/**
 * The access groups that a member of a context holds: those assigned, in order, then those of its plan. The organization's
 * entitlement is a ceiling on its teams and virtual accounts, and never on a user. Remembered by row for as long as no
 * group, no plan and not the organization changes.
 */
export function heldGroups(member: Member, organization: Organization | undefined, state: State): readonly Held[] {
  const { row } = member
  if (row.accessGroups.length === 0 && (member.type !== 'team' || member.row.plan === undefined)) return nothing
  const last = known.get(row)
  if (
    last !== undefined &&
    last.accessGroups === state.accessGroups &&
    last.plans === state.plans &&
    last.organization === organization
  ) {
    return last.held
  }
  const held = findHeld(member, organization, state)
  known.set(row, { accessGroups: state.accessGroups, plans: state.plans, organization, held })
  return held
}

function findHeld(member: Member, organization: Organization | undefined, state: State): readonly Held[] {
  const ceiling = member.type === 'user' ? undefined : organization?.entitlement
  const held: Held[] = []
  const hold = (id: string, windows: Windows, plan: string | undefined): void => {
    const group = find(state.accessGroups, id)
    if (group !== undefined && (ceiling === undefined || admitsGroup(ceiling, id))) held.push({ group, windows, plan })
  }
  for (const { accessGroup, windows } of member.row.accessGroups) hold(accessGroup, windows, undefined)
  const plan = member.type === 'team' && member.row.plan !== undefined ? find(state.plans, member.row.plan) : undefined
  if (plan !== undefined) for (const accessGroup of plan.accessGroups) hold(accessGroup, forever, plan.id)
  return held
}
