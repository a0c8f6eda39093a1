import { describe, expect, test } from 'vitest'
import { apply } from '../../../../src/change/apply.ts'
import type { Command } from '../../../../src/change/message/command.ts'
import type { State } from '../../../../src/model/state/state.ts'
import { authorize } from '../../../../src/policy/authorize.ts'
import { type AccessDiff, diffAccess } from '../../../../src/query/diff/diff-access.ts'
import { formatDiff } from '../../../../src/query/diff/format-diff.ts'
import { add, aliases, answer, holding, memberOf, world } from '../../world.ts'

type Said<C> = C extends Command ? Omit<C, 'actor' | 'at'> : never

const at = 1_700_000_000_100

/** A state with two metered teams that have `gpt-4`; `ann` is a member of the first team. */
const base = world({
  modelAliases: ['gpt-4', 'o1'].map((id) => ({ id })),
  accessGroups: [
    { id: 'gpt', ...aliases('gpt-4') },
    { id: 'reasoning', ...aliases('o1') },
  ],
  teams: ['north', 'south'].map((id) => ({ id, metered: true, ...holding(['gpt']) })),
  users: [{ id: 'ann', ...memberOf('north') }],
})

function changed(said: Said<Command>, state: State): State {
  const applied = apply({ ...said, actor: { type: 'system' }, at } as Command, state)
  if (!applied.ok) throw new Error(applied.rejection.message)
  return applied.state
}

function compared(before: State, now: State): AccessDiff {
  const diff = diffAccess(before, now, { at })
  if (!diff.ok) throw new Error(diff.fault.message)
  return diff
}

/** The line of a formatted diff about `ann` without a named team. */
function lineOf(diff: AccessDiff): string | undefined {
  return formatDiff(diff)
    .split('\n')
    .find((line) => line.startsWith('user `ann`') && line.includes(', naming no team, '))
}

const call = { type: 'use', who: { type: 'user', id: 'ann' }, model: 'gpt-4', at } as const
const teams = ['north', 'south']
const hint = '(`payer_ambiguous`: teams `north`, `south` could each pay; name one of them, or set a default team)'

