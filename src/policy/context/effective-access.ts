import { type AccessGroup, holdsAlias } from '../../model/noun/access-group.ts'
import type { Organization } from '../../model/noun/organization.ts'
import type { Plan } from '../../model/noun/plan.ts'
import type { Team } from '../../model/noun/team.ts'
import type { User } from '../../model/noun/user.ts'
import type { VirtualAccount } from '../../model/noun/virtual-account.ts'
import type { RestrictionSet } from '../../model/state/restriction-set.ts'
import type { State } from '../../model/state/state.ts'
import type { Index } from '../../model/state/state-index.ts'
import { findRow, type Table } from '../../model/table/table.ts'
import { freeze } from '../../model/value/freeze.ts'
import type { PrincipalType } from '../../model/value/principal.ts'
import { forever, type Windows } from '../../model/value/window.ts'
import type { Reach } from '../decision/decision.ts'
import { admitsGroup } from '../entitlement.ts'

/** An access group that a principal holds, by assignment or by its team's plan, and that its ceiling lets through. */
export interface HeldGroup {
  readonly group: AccessGroup
  readonly windows: Windows
  /** The path that a decision names while each of the windows is in force. */
  readonly paths: readonly Reach[]
}

/** Where a principal stands: the organization above it, the groups it holds, and the restrictions on either of the two. */
export interface EffectiveAccess {
  readonly organization: Organization | undefined
  readonly held: readonly HeldGroup[]
  readonly restrictions: readonly RestrictionSet[]
  /** Which of the held groups hold an alias, for the aliases last asked about. */
  readonly heldByAlias: Map<string, readonly HeldGroup[]>
}

/** What a standing was found in, beside the row: it is good for as long as these are the same. */
interface Known extends EffectiveAccess {
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
export function effectiveAccessOfUser(row: User, state: State): EffectiveAccess {
  const hasNothing = row.accessGroups.length === 0 && state.index.restrictionsOn.user.size === 0
  return hasNothing ? noAccess : (recall(row, state) ?? remember(row, 'user', undefined, undefined, state))
}

export function effectiveAccessOfTeam(row: Team, state: State): EffectiveAccess {
  return recall(row, state) ?? remember(row, 'team', row.organization, row.plan, state)
}

export function effectiveAccessOfVirtualAccount(row: VirtualAccount, state: State): EffectiveAccess {
  return recall(row, state) ?? remember(row, 'virtualAccount', row.organization, undefined, state)
}

const noAccess: EffectiveAccess = Object.freeze({
  organization: undefined,
  held: [],
  restrictions: [],
  heldByAlias: new Map<string, readonly HeldGroup[]>(),
})

/** The most aliases that are remembered with a row. */
const rememberedAliases = 64

/** The held groups that hold an alias, in the order in which they are held. */
export function heldWith({ held, heldByAlias }: EffectiveAccess, alias: string, hash: number): readonly HeldGroup[] {
  if (held.length === 0) return held
  const last = heldByAlias.get(alias)
  if (last !== undefined) return last
  const found = held.filter(({ group }) => holdsAlias(group, alias, hash))
  if (heldByAlias.size >= rememberedAliases) heldByAlias.clear()
  heldByAlias.set(alias, found)
  return found
}

function recall(row: User | Team | VirtualAccount, state: State): EffectiveAccess | undefined {
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
): EffectiveAccess {
  const { organizations, accessGroups, plans } = state
  const { restrictionsOn } = state.index
  const organization = organizationId === undefined ? undefined : findRow(organizations, organizationId)
  const sets = [
    findRow(restrictionsOn[type], row.id),
    organization && findRow(restrictionsOn.organization, organization.id),
  ]
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
): readonly HeldGroup[] {
  const principal = { type, id: row.id }
  const held: HeldGroup[] = []
  const hold = (id: string, windows: Windows, path: Reach): void => {
    const group = findRow(state.accessGroups, id)
    const isAdmitted = organization === undefined || admitsGroup(organization.entitlement, id)
    if (group === undefined || !isAdmitted) return
    const paths = windows.map(({ expiresAt: until }) => freeze(until === undefined ? path : { ...path, until }))
    held.push({ group, windows, paths })
  }
  for (const { accessGroup, windows } of row.accessGroups) {
    hold(accessGroup, windows, { type: 'accessGroup', accessGroup, principal })
  }
  const plan = planId === undefined ? undefined : findRow(state.plans, planId)
  for (const accessGroup of plan === undefined ? [] : plan.accessGroups) {
    hold(accessGroup, forever, { type: 'accessGroup', accessGroup, principal, plan: plan?.id ?? '' })
  }
  return held
}
