import { describe, expect, test } from 'vitest'
import { getRow, hasRow } from '../../../../src/model/table/table.ts'
import { isWithin } from '../../../../src/model/value/window.ts'
import { authorize } from '../../../../src/policy/authorize.ts'
import { origin } from '../../../../src/testing/arbitrary/window.ts'
import {
  accepted,
  alias,
  by,
  digest,
  eventTypes,
  now,
  office,
  outcome,
  type Step,
  stateAfter,
  team,
  user,
  virtualAccount,
} from '../story.ts'

const dev = team('dev')
const bot = virtualAccount('bot')

describe('updates', () => {
  test('change the given fields: an absent one stays, null removes, an equal value changes nothing', () => {
    const named = stateAfter(office, { type: 'UpdateUser', user: 'mia', name: 'Mia', metered: true })
    expect(getRow(named.users, 'mia')).toMatchObject({ name: 'Mia', metered: true })
    const cleared = stateAfter(named, { type: 'UpdateUser', user: 'mia', name: null })
    expect(getRow(cleared.users, 'mia').name).toBeUndefined()
    expect(getRow(cleared.users, 'mia').metered).toBe(true)
    for (const step of [{ name: null }, { metered: true }, {}, { name: null, metered: true }]) {
      expect(outcome(cleared, { type: 'UpdateUser', user: 'mia', ...step })).toBe('unchanged')
    }
    expect(accepted(named, { type: 'UpdateUser', user: 'mia', name: 'Mia', metered: false }).events).toMatchObject([
      { type: 'UserUpdated', user: 'mia', metered: false },
    ])
  })

  test('replace settings, entitlements and plans as a whole, and ignore the order of keys', () => {
    const set = stateAfter(office, {
      type: 'UpdateProviderAccount',
      providerAccount: 'any',
      settings: { a: '1', b: '2' },
    })
    expect(outcome(set, { type: 'UpdateProviderAccount', providerAccount: 'any', settings: { b: '2', a: '1' } })).toBe(
      'unchanged',
    )
    expect(outcome(set, { type: 'UpdateProviderAccount', providerAccount: 'any', settings: { a: '1' } })).toBe(
      'accepted',
    )
    expect(
      outcome(office, {
        type: 'UpdateOrganization',
        organization: 'acme',
        entitlement: { type: 'list', accessGroups: ['gpt', 'mini', 'gpt'] },
      }),
    ).toBe('unchanged')
    expect(
      outcome(office, { type: 'UpdatePlan', plan: 'basic', credits: { amount: '100.000' }, accessGroups: ['mini'] }),
    ).toBe('unchanged')
    const free = stateAfter(office, { type: 'UpdatePlan', plan: 'basic', credits: null })
    expect(getRow(free.plans, 'basic').credits).toBeUndefined()
  })
})

