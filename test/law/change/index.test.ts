import fc from 'fast-check'
import { expect, test } from 'vitest'
import { restrictionsIn } from '../../../src/model/state/restriction-set.ts'
import { emptyState, type State } from '../../../src/model/state/state.ts'
import { type RelationName, relationNames } from '../../../src/model/state/state-index.ts'
import { countRelated, related } from '../../../src/model/table/relation.ts'
import { entries, idsOf, rowsOf } from '../../../src/model/table/table.ts'
import { arbitraryCommands } from '../../../src/testing/arbitrary/command.ts'
import { applyUnguarded } from '../command.ts'
import { runs } from '../runs.ts'

type Pair = readonly [relation: RelationName, from: string, to: string]

/**
 * Yields every pair of every relation of a state's index. Computes the pairs from the rows, independently of the
 * library.
 */
function* pairsOf(state: State): IterableIterator<Pair> {
  for (const { id, admins, entitlement, accessGroups } of rowsOf(state.organizations)) {
    for (const held of accessGroups) yield ['accessGroupHolderOrganizations', held.accessGroup, id]
    for (const admin of admins) {
      yield [admin.type === 'user' ? 'userOrganizations' : 'virtualAccountOrganizations', admin.id, id]
    }
    if (entitlement.type === 'list') {
      for (const group of entitlement.accessGroups) yield ['accessGroupOrganizations', group, id]
    }
  }
  for (const { id, teams, accessGroups, roleGrants } of rowsOf(state.users)) {
    for (const membership of teams) {
      yield ['teamMembers', membership.team, id]
      for (const held of membership.accessGroups) yield ['accessGroupMembers', held.accessGroup, id]
    }
    for (const held of accessGroups) yield ['accessGroupUsers', held.accessGroup, id]
    for (const held of roleGrants) yield ['providerAccountUsers', held.providerAccount, id]
  }
  for (const { id, organization, plan, creditedPlans, accessGroups, roleGrants, invitations } of rowsOf(state.teams)) {
    for (const invitation of invitations) yield ['userInvitations', invitation.user, id]
    yield ['organizationTeams', organization, id]
    if (plan !== undefined) yield ['planTeams', plan, id]
    for (const credited of creditedPlans) yield ['planCreditedTeams', credited, id]
    for (const held of accessGroups) yield ['accessGroupTeams', held.accessGroup, id]
    for (const held of roleGrants) yield ['providerAccountTeams', held.providerAccount, id]
  }
  for (const { id, organization, accessGroups, roleGrants } of rowsOf(state.virtualAccounts)) {
    yield ['organizationVirtualAccounts', organization, id]
    for (const held of accessGroups) yield ['accessGroupVirtualAccounts', held.accessGroup, id]
    for (const held of roleGrants) yield ['providerAccountVirtualAccounts', held.providerAccount, id]
  }
  for (const { id, owner, team, issuedBy, scope, revokedAt } of rowsOf(state.credentials)) {
    yield [`${owner.type}Credentials`, owner.id, id]
    if (team !== undefined) yield ['teamTokens', team, id]
    for (const selector of scope.type === 'list' && revokedAt === undefined ? scope.selectors : []) {
      if (selector.type === 'alias') yield ['aliasCredentials', selector.alias, id]
      if ('providerAccount' in selector) yield ['providerAccountCredentials', selector.providerAccount, id]
    }
    if (issuedBy.type !== 'system') yield [`${issuedBy.type}IssuedCredentials`, issuedBy.id, id]
  }
  for (const { id, targets, lifecycle } of rowsOf(state.modelAliases)) {
    for (const target of targets) yield ['providerAccountAliases', target.providerAccount, id]
    if (lifecycle.type !== 'active' && lifecycle.successor !== undefined) {
      yield ['aliasPredecessors', lifecycle.successor, id]
    }
  }
  for (const { id, aliases, models } of rowsOf(state.accessGroups)) {
    for (const alias of idsOf(aliases)) yield ['aliasAccessGroups', alias, id]
    for (const account of idsOf(models)) yield ['providerAccountAccessGroups', account, id]
  }
  for (const { id, subject, selector } of rowsOf(state.restrictions)) {
    if (subject.type === 'member') {
      yield ['userMemberRestrictions', subject.user, id]
      yield ['teamMemberRestrictions', subject.team, id]
    }
    if (selector.type === 'alias') yield ['aliasRestrictions', selector.alias, id]
    if ('providerAccount' in selector) yield ['providerAccountRestrictions', selector.providerAccount, id]
  }
  for (const { id, accessGroups } of rowsOf(state.plans))
    for (const group of accessGroups) yield ['accessGroupPlans', group, id]
}

const textOf = (parts: readonly unknown[]): string => JSON.stringify(parts)

function rebuiltPairs(state: State): string[] {
  return [...new Set([...pairsOf(state)].map(textOf))].sort()
}

function indexedPairs(state: State): string[] {
  const found: string[] = []
  for (const relation of relationNames) {
    for (const [from] of entries(state.index[relation])) {
      const to = [...related(state.index[relation], from)]
      expect(countRelated(state.index[relation], from)).toBe(to.length)
      found.push(...to.map((id) => textOf([relation, from, id])))
    }
  }
  return found.sort()
}

function rebuiltDigests(state: State): string[] {
  const owned = [...rowsOf(state.credentials)].flatMap(({ id, digest, previous }) =>
    [digest, ...previous.map((one) => one.digest)].map((each) => textOf([each, id])),
  )
  return owned.sort()
}

function subjectsWithRestrictions(state: State): string[] {
  const found = [...restrictionsIn(state.index.restrictionsOnEveryone)].map(({ id }) => textOf(['everyone', id]))
  for (const type of ['user', 'team', 'virtualAccount', 'credential', 'organization'] as const) {
    for (const [subject, set] of entries(state.index.restrictionsOn[type])) {
      const inside = [...restrictionsIn(set)]
      expect(inside.length).toBe(set.size)
      found.push(...inside.map(({ id }) => textOf([type, subject, id])))
    }
  }
  for (const [team, members] of entries(state.index.restrictionsOnMembers)) {
    expect(members.size).toBeGreaterThan(0)
    for (const [user, set] of entries(members)) {
      const inside = [...restrictionsIn(set)]
      expect(inside.length).toBe(set.size)
      found.push(...inside.map(({ id }) => textOf(['member', team, user, id])))
    }
  }
  return found.sort()
}

function rebuiltSubjects(state: State): string[] {
  const found = [...rowsOf(state.restrictions)].map(({ id, subject }) =>
    textOf([...(subject.type === 'member' ? ['member', subject.team, subject.user] : Object.values(subject)), id]),
  )
  return found.sort()
}

test('after any history the index equals the one computed from the rows', () => {
  fc.assert(
    fc.property(arbitraryCommands, (history) => {
      let state: State = emptyState
      for (const [i, command] of history.entries()) {
        const applied = applyUnguarded(command, state)
        if (!applied.ok || applied.events.length === 0) continue
        state = applied.state
        if (i < history.length - 30) continue
        expect(indexedPairs(state), command.type).toStrictEqual(rebuiltPairs(state))
        expect([...entries(state.index.digests)].map(textOf).sort()).toStrictEqual(rebuiltDigests(state))
        expect(subjectsWithRestrictions(state)).toStrictEqual(rebuiltSubjects(state))
      }
    }),
    runs(60),
  )
})
