import { type AccessGroup, type RequestedName, targetsThrough } from '../../model/noun/access-group.ts'
import type { Target } from '../../model/noun/model-alias.ts'
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

/** A group of a principal that leads to a requested name, with the targets to which it leads. */
export interface LeadingGroup {
  readonly held: EffectiveGroup
  readonly targets: readonly Target[]
}

/** The groups that lead to a name. Valid while the name has the same alias targets; `undefined` for a concrete model. */
interface CachedGroups {
  readonly aliasTargets: readonly Target[] | undefined
  readonly groups: readonly LeadingGroup[]
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
  /** A cache that `groupsLeadingTo` fills: for each recently requested name, the groups that lead to the name. */
  readonly groupsByName: Map<string, CachedGroups>
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
  groupsByName: new Map<string, CachedGroups>(),
})

const noGroups: readonly LeadingGroup[] = Object.freeze([])

/** The maximum number of names that `groupsByName` remembers. */
const nameLimit = 64

/** The effective groups that lead to a requested name, in the order of `groups`. */
export function groupsLeadingTo(
  { groups, groupsByName }: EffectiveAccess,
  requested: RequestedName,
): readonly LeadingGroup[] {
  if (groups.length === 0) return noGroups
  const aliasTargets = requested.alias?.targets
  const remembered = groupsByName.get(requested.name)
  if (remembered !== undefined && remembered.aliasTargets === aliasTargets) return remembered.groups
  const found: LeadingGroup[] = []
  for (const held of groups) {
    const targets = targetsThrough(held.group, requested)
    if (targets !== undefined) found.push({ held, targets })
  }
  if (groupsByName.size >= nameLimit) groupsByName.clear()
  groupsByName.set(requested.name, { aliasTargets, groups: found })
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
    groupsByName: new Map(),
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
