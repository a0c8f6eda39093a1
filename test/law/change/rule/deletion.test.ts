import { describe, expect, test } from 'vitest'
import { checkState } from '../../../../src/model/state/check-state.ts'
import type { State } from '../../../../src/model/state/state.ts'
import { findRow, getRow, hasRow, idsOf, type Table } from '../../../../src/model/table/table.ts'
import { authorize } from '../../../../src/policy/authorize.ts'
import type { Who } from '../../../../src/policy/request/request.ts'
import {
  accepted,
  alias,
  by,
  digest,
  eventTypes,
  now,
  office,
  outcome,
  rejected,
  type Step,
  stateAfter,
  team,
  user,
  virtualAccount,
} from '../story.ts'

const dev = team('dev')
const bot = virtualAccount('bot')
const everything = { type: 'pattern', pattern: '*' } as const

function reasonFor(state: State, who: Who, model: string): string {
  const decision = authorize({ type: 'use', who, model, at: now }, state)
  return decision.effect === 'allow' ? 'allow' : decision.reason
}

const credentialOf = (id: string): Who => ({ type: 'credential', id })

/** Whether an id occurs anywhere in a value, including inside tables. */
function speaksOf(value: unknown, id: string): boolean {
  return JSON.stringify(value).includes(JSON.stringify(id))
}

const busy: State = stateAfter(
  office,
  { type: 'SetDefaultTeam', user: 'mia', team: 'dev' },
  { type: 'AddTeamMember', team: 'ops', user: 'mia' },
  { type: 'AssignAccessGroup', accessGroup: 'gpt', principal: user('mia') },
  { type: 'AssignAccessGroup', accessGroup: 'mini', principal: user('mia'), expiresAt: 1_700_000_009_000 },
  { type: 'AssignAccessGroup', accessGroup: 'gpt', principal: dev },
  { type: 'AssignAccessGroup', accessGroup: 'mini', principal: bot },
  { type: 'GrantRole', principal: user('mia'), providerAccount: 'any', role: 'user' },
  { type: 'GrantRole', principal: dev, providerAccount: 'any', role: 'user' },
  { type: 'GrantRole', principal: bot, providerAccount: 'any', role: 'manager' },
  { type: 'AddOrganizationAdmin', organization: 'globex', admin: user('mia') },
  { type: 'AddOrganizationAdmin', organization: 'globex', admin: bot },
  { type: 'AddAdministrator', administrator: user('mia') },
  { type: 'AddAdministrator', administrator: bot },
  { type: 'CreateRestriction', restriction: 'on-mia', subject: user('mia'), selector: alias('claude') },
  { type: 'CreateRestriction', restriction: 'on-dev', subject: dev, selector: everything, startsAt: 1_700_000_005_000 },
  {
    type: 'CreateRestriction',
    restriction: 'on-bot',
    subject: bot,
    selector: { type: 'providerAccount', providerAccount: 'any' },
  },
  {
    type: 'CreateRestriction',
    restriction: 'on-acme',
    subject: { type: 'organization', id: 'acme' },
    selector: { type: 'model', providerAccount: 'openai', model: 'gpt-3' },
  },
  { type: 'DeprecateModelAlias', alias: 'gpt-3', sunsetAt: 1_700_000_009_000, successor: 'gpt-4' },
  { type: 'SetTeamPlan', team: 'dev', plan: 'basic' },
)

