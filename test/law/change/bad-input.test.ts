import { describe, expect, test } from 'vitest'
import { apply } from '../../../src/change/apply.ts'
import { Event } from '../../../src/change/message/event.ts'
import { applyAnything } from '../command.ts'
import { accepted, commandOf, digest, office, rejected, type Step, stateAfter, team, user } from './story.ts'

/** Returns the rejection of a step as one string with its code, path and message. */
function said(step: Step | object): string {
  const { code, path, message } = rejected(office, step)
  return `${code} at ${path.join('.')}: ${message}`
}

describe('bad input is rejected with a code, a path and a message that states what was expected', () => {
  test('a command of an unknown type', () => {
    expect(said({ type: 'CreateUsers', user: 'x' })).toBe(
      "command_invalid at type: unknown command `CreateUsers`, expected a command's name, as in `CreateTeam`",
    )
    expect(said({ type: 7 })).toBe(
      "command_invalid at type: expected the command's name as its `type`, as in `CreateTeam`",
    )
    expect(said({ type: '__proto__' })).toMatch(/unknown command `__proto__`/)
    const long = said({ type: `\u202e${'x'.repeat(100_000)}\n` })
    expect(long).toMatch(/unknown command `x+…`/)
    expect(long.length).toBeLessThan(200)
  })

  test('a value that is not a command', () => {
    for (const value of [undefined, null, 'CreateUser', 7, true]) {
      expect(applyAnything(value, office)).toMatchObject({
        rejection: { code: 'command_invalid', message: 'expected an object' },
      })
    }
    expect(applyAnything({}, office)).toMatchObject({ rejection: { path: ['type'] } })
    expect(applyAnything([], office)).toMatchObject({ rejection: { code: 'command_invalid' } })
  })

  test('a group named `GPT Models` is refused with the rule for names', () => {
    expect(said({ type: 'CreateAccessGroup', accessGroup: 'GPT Models', members: [] })).toBe(
      'command_invalid at accessGroup: expected an access group name of lowercase letters and digits, separated by single hyphens or dots, as in `gpt-4.1-models`',
    )
  })

  test('an unknown id is in the message', () => {
    expect(said({ type: 'SuspendUser', user: 'nobody' })).toBe(
      'user_unknown at user: user `nobody` does not exist, correct the id or create it first',
    )
    expect(said({ type: 'AddTeamMember', team: 'nowhere', user: 'mia' })).toBe(
      'team_unknown at team: team `nowhere` does not exist, correct the id or create it first',
    )
    expect(said({ type: 'GrantRole', principal: team('nowhere'), providerAccount: 'openai', role: 'user' })).toBe(
      'team_unknown at principal.id: team `nowhere` does not exist, correct the id or create it first',
    )
    expect(said({ type: 'SetAccessGroups', principal: team('dev'), accessGroups: ['gpt', 'none'] })).toBe(
      'access_group_unknown at accessGroups.1: access group `none` does not exist, correct the id or create it first',
    )
  })

  test('an alias target that does not exist', () => {
    const at = (providerAccount: string, model: string) => {
      const targets = [
        { providerAccount: 'openai', model: 'gpt-4' },
        { providerAccount, model },
      ]
      return said({ type: 'CreateModelAlias', alias: 'new', targets })
    }
    expect(at('openai', 'gpt-9')).toBe(
      'model_unknown at targets.1.model: provider account `openai` has no model `gpt-9`, correct the name or add it first',
    )
    expect(at('nowhere', 'gpt-4')).toMatch(/^provider_account_unknown at targets\.1\.providerAccount: /)
    expect(
      apply(
        commandOf({ type: 'CreateModelAlias', alias: 'new', targets: [{ providerAccount: 'any', model: 'x' }] }),
        office,
      ).ok,
    ).toBe(true)
  })

  test('a group member, a restriction or a plan that refers to a row that does not exist', () => {
    const members = [{ type: 'allAliases' }, { type: 'alias', alias: 'none' }]
    expect(said({ type: 'CreateAccessGroup', accessGroup: 'new', members })).toMatch(
      /^model_alias_unknown at members\.1\.alias/,
    )
    const selector = { type: 'model', providerAccount: 'openai', model: 'none' }
    expect(said({ type: 'CreateRestriction', restriction: 'n', subject: { type: 'everyone' }, selector })).toMatch(
      /^model_unknown at selector\.model/,
    )
    const subject = { type: 'organization', id: 'none' }
    expect(
      said({ type: 'CreateRestriction', restriction: 'n', subject, selector: { type: 'alias', alias: 'gpt-4' } }),
    ).toMatch(/^organization_unknown at subject\.id/)
    expect(said({ type: 'CreatePlan', plan: 'n', accessGroups: ['none'] })).toMatch(
      /^access_group_unknown at accessGroups\.0/,
    )
    const entitlement = { type: 'list', accessGroups: ['gpt', 'none'] }
    expect(said({ type: 'UpdateOrganization', organization: 'acme', entitlement })).toMatch(
      /^access_group_unknown at entitlement\.accessGroups\.1/,
    )
  })

  test('a cycle of successors', () => {
    expect(said({ type: 'RetireModelAlias', alias: 'gpt-4', successor: 'gpt-4' })).toBe(
      'successor_cycle at successor: the successors of `gpt-4` would lead back to it, name another successor',
    )
    const chain = stateAfter(
      office,
      { type: 'DeprecateModelAlias', alias: 'gpt-3', sunsetAt: 1_700_000_009_000, successor: 'gpt-4' },
      { type: 'RetireModelAlias', alias: 'gpt-4', successor: 'claude' },
    )
    const { code, details } = rejected(chain, { type: 'RetireModelAlias', alias: 'claude', successor: 'gpt-3' })
    expect(code).toBe('successor_cycle')
    expect(details.cycle).toStrictEqual(['claude', 'gpt-3', 'gpt-4', 'claude'])
  })

  test('a window that ends before it starts, or is over', () => {
    const assign = (window: object) =>
      said({ type: 'AssignAccessGroup', accessGroup: 'gpt', principal: team('dev'), ...window })
    expect(assign({ startsAt: 1_700_000_003_000, expiresAt: 1_700_000_002_000 })).toBe(
      'window_invalid at expiresAt: the window ends before it starts, expected `expiresAt` after `startsAt`',
    )
    expect(assign({ startsAt: 1_700_000_003_000, expiresAt: 1_700_000_003_000 })).toMatch(
      /^window_invalid at expiresAt/,
    )
    expect(assign({ expiresAt: 1_700_000_001_000 })).toBe(
      'window_invalid at expiresAt: `expiresAt` is over already, expected an instant after that of the change',
    )
    const credential = { type: 'IssueCredential', credential: 'n', owner: user('mia'), digest: digest('e') }
    expect(said({ ...credential, expiresAt: 1_700_000_000_999 })).toMatch(/^window_invalid at expiresAt/)
    expect(said({ type: 'UpdateCredential', credential: 'mia', expiresAt: 1_700_000_000_999 })).toMatch(
      /^window_invalid at expiresAt/,
    )
    expect(
      said({ type: 'RotateCredential', credential: 'mia', digest: digest('e'), overlapUntil: 1_700_000_001_000 }),
    ).toMatch(/^window_invalid at overlapUntil/)
    expect(said({ type: 'DeprecateModelAlias', alias: 'gpt-4', sunsetAt: 1_700_000_001_000 })).toMatch(
      /^window_invalid at sunsetAt/,
    )
  })

  test('an amount that is not exact', () => {
    const amount = (value: unknown) => said({ type: 'AllocateCredits', principal: team('dev'), amount: value })
    const exact = /^command_invalid at amount: expected an exact amount of credits as a decimal string/
    for (const text of [
      '1e3',
      '-1',
      '+1',
      ' 1',
      '1,5',
      '.5',
      '1.',
      '01',
      '0.0000000001',
      '99999999999999',
      'NaN',
      '',
    ]) {
      expect(amount(text), text).toMatch(exact)
    }
    expect(amount('0')).toBe('command_invalid at amount: expected an amount of credits above zero')
    for (const value of [1, 0.1, null])
      expect(amount(value)).toBe('command_invalid at amount: expected a string for `amount`')
    expect(said({ type: 'CreateTeam', team: 'n', organization: 'acme', credits: 1000 })).toMatch(
      /^command_invalid at credits/,
    )
  })

  test('credits with `metered: false`', () => {
    expect(said({ type: 'CreateTeam', team: 'n', organization: 'acme', credits: '1', metered: false })).toBe(
      'command_invalid at metered: expected `metered` to be true or left out where `credits` are given',
    )
  })

  test('an unknown key is in the path, and so is a missing one', () => {
    expect(said({ type: 'CreateUser', user: 'n', mtered: true })).toBe(
      'command_invalid at mtered: unknown key `mtered`, leave it out or correct it',
    )
    expect(
      said({
        type: 'GrantRole',
        principal: { type: 'user', id: 'mia', name: 'x' },
        providerAccount: 'openai',
        role: 'user',
      }),
    ).toBe('command_invalid at principal.name: unknown key `name`, leave it out or correct it')
    expect(said({ type: 'CreateUser' })).toBe('command_invalid at user: expected a string for `user`')
    const own = JSON.parse('{"type":"CreateUser","user":"n","__proto__":{"admin":true}}')
    expect(apply(Object.assign(own, { actor: { type: 'system' }, at: 1_700_000_000_001 }), office)).toMatchObject({
      rejection: { path: ['__proto__'] },
    })
  })

  test('a value of the wrong type gets a message with the expected type', () => {
    expect(said({ type: 'CreateUser', user: 7 })).toBe('command_invalid at user: expected a string for `user`')
    expect(said({ type: 'CreateUser', user: 'n', metered: 'yes' })).toBe(
      'command_invalid at metered: expected `true` or `false` for `metered`',
    )
    expect(said({ type: 'ChangeTeamMemberRole', team: 'dev', user: 'mia', role: 'owner' })).toBe(
      'command_invalid at role: expected one of `manager`, `member` for `role`',
    )
    expect(said({ type: 'AddModels', providerAccount: 'openai', models: 'gpt-5' })).toBe(
      'command_invalid at models: expected a list for `models`',
    )
    expect(said({ type: 'AddModels', providerAccount: 'openai', models: Array(10_001).fill('m') })).toBe(
      'command_invalid at models: expected at most 10000 entries',
    )
    expect(said({ type: 'CreateAccessGroup', accessGroup: 'n', members: [{ type: 'group', id: 'gpt' }] })).toBe(
      'command_invalid at members.0.type: expected one of `alias`, `aliasPattern`, `allAliases`, `model`, `modelPattern` for `type`',
    )
    expect(said({ type: 'CreateUser', user: 'n', at: Number.NaN })).toMatch(
      /^command_invalid at at: expected an instant/,
    )
    expect(said({ type: 'CreateUser', user: 'n', actor: team('dev') })).toBe(
      'command_invalid at actor.type: expected one of `system`, `user`, `virtualAccount` for `type`',
    )
    expect(said({ type: 'IssueCredential', credential: 'n', owner: user('mia'), digest: 'secret' })).toBe(
      'command_invalid at digest: expected a SHA-256 digest as 64 lowercase hexadecimal digits',
    )
    expect(
      said({ type: 'IssueCredential', credential: 'n', owner: team('dev'), team: 'dev', digest: digest('e') }),
    ).toBe("command_invalid at team: expected no `team`, since only a user's token acts for one")
    expect(said({ type: 'CreateProviderAccount', providerAccount: 'open/ai' })).toBe(
      'command_invalid at providerAccount: expected a provider account id without `/`, as in `openai`',
    )
  })

  test('more targets than an alias may have, in a command or in its event', () => {
    const targets = Array.from({ length: 101 }, (_, i) => ({ providerAccount: 'any', model: `m${i}` }))
    const words = 'command_invalid at targets: expected at most 100 entries'
    const create = { type: 'CreateModelAlias', alias: 'n' } as const
    const set = { type: 'SetModelAliasTargets', alias: 'gpt-4' } as const
    expect([said({ ...create, targets }), said({ ...set, targets })]).toEqual([words, words])
    for (const step of [create, set]) {
      const [event] = accepted(office, { ...step, targets: targets.slice(1) }).events
      expect(Event.safeParse(event).success).toBe(true)
      expect(Event.safeParse({ ...event, targets }).success).toBe(false)
    }
  })

  test('settings with an invalid name, `__proto__` included, or too many of them', () => {
    const create = (settings: unknown) => said({ type: 'CreateProviderAccount', providerAccount: 'n', settings })
    expect(create(JSON.parse('{"__proto__": "x"}'))).toBe(
      'command_invalid at settings: expected settings without the name `__proto__`',
    )
    expect(create({ 'a b': 'x' })).toMatch(/^command_invalid at settings\.a b: expected a setting name/)
    expect(create({ a: 1 })).toBe('command_invalid at settings.a: expected a string for `a`')
    expect(create('x')).toBe('command_invalid at settings: expected an object for `settings`')
    expect(create(Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`s${i}`, 'x'])))).toBe(
      'command_invalid at settings: expected at most 1000 settings',
    )
  })

  test('every issue is in the details, and the first is the message', () => {
    const { path, details } = rejected(office, { type: 'CreateTeam', team: '', organization: 7, extra: 1 })
    expect(details.issues?.map((issue) => issue.path)).toStrictEqual([['team'], ['organization'], ['extra']])
    expect(path).toStrictEqual(['team'])
  })

  test('ids with control characters, lone surrogates or text direction overrides', () => {
    for (const id of ['', 'a\u0000', 'a\nb', '\ud800', 'a\u202eb', '\u2066', 'x'.repeat(257)]) {
      expect(said({ type: 'CreateUser', user: id })).toMatch(/^command_invalid at user: expected a printable string/)
    }
  })
})
