import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { putRow } from '../../../../src/model/state/put-row.ts'
import { emptyState, type State } from '../../../../src/model/state/state.ts'
import { findRow, getRow, idsOf } from '../../../../src/model/table/table.ts'
import type { Principal } from '../../../../src/model/value/principal.ts'
import { authorize } from '../../../../src/policy/authorize.ts'
import type { QueryFailure } from '../../../../src/query/query-fault.ts'
import {
  describeGroup,
  type GroupDetails,
  groupDetailsOf,
} from '../../../../src/query/view/directory/describe-group.ts'
import type { GroupHolder } from '../../../../src/query/view/directory/group-holder.ts'
import { listGroups } from '../../../../src/query/view/directory/list-groups.ts'
import {
  groupDetailsResponse,
  groupListResponse,
  groupResponse,
} from '../../../../src/query/view/directory/saas-api-response.ts'
import { rowsIn } from '../../../../src/testing/arbitrary/state.ts'
import { arbitraryAnything, instantsOf } from '../../../../src/testing/index.ts'
import { acme, createGroup, enact, aliases as named, noon, type Step } from '../../document/world.ts'
import { runs } from '../../runs.ts'
import { add, aliases, holding, role, world } from '../../world.ts'
import { knownNames } from '../access.ts'
import { arbitraryStateAt, everyPrincipal, probe, unrestricted, withProbe } from '../state-at.ts'

function detailsOf(group: string, state: State, at: number): GroupDetails {
  const details = groupDetailsOf(group, state, { at })
  if (!details.ok) throw new Error(details.fault.message)
  return details
}

/**
 * Returns the ways in which a principal holds a group: directly or through a plan. Computed from a decision on the
 * alias `probe`, which the group contains.
 */
function waysBy({ type, id }: Principal, group: string, state: State, at: number): unknown[] {
  const alone = type === 'user' ? withoutTeams(state, id) : state
  const decision = authorize({ type: 'use', who: { type, id }, model: probe, at }, alone)
  const reach = decision.effect === 'allow' ? decision.reach : []
  return reach.flatMap((path) =>
    path.type === 'accessGroup' && path.accessGroup === group
      ? [
          {
            ...(path.principal.type === 'organization' ? { organization: path.principal.id } : {}),
            ...(path.plan === undefined ? {} : { plan: path.plan }),
            ...(path.until === undefined ? {} : { until: path.until }),
          },
        ]
      : [],
  )
}

/** The state in which a user is in no team, so that what it holds itself decides. */
function withoutTeams(state: State, user: string): State {
  const { defaultTeam: _, ...row } = getRow(state.users, user)
  return putRow(state, 'users', { ...row, teams: [] })
}

function waysIn(holders: readonly GroupHolder[], { type, id }: Principal): unknown {
  const holder = holders.find(({ principal }) => principal.type === type && principal.id === id)
  return holder?.ways ?? []
}

test('a principal has a group in exactly the ways that `authorize` reports for an alias of the group', () => {
  const met = { team: 0, virtualAccount: 0, user: 0, plan: 0, organization: 0, until: 0 }
  fc.assert(
    fc.property(arbitraryStateAt, ({ state, at }) => {
      for (const group of idsOf(state.accessGroups)) {
        const details = detailsOf(group, state, at)
        const probed = withProbe(state, group)
        const holders = { team: details.teams, virtualAccount: details.virtualAccounts, user: details.users }
        for (const principal of everyPrincipal(state)) {
          const ways = waysBy(principal, group, probed, at)
          expect([principal, waysIn(holders[principal.type], principal)]).toEqual([principal, ways])
          if (ways.length > 0) met[principal.type] += 1
        }
        expect(details.teamsWithAccess).toEqual(details.teams.map(({ principal }) => principal.id))
        expect(details.teamCount).toBe(details.teams.length)
        const ways = details.teams.flatMap((team) => team.ways)
        met.plan += ways.filter(({ plan }) => plan !== undefined).length
        met.organization += ways.filter(({ organization }) => organization !== undefined).length
        met.until += ways.filter(({ until }) => until !== undefined).length
      }
    }),
    runs(300),
  )
  expect(Math.min(...Object.values(met))).toBeGreaterThan(20)
})

