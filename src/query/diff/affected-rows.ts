import { isSame } from '../../change/rule/row.ts'
import type { Credential } from '../../model/noun/credential.ts'
import type { Assignment, Holdings, RoleGrant } from '../../model/noun/holding.ts'
import type { Organization } from '../../model/noun/organization.ts'
import type { Team } from '../../model/noun/team.ts'
import type { User } from '../../model/noun/user.ts'
import type { VirtualAccount } from '../../model/noun/virtual-account.ts'
import type { State } from '../../model/state/state.ts'
import { related } from '../../model/table/relation.ts'
import { changesBetween, findRow } from '../../model/table/table.ts'
import type { Instant } from '../../model/value/instant.ts'
import { isSamePrincipal } from '../../model/value/principal.ts'
import { findWindow } from '../../model/value/window.ts'
import { admitsGroup } from '../../policy/entitlement.ts'
import { holdersOfGroup } from '../holder.ts'
import { type NameFinder, type NameSet, onlyInOne, type Pair, statesOf } from './affected-names.ts'
import type { AffectedSubjects } from './affected-subjects.ts'

type Changed<Row> = readonly [id: string, before: Row | undefined, after: Row | undefined]

/** Suspects the principals, the credentials and what lies below the organizations whose rows differ. */
export function affectedPrincipals(pair: Pair, suspects: AffectedSubjects): void {
  const { before, after } = pair
  for (const changed of changesBetween(before.users, after.users)) suspectUser(changed, pair, suspects)
  for (const changed of changesBetween(before.teams, after.teams)) suspectTeam(changed, pair, suspects)
  for (const changed of changesBetween(before.virtualAccounts, after.virtualAccounts)) {
    suspectVirtualAccount(changed, pair, suspects)
  }
  for (const changed of changesBetween(before.organizations, after.organizations)) {
    suspectOrganization(changed, pair, suspects)
  }
  for (const [id, old, now] of changesBetween(before.credentials, after.credentials)) {
    if (isOtherCredential(old, now, pair.at)) suspects.addCredential(id)
  }
}

function suspectUser([id, old, now]: Changed<User>, { at }: Pair, suspects: AffectedSubjects): void {
  if (old?.status !== now?.status || old?.incarnation !== now?.incarnation) suspects.addWholeUser(id)
  if (old === undefined || now === undefined) return
  suspects.addUser(id, changedHoldings(old, now, at, suspects.finder))
  // A purse of its own, and the team that is asked first, matter to calls in no team's name only.
  if (old.metered !== now.metered) suspects.addUserAlone(id, suspects.finder.ofPrincipal('user', id))
  if (old.defaultTeam !== now.defaultTeam) {
    suspects.addUserAlone(id, suspects.finder.ofPrincipal('user', id))
    for (const team of [old.defaultTeam, now.defaultTeam]) {
      if (team !== undefined) suspects.addUserAlone(id, suspects.finder.ofPrincipal('team', team))
    }
  }
  if (old.teams === now.teams) return
  const teamsOf = (row: User): ReadonlySet<string> => new Set(row.teams.map(({ team }) => team))
  for (const team of onlyInOne(teamsOf(old), teamsOf(now))) suspects.addWholeMember(id, team)
}

function suspectTeam([id, old, now]: Changed<Team>, pair: Pair, suspects: AffectedSubjects): void {
  const isOther =
    old === undefined ||
    now === undefined ||
    old.status !== now.status ||
    old.organization !== now.organization ||
    old.metered !== now.metered ||
    old.incarnation !== now.incarnation
  if (isOther) {
    suspects.addWholeTeam(id)
    return
  }
  suspects.addTeam(id, changedHoldings(old, now, pair.at, suspects.finder))
  if (old.plan === now.plan) return
  suspects.addTeam(
    id,
    [...groupsOfPlan(old.plan, pair.before), ...groupsOfPlan(now.plan, pair.after)].map((group) =>
      suspects.finder.ofGroup(group),
    ),
  )
}

function groupsOfPlan(plan: string | undefined, state: State): readonly string[] {
  return plan === undefined ? [] : (findRow(state.plans, plan)?.accessGroups ?? [])
}

function suspectVirtualAccount(
  [id, old, now]: Changed<VirtualAccount>,
  { at }: Pair,
  suspects: AffectedSubjects,
): void {
  const isOther =
    old === undefined ||
    now === undefined ||
    old.status !== now.status ||
    old.organization !== now.organization ||
    old.metered !== now.metered ||
    old.incarnation !== now.incarnation
  if (isOther) suspects.addWholeVirtualAccount(id)
  else suspects.addVirtualAccount(id, changedHoldings(old, now, at, suspects.finder))
}