describe('a user', () => {
  test('is deleted with its memberships, grants, tokens, powers and restrictions; its teams and their keys stay', () => {
    const { state, events } = accepted(busy, { type: 'DeleteUser', user: 'mia' })
    expect(events.map(({ type }) => type).sort()).toStrictEqual([
      'AdministratorRemoved',
      'CredentialDeleted',
      'CredentialDeleted',
      'OrganizationAdminRemoved',
      'RestrictionDeleted',
      'UserDeleted',
    ])
    expect(events.at(-1)?.type).toBe('UserDeleted')
    expect(speaksOf(state, 'mia')).toBe(false)
    expect(speaksOf(state, 'mia-dev')).toBe(false)
    expect(hasRow(state.credentials, 'dev')).toBe(true)
    expect(reasonFor(state, credentialOf('dev'), 'gpt-4')).toBe('allow')
  })

  test('created again under the same id has nothing of the old one, not even its credential', () => {
    const gone = stateAfter(busy, { type: 'DeleteUser', user: 'mia' })
    expect(reasonFor(gone, credentialOf('mia'), 'gpt-4')).toBe('credential_unknown')
    const again = stateAfter(gone, { type: 'CreateUser', user: 'mia' })
    const { teams, accessGroups, roleGrants, defaultTeam, incarnation } = getRow(again.users, 'mia')
    expect([teams, accessGroups, roleGrants, defaultTeam]).toStrictEqual([[], [], [], undefined])
    expect(incarnation).toBe(again.version)
    expect(incarnation).not.toBe(getRow(busy.users, 'mia').incarnation)
    expect(reasonFor(again, user('mia'), 'gpt-4')).toBe('model_not_granted')
    expect(reasonFor(again, credentialOf('mia'), 'gpt-4')).toBe('credential_unknown')
    const reused = stateAfter(again, {
      type: 'IssueCredential',
      credential: 'mia',
      owner: user('mia'),
      digest: digest('b'),
    })
    expect(reasonFor(reused, credentialOf('mia'), 'gpt-4')).toBe('model_not_granted')
    expect(outcome(again, by(user('mia'), { type: 'DeleteTeam', team: 'ops' }))).toBe('management_not_granted')
  })

  test('leaves the virtual accounts that it created or managed', () => {
    const state = stateAfter(
      office,
      by(user('olga'), { type: 'CreateVirtualAccount', virtualAccount: 'job', organization: 'acme' }),
      {
        type: 'DeleteUser',
        user: 'olga',
      },
    )
    expect(hasRow(state.virtualAccounts, 'job')).toBe(true)
  })
})

describe('a membership', () => {
  test('that ends removes the default team and deletes only the tokens that name the team', () => {
    const step: Step = { type: 'RemoveTeamMember', team: 'dev', user: 'mia' }
    expect(eventTypes(busy, step)).toStrictEqual(['CredentialDeleted', 'TeamMemberRemoved'])
    const state = stateAfter(busy, step)
    expect(getRow(state.users, 'mia').defaultTeam).toBeUndefined()
    expect(getRow(state.users, 'mia').teams).toStrictEqual([{ team: 'ops', role: 'member', accessGroups: [] }])
    expect([
      hasRow(state.credentials, 'mia-dev'),
      hasRow(state.credentials, 'mia'),
      hasRow(state.credentials, 'dev'),
    ]).toStrictEqual([false, true, true])
    const back = stateAfter(state, { type: 'AddTeamMember', team: 'dev', user: 'mia' })
    expect(getRow(back.users, 'mia').defaultTeam).toBeUndefined()
    expect(reasonFor(back, credentialOf('mia-dev'), 'gpt-4')).toBe('credential_unknown')
  })

  test('that ends in one team leaves another default team', () => {
    const state = stateAfter(busy, { type: 'RemoveTeamMember', team: 'ops', user: 'mia' })
    expect(getRow(state.users, 'mia').defaultTeam).toBe('dev')
    expect(hasRow(state.credentials, 'mia-dev')).toBe(true)
  })
})

