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
import type { Holder, Principal } from '../../model/value/principal.ts'
import { forever, type Windows } from '../../model/value/window.ts'

/** An access group that a holder has: by assignment, by the plan of a team, or from the organization. */
export interface EffectiveGroup {
  readonly group: AccessGroup
  readonly windows: Windows
  /** The holder to which the group is assigned. Its team, if a plan brings the group. */
  readonly principal: Holder
  /** The plan that brings the group. `undefined` if the group is assigned. */
  readonly plan: string | undefined
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

/** The inputs of a principal's effective access, in addition to the state. */
interface Sources {
  readonly principal: Principal
  readonly assigned: readonly Assignment[]
  readonly organization: Organization | undefined
  readonly plan: Plan | undefined
}

/** A principal's effective access in the cache, with the tables from which the access was computed. */
interface CachedAccess extends EffectiveAccess {
  readonly organizations: Table<Organization>
  readonly accessGroups: Table<AccessGroup>
  readonly plans: Table<Plan>
  readonly restrictionsOn: Index['restrictionsOn']
}

/**
 * The number of groups up to which the effective access is computed for each decision. That costs less memory and, in a
 * large state, less time than to find it in a cache.
 */
export const computeLimit = 16

/**
 * The effective access of a principal with many groups, cached by row until an organization, group, plan or restriction
 * changes.
 */
const cachedAccess = /* @__PURE__ */ cacheByIdentity(
  (_: User | Team | VirtualAccount, [sources, state]: readonly [Sources, State]): CachedAccess => {
    const { organizations, accessGroups, plans, index } = state
    const { restrictionsOn } = index
    return { ...computeAccess(sources, state), organizations, accessGroups, plans, restrictionsOn }
  },
  (cached, [, { organizations, accessGroups, plans, index }]) =>
    cached.accessGroups === accessGroups &&
    cached.plans === plans &&
    cached.organizations === organizations &&
    cached.restrictionsOn === index.restrictionsOn,
)

function accessOf(row: User | Team | VirtualAccount, sources: Sources, state: State): EffectiveAccess {
  const { assigned, organization, plan } = sources
  const count = assigned.length + (plan?.accessGroups.length ?? 0) + (organization?.accessGroups.length ?? 0)
  return count > computeLimit ? cachedAccess(row, [sources, state]) : computeAccess(sources, state)
}

/**
 * Returns the effective access of a team. The groups are those of the team, of its plan and of its organization, as far
 * as the organization's entitlement admits them.
 */
export function effectiveAccessOfTeam(row: Team, state: State): EffectiveAccess {
  const principal = { type: 'team', id: row.id } as const
  const organization = findRow(state.organizations, row.organization)
  const plan = row.plan === undefined ? undefined : findRow(state.plans, row.plan)
  return accessOf(row, { principal, assigned: row.accessGroups, organization, plan }, state)
}

/**
 * Returns the effective access of a virtual account. The groups are those of the account and of its organization, as
 * far as the organization's entitlement admits them.
 */
export function effectiveAccessOfVirtualAccount(row: VirtualAccount, state: State): EffectiveAccess {
  const principal = { type: 'virtualAccount', id: row.id } as const
  const organization = findRow(state.organizations, row.organization)
  return accessOf(row, { principal, assigned: row.accessGroups, organization, plan: undefined }, state)
}

/** The effective access of a user. A user is in no organization, so no entitlement limits the user's groups. */
export function effectiveAccessOfUser(row: User, state: State): EffectiveAccess {
  if (row.accessGroups.length === 0 && state.index.restrictionsOn.user.size === 0) return noAccess
  const principal = { type: 'user', id: row.id } as const
  return accessOf(row, { principal, assigned: row.accessGroups, organization: undefined, plan: undefined }, state)
}

const noAccess: EffectiveAccess = Object.freeze({
  organization: undefined,
  groups: [],
  unentitled: [],
  restrictions: [],
})

function computeAccess({ principal, assigned, organization, plan }: Sources, state: State): EffectiveAccess {
  const collector = new GroupCollector(organization, state)
  collector.addAssigned(principal, assigned)
  if (plan !== undefined) collector.addPlan(principal, plan)
  if (organization !== undefined && organization.accessGroups.length > 0) {
    collector.addAssigned({ type: 'organization', id: organization.id }, organization.accessGroups)
  }
  const { groups, unentitled } = collector
  return { organization, groups, unentitled, restrictions: restrictionsOf(principal, organization, state) }
}

function restrictionsOf(
  principal: Principal,
  organization: Organization | undefined,
  { index: { restrictionsOn } }: State,
): readonly RestrictionSet[] {
  const own = findRow(restrictionsOn[principal.type], principal.id)
  const ofOrganization = organization && findRow(restrictionsOn.organization, organization.id)
  if (own === undefined && ofOrganization === undefined) return noRestrictions
  return [own, ofOrganization].filter((set) => set !== undefined)
}

const noRestrictions: readonly RestrictionSet[] = Object.freeze([])
const noGroups: readonly EffectiveGroup[] = Object.freeze([])

/**
 * Collects the access groups of one holder in two lists: those that the organization's entitlement admits, and the
 * others.
 */
export class GroupCollector {
  readonly #organization: Organization | undefined
  readonly #state: State
  #groups: EffectiveGroup[] | undefined
  #unentitled: EffectiveGroup[] | undefined

  constructor(organization: Organization | undefined, state: State) {
    this.#organization = organization
    this.#state = state
  }

  /** The groups that the entitlement admits. */
  get groups(): readonly EffectiveGroup[] {
    return this.#groups ?? noGroups
  }

  /** The groups that the entitlement does not admit. */
  get unentitled(): readonly EffectiveGroup[] {
    return this.#unentitled ?? noGroups
  }

  addAssigned(principal: Holder, assigned: readonly Assignment[]): void {
    for (let i = 0; i < assigned.length; i += 1) {
      const { accessGroup, windows } = assigned[i] as Assignment
      this.#add(accessGroup, windows, principal, undefined)
    }
  }

  addPlan(principal: Principal, { id, accessGroups }: Plan): void {
    for (const accessGroup of accessGroups) this.#add(accessGroup, forever, principal, id)
  }

  #add(id: string, windows: Windows, principal: Holder, plan: string | undefined): void {
    const group = findRow(this.#state.accessGroups, id)
    if (group === undefined) return
    const held = { group, windows, principal, plan }
    if (this.#organization === undefined || admitsGroup(this.#organization.entitlement, id)) {
      this.#groups = withGroup(this.#groups, held)
    } else this.#unentitled = withGroup(this.#unentitled, held)
  }
}

/**
 * Adds a group to the list and returns the list. The first group creates the list, since pushing to an empty array would
 * reserve memory for seventeen elements.
 */
function withGroup(groups: EffectiveGroup[] | undefined, held: EffectiveGroup): EffectiveGroup[] {
  if (groups === undefined) return [held]
  groups.push(held)
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