test('an alias is listed, counted and available if and only if a team with only this group may use it', () => {
  const met = { listed: 0, retired: 0, unavailable: 0, none: 0 }
  fc.assert(
    fc.property(arbitraryStateAt, ({ state, at }) => {
      for (const group of idsOf(state.accessGroups)) {
        const details = detailsOf(group, state, at)
        const tried = add(unrestricted(state), {
          organizations: [{ id: 'an organization to try' }],
          teams: [{ id: 'a team to try', organization: 'an organization to try', ...holding([group]) }],
        })
        for (const alias of idsOf(state.modelAliases)) {
          const who = { type: 'team', id: 'a team to try' } as const
          const decision = authorize({ type: 'use', who, model: alias, at }, tried)
          const answer = decision.effect === 'allow' ? 'allow' : decision.reason
          const line = details.modelAliases.find((one) => one.alias === alias)
          expect([alias, line?.available]).toEqual([
            alias,
            answer === 'allow' ? true : answer === 'model_unavailable' ? false : undefined,
          ])
          const isRetired = details.retiredAliases.includes(alias)
          if (isRetired) expect(answer).toBe('model_retired')
          if (line) met.listed += 1
          else if (isRetired) met.retired += 1
          else met.none += 1
          if (line?.available === false) met.unavailable += 1
        }
        for (const { providerAccount, model, available } of details.models) {
          const name = `${providerAccount}/${model}`
          const decision = authorize(
            { type: 'use', who: { type: 'team', id: 'a team to try' }, model: name, at },
            tried,
          )
          expect([name, decision.effect === 'allow' ? 'allow' : decision.reason]).toEqual([
            name,
            available ? 'allow' : 'model_unavailable',
          ])
        }
        const listed = new Set(details.models.map(({ providerAccount, model }) => `${providerAccount}/${model}`))
        for (const name of knownNames(state).filter((one) => findRow(state.modelAliases, one) === undefined)) {
          const decision = authorize(
            { type: 'use', who: { type: 'team', id: 'a team to try' }, model: name, at },
            tried,
          )
          const isGiven = decision.effect === 'allow' || decision.reason === 'model_unavailable'
          expect([name, listed.has(name)]).toEqual([name, isGiven])
        }
        expect(details.modelCount).toBe(details.modelAliases.length + details.models.length)
      }
    }),
    runs(150),
  )
  expect(Math.min(...Object.values(met))).toBeGreaterThan(20)
})

test('`retiredAliases` are the held aliases that would be listed if they were active', () => {
  fc.assert(
    fc.property(arbitraryStateAt, ({ state, at }) => {
      for (const group of idsOf(state.accessGroups)) {
        const details = detailsOf(group, state, at)
        const held = [...details.modelAliases.map(({ alias }) => alias), ...details.retiredAliases].sort()
        const revived = detailsOf(group, withActiveAliases(state), at)
        expect(revived.modelAliases.map(({ alias }) => alias)).toEqual(held)
        expect(revived.retiredAliases).toEqual([])
      }
    }),
    runs(100),
  )
})

/** Returns a state in which every alias is active. */
function withActiveAliases(state: State): State {
  return rowsIn(state, 'modelAliases').reduce(
    (soFar, row) => putRow(soFar, 'modelAliases', { ...row, lifecycle: { type: 'active' } }),
    state,
  )
}

test('the details are JSON and do not change before their `until`', () => {
  let ending = 0
  fc.assert(
    fc.property(arbitraryStateAt, ({ state, at }) => {
      for (const group of idsOf(state.accessGroups)) {
        const details = detailsOf(group, state, at)
        expect(JSON.parse(JSON.stringify(details))).toEqual(details)
        const until = details.until ?? Number.POSITIVE_INFINITY
        for (const later of instantsOf(state).filter((instant) => instant > at && instant < until)) {
          expect(detailsOf(group, state, later)).toEqual(details)
        }
        if (details.until === undefined) continue
        ending += 1
        expect(detailsOf(group, state, details.until - 1)).toEqual(details)
      }
    }),
    runs(150),
  )
  expect(ending).toBeGreaterThan(20)
})