describe('a change after which a call has no single payer', () => {
  const invited = add(base, {
    teams: [
      {
        id: 'south',
        metered: true,
        ...holding(['gpt']),
        invitations: [
          { user: 'ann', role: 'member', invitedBy: { type: 'system' }, createdAt: at - 1, incarnation: 0 },
        ],
      },
    ],
  })
  const inBoth = add(base, { users: [{ id: 'ann', ...memberOf('north', 'south') }] })
  const southWith = (fields: object): State => add(inBoth, { teams: [{ id: 'south', ...fields }] })
  const paying = { metered: true, ...holding(['gpt']) }
  const cases: readonly (readonly [string, State, Said<Command>, 'narrower' | 'both'])[] = [
    ['AddTeamMember', base, { type: 'AddTeamMember', team: 'south', user: 'ann' }, 'both'],
    ['AcceptInvitation', invited, { type: 'AcceptInvitation', team: 'south', user: 'ann' }, 'both'],
    [
      'AssignAccessGroup to a second metered team',
      southWith({ metered: true }),
      { type: 'AssignAccessGroup', principal: { type: 'team', id: 'south' }, accessGroup: 'gpt' },
      'both',
    ],
    [
      'AssignAccessGroup to a membership',
      southWith({ metered: true }),
      { type: 'AssignAccessGroup', principal: { type: 'member', team: 'south', user: 'ann' }, accessGroup: 'gpt' },
      'both',
    ],
    [
      'AssignAccessGroup to an organization',
      add(southWith({ metered: true, organization: 'other' }), { organizations: [{ id: 'other' }] }),
      { type: 'AssignAccessGroup', principal: { type: 'organization', id: 'other' }, accessGroup: 'gpt' },
      'both',
    ],
    ['metering a team', southWith(holding(['gpt'])), { type: 'UpdateTeam', team: 'south', metered: true }, 'narrower'],
    [
      'activating a team',
      southWith({ ...paying, status: 'suspended', suspendedBy: 'platform' }),
      { type: 'ActivateTeam', team: 'south' },
      'both',
    ],
    [
      'a lifted restriction',
      add(inBoth, { restrictions: [{ id: 'no', subject: { type: 'team', id: 'south' } }] }),
      { type: 'DeleteRestriction', restriction: 'no' },
      'both',
    ],
    [
      'no default team any longer',
      add(inBoth, { users: [{ id: 'ann', ...memberOf('north', 'south'), defaultTeam: 'north' }] }),
      { type: 'SetDefaultTeam', user: 'ann', team: null },
      'narrower',
    ],
    [
      'a model that the default team loses',
      add(inBoth, {
        users: [{ id: 'ann', ...memberOf('home', 'north', 'south'), defaultTeam: 'home' }],
        teams: [{ id: 'home', ...paying }],
      }),
      { type: 'UnassignAccessGroup', principal: { type: 'team', id: 'home' }, accessGroup: 'gpt' },
      'narrower',
    ],
    [
      'a free context that is lost',
      add(inBoth, { users: [{ id: 'ann', ...memberOf('north', 'south'), ...holding(['gpt']) }] }),
      { type: 'UpdateUser', user: 'ann', metered: true },
      'narrower',
    ],
  ]

  test.each(cases)('is a loss for calls that name no team: %s', (_, before, said, direction) => {
    const now = changed(said, before)
    expect([before, now].map((state) => answer(authorize(call, state)))).toEqual(['allow', 'payer_ambiguous'])
    const diff = compared(before, now)
    expect(diff.direction).toBe(direction)
    const change = diff.users.find(({ users }) => users.includes('ann'))?.changes[0]
    expect(change).toMatchObject({ effect: 'lost', gained: [], ambiguous: { after: teams } })
    expect(change?.lost).toEqual([{ providerAccount: 'openai', model: 'gpt-4' }])
    expect(lineOf(diff)).toContain(`loses \`gpt-4\` ${hint}`)
  })

  test.each(cases)('is a gain the other way around: %s', (_, before, said) => {
    const diff = compared(changed(said, before), before)
    const change = diff.users.find(({ users }) => users.includes('ann'))?.changes[0]
    expect(change).toMatchObject({ effect: 'gained', lost: [], ambiguous: { before: teams } })
    expect(lineOf(diff)).toContain('gains `gpt-4` (no longer `payer_ambiguous` between teams `north`, `south`)')
  })

  test('that was denied before lists the teams, without a gain or loss for calls that name none', () => {
    const before = add(inBoth, { teams: teams.map((id) => ({ id, metered: true })) })
    const now = add(inBoth, {})
    const diff = compared(before, now)
    expect(diff.direction).toBe('wider')
    expect(diff.users[0]?.changes).toMatchObject([
      { effect: 'ambiguous', gained: [], lost: [], ambiguous: { after: teams } },
    ])
    expect(lineOf(diff)).toContain(`must name a team for \`gpt-4\` ${hint}`)
    expect(lineOf(compared(now, before))).toContain(
      'is denied `gpt-4`, no longer as `payer_ambiguous` between teams `north`, `south`',
    )
  })

  test('between other teams lists both sets of teams', () => {
    const before = add(inBoth, { teams: [{ id: 'west', ...paying }] })
    const now = changed({ type: 'AddTeamMember', team: 'west', user: 'ann' }, before)
    const diff = compared(before, now)
    expect(diff.direction).toBe('wider')
    expect(lineOf(diff)).toContain(
      'must still name a team for `gpt-4` (`payer_ambiguous`: teams `north`, `south`, `west` could each pay, instead of `north`, `south`; name one of them, or set a default team)',
    )
  })

  test('is listed apart from other lost models', () => {
    const state = add(base, {
      teams: [{ id: 'north', metered: true, ...holding(['gpt', 'reasoning']) }],
    })
    const added = changed({ type: 'AddTeamMember', team: 'south', user: 'ann' }, state)
    const removal = { type: 'UnassignAccessGroup', principal: { type: 'team', id: 'north' }, accessGroup: 'reasoning' }
    const diff = compared(state, changed(removal as Said<Command>, added))
    expect(lineOf(diff)).toContain(`naming no team, loses \`gpt-4\` ${hint}; loses \`o1\``)
  })
})

