import type { AccessGroup } from '../../model/noun/access-group.ts'
import type { Assignment } from '../../model/noun/holding.ts'
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
import type { Holder, Principal } from '../../model/value/principal.ts'
import { forever, type Windows } from '../../model/value/window.ts'
import type { Reach } from '../decision/decision.ts'

/** An access group that a holder has: by assignment, by the plan of a team, or from the organization. */
export interface EffectiveGroup {
  readonly group: AccessGroup
  readonly windows: Windows
  /** For each window, at the same index, the path that a decision lists while the window is in force. */
  readonly paths: readonly Reach[]
}

/**
 * The access of a holder: its organization, its access groups, and the restrictions on the holder and on the
 * organization. Does not depend on the instant: windows are evaluated later.
 */
export interface EffectiveAccess {
  readonly organization: Organization | undefined
  /** The assigned groups in order, then the groups of the team's plan, then the groups of the organization. */
  readonly groups: readonly EffectiveGroup[]
  /** The groups that the holder would have, but that the organization's entitlement does not admit. */
  readonly unentitled: readonly EffectiveGroup[]
  readonly restrictions: readonly RestrictionSet[]
}

/** A principal's effective access in the cache, with the tables from which the access was computed. */
interface CachedAccess extends EffectiveAccess {
  readonly organizations: Table<Organization>
  readonly accessGroups: Table<AccessGroup>
  readonly plans: Table<Plan>
  readonly restrictionsOn: Index['restrictionsOn']
}

/**
 * Whether the cached access is current: no organization, group, plan or restriction has changed since it was computed.
 */
function isCurrent(cached: CachedAccess, state: State): boolean {
  return (
    cached.accessGroups === state.accessGroups &&
    cached.plans === state.plans &&
    cached.organizations === state.organizations &&
    cached.restrictionsOn === state.index.restrictionsOn
  )
}

const accessOfUser = /* @__PURE__ */ cacheByIdentity(
  (row: User, state: State) => computeAccess({ type: 'user', id: row.id }, row.accessGroups, undefined, state),
  isCurrent,
)

/**
 * Returns the effective access of a team, cached by row. The groups are those of the team, of its plan and of its
 * organization, as far as the organization's entitlement admits them.
 */
export const effectiveAccessOfTeam: (row: Team, state: State) => EffectiveAccess = /* @__PURE__ */ cacheByIdentity(
  (row: Team, state: State) =>
    computeAccess({ type: 'team', id: row.id }, row.accessGroups, row.organization, state, row.plan),
  isCurrent,
)

/**
 * Returns the effective access of a virtual account, cached by row. The groups are those of the account and of its
 * organization, as far as the organization's entitlement admits them.
 */
export const effectiveAccessOfVirtualAccount: (row: VirtualAccount, state: State) => EffectiveAccess =
  /* @__PURE__ */ cacheByIdentity(
    (row: VirtualAccount, state: State) =>
      computeAccess({ type: 'virtualAccount', id: row.id }, row.accessGroups, row.organization, state),
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
  unentitled: [],
  restrictions: [],
})

function computeAccess(
  principal: Principal,
  assigned: readonly Assignment[],
  organizationId: string | undefined,
  state: State,
  plan?: string,
): CachedAccess {
  const { organizations, accessGroups, plans } = state
  const { restrictionsOn } = state.index
  const organization = organizationId === undefined ? undefined : findRow(organizations, organizationId)
  const sets = [
    findRow(restrictionsOn[principal.type], principal.id),
    organization && findRow(restrictionsOn.organization, organization.id),
  ]
  const collector = new GroupCollector(organization, state)
  collector.addAssigned(principal, assigned)
  collector.addPlan(principal, plan)
  if (organization !== undefined) {
    collector.addAssigned({ type: 'organization', id: organization.id }, organization.accessGroups)
  }
  return {
    organization,
    ...collector.collected(),
    restrictions: sets.filter((set) => set !== undefined),
    organizations,
    accessGroups,
    plans,
    restrictionsOn,
  }
}

/**
 * Collects the access groups of one holder in two lists: those that the organization's entitlement admits, and the
 * others.
 */
export class GroupCollector {
  readonly #organization: Organization | undefined
  readonly #state: State
  readonly #groups: EffectiveGroup[] = []
  readonly #unentitled: EffectiveGroup[] = []

  constructor(organization: Organization | undefined, state: State) {
    this.#organization = organization
    this.#state = state
  }

  addAssigned(principal: Holder, assigned: readonly Assignment[]): void {
    for (const { accessGroup, windows } of assigned) {
      this.#add(accessGroup, windows, { type: 'accessGroup', accessGroup, principal })
    }
  }

  addPlan(principal: Principal, id: string | undefined): void {
    const plan = id === undefined ? undefined : findRow(this.#state.plans, id)
    for (const accessGroup of plan === undefined ? [] : plan.accessGroups) {
      this.#add(accessGroup, forever, { type: 'accessGroup', accessGroup, principal, plan: plan?.id ?? '' })
    }
  }

  collected(): Pick<EffectiveAccess, 'groups' | 'unentitled'> {
    return { groups: this.#groups, unentitled: this.#unentitled }
  }

  #add(id: string, windows: Windows, path: Reach): void {
    const group = findRow(this.#state.accessGroups, id)
    if (group === undefined) return
    const isAdmitted = this.#organization === undefined || admitsGroup(this.#organization.entitlement, id)
    const paths = windows.map(({ expiresAt: until }) => freeze(until === undefined ? path : { ...path, until }))
    const list = isAdmitted ? this.#groups : this.#unentitled
    list.push({ group, windows, paths })
  }
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