describe('access groups', () => {
  test('members are added, removed or replaced, and each event has only the changes', () => {
    expect(
      accepted(office, {
        type: 'AddAccessGroupMembers',
        accessGroup: 'gpt',
        members: [alias('gpt-4'), alias('claude'), alias('claude')],
      }).events,
    ).toMatchObject([{ type: 'AccessGroupMembersAdded', members: [alias('claude')] }])
    const pattern = { type: 'aliasPattern', pattern: 'cl*' } as const
    const all = { type: 'allAliases' } as const
    const mixed = stateAfter(office, {
      type: 'SetAccessGroupMembers',
      accessGroup: 'gpt',
      members: [alias('gpt-4'), pattern, all, pattern],
    })
    expect(getRow(mixed.accessGroups, 'gpt')).toMatchObject({
      patterns: ['cl*'],
      allAliases: true,
      aliases: { size: 1 },
    })
    expect(
      outcome(mixed, { type: 'SetAccessGroupMembers', accessGroup: 'gpt', members: [all, pattern, alias('gpt-4')] }),
    ).toBe('unchanged')
    expect(
      eventTypes(mixed, { type: 'SetAccessGroupMembers', accessGroup: 'gpt', members: [alias('gpt-3')] }),
    ).toStrictEqual(['AccessGroupMembersRemoved', 'AccessGroupMembersAdded'])
    const less = stateAfter(mixed, { type: 'RemoveAccessGroupMembers', accessGroup: 'gpt', members: [all, pattern] })
    expect(getRow(less.accessGroups, 'gpt')).toMatchObject({ patterns: [], allAliases: false })
    expect(hasRow(getRow(less.accessGroups, 'gpt').aliases, 'gpt-4')).toBe(true)
    expect(outcome(less, { type: 'RemoveAccessGroupMembers', accessGroup: 'gpt', members: [alias('claude')] })).toBe(
      'unchanged',
    )
  })

  test('a group assigned again unites its windows, and a covered window changes nothing', () => {
    const assign = (window: { startsAt?: number; expiresAt?: number }): Step => ({
      type: 'AssignAccessGroup',
      accessGroup: 'gpt',
      principal: dev,
      ...window,
    })
    const state = stateAfter(
      office,
      assign({ startsAt: 1_700_000_002_000, expiresAt: 1_700_000_003_000 }),
      assign({ startsAt: 1_700_000_005_000, expiresAt: 1_700_000_006_000 }),
    )
    expect(outcome(state, assign({ startsAt: 1_700_000_002_500, expiresAt: 1_700_000_003_000 }))).toBe('unchanged')
    const windowsOf = (step: Step) => getRow(stateAfter(state, step).teams, 'dev').accessGroups[0]?.windows
    expect(windowsOf(assign({ startsAt: 1_700_000_003_000, expiresAt: 1_700_000_005_000 }))).toStrictEqual([
      { startsAt: 1_700_000_002_000, expiresAt: 1_700_000_006_000 },
    ])
    expect(windowsOf(assign({ expiresAt: 1_700_000_002_500 }))).toStrictEqual([
      { expiresAt: 1_700_000_003_000 },
      { startsAt: 1_700_000_005_000, expiresAt: 1_700_000_006_000 },
    ])
    expect(windowsOf(assign({}))).toStrictEqual([{}])
    const gone = stateAfter(state, { type: 'UnassignAccessGroup', accessGroup: 'gpt', principal: dev })
    expect(getRow(gone.teams, 'dev').accessGroups).toStrictEqual([])
    expect(outcome(gone, { type: 'UnassignAccessGroup', accessGroup: 'gpt', principal: dev })).toBe('unchanged')
  })

  test('writing back the list of groups keeps their windows: no temporary assignment becomes permanent', () => {
    const state = stateAfter(
      office,
      { type: 'AssignAccessGroup', accessGroup: 'gpt', principal: dev, expiresAt: 1_700_000_002_000 },
      { type: 'AssignAccessGroup', accessGroup: 'all', principal: dev },
    )
    const set: Step = { type: 'SetAccessGroups', principal: dev, accessGroups: ['gpt', 'mini', 'mini'] }
    expect(accepted(state, set).events).toStrictEqual([
      {
        type: 'AccessGroupsSet',
        at: now,
        actor: { type: 'system' },
        principal: dev,
        removed: ['all'],
        added: ['mini'],
      },
    ])
    expect(getRow(stateAfter(state, set).teams, 'dev').accessGroups).toStrictEqual([
      { accessGroup: 'gpt', windows: [{ expiresAt: 1_700_000_002_000 }] },
      { accessGroup: 'mini', windows: [{}] },
    ])
    expect(outcome(stateAfter(state, set), set)).toBe('unchanged')
    const later = stateAfter(stateAfter(state, set), { ...set, at: 1_700_000_002_000 } as Step)
    const windows = getRow(later.teams, 'dev').accessGroups[0]?.windows ?? []
    expect(windows.some((window) => isWithin(window, origin + 9000))).toBe(true)
    expect(
      getRow(stateAfter(state, { type: 'SetAccessGroups', principal: dev, accessGroups: [] }).teams, 'dev')
        .accessGroups,
    ).toStrictEqual([])
  })
})

describe('roles', () => {
  test('a principal may have both roles on an account, each granted and revoked on its own', () => {
    const grant = (role: 'manager' | 'user', expiresAt?: number): Step => ({
      type: 'GrantRole',
      principal: bot,
      providerAccount: 'openai',
      role,
      ...(expiresAt ? { expiresAt: origin + expiresAt } : {}),
    })
    const state = stateAfter(office, grant('manager', 3000), grant('user'))
    expect(getRow(state.virtualAccounts, 'bot').roleGrants).toHaveLength(2)
    expect(outcome(state, grant('manager', 2000))).toBe('unchanged')
    const revoked = stateAfter(state, {
      type: 'RevokeRole',
      principal: bot,
      providerAccount: 'openai',
      role: 'manager',
    })
    expect(getRow(revoked.virtualAccounts, 'bot').roleGrants).toStrictEqual([
      { providerAccount: 'openai', role: 'user', windows: [{}] },
    ])
    expect(outcome(revoked, { type: 'RevokeRole', principal: bot, providerAccount: 'openai', role: 'manager' })).toBe(
      'unchanged',
    )
  })
})