test('never throws, for any arguments and any state', () => {
  const ask = describeGroup as (group: unknown, state: unknown, options: unknown) => GroupDetails | QueryFailure
  const state = world({ accessGroups: [{ id: 'a' }] })
  fc.assert(
    fc.property(arbitraryAnything, arbitraryAnything, (one, other) => {
      for (const details of [
        ask(one, state, other),
        ask('a', one, { at: 1_700_000_000_000 }),
        ask('a', state, one),
        ask(one, other, { at: 1_700_000_000_000 }),
      ])
        if (!details.ok) expect(typeof details.fault.code).toBe('string')
    }),
    runs(300),
  )
})

test('an unknown group is the fault `access_group_unknown`', () => {
  expect(describeGroup('gpt-models', emptyState, { at: 1_700_000_000_000 })).toEqual({
    ok: false,
    fault: { code: 'access_group_unknown', path: ['accessGroup'], message: 'access group `gpt-models` does not exist' },
  })
})

test('assignments without effect are listed with the reason', () => {
  const state = world({
    organizations: [
      { id: 'narrow', entitlement: { type: 'list', accessGroups: ['basic'] } },
      { id: 'wide' },
      { id: 'shut', status: 'suspended' },
    ],
    modelAliases: [{ id: 'gpt-4' }],
    accessGroups: [{ id: 'pro', ...aliases('gpt-4') }, { id: 'basic' }],
    plans: [{ id: 'gold', accessGroups: ['pro', 'basic'] }],
    teams: [
      { id: 'by-plan', organization: 'narrow', plan: 'gold' },
      {
        id: 'early',
        organization: 'wide',
        ...holding(['pro'], [{ startsAt: 1_700_000_000_020, expiresAt: 1_700_000_000_030 }]),
      },
      { id: 'late', organization: 'wide', ...holding(['pro'], [{ expiresAt: 1_700_000_000_005 }]) },
      { id: 'off', organization: 'wide', status: 'suspended', plan: 'gold' },
      { id: 'shut-in', organization: 'shut', ...holding(['pro']) },
      { id: 'twice', organization: 'wide', plan: 'gold', ...holding(['pro'], [{ expiresAt: 1_700_000_000_015 }]) },
    ],
    users: [
      { id: 'ann', ...holding(['pro']) },
      { id: 'bob', ...role('openai') },
    ],
  })
  expect(describeGroup('pro', state, { at: 1_700_000_000_010 })).toMatchObject({
    teamsWithAccess: ['twice'],
    teams: [{ principal: { type: 'team', id: 'twice' }, ways: [{ until: 1_700_000_000_015 }, { plan: 'gold' }] }],
    users: [{ principal: { type: 'user', id: 'ann' }, ways: [{}] }],
    ineffective: [
      { principal: { id: 'by-plan' }, plan: 'gold', reason: 'not_entitled' },
      { principal: { id: 'early' }, reason: 'not_started', startsAt: 1_700_000_000_020 },
      { principal: { id: 'late' }, reason: 'ended', until: 1_700_000_000_005 },
      { principal: { id: 'off' }, plan: 'gold', reason: 'principal_suspended' },
      { principal: { id: 'shut-in' }, reason: 'organization_suspended' },
    ],
    plans: ['gold'],
    entitledOrganizations: [],
    until: 1_700_000_000_015,
  })
  expect(describeGroup('basic', state, { at: 1_700_000_000_010 })).toMatchObject({
    teamsWithAccess: ['by-plan', 'twice'],
    entitledOrganizations: ['narrow'],
  })
})

