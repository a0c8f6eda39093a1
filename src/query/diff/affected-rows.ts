import { isSame } from '../../change/rule/row.ts'
import type { Credential } from '../../model/noun/credential.ts'
import type { Assignment, Holdings, RoleGrant } from '../../model/noun/holding.ts'
import type { Organization } from '../../model/noun/organization.ts'
import type { Team } from '../../model/noun/team.ts'
import { membershipIn, type User } from '../../model/noun/user.ts'
import type { VirtualAccount } from '../../model/noun/virtual-account.ts'
import type { State } from '../../model/state/state.ts'
import { related } from '../../model/table/relation.ts'
import { changesBetween, findRow } from '../../model/table/table.ts'
import type { Instant } from '../../model/value/instant.ts'
import { isSamePrincipal } from '../../model/value/principal.ts'
import { findWindow } from '../../model/value/window.ts'
import { admitsGroup } from '../../policy/context/effective-access.ts'
import { holdersOfGroup } from '../holder.ts'
import { type NameFinder, type NameSet, onlyInOne, type StatePair, statesOf } from './affected-names.ts'
import type { AffectedSubjects } from './affected-subjects.ts'

type Changed<Row> = readonly [id: string, before: Row | undefined, after: Row | undefined]

/**
 * Adds the principals and credentials whose own rows differ between the states, and the principals in organizations
 * whose rows differ.
 */
export function collectFromRows(pair: StatePair, affected: AffectedSubjects): void {
  const { before, after } = pair
  for (const changed of changesBetween(before.users, after.users)) collectUser(changed, pair, affected)
  for (const changed of changesBetween(before.teams, after.teams)) collectTeam(changed, pair, affected)
  for (const changed of changesBetween(before.virtualAccounts, after.virtualAccounts)) {
    collectVirtualAccount(changed, pair, affected)
  }
  for (const changed of changesBetween(before.organizations, after.organizations)) {
    collectOrganization(changed, pair, affected)
  }
  for (const [id, old, now] of changesBetween(before.credentials, after.credentials)) {
    if (isOtherCredential(old, now, pair.at)) affected.addCredential(id)
  }
}

function collectUser([id, old, now]: Changed<User>, { at }: StatePair, affected: AffectedSubjects): void {
  if (old?.status !== now?.status || old?.incarnation !== now?.incarnation) affected.addWholeUser(id)
  if (old === undefined || now === undefined) return
  // A user's own holdings and wallet matter only to calls in no team's name.
  affected.addUserAlone(id, changedHoldings(old, now, at, affected.finder))
  if (old.metered !== now.metered) affected.addUserAlone(id, affected.finder.ofPrincipal('user', id))
  if (old.defaultTeam !== now.defaultTeam) affected.addWholeUserAlone(id)
  if (old.teams === now.teams) return
  for (const { team, accessGroups } of now.teams) {
    const was = membershipIn(old.teams, team)?.accessGroups ?? accessGroups
    if (was !== accessGroups) affected.addMember(id, team, changedGroups(was, accessGroups, at, affected.finder))
  }
  const teamsOf = (row: User): ReadonlySet<string> => new Set(row.teams.map(({ team }) => team))
  for (const team of onlyInOne(teamsOf(old), teamsOf(now))) affected.addWholeMember(id, team)
}

function collectTeam([id, old, now]: Changed<Team>, pair: StatePair, affected: AffectedSubjects): void {
  if (old === undefined || now === undefined || differsAsWhole(old, now)) {
    affected.addWholeTeam(id)
    return
  }
  affected.addTeam(id, changedHoldings(old, now, pair.at, affected.finder))
  if (old.plan === now.plan) return
  affected.addTeam(
    id,
    [...groupsOfPlan(old.plan, pair.before), ...groupsOfPlan(now.plan, pair.after)].map((group) =>
      affected.finder.ofGroup(group),
    ),
  )
}

function groupsOfPlan(plan: string | undefined, state: State): readonly string[] {
  return plan === undefined ? [] : (findRow(state.plans, plan)?.accessGroups ?? [])
}

