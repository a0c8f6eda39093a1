import { type AccessGroup, holdsAlias } from '../model/access-group.ts'
import { freeze } from '../model/freeze.ts'
import type { Organization } from '../model/organization.ts'
import type { Plan } from '../model/plan.ts'
import type { PrincipalType } from '../model/principal.ts'
import type { RestrictionSet } from '../model/restriction-set.ts'
import type { State } from '../model/state.ts'
import type { Index } from '../model/state-index.ts'
import { find, type Table } from '../model/table.ts'
import type { Team } from '../model/team.ts'
import type { User } from '../model/user.ts'
import type { VirtualAccount } from '../model/virtual-account.ts'
import { forever, type Windows } from '../model/window.ts'
import type { Reach } from './decision.ts'
import { admitsGroup } from './entitlement.ts'

/** An access group that a principal holds, by assignment or by its team's plan, and that its ceiling lets through. */
export interface Held {
  readonly group: AccessGroup
  readonly windows: Windows
  /** The path that a decision names while each of the windows is in force. */
  readonly paths: readonly Reach[]
}

/** Where a principal stands: the organization above it, the groups it holds, and the restrictions on either of the two. */
export interface Standing {
  readonly organization: Organization | undefined
  readonly held: readonly Held[]
  readonly restrictions: readonly RestrictionSet[]
  /** Which of the held groups hold an alias, for the aliases last asked about. */
  readonly heldByAlias: Map<string, readonly Held[]>
}

/** What a standing was found in, beside the row: it is good for as long as these are the same. */
interface Known extends Standing {
  readonly organizations: Table<Organization>
  readonly accessGroups: Table<AccessGroup>
  readonly plans: Table<Plan>
  readonly restrictionsOn: Index['restrictionsOn']
}

const known = new WeakMap<User | Team | VirtualAccount, Known>()

/**
 * Where a row stands: its groups are those assigned, in order, then those of its plan. The organization's entitlement is a
 * ceiling on its teams and virtual accounts, never on a user. Remembered by row for as long as no organization, group,
 * plan or restriction changes.
 */
export function standingOfUser(row: User, state: State): Standing {
  const hasNothing = row.accessGroups.length === 0 && state.index.restrictionsOn.user.size === 0
  return hasNothing ? noStanding : (recall(row, state) ?? remember(row, 'user', undefined, undefined, state))
}

export function standingOfTeam(row: Team, state: State): Standing {
  return recall(row, state) ?? remember(row, 'team', row.organization, row.plan, state)
}

export function standingOfVirtualAccount(row: VirtualAccount, state: State): Standing {
  return recall(row, state) ?? remember(row, 'virtualAccount', row.organization, undefined, state)
}

const noStanding: Standing = Object.freeze({
  organization: undefined,
  held: [],
  restrictions: [],
  heldByAlias: new Map<string, readonly Held[]>(),
})

/** The most aliases that are remembered with a row. */
const rememberedAliases = 64

/** The held groups that hold an alias, in the order in which they are held. */
export function heldWith({ held, heldByAlias }: Standing, alias: string, hash: number): readonly Held[] {
  if (held.length === 0) return held
  const last = heldByAlias.get(alias)
  if (last !== undefined) return last
  const found = held.filter(({ group }) => holdsAlias(group, alias, hash))
  if (heldByAlias.size >= rememberedAliases) heldByAlias.clear()
  heldByAlias.set(alias, found)
  return found
}

function recall(row: User | Team | VirtualAccount, state: State): Standing | undefined {
  const last = known.get(row)
  return last !== undefined &&
    last.accessGroups === state.accessGroups &&
    last.plans === state.plans &&
    last.organizations === state.organizations &&
    last.restrictionsOn === state.index.restrictionsOn
    ? last
    : undefined
}

function remember(
  row: User | Team | VirtualAccount,
  type: PrincipalType,
  organizationId: string | undefined,
  plan: string | undefined,
  state: State,
): Standing {
  const { organizations, accessGroups, plans } = state
  const { restrictionsOn } = state.index
  const organization = organizationId === undefined ? undefined : find(organizations, organizationId)
  const sets = [find(restrictionsOn[type], row.id), organization && find(restrictionsOn.organization, organization.id)]
  const standing: Known = {
    organization,
    held: findHeld(row, type, plan, organization, state),
    restrictions: sets.filter((set) => set !== undefined),
    heldByAlias: new Map(),
    organizations,
    accessGroups,
    plans,
    restrictionsOn,
  }
  known.set(row, standing)
  return standing
}

function findHeld(
  row: User | Team | VirtualAccount,
  type: PrincipalType,
  planId: string | undefined,
  organization: Organization | undefined,
  state: State,
): readonly Held[] {
  const principal = { type, id: row.id }
  const held: Held[] = []
  const hold = (id: string, windows: Windows, path: Reach): void => {
    const group = find(state.accessGroups, id)
    const isAdmitted = organization === undefined || admitsGroup(organization.entitlement, id)
    if (group === undefined || !isAdmitted) return
    const paths = windows.map(({ expiresAt: until }) => freeze(until === undefined ? path : { ...path, until }))
    held.push({ group, windows, paths })
  }
  for (const { accessGroup, windows } of row.accessGroups) {
    hold(accessGroup, windows, { type: 'accessGroup', accessGroup, principal })
  }
  const plan = planId === undefined ? undefined : find(state.plans, planId)
  for (const accessGroup of plan === undefined ? [] : plan.accessGroups) {
    hold(accessGroup, forever, { type: 'accessGroup', accessGroup, principal, plan: plan?.id ?? '' })
  }
  return held
}