describe('credentials', () => {
  const rotate = (digit: string, at: number, overlapUntil?: number): Step => ({
    type: 'RotateCredential',
    at: origin + at,
    credential: 'dev',
    digest: digest(digit),
    ...(overlapUntil === undefined ? {} : { overlapUntil: origin + overlapUntil }),
  })
  const open = stateAfter(office, { type: 'AssignAccessGroup', accessGroup: 'gpt', principal: dev })
  const answer = (state: typeof open, digit: string, at: number): string => {
    const decision = authorize(
      { type: 'use', who: { type: 'credentialDigest', digest: digest(digit) }, model: 'gpt-4', at: origin + at },
      state,
    )
    return decision.effect === 'allow' ? 'allow' : decision.reason
  }

  test('keep their id in a rotation, and both digests are valid until the overlap ends', () => {
    const state = stateAfter(open, rotate('e', 1000, 2000))
    expect([answer(state, 'c', 1999), answer(state, 'c', 2000), answer(state, 'e', 2000)]).toStrictEqual([
      'allow',
      'credential_expired',
      'allow',
    ])
    expect(outcome(state, rotate('e', 1500, 2000))).toBe('unchanged')
    expect(outcome(state, rotate('c', 1500))).toBe('digest_exists')
  })

  test('a rotation without an overlap ends every older digest at once', () => {
    const state = stateAfter(open, rotate('e', 1000, 9000), rotate('f', 1500))
    expect(['c', 'e', 'f'].map((digit) => answer(state, digit, 1500))).toStrictEqual([
      'credential_expired',
      'credential_expired',
      'allow',
    ])
  })

  test('no older digest outlives the overlap of the last rotation, nor its own', () => {
    const state = stateAfter(open, rotate('e', 1000, 3000), rotate('f', 1500, 2000))
    expect(['c', 'e', 'f'].map((digit) => answer(state, digit, 2000))).toStrictEqual([
      'credential_expired',
      'credential_expired',
      'allow',
    ])
    const long = stateAfter(open, rotate('e', 1000, 2000), rotate('f', 1500, 3000))
    expect(['c', 'e', 'f'].map((digit) => answer(long, digit, 2500))).toStrictEqual([
      'credential_expired',
      'allow',
      'allow',
    ])
  })

  test('a rotation drops the expired digests', () => {
    const state = stateAfter(open, rotate('e', 1000), rotate('f', 1500), rotate('9', 2000, 3000))
    expect(getRow(state.credentials, 'dev').previous.map((one) => one.digest)).toStrictEqual([digest('f')])
    expect(answer(state, 'c', 2000)).toBe('credential_unknown')
  })

  test('once revoked are denied by every digest, and cannot be rotated or updated', () => {
    const state = stateAfter(open, rotate('e', 1000, 9000), { type: 'RevokeCredential', credential: 'dev' })
    expect([answer(state, 'c', 1000), answer(state, 'e', 1000)]).toStrictEqual([
      'credential_revoked',
      'credential_revoked',
    ])
    expect(outcome(state, { type: 'UpdateCredential', credential: 'dev', name: 'x' })).toBe('credential_revoked')
    expect(outcome(state, { type: 'RevokeCredential', credential: 'dev' })).toBe('unchanged')
  })

  test('have the scope `all` by default, and lose their expiry by null', () => {
    const state = stateAfter(open, {
      type: 'UpdateCredential',
      credential: 'dev',
      expiresAt: 1_700_000_002_000,
      scope: { type: 'list', selectors: [] },
    })
    expect(answer(state, 'c', 1000)).toBe('credential_out_of_scope')
    expect(getRow(open.credentials, 'dev').scope).toStrictEqual({ type: 'all' })
    expect(
      getRow(stateAfter(state, { type: 'UpdateCredential', credential: 'dev', expiresAt: null }).credentials, 'dev')
        .expiresAt,
    ).toBeUndefined()
  })
})

describe('model aliases', () => {
  test('keep a successor in a retirement that does not name one', () => {
    const state = stateAfter(office, {
      type: 'DeprecateModelAlias',
      alias: 'gpt-3',
      sunsetAt: 1_700_000_009_000,
      successor: 'gpt-4',
    })
    const lifecycle = (step: Step) => getRow(stateAfter(state, step).modelAliases, 'gpt-3').lifecycle
    expect(lifecycle({ type: 'RetireModelAlias', alias: 'gpt-3' })).toStrictEqual({
      type: 'retired',
      successor: 'gpt-4',
    })
    expect(lifecycle({ type: 'RetireModelAlias', alias: 'gpt-3', successor: null })).toStrictEqual({ type: 'retired' })
    expect(lifecycle({ type: 'RetireModelAlias', alias: 'gpt-3', successor: 'claude' })).toStrictEqual({
      type: 'retired',
      successor: 'claude',
    })
    expect(lifecycle({ type: 'ActivateModelAlias', alias: 'gpt-3' })).toStrictEqual({ type: 'active' })
    expect(outcome(state, { type: 'DeprecateModelAlias', alias: 'gpt-3', sunsetAt: 1_700_000_009_000 })).toBe(
      'unchanged',
    )
  })

  test('have each target once, in the order given', () => {
    const [one, two] = [
      { providerAccount: 'openai', model: 'gpt-3' },
      { providerAccount: 'any', model: 'gpt-3' },
    ]
    const state = stateAfter(office, { type: 'SetModelAliasTargets', alias: 'gpt-3', targets: [two, one, two] })
    expect(getRow(state.modelAliases, 'gpt-3').targets).toStrictEqual([two, one])
    expect(outcome(state, { type: 'SetModelAliasTargets', alias: 'gpt-3', targets: [one, two] })).toBe('accepted')
  })
})