function collectVirtualAccount(
  [id, old, now]: Changed<VirtualAccount>,
  { at }: StatePair,
  affected: AffectedSubjects,
): void {
  if (old === undefined || now === undefined || differsAsWhole(old, now)) affected.addWholeVirtualAccount(id)
  else affected.addVirtualAccount(id, changedHoldings(old, now, at, affected.finder))
}

/** Whether the difference between two rows may affect all access of the principal, not only single groups or roles. */
function differsAsWhole(old: Team | VirtualAccount, now: Team | VirtualAccount): boolean {
  return (
    old.status !== now.status ||
    old.organization !== now.organization ||
    old.metered !== now.metered ||
    old.incarnation !== now.incarnation
  )
}

/**
 * Returns the model names to which changed groups and roles lead. A group or role is changed if it is in force at an
 * instant in only one of two rows.
 */
function changedHoldings(old: Holdings, now: Holdings, at: Instant, finder: NameFinder): readonly NameSet[] {
  const parts = [...changedGroups(old.accessGroups, now.accessGroups, at, finder)]
  if (old.roleGrants !== now.roleGrants) {
    for (const id of changedKeys(rolesAt(old.roleGrants, at), rolesAt(now.roleGrants, at))) {
      parts.push(finder.ofAccount(id))
    }
  }
  return parts
}

/** Returns the model names to which groups lead that a holder has at an instant in only one state. */
function changedGroups(
  old: readonly Assignment[],
  now: readonly Assignment[],
  at: Instant,
  finder: NameFinder,
): readonly NameSet[] {
  if (old === now) return []
  return [...changedKeys(heldAt(old, at), heldAt(now, at))].map((id) => finder.ofGroup(id))
}

function heldAt(assignments: readonly Assignment[], at: Instant): ReadonlyMap<string, unknown> {
  const held = assignments.filter(({ windows }) => findWindow(windows, at) !== undefined)
  return new Map(held.map(({ accessGroup }) => [accessGroup, true]))
}

/** Maps each provider account to the role in force at an instant, or to `both` if both roles are in force. */
function rolesAt(grants: readonly RoleGrant[], at: Instant): ReadonlyMap<string, unknown> {
  const roles = new Map<string, RoleGrant['role'] | 'both'>()
  for (const { providerAccount, role, windows } of grants) {
    if (findWindow(windows, at) === undefined) continue
    const other = roles.get(providerAccount)
    roles.set(providerAccount, other === undefined || other === role ? role : 'both')
  }
  return roles
}

function* changedKeys(old: ReadonlyMap<string, unknown>, now: ReadonlyMap<string, unknown>): IterableIterator<string> {
  for (const [id, value] of old) if (now.get(id) !== value) yield id
  for (const id of now.keys()) if (!old.has(id)) yield id
}

function collectOrganization([id, old, now]: Changed<Organization>, pair: StatePair, affected: AffectedSubjects): void {
  if (old === undefined || now === undefined || old.status !== now.status) {
    for (const team of belowOrganization('organizationTeams', id, pair)) affected.addWholeTeam(team)
    for (const account of belowOrganization('organizationVirtualAccounts', id, pair)) {
      affected.addWholeVirtualAccount(account)
    }
    return
  }
  addBelow(id, changedGroups(old.accessGroups, now.accessGroups, pair.at, affected.finder), pair, affected)
  if (old.entitlement === now.entitlement) return
  if (old.entitlement.type === 'list' && now.entitlement.type === 'list') {
    const [listed, relisted] = [new Set(old.entitlement.accessGroups), new Set(now.entitlement.accessGroups)]
    for (const group of onlyInOne(listed, relisted)) collectHoldersIn(id, group, pair, affected)
    return
  }
  collectEntitled(id, [old, now], pair, affected)
}