/** What a principal holds at an instant in one state and not, or as another role, in the other. */
function changedHoldings(old: Holdings, now: Holdings, at: Instant, finder: NameFinder): readonly NameSet[] {
  const parts: NameSet[] = []
  if (old.accessGroups !== now.accessGroups) {
    for (const id of changedKeys(heldAt(old.accessGroups, at), heldAt(now.accessGroups, at))) {
      parts.push(finder.ofGroup(id))
    }
  }
  if (old.roleGrants !== now.roleGrants) {
    for (const id of changedKeys(rolesAt(old.roleGrants, at), rolesAt(now.roleGrants, at))) {
      parts.push(finder.ofAccount(id))
    }
  }
  return parts
}

function heldAt(assignments: readonly Assignment[], at: Instant): ReadonlyMap<string, unknown> {
  const held = assignments.filter(({ windows }) => findWindow(windows, at) !== undefined)
  return new Map(held.map(({ accessGroup }) => [accessGroup, true]))
}

/** By provider account: the one role that is held there, or both. */
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

function suspectOrganization([id, old, now]: Changed<Organization>, pair: Pair, suspects: AffectedSubjects): void {
  if (old === undefined || now === undefined || old.status !== now.status) {
    for (const team of belowOrganization('organizationTeams', id, pair)) suspects.addWholeTeam(team)
    for (const account of belowOrganization('organizationVirtualAccounts', id, pair)) {
      suspects.addWholeVirtualAccount(account)
    }
    return
  }
  if (old.entitlement === now.entitlement) return
  if (old.entitlement.type === 'list' && now.entitlement.type === 'list') {
    const [listed, relisted] = [new Set(old.entitlement.accessGroups), new Set(now.entitlement.accessGroups)]
    for (const group of onlyInOne(listed, relisted)) suspectHoldersIn(id, group, pair, suspects)
    return
  }
  suspectAdmitted(id, [old, now], pair, suspects)
}

/** Teams and virtual accounts that are in an organization in either state. */
export function belowOrganization(
  relation: 'organizationTeams' | 'organizationVirtualAccounts',
  id: string,
  pair: Pair,
): ReadonlySet<string> {
  return new Set(statesOf(pair).flatMap(({ index }) => [...related(index[relation], id)]))
}

/** The holders of a group that are in an organization. */
function suspectHoldersIn(organization: string, group: string, pair: Pair, suspects: AffectedSubjects): void {
  const parts = [suspects.finder.ofGroup(group)]
  for (const state of statesOf(pair)) {
    const holders = holdersOfGroup(group, state)
    for (const id of holders.team()) {
      if (findRow(state.teams, id)?.organization === organization) suspects.addTeam(id, parts)
    }
    for (const id of holders.virtualAccount()) {
      if (findRow(state.virtualAccounts, id)?.organization === organization) suspects.addVirtualAccount(id, parts)
    }
  }
}

/** Everything below an organization, with those of its groups that one ceiling lets through and the other does not. */
function suspectAdmitted(
  organization: string,
  [old, now]: readonly [Organization, Organization],
  pair: Pair,
  suspects: AffectedSubjects,
): void {
  const partsOf = (ids: readonly string[]): readonly NameSet[] =>
    ids
      .filter((id) => admitsGroup(old.entitlement, id) !== admitsGroup(now.entitlement, id))
      .map((id) => suspects.finder.ofGroup(id))
  for (const state of statesOf(pair)) {
    for (const id of related(state.index.organizationTeams, organization)) {
      const team = findRow(state.teams, id)
      const assigned = team?.accessGroups.map(({ accessGroup }) => accessGroup) ?? []
      suspects.addTeam(id, partsOf([...assigned, ...groupsOfPlan(team?.plan, state)]))
    }
    for (const id of related(state.index.organizationVirtualAccounts, organization)) {
      const assigned = findRow(state.virtualAccounts, id)?.accessGroups ?? []
      suspects.addVirtualAccount(id, partsOf(assigned.map(({ accessGroup }) => accessGroup)))
    }
  }
}

/**
 * Whether a credential's own row says something else of what it reaches: its owner, team or scope, or that it is over.
 * Another name or another secret makes no difference.
 */
function isOtherCredential(old: Credential | undefined, now: Credential | undefined, at: Instant): boolean {
  if (old === undefined || now === undefined) return true
  const isOver = ({ expiresAt, revokedAt }: Credential): boolean =>
    revokedAt !== undefined || (expiresAt !== undefined && expiresAt <= at)
  return (
    isOver(old) !== isOver(now) ||
    old.team !== now.team ||
    !isSamePrincipal(old.owner, now.owner) ||
    !isSame(old.scope, now.scope)
  )
}