describe('a team', () => {
  test('is deleted with its keys, memberships, restrictions and the tokens that name it', () => {
    const step: Step = { type: 'DeleteTeam', team: 'dev' }
    expect(eventTypes(busy, step).sort()).toStrictEqual([
      'CredentialDeleted',
      'CredentialDeleted',
      'RestrictionDeleted',
      'TeamDeleted',
    ])
    const state = stateAfter(busy, step)
    expect(speaksOf(state, 'dev')).toBe(false)
    expect(getRow(state.users, 'mia').teams).toStrictEqual([{ team: 'ops', role: 'member', accessGroups: [] }])
    expect(getRow(state.users, 'tom').teams).toStrictEqual([])
    expect(hasRow(state.credentials, 'mia')).toBe(true)
  })

  test('that is deleted or suspended stops its keys at once', () => {
    expect(reasonFor(busy, credentialOf('dev'), 'gpt-4')).toBe('allow')
    expect(reasonFor(stateAfter(busy, { type: 'SuspendTeam', team: 'dev' }), credentialOf('dev'), 'gpt-4')).toBe(
      'principal_suspended',
    )
    expect(reasonFor(stateAfter(busy, { type: 'DeleteTeam', team: 'dev' }), credentialOf('dev'), 'gpt-4')).toBe(
      'credential_unknown',
    )
  })

  test('created again has no members, keys, groups, plan or restrictions, and another wallet', () => {
    const again = stateAfter(
      busy,
      { type: 'DeleteTeam', team: 'dev' },
      { type: 'CreateTeam', team: 'dev', organization: 'acme', metered: true },
    )
    const row = getRow(again.teams, 'dev')
    expect([row.accessGroups, row.roleGrants, row.plan]).toStrictEqual([[], [], undefined])
    expect(
      [...idsOf(again.users)].filter((id) => getRow(again.users, id).teams.some((one) => one.team === 'dev')),
    ).toStrictEqual([])
    expect(row.incarnation).not.toBe(getRow(busy.teams, 'dev').incarnation)
    expect(accepted(again, { type: 'AllocateCredits', principal: dev, amount: '1' }).events).toMatchObject([
      { wallet: { type: 'team', id: 'dev', incarnation: row.incarnation } },
    ])
  })
})

describe('a virtual account', () => {
  test('is deleted with its tokens, powers and restrictions', () => {
    const step: Step = { type: 'DeleteVirtualAccount', virtualAccount: 'bot' }
    expect(eventTypes(busy, step).sort()).toStrictEqual([
      'AdministratorRemoved',
      'CredentialDeleted',
      'OrganizationAdminRemoved',
      'RestrictionDeleted',
      'VirtualAccountDeleted',
    ])
    expect(speaksOf(stateAfter(busy, step), 'bot')).toBe(false)
  })
})

describe('an organization', () => {
  test('with teams or virtual accounts is deleted only by a cascade; the rejection lists them', () => {
    const { code, details } = rejected(busy, { type: 'DeleteOrganization', organization: 'acme' })
    expect(code).toBe('organization_referenced')
    expect(details.references).toStrictEqual([
      { type: 'team', id: 'dev' },
      { type: 'virtualAccount', id: 'bot' },
    ])
    const step: Step = { type: 'DeleteOrganization', organization: 'acme', cascade: true }
    const types = eventTypes(busy, step)
    expect(types.at(-1)).toBe('OrganizationDeleted')
    expect(types.filter((type) => /^(Team|VirtualAccount)Deleted$/.test(type))).toStrictEqual([
      'TeamDeleted',
      'VirtualAccountDeleted',
    ])
    const state = stateAfter(busy, step)
    for (const id of ['acme', 'dev', 'bot', 'on-acme', 'on-dev', 'on-bot']) expect(speaksOf(state, id), id).toBe(false)
    expect(checkState(state)).toEqual([])
  })

  test('without teams and virtual accounts is deleted without a cascade, and created again has no admins', () => {
    const state = stateAfter(
      office,
      { type: 'DeleteTeam', team: 'ops' },
      { type: 'DeleteOrganization', organization: 'globex' },
      { type: 'CreateOrganization', organization: 'globex', entitlement: { type: 'unlimited' } },
    )
    expect(getRow(state.organizations, 'globex').admins).toStrictEqual([])
    expect(outcome(state, by(user('gus'), { type: 'CreateTeam', team: 'n', organization: 'globex' }))).toBe(
      'management_not_granted',
    )
  })
})

