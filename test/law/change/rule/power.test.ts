import { describe, expect, test } from 'vitest'
import type { Actor } from '../../../../src/model/value/principal.ts'
import { applyAnything } from '../../command.ts'
import {
  accepted,
  alias,
  by,
  commandOf,
  digest,
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

test('a suspended actor, or one of a suspended organization, may give no command', () => {
  const step: Step = { type: 'CreateUser', user: 'new' }
  const admins = stateAfter(office, { type: 'AddAdministrator', administrator: bot })
  expect(outcome(admins, by(bot, step))).toBe('accepted')
  expect(outcome(stateAfter(admins, { type: 'SuspendUser', user: 'root' }), by(user('root'), step))).toBe(
    'actor_suspended',
  )
  const off = stateAfter(admins, { type: 'SuspendVirtualAccount', virtualAccount: 'bot' })
  expect(outcome(off, by(bot, step))).toBe('actor_suspended')
  const closed = stateAfter(admins, { type: 'SuspendOrganization', organization: 'acme' })
  expect(outcome(closed, by(bot, step))).toBe('organization_suspended')
  expect(outcome(admins, by(user('ghost'), step))).toBe('actor_unknown')
})

test('admins and team managers of a suspended organization have no power', () => {
  const closed = stateAfter(office, { type: 'SuspendOrganization', organization: 'acme' })
  expect(outcome(closed, by(user('olga'), { type: 'DeleteTeam', team: 'dev' }))).toBe('management_not_granted')
  expect(outcome(closed, by(user('tom'), { type: 'RemoveTeamMember', team: 'dev', user: 'mia' }))).toBe(
    'management_not_granted',
  )
})

describe('only an administrator hands out power that it does not hold', () => {
  test('an organization admin assigns and unassigns only groups that its entitlement lists', () => {
    const held = stateAfter(office, { type: 'AssignAccessGroup', accessGroup: 'all', principal: dev })
    const steps: readonly Step[] = [
      { type: 'AssignAccessGroup', accessGroup: 'all', principal: bot },
      { type: 'UnassignAccessGroup', accessGroup: 'all', principal: dev },
      { type: 'SetAccessGroups', principal: dev, accessGroups: ['gpt'] },
      { type: 'SetAccessGroups', principal: bot, accessGroups: ['gpt', 'all'] },
      { type: 'CreateTeam', team: 'new', organization: 'acme', accessGroups: ['gpt', 'all'] },
      { type: 'CreateVirtualAccount', virtualAccount: 'new', organization: 'acme', accessGroups: ['all'] },
    ]
    for (const step of steps) {
      expect(rejected(held, by(user('olga'), step)).code).toBe('entitlement_exceeded')
      expect(outcome(held, by(user('root'), step))).toBe('accepted')
    }
    const kept: Step = { type: 'SetAccessGroups', principal: dev, accessGroups: ['all', 'mini'] }
    expect(outcome(held, by(user('olga'), kept))).toBe('accepted')
  })

  test('an unlimited entitlement lists no groups, so only administrators assign groups in its organization', () => {
    const step: Step = { type: 'AssignAccessGroup', accessGroup: 'gpt', principal: team('ops') }
    expect(outcome(office, by(user('gus'), step))).toBe('entitlement_exceeded')
    expect(outcome(office, by(user('root'), step))).toBe('accepted')
  })

  test('a provider account manager grants roles only in the windows in which it manages the account', () => {
    const grant = (window: { startsAt?: number; expiresAt?: number }): Step => {
      return by(user('max'), {
        type: 'GrantRole',
        principal: user('zoe'),
        providerAccount: 'openai',
        role: 'manager',
        ...window,
      })
    }
    expect(outcome(office, grant({ expiresAt: 1_700_000_005_000 }))).toBe('accepted')
    expect(outcome(office, grant({ startsAt: 1_700_000_002_000, expiresAt: 1_700_000_003_000 }))).toBe('accepted')
    expect(outcome(office, grant({}))).toBe('window_exceeded')
    expect(outcome(office, grant({ expiresAt: 1_700_000_005_001 }))).toBe('window_exceeded')
    expect(rejected(office, grant({})).details.windows).toStrictEqual([{ expiresAt: 1_700_000_005_000 }])
  })

  test('members have the manager role of their team while the team and its organization are active', () => {
    const managed = stateAfter(
      office,
      {
        type: 'GrantRole',
        principal: dev,
        providerAccount: 'any',
        role: 'manager',
        startsAt: 1_700_000_000_500,
        expiresAt: 1_700_000_006_000,
      },
      {
        type: 'GrantRole',
        principal: user('mia'),
        providerAccount: 'any',
        role: 'manager',
        startsAt: 1_700_000_006_000,
        expiresAt: 1_700_000_007_000,
      },
    )
    const step: Step = by(user('mia'), {
      type: 'GrantRole',
      principal: bot,
      providerAccount: 'any',
      role: 'user',
      expiresAt: 1_700_000_007_000,
      startsAt: 1_700_000_000_900,
    })
    expect(outcome(managed, step)).toBe('accepted')
    expect(outcome(stateAfter(managed, { type: 'SuspendTeam', team: 'dev' }), step)).toBe('management_not_granted')
    expect(outcome(stateAfter(managed, { type: 'RemoveTeamMember', team: 'dev', user: 'mia' }), step)).toBe(
      'management_not_granted',
    )
  })

  test('an organization admin hands out no access to a virtual account with more power than its own', () => {
    const steps: readonly Step[] = [
      { type: 'IssueCredential', credential: 'n', owner: bot, digest: digest('e') },
      { type: 'RotateCredential', credential: 'bot', digest: digest('e') },
      { type: 'UpdateCredential', credential: 'bot', expiresAt: 1_700_000_009_000 },
    ]
    const more: readonly Step[] = [
      { type: 'AddAdministrator', administrator: bot },
      { type: 'AddOrganizationAdmin', organization: 'globex', admin: bot },
      { type: 'GrantRole', principal: bot, providerAccount: 'openai', role: 'manager' },
    ]
    for (const power of more) {
      const brief: Step = { type: 'UpdateCredential', credential: 'bot', expiresAt: 1_700_000_008_000 }
      const state = stateAfter(office, brief, power)
      for (const step of steps) {
        expect(outcome(state, by(user('olga'), step)), JSON.stringify([power, step])).toBe('power_exceeded')
        expect(outcome(state, by(user('root'), step))).toBe('accepted')
      }
      const narrow: readonly Step[] = [
        { type: 'RevokeCredential', credential: 'bot' },
        { type: 'SuspendCredential', credential: 'bot' },
        { type: 'UpdateCredential', credential: 'bot', expiresAt: 1_700_000_007_000 },
        { type: 'UpdateCredential', credential: 'bot', scope: { type: 'list', selectors: [alias('gpt-4')] } },
        { type: 'UpdateCredential', credential: 'bot', name: 'Build' },
      ]
      for (const step of narrow) expect(outcome(state, by(user('olga'), step)), step.type).toBe('accepted')
    }
    const same = stateAfter(office, { type: 'AddOrganizationAdmin', organization: 'acme', admin: bot })
    for (const step of steps) expect(outcome(same, by(user('olga'), step))).toBe('accepted')
  })

  test("only a manager of a team's provider accounts adds members to the team or activates it", () => {
    const state = stateAfter(
      office,
      {
        type: 'GrantRole',
        principal: dev,
        providerAccount: 'any',
        role: 'manager',
        expiresAt: 1_700_000_006_000,
      },
      { type: 'CreateTeam', team: 'lab', organization: 'acme' },
      { type: 'AddTeamMember', team: 'lab', user: 'olga' },
    )
    const join: Step = { type: 'AddTeamMember', team: 'dev', user: 'olga' }
    expect(outcome(state, by(user('olga'), join))).toBe('power_exceeded')
    expect(outcome(state, by(user('tom'), join))).toBe('accepted')
    expect(outcome(state, { ...by(user('olga'), join), at: 1_700_000_006_000 } as Step)).toBe('accepted')
    const asleep = stateAfter(state, { type: 'SuspendTeam', team: 'dev' })
    expect(outcome(asleep, by(user('olga'), { type: 'ActivateTeam', team: 'dev' }))).toBe('power_exceeded')
  })
})

describe('the last administrator cannot be removed by anyone but system', () => {
  const ways: readonly Step[] = [
    { type: 'RemoveAdministrator', administrator: user('root') },
    { type: 'SuspendUser', user: 'root' },
    { type: 'DeleteUser', user: 'root' },
  ]
  test.each(ways)('$type', (step) => {
    expect(outcome(office, by(user('root'), step))).toBe('last_administrator')
    expect(outcome(office, step)).toBe('accepted')
    const two = stateAfter(office, { type: 'AddAdministrator', administrator: user('zoe') })
    expect(outcome(two, by(user('root'), step))).toBe('accepted')
    const other = stateAfter(two, { type: 'SuspendUser', user: 'zoe' })
    expect(outcome(other, by(user('root'), step))).toBe('last_administrator')
  })

  const only = stateAfter(
    office,
    { type: 'AddAdministrator', administrator: bot },
    { type: 'RemoveAdministrator', administrator: user('root') },
  )
  const waysOfAccount: readonly (readonly [Actor, Step])[] = [
    [bot, { type: 'RemoveAdministrator', administrator: bot }],
    [user('olga'), { type: 'SuspendVirtualAccount', virtualAccount: 'bot' }],
    [user('olga'), { type: 'DeleteVirtualAccount', virtualAccount: 'bot' }],
    [bot, { type: 'SuspendOrganization', organization: 'acme' }],
    [bot, { type: 'DeleteOrganization', organization: 'acme', cascade: true }],
  ]
  test.each(waysOfAccount)('%o by %o, where it is a virtual account', (actor, step) => {
    expect(outcome(only, by(actor, step))).toBe('last_administrator')
    expect(outcome(only, step)).toBe('accepted')
  })
})

test('an actor without power over a thing gets the same rejection whether or not it exists', () => {
  const twins: readonly (readonly [Step, Step])[] = [
    [
      { type: 'DeleteTeam', team: 'ops' },
      { type: 'DeleteTeam', team: 'nix' },
    ],
    [
      { type: 'RevokeCredential', credential: 'bot' },
      { type: 'RevokeCredential', credential: 'nix' },
    ],
    [
      { type: 'DeleteUser', user: 'mia' },
      { type: 'DeleteUser', user: 'nix' },
    ],
    [
      { type: 'SetDefaultTeam', user: 'zoe', team: 'ops' },
      { type: 'SetDefaultTeam', user: 'nix', team: 'ops' },
    ],
    [
      { type: 'AddModels', providerAccount: 'any', models: ['x'] },
      { type: 'AddModels', providerAccount: 'nix', models: ['x'] },
    ],
    [
      { type: 'SuspendVirtualAccount', virtualAccount: 'bot' },
      { type: 'SuspendVirtualAccount', virtualAccount: 'nix' },
    ],
    [
      { type: 'CreateTeam', team: 'n', organization: 'acme' },
      { type: 'CreateTeam', team: 'n', organization: 'nix' },
    ],
  ]
  for (const [there, absent] of twins) {
    const answer = rejected(office, by(user('tom'), there))
    expect(answer.code).toBe('management_not_granted')
    expect(rejected(office, by(user('tom'), absent))).toStrictEqual(answer)
    expect(rejected(office, by(user('root'), absent)).code).toMatch(/_unknown$/)
  }
})

test('a user that is not in a team gets the same rejection whether or not the team exists', () => {
  const ask = (id: string): Step => by(user('mia'), { type: 'SetDefaultTeam', user: 'mia', team: id })
  expect(rejected(office, ask('ops')).code).toBe('team_not_member')
  expect(rejected(office, ask('nix')).code).toBe('team_not_member')
  expect(rejected(office, by(user('root'), ask('nix'))).code).toBe('team_unknown')
})

test('members issue their own tokens, and no other bounded actor does', () => {
  const step: Step = { type: 'IssueCredential', credential: 'n', owner: user('mia'), digest: digest('e'), team: 'dev' }
  expect(accepted(office, by(user('mia'), step)).events).toHaveLength(1)
  for (const other of ['tom', 'olga', 'zoe'] as const)
    expect(outcome(office, by(user(other), step))).toBe('management_not_granted')
  expect(applyAnything({ ...commandOf(step), actor: team('dev') }, office)).toMatchObject({
    ok: false,
    rejection: { code: 'command_invalid', path: ['actor', 'type'] },
  })
})
