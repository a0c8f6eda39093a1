import { describe, expect, test } from 'vitest'
import type { Command } from '../../../../src/change/message/command.ts'
import type { State } from '../../../../src/model/state/state.ts'
import { type AccessDiff, diffAccess } from '../../../../src/query/diff/diff-access.ts'
import { formatDiff } from '../../../../src/query/diff/format-diff.ts'
import { formatPreview } from '../../../../src/query/diff/format-preview.ts'
import { type Preview, preview } from '../../../../src/query/diff/preview.ts'
import { origin } from '../../../../src/testing/arbitrary/window.ts'
import { add, aliases, holding, memberOf, role, world } from '../../world.ts'

type Said<C> = C extends Command ? Omit<C, 'actor' | 'at'> : never

const at = 1_700_000_000_100

function foresee(said: Said<Command>, state: State): Preview {
  const found = preview([{ ...said, actor: { type: 'system' }, at }], state)
  if (!found.ok) throw new Error(found.fault.message)
  expect(found.steps).toMatchObject([{ ok: true }])
  return found
}

/** Previews a command. Returns the lines of the formatted access diff at the instant of the command. */
function told(said: Said<Command>, state: State): string[] {
  const [first] = foresee(said, state).effects
  return first === undefined ? [] : formatDiff(first.diff).split('\n')
}

function compared(before: State, after: State): AccessDiff {
  const diff = diffAccess(before, after, { at })
  if (!diff.ok) throw new Error(diff.fault.message)
  return diff
}

const same = 'no access is gained or lost (version 0 to 1)'
const repaid = 'no access is gained or lost, and some calls have another payer (version 0 to 1)'
const narrower = 'access becomes narrower (version 0 to 1)'
const wider = 'access becomes wider (version 0 to 1)'

/**
 * A state with the groups of the SaaS API's examples, and three teams. The last team can use every model through two
 * groups.
 */
const base = world({
  modelAliases: ['gpt-4', 'gpt-3.5-turbo', 'claude-3-opus'].map((id) => ({ id })),
  accessGroups: [
    { id: 'gpt-models', ...aliases('gpt-4', 'gpt-3.5-turbo') },
    { id: 'basic-models', ...aliases('gpt-3.5-turbo') },
    { id: 'claude-models', ...aliases('claude-3-opus') },
    { id: 'everything', allAliases: true },
  ],
  teams: [
    { id: 'acme-prod', ...holding(['gpt-models']) },
    { id: 'client-staging', ...holding(['gpt-models', 'everything']) },
    { id: 'techco-dev', ...holding(['gpt-models', 'basic-models']) },
  ],
  users: [
    { id: 'ann', ...memberOf('acme-prod') },
    { id: 'bob', ...memberOf('acme-prod') },
    { id: 'cid', ...memberOf('techco-dev', 'client-staging') },
  ],
})

describe('the effects that the SaaS documentation warns of', () => {
  test('deleting a group lists the teams that lose a model, and the teams that keep it through another group', () => {
    expect(told({ type: 'DeleteAccessGroup', accessGroup: 'gpt-models' }, base)).toEqual([
      narrower,
      'team `acme-prod` loses `gpt-3.5-turbo`, `gpt-4`, and with it 2 of its members: `ann`, `bob`',
      'team `client-staging` keeps `gpt-3.5-turbo` by group `everything` of team `client-staging`, no longer by group `gpt-models` of team `client-staging`',
      'team `client-staging` keeps `gpt-4` by group `everything` of team `client-staging`, no longer by group `gpt-models` of team `client-staging`',
      'team `techco-dev` loses `gpt-4`, and with it a member: `cid`',
      'team `techco-dev` keeps `gpt-3.5-turbo` by group `basic-models` of team `techco-dev`, no longer by group `gpt-models` of team `techco-dev`',
      'users `ann`, `bob` of team `acme-prod`, naming no team, lose `gpt-3.5-turbo`, `gpt-4`',
      expect.stringContaining(
        'user `cid` of teams `client-staging`, `techco-dev`, naming no team, keeps `gpt-3.5-turbo` by',
      ),
      expect.stringContaining('user `cid` of teams `client-staging`, `techco-dev`, naming no team, keeps `gpt-4` by'),
    ])
  })

  test('upgrading a plan grants its models, and downgrading revokes them', () => {
    const tiers = add(base, {
      plans: [
        { id: 'starter', accessGroups: ['basic-models'] },
        { id: 'pro', accessGroups: ['basic-models', 'gpt-models'] },
      ],
      teams: [{ id: 'new', plan: 'starter' }],
    })
    const up = foresee({ type: 'SetTeamPlan', team: 'new', plan: 'pro' }, tiers).effects[0]?.diff
    expect(up).toMatchObject({ direction: 'wider', teams: [{ team: 'new' }] })
    expect(up?.teams[0]?.changes).toMatchObject([{ effect: 'gained', model: { type: 'alias', name: 'gpt-4' } }])
    expect(up?.teams[0]?.kept).toMatchObject([{ model: { name: 'gpt-3.5-turbo' } }])
  })

  test('removing a temporary assignment early is a loss until its end', () => {
    const temporary = add(base, {
      teams: [
        {
          id: 'acme-prod',
          ...holding(['claude-models'], [{ startsAt: 1_700_000_000_050, expiresAt: 1_700_000_000_200 }]),
        },
      ],
    })
    const principal = { type: 'team', id: 'acme-prod' } as const
    const { effects } = foresee({ type: 'UnassignAccessGroup', accessGroup: 'claude-models', principal }, temporary)
    expect(effects.map((effect) => [effect.at, effect.diff.direction])).toEqual([
      [origin + 100, 'narrower'],
      [origin + 200, 'same'],
    ])
  })
})