describe('an access group', () => {
  test('is removed from all assignments, plans and entitlements; a team keeps a model that it has by another path', () => {
    const open = stateAfter(busy, { type: 'DeleteRestriction', restriction: 'on-acme' })
    expect(reasonFor(open, credentialOf('dev'), 'gpt-3')).toBe('allow')
    const step: Step = { type: 'DeleteAccessGroup', accessGroup: 'gpt' }
    expect(eventTypes(open, step)).toStrictEqual(['AccessGroupDeleted'])
    const state = stateAfter(open, step)
    expect(speaksOf(state, 'gpt')).toBe(false)
    expect(getRow(state.organizations, 'acme').entitlement).toStrictEqual({ type: 'list', accessGroups: ['mini'] })
    expect(reasonFor(state, credentialOf('dev'), 'gpt-4')).toBe('model_not_granted')
    expect(reasonFor(state, credentialOf('dev'), 'gpt-3')).toBe('allow')
    const none = stateAfter(state, { type: 'DeleteAccessGroup', accessGroup: 'mini' })
    expect(getRow(none.plans, 'basic').accessGroups).toStrictEqual([])
    expect(getRow(none.organizations, 'acme').entitlement).toStrictEqual({ type: 'list', accessGroups: [] })
  })

  test('created again is assigned to no principal, and in no plan or entitlement', () => {
    const again = stateAfter(
      busy,
      { type: 'DeleteAccessGroup', accessGroup: 'gpt' },
      { type: 'CreateAccessGroup', accessGroup: 'gpt', members: [{ type: 'allAliases' }] },
    )
    expect(reasonFor(again, credentialOf('dev'), 'gpt-4')).toBe('model_not_granted')
    expect(outcome(again, by(user('olga'), { type: 'AssignAccessGroup', accessGroup: 'gpt', principal: dev }))).toBe(
      'entitlement_exceeded',
    )
  })
})

describe('a model alias', () => {
  test('named by groups, predecessors or restrictions is deleted only by a cascade; the rejection lists them', () => {
    const more = stateAfter(busy, {
      type: 'CreateRestriction',
      restriction: 'no',
      subject: { type: 'everyone' },
      selector: alias('gpt-4'),
    })
    expect(rejected(more, { type: 'DeleteModelAlias', alias: 'gpt-4' }).details.references).toStrictEqual([
      { type: 'accessGroup', id: 'gpt' },
      { type: 'modelAlias', id: 'gpt-3' },
      { type: 'restriction', id: 'no' },
    ])
    const step: Step = { type: 'DeleteModelAlias', alias: 'gpt-4', cascade: true }
    expect(eventTypes(more, step)).toStrictEqual(['RestrictionDeleted', 'ModelAliasDeleted'])
    const state = stateAfter(more, step)
    expect(getRow(state.modelAliases, 'gpt-3').lifecycle).toStrictEqual({
      type: 'deprecated',
      sunsetAt: 1_700_000_009_000,
    })
    expect(hasRow(getRow(state.accessGroups, 'gpt').aliases, 'gpt-4')).toBe(false)
    expect(hasRow(state.restrictions, 'no')).toBe(false)
    const again = stateAfter(state, {
      type: 'CreateModelAlias',
      alias: 'gpt-4',
      targets: [{ providerAccount: 'openai', model: 'gpt-4' }],
    })
    expect(reasonFor(again, credentialOf('dev'), 'gpt-4')).toBe('model_not_granted')
  })

  test('that no row names is deleted without a cascade, even if patterns match it', () => {
    const members = [{ type: 'aliasPattern', pattern: '*' }] as const
    const state = stateAfter(office, { type: 'AddAccessGroupMembers', accessGroup: 'all', members })
    expect(eventTypes(state, { type: 'DeleteModelAlias', alias: 'claude' })).toStrictEqual(['ModelAliasDeleted'])
  })
})