describe('provider accounts', () => {
  test('keep the status of a model that is added again', () => {
    const state = stateAfter(office, { type: 'SuspendModel', providerAccount: 'openai', model: 'gpt-4' })
    expect(
      accepted(state, { type: 'AddModels', providerAccount: 'openai', models: ['gpt-4', 'gpt-5', 'gpt-5'] }).events,
    ).toMatchObject([{ models: ['gpt-5'] }])
    expect(getRow(getRow(state.providerAccounts, 'openai').models, 'gpt-4').status).toBe('suspended')
    expect(outcome(state, { type: 'AddModels', providerAccount: 'openai', models: ['gpt-4'] })).toBe('unchanged')
    expect(outcome(state, { type: 'RemoveModels', providerAccount: 'openai', models: [] })).toBe('unchanged')
  })
})

describe('credits', () => {
  test('given at creation, or by a plan, make a team metered and cause an allocation', () => {
    const create: Step = { type: 'CreateTeam', team: 'new', organization: 'acme', credits: '1000.50', plan: 'basic' }
    const { state, events } = accepted(office, create)
    const wallet = { type: 'team', id: 'new', incarnation: office.version + 1 }
    expect(events.slice(1)).toMatchObject([
      { type: 'CreditsAllocated', wallet, amount: '100' },
      { type: 'CreditsAllocated', wallet, amount: '1000.5' },
    ])
    expect(getRow(state.teams, 'new')).toMatchObject({ metered: true, incarnation: wallet.incarnation })
    expect(
      eventTypes(office, { type: 'CreateVirtualAccount', virtualAccount: 'n', organization: 'acme', credits: '5' }),
    ).toStrictEqual(['VirtualAccountCreated', 'CreditsAllocated'])
  })

  test('of zero make a team metered and cause no allocation', () => {
    const { state, events } = accepted(office, { type: 'CreateTeam', team: 'new', organization: 'acme', credits: '0' })
    expect(events).toHaveLength(1)
    expect(getRow(state.teams, 'new').metered).toBe(true)
  })

  test('of a plan are allocated once, when a team is put on it', () => {
    const put: Step = { type: 'SetTeamPlan', team: 'dev', plan: 'basic' }
    expect(eventTypes(office, put)).toStrictEqual(['TeamPlanSet', 'TeamUpdated', 'CreditsAllocated'])
    const state = stateAfter(office, put)
    expect(outcome(state, put)).toBe('unchanged')
    expect(eventTypes(state, { type: 'SetTeamPlan', team: 'dev', plan: null })).toStrictEqual(['TeamPlanSet'])
  })

  test('are allocated only to an existing wallet', () => {
    const allocate: Step = {
      type: 'AllocateCredits',
      principal: user('mia'),
      amount: '5',
      expiresAt: 1_700_000_009_000,
    }
    expect(outcome(office, allocate)).toBe('wallet_unknown')
    const state = stateAfter(office, { type: 'UpdateUser', user: 'mia', metered: true })
    expect(accepted(state, allocate).events).toStrictEqual([
      {
        type: 'CreditsAllocated',
        at: now,
        actor: { type: 'system' },
        wallet: { type: 'user', id: 'mia', incarnation: getRow(office.users, 'mia').incarnation },
        amount: '5',
        expiresAt: 1_700_000_009_000,
      },
    ])
  })
})

describe('teams', () => {
  test('a member is added once, and adding it with another role is rejected', () => {
    expect(outcome(office, { type: 'AddTeamMember', team: 'dev', user: 'mia' })).toBe('unchanged')
    expect(outcome(office, { type: 'AddTeamMember', team: 'dev', user: 'tom' })).toBe('team_member_exists')
    expect(outcome(office, { type: 'RemoveTeamMember', team: 'dev', user: 'zoe' })).toBe('unchanged')
    const state = stateAfter(office, { type: 'ChangeTeamMemberRole', team: 'dev', user: 'mia', role: 'manager' })
    expect(outcome(state, by(user('mia'), { type: 'RemoveTeamMember', team: 'dev', user: 'tom' }))).toBe('accepted')
  })
})