describe('a change after which a call has another payer', () => {
  test('is told apart from one that changes nothing', () => {
    const now = changed({ type: 'UpdateTeam', team: 'north', metered: false }, base)
    const diff = compared(base, now)
    expect(diff).toMatchObject({ direction: 'same', otherPayer: true })
    expect(lineOf(diff)).toContain('free of charge instead of paid by team `north`')
    expect(compared(base, base)).toMatchObject({ direction: 'same', otherPayer: false })
  })

  test('says so where the routes change too', () => {
    const targets = ['gpt-4', 'gpt-5'].map((model) => ({ providerAccount: 'openai', model }))
    const wide = add(base, { modelAliases: [{ id: 'gpt-4', targets }] })
    const diff = compared(base, changed({ type: 'UpdateTeam', team: 'north', metered: false }, wide))
    expect(diff).toMatchObject({ direction: 'wider', otherPayer: true })
    expect(lineOf(diff)).toContain(
      'has more routes to `gpt-4` (now also `openai/gpt-5`, free of charge instead of paid by team `north`)',
    )
  })

  test('is a loss when the default team is suspended, whatever other teams give', () => {
    const state = add(base, {
      users: [{ id: 'ann', ...memberOf('north', 'south'), defaultTeam: 'north' }],
    })
    for (const said of [
      { type: 'SuspendTeam', team: 'north' },
      { type: 'SuspendOrganization', organization: 'acme' },
    ] as const) {
      const now = changed(said, state)
      expect(authorize(call, now).effect).toBe('deny')
      const diff = compared(state, now)
      expect(diff.direction).toBe('narrower')
      expect(diff.users[0]?.changes).toMatchObject([{ effect: 'lost' }])
    }
    const other = changed({ type: 'SetDefaultTeam', user: 'ann', team: 'south' }, state)
    const moved = compared(state, other)
    expect(moved).toMatchObject({ direction: 'same', otherPayer: true })
    expect(lineOf(moved)).toContain('paid by team `south` instead of paid by team `north`')
  })
})

describe('routes in the formatted diff', () => {
  const target = (providerAccount: string) => ({ providerAccount, model: 'gpt-4' })
  const accounts = ['azure', 'eu', 'us', 'asia', 'a', 'b', 'c'].map((id) => ({ id }))
  const routed = (...ids: string[]): State =>
    add(base, { providerAccounts: accounts, modelAliases: [{ id: 'gpt-4', targets: ids.map(target) }] })
  const line = (before: State, now: State): string | undefined => formatDiff(compared(before, now)).split('\n')[1]

  test('name the provider accounts and models that are added and lost', () => {
    expect(line(routed('openai'), routed('openai', 'azure', 'eu'))).toBe(
      'team `north` has more routes to `gpt-4` (now also `azure/gpt-4`, `eu/gpt-4`), and with it a member: `ann`',
    )
    expect(line(routed('openai', 'azure'), routed('azure'))).toBe(
      'team `north` has fewer routes to `gpt-4` (no longer `openai/gpt-4`), and with it a member: `ann`',
    )
    expect(line(routed('openai'), routed('azure'))).toBe(
      'team `north` has other routes to `gpt-4` (`azure/gpt-4` instead of `openai/gpt-4`), and with it a member: `ann`',
    )
  })

  test('are at most five for each model', () => {
    const all = accounts.map(({ id }) => id)
    expect(line(routed('openai'), routed('openai', ...all))).toContain(
      '(now also `azure/gpt-4`, `eu/gpt-4`, `us/gpt-4`, `asia/gpt-4`, `a/gpt-4` and 2 more)',
    )
  })

  test('of more than 12 models are listed for the first 12', () => {
    const names = Array.from({ length: 15 }, (_, i) => `model-${String(i).padStart(2, '0')}`)
    const many = (providerAccount: string): State =>
      add(base, {
        providerAccounts: accounts,
        modelAliases: names.map((id) => ({ id, targets: [{ providerAccount, model: id }] })),
        accessGroups: [{ id: 'gpt', ...aliases(...names) }],
      })
    const found = line(many('openai'), many('azure')) ?? ''
    expect(found.match(/has other routes to/g)).toHaveLength(13)
    expect(found).toContain('; has other routes to 3 more, and with it a member: `ann`')
  })

  test('put a member on a line of its own when its routes differ from those of its team', () => {
    const own = add(base, {
      providerAccounts: accounts,
      users: [{ id: 'ann', teams: [{ team: 'north', role: 'member', ...holding(['gpt']) }] }],
    })
    const denied = add(own, {
      restrictions: [
        {
          id: 'no',
          subject: { type: 'user', id: 'ann' },
          selector: { type: 'providerAccount', providerAccount: 'eu' },
        },
      ],
    })
    const targets = ['openai', 'azure', 'eu'].map(target)
    const lines = formatDiff(compared(denied, add(denied, { modelAliases: [{ id: 'gpt-4', targets }] }))).split('\n')
    expect(lines).toContain('team `north` has more routes to `gpt-4` (now also `azure/gpt-4`, `eu/gpt-4`)')
    expect(lines).toContain(
      'user `ann` in the name of team `north` has more routes to `gpt-4` (now also `azure/gpt-4`)',
    )
  })
})