describe('the responses of the SaaS model-access-group API', () => {
  const groups = enact(
    acme,
    createGroup('gpt-models', 'OpenAI GPT models', 'gpt-4', 'gpt-3.5-turbo', 'gpt-4-turbo'),
    createGroup('claude-models', 'Anthropic Claude models', 'claude-3-opus', 'claude-3-sonnet', 'claude-3-haiku'),
  )
  const createTeam = (team: string, ...accessGroups: readonly string[]): Step => ({
    type: 'CreateTeam',
    organization: 'org_acme',
    team,
    accessGroups,
  })
  const sorted = <T>(list: readonly T[], key: (value: T) => string): T[] =>
    [...list].sort((a, b) => (key(a) < key(b) ? -1 : 1))

  test('the response to creating a group', () => {
    const expected = {
      group_name: 'gpt-models',
      description: 'OpenAI GPT models',
      model_aliases: ['gpt-4', 'gpt-3.5-turbo', 'gpt-4-turbo'],
      created_at: '2024-10-14T12:00:00Z',
    }
    const response = groupResponse(detailsOf('gpt-models', groups, noon))
    expect(response).toEqual({ ...expected, model_aliases: sorted(expected.model_aliases, (alias) => alias) })
    const precise = enact(groups, { ...createGroup('late-models', 'Late'), at: noon + 1 })
    expect(groupResponse(detailsOf('late-models', precise, noon + 1)).created_at).toBe('2024-10-14T12:00:00.001Z')
  })

  test('the list of all access groups with their counts', () => {
    const teams = Array.from({ length: 15 }, (_, i) =>
      createTeam(`team-${i}`, ...(i < 8 ? ['gpt-models', 'claude-models'] : ['gpt-models'])),
    )
    const list = listGroups(enact(groups, ...teams), { at: noon })
    const response = {
      access_groups: [
        { group_name: 'gpt-models', description: 'OpenAI GPT models', model_count: 3, team_count: 15 },
        { group_name: 'claude-models', description: 'Anthropic Claude models', model_count: 3, team_count: 8 },
      ],
    }
    expect(list.ok && groupListResponse(list)).toEqual({
      access_groups: sorted(response.access_groups, (group) => group.group_name),
    })
  })

  test('the details of a group', () => {
    const state = enact(
      acme,
      createGroup('gpt-models', 'OpenAI GPT models', 'gpt-4', 'gpt-3.5-turbo'),
      createTeam('acme-prod', 'gpt-models'),
      createTeam('techco-dev', 'gpt-models'),
      createTeam('client-staging', 'gpt-models'),
      createTeam('without'),
    )
    const response = {
      group_name: 'gpt-models',
      description: 'OpenAI GPT models',
      model_aliases: [
        { alias: 'gpt-4', litellm_model: 'openai/gpt-4', description: 'Most capable GPT-4 model' },
        { alias: 'gpt-3.5-turbo', litellm_model: 'openai/gpt-3.5-turbo', description: 'Fast and efficient' },
      ],
      teams_with_access: ['acme-prod', 'techco-dev', 'client-staging'],
    }
    expect(groupDetailsResponse(detailsOf('gpt-models', state, noon))).toEqual({
      ...response,
      model_aliases: sorted(response.model_aliases, ({ alias }) => alias),
      teams_with_access: sorted(response.teams_with_access, (team) => team),
    })
  })

  test('a group with a pattern counts the aliases that it matches, and an alias without targets has no model', () => {
    const state = enact(
      acme,
      { type: 'CreateModelAlias', alias: 'claude-next', targets: [] },
      {
        type: 'CreateAccessGroup',
        accessGroup: 'claude-models',
        members: [{ type: 'aliasPattern', pattern: 'claude-*' }, ...named('gpt-4')],
      },
    )
    const details = detailsOf('claude-models', state, noon)
    expect(details).toMatchObject({
      modelCount: 5,
      members: [
        { type: 'alias', alias: 'gpt-4' },
        { type: 'aliasPattern', pattern: 'claude-*' },
      ],
    })
    expect(groupDetailsResponse(details).model_aliases[3]).toEqual({
      alias: 'claude-next',
      litellm_model: null,
      description: null,
    })
  })
})