/** Adds the teams and virtual accounts of an organization, each with the same names to compare. */
export function addBelow(
  organization: string,
  parts: readonly NameSet[],
  pair: StatePair,
  affected: AffectedSubjects,
): void {
  if (parts.length === 0) return
  for (const team of belowOrganization('organizationTeams', organization, pair)) affected.addTeam(team, parts)
  for (const account of belowOrganization('organizationVirtualAccounts', organization, pair)) {
    affected.addVirtualAccount(account, parts)
  }
}

/** Returns the ids of the teams (or virtual accounts) that are in an organization in either state. */
export function belowOrganization(
  relation: 'organizationTeams' | 'organizationVirtualAccounts',
  id: string,
  pair: StatePair,
): ReadonlySet<string> {
  return new Set(statesOf(pair).flatMap(({ index }) => [...related(index[relation], id)]))
}

/** Adds the holders of a group, if the holders are in an organization. */
function collectHoldersIn(organization: string, group: string, pair: StatePair, affected: AffectedSubjects): void {
  const parts = [affected.finder.ofGroup(group)]
  for (const state of statesOf(pair)) {
    const holders = holdersOfGroup(group, state)
    for (const id of holders.team()) {
      if (findRow(state.teams, id)?.organization === organization) affected.addTeam(id, parts)
    }
    for (const id of holders.virtualAccount()) {
      if (findRow(state.virtualAccounts, id)?.organization === organization) affected.addVirtualAccount(id, parts)
    }
    for (const { team, user } of holders.member()) {
      if (findRow(state.teams, team)?.organization === organization) affected.addMember(user, team, parts)
    }
    for (const id of holders.organization()) if (id === organization) addBelow(organization, parts, pair, affected)
  }
}

/**
 * Adds the principals in an organization whose entitlement changed. Compares names from groups that only one of the two
 * entitlements admits.
 */
function collectEntitled(
  organization: string,
  [old, now]: readonly [Organization, Organization],
  pair: StatePair,
  affected: AffectedSubjects,
): void {
  const partsOf = (ids: readonly string[]): readonly NameSet[] =>
    ids
      .filter((id) => admitsGroup(old.entitlement, id) !== admitsGroup(now.entitlement, id))
      .map((id) => affected.finder.ofGroup(id))
  for (const row of [old, now]) {
    addBelow(organization, partsOf(row.accessGroups.map(({ accessGroup }) => accessGroup)), pair, affected)
  }
  for (const state of statesOf(pair)) {
    for (const id of related(state.index.organizationTeams, organization)) {
      for (const user of related(state.index.teamMembers, id)) {
        const membership = membershipIn(findRow(state.users, user)?.teams ?? [], id)
        const held = membership?.accessGroups.map(({ accessGroup }) => accessGroup) ?? []
        affected.addMember(user, id, partsOf(held))
      }
      const team = findRow(state.teams, id)
      const assigned = team?.accessGroups.map(({ accessGroup }) => accessGroup) ?? []
      affected.addTeam(id, partsOf([...assigned, ...groupsOfPlan(team?.plan, state)]))
    }
    for (const id of related(state.index.organizationVirtualAccounts, organization)) {
      const assigned = findRow(state.virtualAccounts, id)?.accessGroups ?? []
      affected.addVirtualAccount(id, partsOf(assigned.map(({ accessGroup }) => accessGroup)))
    }
  }
}

/**
 * Whether two rows of a credential differ in what the bearer can use: owner, team or scope, or because only one is
 * expired, revoked or suspended. A different label or secret makes no difference.
 */
function isOtherCredential(old: Credential | undefined, now: Credential | undefined, at: Instant): boolean {
  if (old === undefined || now === undefined) return true
  const isUnusable = ({ expiresAt, revokedAt, suspendedBy }: Credential): boolean =>
    revokedAt !== undefined || suspendedBy !== undefined || (expiresAt !== undefined && expiresAt <= at)
  return (
    isUnusable(old) !== isUnusable(now) ||
    old.team !== now.team ||
    !isSamePrincipal(old.owner, now.owner) ||
    !isSame(old.scope, now.scope)
  )
}
