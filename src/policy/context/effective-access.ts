import { type AccessGroup, holdsAlias } from '../../model/noun/access-group.ts'
import type { Entitlement, Organization } from '../../model/noun/organization.ts'
import type { Plan } from '../../model/noun/plan.ts'
import type { Team } from '../../model/noun/team.ts'
import type { User } from '../../model/noun/user.ts'
import type { VirtualAccount } from '../../model/noun/virtual-account.ts'
import type { RestrictionSet } from '../../model/state/restriction-set.ts'
import type { State } from '../../model/state/state.ts'
import type { Index } from '../../model/state/state-index.ts'
import { findRow, type Table } from '../../model/table/table.ts'
import { cacheByIdentity } from '../../model/value/cache-by-identity.ts'
import { freeze } from '../../model/value/freeze.ts'
import type { PrincipalType } from '../../model/value/principal.ts'
import { forever, type Windows } from '../../model/value/window.ts'
import type { Reach } from '../decision/decision.ts'

/**
 * An access group that a principal may use. The group is assigned to the principal or belongs to the team's plan, and
 * the entitlement of the principal's organization, if any, admits the group.
 */
export interface EffectiveGroup {
  readonly group: AccessGroup
  readonly windows: Windows
  /** One path for each window: the path that a decision lists while the window is in force. */
  readonly paths: readonly Reach[]
}

/**
 * The organization and access groups of a principal, and the restrictions on the principal and its organization. Does
 * not depend on the instant of a request, since windows are evaluated later.
 */
export interface EffectiveAccess {
  readonly organization: Organization | undefined
  /** The assigned groups in order, then the groups of the team's plan. */
  readonly groups: readonly EffectiveGroup[]
  readonly restrictions: readonly RestrictionSet[]
  /** A cache that `groupsWithAlias` fills: for each recently requested alias, the groups that hold the alias. */
  readonly groupsByAlias: Map<string, readonly EffectiveGroup[]>
}

/** The effective access of a principal, with the tables from which the access was computed. */
interface CachedAccess extends EffectiveAccess {
  readonly organizations: Table<Organization>
  readonly accessGroups: Table<AccessGroup>
  readonly plans: Table<Plan>
  readonly restrictionsOn: Index['restrictionsOn']
}

/** Whether no organization, group, plan or restriction has changed since the access was computed. */
function isCurrent(cached: CachedAccess, state: State): boolean {
  return (
    cached.accessGroups === state.accessGroups &&
    cached.plans === state.plans &&
    cached.organizations === state.organizations &&
    cached.restrictionsOn === state.index.restrictionsOn
  )
}

const accessOfUser = /* @__PURE__ */ cacheByIdentity(
  (row: User, state: State) => computeAccess(row, 'user', undefined, undefined, state),
  isCurrent,
)

/**
 * The effective access of a team, cached by row. The entitlement of the team's organization limits the team's groups.
 */
export const effectiveAccessOfTeam: (row: Team, state: State) => EffectiveAccess = /* @__PURE__ */ cacheByIdentity(
  (row: Team, state: State) => computeAccess(row, 'team', row.organization, row.plan, state),
  isCurrent,
)

/**
 * The effective access of a virtual account, cached by row. The entitlement of the account's organization limits the
 * account's groups.
 */
export const effectiveAccessOfVirtualAccount: (row: VirtualAccount, state: State) => EffectiveAccess =
  /* @__PURE__ */ cacheByIdentity(
    (row: VirtualAccount, state: State) => computeAccess(row, 'virtualAccount', row.organization, undefined, state),
    isCurrent,
  )

/**
 * The effective access of a user, cached by row. A user is in no organization, so no entitlement limits the user's
 * groups.
 */
export function effectiveAccessOfUser(row: User, state: State): EffectiveAccess {
  const isEmpty = row.accessGroups.length === 0 && state.index.restrictionsOn.user.size === 0
  return isEmpty ? noAccess : accessOfUser(row, state)
}

const noAccess: EffectiveAccess = Object.freeze({
  organization: undefined,
  groups: [],
  restrictions: [],
  groupsByAlias: new Map<string, readonly EffectiveGroup[]>(),
})

/** The maximum number of aliases that `groupsByAlias` remembers. */
const aliasLimit = 64

/** The effective groups that hold an alias, in the order of `groups`. */
export function groupsWithAlias(
  { groups, groupsByAlias }: EffectiveAccess,
  alias: string,
  hash: number,
): readonly EffectiveGroup[] {
  if (groups.length === 0) return groups
  const remembered = groupsByAlias.get(alias)
  if (remembered !== undefined) return remembered
  const found = groups.filter(({ group }) => holdsAlias(group, alias, hash))
  if (groupsByAlias.size >= aliasLimit) groupsByAlias.clear()
  groupsByAlias.set(alias, found)
  return found
}

function computeAccess(
  row: User | Team | VirtualAccount,
  type: PrincipalType,
  organizationId: string | undefined,
  plan: string | undefined,
  state: State,
): CachedAccess {
  const { organizations, accessGroups, plans } = state
  const { restrictionsOn } = state.index
  const organization = organizationId === undefined ? undefined : findRow(organizations, organizationId)
  const sets = [
    findRow(restrictionsOn[type], row.id),
    organization && findRow(restrictionsOn.organization, organization.id),
  ]
  return {
    organization,
    groups: findGroups(row, type, plan, organization, state),
    restrictions: sets.filter((set) => set !== undefined),
    groupsByAlias: new Map(),
    organizations,
    accessGroups,
    plans,
    restrictionsOn,
  }
}

function findGroups(
  row: User | Team | VirtualAccount,
  type: PrincipalType,
  planId: string | undefined,
  organization: Organization | undefined,
  state: State,
): readonly EffectiveGroup[] {
  const principal = { type, id: row.id }
  const groups: EffectiveGroup[] = []
  const addGroup = (id: string, windows: Windows, path: Reach): void => {
    const group = findRow(state.accessGroups, id)
    const isAdmitted = organization === undefined || admitsGroup(organization.entitlement, id)
    if (group === undefined || !isAdmitted) return
    const paths = windows.map(({ expiresAt: until }) => freeze(until === undefined ? path : { ...path, until }))
    groups.push({ group, windows, paths })
  }
  for (const { accessGroup, windows } of row.accessGroups) {
    addGroup(accessGroup, windows, { type: 'accessGroup', accessGroup, principal })
  }
  const plan = planId === undefined ? undefined : findRow(state.plans, planId)
  for (const accessGroup of plan === undefined ? [] : plan.accessGroups) {
    addGroup(accessGroup, forever, { type: 'accessGroup', accessGroup, principal, plan: plan?.id ?? '' })
  }
  return groups
}

/**
 * Whether an entitlement admits an access group. Converts a list of more than eight groups to a set once, and caches
 * the set.
 */
export function admitsGroup(entitlement: Entitlement, accessGroup: string): boolean {
  if (entitlement.type === 'unlimited') return true
  if (entitlement.accessGroups.length <= 8) return entitlement.accessGroups.includes(accessGroup)
  return listedGroups(entitlement).has(accessGroup)
}

const listedGroups = /* @__PURE__ */ cacheByIdentity(
  (entitlement: Entitlement & { readonly type: 'list' }): ReadonlySet<string> => new Set(entitlement.accessGroups),
)