describe('a provider account', () => {
  test('named by targets, grants or restrictions is deleted only by a cascade; the rejection lists them', () => {
    expect(rejected(busy, { type: 'DeleteProviderAccount', providerAccount: 'any' }).details.references).toStrictEqual([
      { type: 'modelAlias', id: 'claude' },
      { type: 'user', id: 'mia' },
      { type: 'team', id: 'dev' },
      { type: 'virtualAccount', id: 'bot' },
      { type: 'restriction', id: 'on-bot' },
    ])
    const step: Step = { type: 'DeleteProviderAccount', providerAccount: 'any', cascade: true }
    expect(eventTypes(busy, step)).toStrictEqual(['RestrictionDeleted', 'ProviderAccountDeleted'])
    const state = stateAfter(busy, step)
    expect(speaksOf(state, 'any')).toBe(false)
    expect(getRow(state.modelAliases, 'claude').targets).toStrictEqual([])
    const again = stateAfter(state, { type: 'CreateProviderAccount', providerAccount: 'any', anyModel: true })
    expect(reasonFor(again, credentialOf('dev'), 'any/claude-3')).toBe('model_not_granted')
    expect(getRow(again.providerAccounts, 'any').incarnation).toBe(again.version)
  })
})

describe('a model', () => {
  test('named by targets or restrictions is removed only by a cascade; the rejection lists them', () => {
    const remove: Step = { type: 'RemoveModels', providerAccount: 'openai', models: ['gpt-4', 'gpt-3'] }
    const { code, details, path } = rejected(busy, remove)
    expect([code, path, details.total]).toStrictEqual(['model_referenced', ['models', expect.any(Number)], 3])
    const step: Step = { ...remove, cascade: true }
    expect(eventTypes(busy, step)).toStrictEqual(['RestrictionDeleted', 'ModelsRemoved'])
    const state = stateAfter(busy, step)
    expect(getRow(state.modelAliases, 'gpt-4').targets).toStrictEqual([])
    expect(hasRow(state.restrictions, 'on-acme')).toBe(false)
  })

  test('of an account that serves any model is removed without a cascade', () => {
    const state = stateAfter(office, { type: 'AddModels', providerAccount: 'any', models: ['claude-3'] })
    const removed = stateAfter(state, { type: 'RemoveModels', providerAccount: 'any', models: ['claude-3'] })
    expect(getRow(removed.modelAliases, 'claude').targets).toHaveLength(1)
  })

  test('that is named but not listed prevents `anyModel: false`', () => {
    const narrow: Step = { type: 'UpdateProviderAccount', providerAccount: 'any', anyModel: false }
    expect(rejected(office, narrow)).toMatchObject({
      code: 'model_referenced',
      path: ['anyModel'],
      details: { reference: { type: 'model', id: 'any/claude-3' }, references: [{ type: 'modelAlias', id: 'claude' }] },
    })
    expect(
      outcome(stateAfter(office, { type: 'AddModels', providerAccount: 'any', models: ['claude-3'] }), narrow),
    ).toBe('accepted')
  })
})

describe('a plan', () => {
  test('with teams on it is deleted only by a cascade; the rejection lists them', () => {
    expect(rejected(busy, { type: 'DeletePlan', plan: 'basic' }).details.references).toStrictEqual([
      { type: 'team', id: 'dev' },
    ])
    const state = stateAfter(busy, { type: 'DeletePlan', plan: 'basic', cascade: true })
    expect(getRow(state.teams, 'dev').plan).toBeUndefined()
    expect(findRow(state.plans, 'basic')).toBeUndefined()
  })
})

test('deleting a group with many assignments is one event, and unchanged tables are shared', () => {
  const many = Array.from({ length: 300 }, (_, i) => `u${i}`)
  const state = stateAfter(
    office,
    ...many.map((id): Step => ({ type: 'CreateUser', user: id })),
    ...many.slice(0, 150).map((id): Step => ({ type: 'AssignAccessGroup', accessGroup: 'all', principal: user(id) })),
  )
  const { events, state: after } = accepted(state, { type: 'DeleteAccessGroup', accessGroup: 'all' })
  expect(events).toHaveLength(1)
  const isShared = (table: 'users' | 'teams', id: string) =>
    findRow<unknown>(after[table] as Table<unknown>, id) === findRow<unknown>(state[table] as Table<unknown>, id)
  expect(many.filter((id) => isShared('users', id))).toHaveLength(150)
  expect(after.teams).toBe(state.teams)
})