describe('effects at a later instant', () => {
  test('a deprecated alias is lost at its sunset, not before', () => {
    const found = foresee(
      { type: 'DeprecateModelAlias', alias: 'gpt-4', sunsetAt: 1_700_000_000_500, successor: 'claude-3-opus' },
      base,
    )
    expect(found.effects.map((effect) => [effect.at, effect.diff.direction])).toEqual([
      [origin + 100, 'same'],
      [origin + 500, 'narrower'],
    ])
    expect(formatPreview(found).split('\n')).toEqual([
      'command 1 would be accepted: ModelAliasDeprecated (`gpt-4` ends at 2023-11-14T22:13:20.500Z, followed by `claude-3-opus`)',
      `at 2023-11-14T22:13:20.100Z: ${same}`,
      `at 2023-11-14T22:13:20.500Z: ${narrower}`,
      '  team `acme-prod` loses `gpt-4`, and with it 2 of its members: `ann`, `bob`',
      '  team `client-staging` loses `gpt-4`, and with it a member: `cid`',
      '  team `techco-dev` loses `gpt-4`, and with it a member: `cid`',
      '  users `ann`, `bob` of team `acme-prod`, naming no team, lose `gpt-4`',
      '  user `cid` of teams `client-staging`, `techco-dev`, naming no team, loses `gpt-4`',
    ])
  })

  test('a retired alias is lost at once by every subject that has it', () => {
    const lines = told({ type: 'RetireModelAlias', alias: 'claude-3-opus' }, base)
    expect(lines).toEqual([
      narrower,
      'team `client-staging` loses `claude-3-opus`, and with it a member: `cid`',
      'user `cid` of team `client-staging`, naming no team, loses `claude-3-opus`',
    ])
  })
})

