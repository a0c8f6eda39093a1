import fc from 'fast-check'
import { expect, test } from 'vitest'
import { emptyState, type State } from '../../../../src/model/state/state.ts'
import { getRow, idsOf } from '../../../../src/model/table/table.ts'
import { authorize } from '../../../../src/policy/authorize.ts'
import type { QueryFailure } from '../../../../src/query/query-fault.ts'
import { describeGroup } from '../../../../src/query/view/directory/describe-group.ts'
import { describeTeam, type TeamDetails, teamDetailsOf } from '../../../../src/query/view/directory/describe-team.ts'
import { listInvitations } from '../../../../src/query/view/directory/list-invitations.ts'
import { teamResponse } from '../../../../src/query/view/directory/saas-api-response.ts'
import { rowsIn } from '../../../../src/testing/arbitrary/state.ts'
import { arbitraryAnything, instantsOf } from '../../../../src/testing/index.ts'
import { enact, noon, tiers } from '../../document/world.ts'
import { runs } from '../../runs.ts'
import { add, world } from '../../world.ts'
import { hasAccess, knownNames } from '../access.ts'
import { arbitraryStateAt, unrestricted } from '../state-at.ts'

function detailsOf(team: string, state: State, at: number): TeamDetails {
  const details = teamDetailsOf(team, state, { at })
  if (!details.ok) throw new Error(details.fault.message)
  return details
}

test('a team has a group if and only if the group lists the team', () => {
  let met = 0
  fc.assert(
    fc.property(arbitraryStateAt, ({ state, at }) => {
      for (const team of idsOf(state.teams)) {
        const groups = [...idsOf(state.accessGroups)].sort().filter((id) => {
          const group = describeGroup(id, state, { at })
          return group.ok && group.teamsWithAccess.includes(team)
        })
        const details = detailsOf(team, state, at)
        expect(details.accessGroups).toEqual(groups)
        met += groups.length
        const row = getRow(state.teams, team)
        const plan = rowsIn(state, 'plans').find(({ id }) => id === row.plan)
        const shared = getRow(state.organizations, row.organization).accessGroups
        const own = row.accessGroups.length + row.roleGrants.length
        const assignmentCount = own + (plan?.accessGroups.length ?? 0) + shared.length
        expect(details.groups.length + details.roles.length + details.ineffective.length).toBe(assignmentCount)
      }
    }),
    runs(200),
  )
  expect(met).toBeGreaterThan(100)
})

test('a team has a role if and only if the role gives its key the models of the account', () => {
  let met = 0
  fc.assert(
    fc.property(arbitraryStateAt, ({ state, at }) => {
      const open = add(unrestricted(state), {
        modelAliases: [...idsOf(state.providerAccounts)].map((id, i) => ({
          id: `an alias to try ${i}`,
          targets: [{ providerAccount: id, model: 'any' }],
        })),
      })
      for (const team of idsOf(state.teams)) {
        const { roles } = detailsOf(team, state, at)
        for (const [i, providerAccount] of [...idsOf(state.providerAccounts)].entries()) {
          const who = { type: 'team', id: team } as const
          const decision = authorize({ type: 'use', who, model: `an alias to try ${i}`, at }, open)
          const paths = decision.effect === 'allow' ? decision.reach : []
          const found = roles.filter((role) => role.providerAccount === providerAccount)
          // On a suspended account the team may have the role although the model is unavailable.
          if (decision.effect === 'deny' && decision.reason === 'model_unavailable') continue
          const expected = paths.flatMap((path) =>
            path.type === 'role' ? [{ role: path.role, until: path.until }] : [],
          )
          expect(found.map(({ role, until }) => ({ role, until }))).toEqual(expected)
          met += expected.length
        }
      }
    }),
    runs(150),
  )
  expect(met).toBeGreaterThan(20)
})

test('the models of a team are those that its key may use', () => {
  let met = 0
  fc.assert(
    fc.property(arbitraryStateAt, ({ state, at }) => {
      for (const team of idsOf(state.teams)) {
        const { models, payer } = detailsOf(team, state, at)
        const usable = knownNames(state).filter((model) =>
          hasAccess({ type: 'use', who: { type: 'team', id: team }, model, at }, state),
        )
        expect(models).toEqual(expect.arrayContaining(usable))
        for (const model of models) {
          const decision = authorize({ type: 'use', who: { type: 'team', id: team }, model, at }, state)
          expect(decision).toMatchObject({ effect: 'allow', payer })
        }
        met += models.length
      }
    }),
    runs(150),
  )
  expect(met).toBeGreaterThan(50)
})