describe('the subjects that a change concerns', () => {
  test('a narrower entitlement revokes groups from the teams of the organization', () => {
    const entitlement = { type: 'list', accessGroups: ['basic-models', 'everything'] } as const
    const lines = told({ type: 'UpdateOrganization', organization: 'acme', entitlement }, base)
    expect(lines.slice(0, 2)).toEqual([
      narrower,
      'team `acme-prod` loses `gpt-3.5-turbo`, `gpt-4`, and with it 2 of its members: `ann`, `bob`',
    ])
  })

  test('suspending a default team takes every name from calls of its user that name no team', () => {
    const state = add(base, {
      teams: [
        { id: 'acme-prod', metered: true, ...holding(['gpt-models']) },
        { id: 'techco-dev', ...holding(['gpt-models']) },
      ],
      users: [{ id: 'ann', ...memberOf('acme-prod', 'techco-dev'), defaultTeam: 'acme-prod' }],
    })
    const diff = foresee({ type: 'SuspendTeam', team: 'acme-prod' }, state).effects[0]?.diff
    const alone = diff?.users.find(({ users }) => users.includes('ann'))
    expect(alone?.changes.map(({ model, effect }) => [model, effect])).toEqual([
      [{ type: 'alias', name: 'gpt-3.5-turbo' }, 'lost'],
      [{ type: 'alias', name: 'gpt-4' }, 'lost'],
    ])
  })

  test('a principal that becomes metered pays from then on and keeps its access', () => {
    const state = add(base, {
      teams: [{ id: 'acme-prod', ...holding(['basic-models']) }],
      users: [{ id: 'own', ...holding(['basic-models']) }],
      virtualAccounts: [{ id: 'bot', ...holding(['basic-models']) }],
    })
    const paths = 'by group `basic-models` of'
    expect(told({ type: 'UpdateUser', user: 'own', metered: true }, state)).toEqual([
      repaid,
      `user \`own\`, naming no team, keeps \`gpt-3.5-turbo\` ${paths} user \`own\`, paid by user \`own\` instead of free of charge`,
    ])
    expect(told({ type: 'UpdateVirtualAccount', virtualAccount: 'bot', metered: true }, state)).toEqual([
      repaid,
      `virtual account \`bot\` keeps \`gpt-3.5-turbo\` ${paths} virtual account \`bot\`, paid by virtual account \`bot\` instead of free of charge`,
    ])
    expect(told({ type: 'UpdateTeam', team: 'acme-prod', metered: true }, state)).toEqual([
      repaid,
      `team \`acme-prod\` keeps \`gpt-3.5-turbo\` ${paths} team \`acme-prod\`, paid by team \`acme-prod\` instead of free of charge`,
      `users \`ann\`, \`bob\` of team \`acme-prod\`, naming no team, keep \`gpt-3.5-turbo\` ${paths} team \`acme-prod\`, paid by team \`acme-prod\` instead of free of charge`,
    ])
  })

  test('another list of groups in a plan or entitlement concerns the holders of the added and removed groups', () => {
    const listed = (...accessGroups: string[]) => ({ type: 'list', accessGroups }) as const
    const state = add(base, { organizations: [{ id: 'acme', entitlement: listed('gpt-models') }] })
    const entitlement = listed('everything', 'basic-models')
    const lines = told({ type: 'UpdateOrganization', organization: 'acme', entitlement }, state)
    expect(lines.filter((line) => line.startsWith('team') && !line.includes('keeps'))).toEqual([
      'team `acme-prod` loses `gpt-3.5-turbo`, `gpt-4`, and with it 2 of its members: `ann`, `bob`',
      'team `client-staging` gains `claude-3-opus`, and with it a member: `cid`',
      'team `techco-dev` loses `gpt-4`, and with it a member: `cid`',
    ])
  })

  test('deleting an alias uncovers the concrete model of the same name', () => {
    const state = add(base, {
      modelAliases: [{ id: 'openai/gpt-4', targets: [{ providerAccount: 'openai', model: 'small' }] }],
      teams: [{ id: 'role', ...role('openai') }],
    })
    const diff = foresee({ type: 'DeleteModelAlias', alias: 'openai/gpt-4', cascade: true }, state).effects[0]?.diff
    expect(diff?.teams.find(({ team }) => team === 'role')?.changes).toMatchObject([
      {
        effect: 'rerouted',
        model: { type: 'alias', name: 'openai/gpt-4' },
        gained: [{ providerAccount: 'openai', model: 'gpt-4' }],
        lost: [{ providerAccount: 'openai', model: 'small' }],
      },
    ])
  })

  test('a revoked credential loses the access that its owner keeps', () => {
    const state = add(base, { credentials: [{ id: 'key', owner: { type: 'team', id: 'acme-prod' } }] })
    expect(told({ type: 'RevokeCredential', credential: 'key' }, state)).toEqual([
      narrower,
      'the bearer of credential `key` loses `gpt-3.5-turbo`, `gpt-4`',
    ])
  })

  test('a new administrator gains the platform in one entry; a new manager gains a provider account', () => {
    expect(told({ type: 'AddAdministrator', administrator: { type: 'user', id: 'ann' } }, base)).toEqual([
      wider,
      'user `ann` gains the power to manage the platform, as administrator',
    ])
    const principal = { type: 'user', id: 'bob' } as const
    const granted = told({ type: 'GrantRole', principal, providerAccount: 'openai', role: 'manager' }, base)
    expect(granted).toContain(
      'user `bob` gains the power to manage provider account `openai`, as provider account manager',
    )
    expect(granted.join('\n')).toContain('every other model of provider account `openai`')
  })

  test('labels, descriptions and credits make no difference', () => {
    const principal = { type: 'team', id: 'acme-prod' } as const
    for (const said of [
      { type: 'UpdateTeam', team: 'acme-prod', name: 'Production' },
      { type: 'UpdateAccessGroup', accessGroup: 'gpt-models', description: 'all of them' },
      { type: 'AllocateCredits', principal: { type: 'team', id: 'paying' }, amount: '5' },
    ] as const) {
      const state = add(base, { teams: [{ id: 'paying', metered: true }] })
      expect(told(said, state)).toEqual([same])
    }
    expect(
      compared(base, add(base, { teams: [{ id: 'acme-prod', name: principal.id, ...holding(['gpt-models']) }] })),
    ).toMatchObject({
      direction: 'same',
      teams: [],
      users: [],
    })
  })
})