test('the members of a team are the users with a membership in it', () => {
  let met = 0
  fc.assert(
    fc.property(arbitraryStateAt, ({ state, at }) => {
      for (const team of idsOf(state.teams)) {
        const members = rowsIn(state, 'users')
          .flatMap((user) =>
            user.teams
              .filter((membership) => membership.team === team)
              .map(({ role, accessGroups }) => ({
                user: user.id,
                role,
                held: accessGroups.map((one) => one.accessGroup).sort(),
              })),
          )
          .sort((a, b) => (a.user < b.user ? -1 : 1))
        const found = detailsOf(team, state, at).members.map(({ groups = [], ...member }) => {
          return { ...member, held: groups.map(({ accessGroup }) => accessGroup).sort() }
        })
        expect(found).toEqual(members)
        met += members.length
      }
    }),
    runs(100),
  )
  expect(met).toBeGreaterThan(20)
})

test('the details are JSON and do not change before their `until`', () => {
  let ending = 0
  fc.assert(
    fc.property(arbitraryStateAt, ({ state, at }) => {
      for (const team of idsOf(state.teams)) {
        const details = detailsOf(team, state, at)
        expect(JSON.parse(JSON.stringify(details))).toEqual(details)
        const until = details.until ?? Number.POSITIVE_INFINITY
        if (details.until !== undefined) ending += 1
        for (const later of instantsOf(state).filter((instant) => instant > at && instant < until)) {
          expect(detailsOf(team, state, later)).toEqual(details)
        }
      }
    }),
    runs(150),
  )
  expect(ending).toBeGreaterThan(20)
})

test('an unknown team is the fault `team_unknown`', () => {
  expect(describeTeam('acme-prod', emptyState, { at: 1_700_000_000_000 })).toEqual({
    ok: false,
    fault: { code: 'team_unknown', path: ['team'], message: 'team `acme-prod` does not exist' },
  })
})

test('never throws, for any arguments and any state', () => {
  const ask = describeTeam as (team: unknown, state: unknown, options: unknown) => TeamDetails | QueryFailure
  const state = world({ teams: [{ id: 'a' }] })
  fc.assert(
    fc.property(arbitraryAnything, arbitraryAnything, (one, other) => {
      for (const details of [ask(one, state, other), ask('a', one, { at: 1_700_000_000_000 }), ask('a', state, one)]) {
        if (!details.ok) expect(typeof details.fault.code).toBe('string')
      }
    }),
    runs(300),
  )
})

test('the onboarded team of the guide, as the SaaS API returns it', () => {
  const state = enact(tiers, {
    type: 'CreateTeam',
    organization: 'org_acme',
    team: 'acme-prod',
    name: 'Production',
    accessGroups: ['basic-models', 'pro-models'],
    credits: '1000',
  })
  const details = detailsOf('acme-prod', state, noon)
  expect(details.models).toEqual(['claude-3-haiku', 'claude-3-sonnet', 'gemini-pro', 'gpt-3.5-turbo', 'gpt-4-turbo'])
  expect(details.payer).toMatchObject({ type: 'wallet', wallet: { type: 'team', id: 'acme-prod' } })
  expect(teamResponse(details)).toEqual({
    organization_id: 'org_acme',
    team_id: 'acme-prod',
    team_alias: 'Production',
    access_groups: ['basic-models', 'pro-models'],
  })
})

test('a team lists the invitations that have not ended, and so does each invited user', () => {
  let met = 0
  fc.assert(
    fc.property(arbitraryStateAt, ({ state, at }) => {
      const rows = rowsIn(state, 'teams')
      const pending = rows.flatMap(({ id, organization, invitations }) =>
        invitations
          .filter(({ expiresAt }) => expiresAt === undefined || at < expiresAt)
          .map(({ incarnation: _, ...invitation }) => ({ team: id, organization, ...invitation })),
      )
      met += pending.length
      for (const { id } of rows) {
        const { invitations } = detailsOf(id, state, at)
        expect(invitations.map(({ user }) => user)).toEqual(
          pending.flatMap((one) => (one.team === id ? one.user : [])).sort(),
        )
      }
      const users = new Set([...idsOf(state.users), ...pending.map(({ user }) => user)])
      for (const user of users) {
        const list = listInvitations(user, state, { at })
        if (!list.ok) throw new Error(list.fault.message)
        const expected = pending.filter((one) => one.user === user).sort((a, b) => (a.team < b.team ? -1 : 1))
        expect(list.invitations).toEqual(expected)
        const later = listInvitations(user, state, { at: list.until === undefined ? at : list.until - 1 })
        expect(later.ok && later.invitations).toEqual(list.invitations)
        const ended = list.until === undefined ? undefined : listInvitations(user, state, { at: list.until })
        if (ended?.ok) expect(ended.invitations.length).toBeLessThan(list.invitations.length)
      }
    }),
    runs(100),
  )
  expect(met).toBeGreaterThan(20)
})

test('`listInvitations` accepts any values without a throw', () => {
  fc.assert(
    fc.property(arbitraryAnything, (make) => {
      const list = listInvitations(make() as string, make() as State, make() as { at: number })
      expect(list.ok).toBe(false)
    }),
    runs(300),
  )
})
