import { describe, expect, test } from 'vitest'
import { tableOf } from '../../../../src/model/table/table.ts'
import { authorize } from '../../../../src/policy/authorize.ts'
import { formatExplanation } from '../../../../src/query/explain/describe/format-explanation.ts'
import { explain } from '../../../../src/query/explain/explain.ts'
import { aliases, holding, memberOf, role, world } from '../../world.ts'

const at = 1_700_000_001_000
const ann = { type: 'user', id: 'ann' } as const
const use = (model: string) => ({ type: 'use', who: ann, model, at }) as const

describe('the first remedy', () => {
  const succeeded = (id: string, successor: string) =>
    ({ id, targets: [{ providerAccount: 'openai', model: id }], lifecycle: { type: 'retired', successor } }) as const
  const lineage = world({
    modelAliases: [
      succeeded('gpt-3', 'gpt-4'),
      succeeded('gpt-4', 'gpt-5'),
      { id: 'gpt-5' },
      succeeded('x', 'y'),
      succeeded('y', 'x'),
    ],
    accessGroups: [{ id: 'gpt-models', ...aliases('gpt-3', 'gpt-4', 'gpt-5') }],
    users: [{ id: 'ann', ...holding(['gpt-models']) }],
  })

  test('requests the first successor that is not retired', () => {
    const { nearMisses, remedies } = explain(use('gpt-3'), lineage)
    expect(remedies[0]).toMatchObject({ commands: [], request: { model: 'gpt-5' } })
    expect(nearMisses).toEqual([{ type: 'aliasRetired', alias: 'gpt-3', successor: 'gpt-5', isUsable: true }])
  })

  test('terminates for aliases that succeed each other in a circle', () => {
    expect(explain(use('x'), lineage).decision).toMatchObject({ reason: 'model_retired' })
  })

  test('renews an expired credential for its original lifetime', () => {
    const state = world({
      administrators: [ann],
      users: [ann],
      credentials: [{ id: 'old', createdAt: 1_700_000_000_100, expiresAt: 1_700_000_000_600 }],
    })
    const request = { type: 'manage', who: { type: 'credential', id: 'old' }, thing: { type: 'platform' }, at } as const
    const explanation = explain(request, state)
    expect(explanation.remedies.map(({ commands }) => commands)).toEqual([
      [{ actor: { type: 'system' }, type: 'UpdateCredential', credential: 'old', expiresAt: 1_700_000_001_500, at }],
    ])
    expect(formatExplanation(explanation)).toContain(
      '1. let credential `old` expire at 2023-11-14T22:13:21.500Z; grants',
    )
  })

  test('names an unmetered team when the default team has no credits', () => {
    const state = world({
      modelAliases: [{ id: 'gpt-4' }],
      accessGroups: [{ id: 'gpt-models', ...aliases('gpt-4') }],
      teams: [
        { id: 'paid', metered: true, ...holding(['gpt-models']) },
        { id: 'also-paid', metered: true, ...holding(['gpt-models']) },
        { id: 'free', ...holding(['gpt-models']) },
      ],
      users: [{ id: 'ann', defaultTeam: 'paid', ...memberOf('paid', 'also-paid', 'free') }],
    })
    const credits = { available: '0', estimate: '0.5' }
    const changes = [
      { request: use('gpt-4'), first: { team: 'free' } },
      { request: { ...use('gpt-4'), team: 'paid' }, first: { team: 'free' } },
    ]
    for (const { request, first } of changes) {
      const { remedies } = explain({ ...request, credits }, state)
      expect(remedies.map((one) => [one.commands.map(({ type }) => type), one.request])).toEqual([
        [[], first],
        [['AllocateCredits'], undefined],
      ])
    }
  })
})

test('a remedy with an exact count comes before one with a sampled count', () => {
  const aliased = Array.from({ length: 600 }, (_, i) => ({ id: `gpt-${i}` }))
  const state = world({
    modelAliases: [...aliased, { id: 'lonely' }, { id: 'other', targets: [{ providerAccount: 'azure', model: 'o' }] }],
    providerAccounts: [{ id: 'azure' }],
    accessGroups: [
      { id: 'gpt-models', ...aliases(...aliased.map(({ id }) => id)) },
      { id: 'pair', ...aliases('lonely', 'other') },
    ],
    users: [{ id: 'ann', ...holding(['gpt-models']) }],
  })
  const { remedies } = explain(use('lonely'), state)
  expect(remedies.map(({ commands, extraAccess }) => [commands[0]?.type, extraAccess])).toEqual([
    ['AddAccessGroupMembers', { count: 0, isLowerBound: false }],
    ['AssignAccessGroup', { count: 1, isLowerBound: false }],
    ['GrantRole', { count: 0, isLowerBound: true }],
  ])
})

describe('the issuers of a remedy', () => {
  test('include the manager of a large team, in any place among its members', () => {
    const members = Array.from({ length: 3000 }, (_, i) => ({ id: `user-${i}`, ...memberOf('prod') }))
    const state = world({
      teams: [{ id: 'prod', ...role('openai') }, { id: 'other' }],
      users: [
        { ...ann, ...memberOf('other') },
        ...members,
        { id: 'zoe', teams: [{ team: 'prod', role: 'manager' as const, accessGroups: [] }] },
      ],
    })
    const { remedies } = explain({ ...use('openai/gpt-4'), team: 'prod' }, state)
    const joining = remedies.find(({ commands }) => commands[0]?.type === 'AddTeamMember')
    expect(joining?.issuers).toEqual([{ agent: { type: 'user', id: 'zoe' }, powers: ['teamManager'] }])
  })
})

describe('formatExplanation', () => {
  test('shows no count for a lower bound of 0', () => {
    const aliased = Array.from({ length: 600 }, (_, i) => ({ id: `gpt-${i}` }))
    const state = world({
      modelAliases: aliased,
      accessGroups: [{ id: 'gpt-models', ...aliases(...aliased.map(({ id }) => id)) }],
      teams: [{ id: 'prod', ...holding(['gpt-models']) }],
      users: [{ id: 'ann', ...memberOf('prod') }],
    })
    const explanation = explain(use('openai/o3'), state)
    expect(explanation.remedies[0]?.extraAccess).toEqual({ count: 0, isLowerBound: true })
    expect(formatExplanation(explanation)).toContain(
      '1. make user `ann` a user of provider account `openai`; may grant more; ',
    )
  })

  test('is bounded for a user in any number of teams', () => {
    const teams = Array.from({ length: 400 }, (_, i) => `team-${i}`)
    const state = world({
      modelAliases: [{ id: 'gpt-4' }, { id: 'gpt-5' }],
      accessGroups: [{ id: 'gpt-models', ...aliases('gpt-4') }],
      providerAccounts: [{ id: 'openai', anyModel: true, models: tableOf([], []) }],
      teams: teams.map((id) => ({ id, ...holding(['gpt-models']) })),
      users: [{ id: 'ann', ...memberOf(...teams) }],
    })
    for (const model of ['gpt-4', 'gpt-5']) {
      const text = formatExplanation(explain(use(model), state))
      expect(text.split('\n').length).toBeLessThan(200)
      expect(text).toMatch(/^ {2}and 35[12] more$/m)
    }
    expect(authorize(use('gpt-4'), state).effect).toBe('allow')
  })
})

test('the paths of a user do not grow with the number of groups of each of its teams times the number of its teams', () => {
  const groups = Array.from({ length: 30 }, (_, i) => `group-${i}`)
  const teams = Array.from({ length: 100 }, (_, i) => `team-${i}`)
  const state = world({
    modelAliases: [{ id: 'gpt-4' }],
    accessGroups: groups.map((id) => ({ id, ...aliases('gpt-4') })),
    teams: teams.map((id) => ({ id, ...holding(groups) })),
    users: [{ id: 'ann', ...holding(groups), ...memberOf(...teams) }],
  })
  const { contexts, paths } = explain(use('gpt-4'), state)
  expect([contexts.length, paths.length]).toEqual([101, 1000])
  expect(paths.slice(0, 30).map(({ context }) => context)).toEqual(groups.map(() => 0))
})

describe('near misses of a missing grant', () => {
  const narrow = world({
    organizations: [{ id: 'techco', entitlement: { type: 'list', accessGroups: ['gpt-models'] } }],
    modelAliases: [{ id: 'claude-3' }, { id: 'gpt-4' }],
    accessGroups: [
      { id: 'gpt-models' },
      { id: 'claude-models', ...aliases('claude-3') },
      { id: 'all-models', allAliases: true },
    ],
    teams: [{ id: 'dev', organization: 'techco' }],
    users: [{ id: 'ann', ...memberOf('dev') }],
  })
  const missesOf = (who: { readonly type: 'team' | 'user'; readonly id: string }) =>
    explain({ type: 'use', who, model: 'claude-3', at }, narrow)

  test('a team gets the groups that hold the model and that its organization is not entitled to', () => {
    const explanation = missesOf({ type: 'team', id: 'dev' })
    expect(explanation.nearMisses).toEqual([
      { type: 'groupsNotEntitled', organization: 'techco', total: 2, accessGroups: ['claude-models', 'all-models'] },
    ])
    expect(formatExplanation(explanation)).toContain(
      '2 groups hold the model, but organization `techco` is not entitled to them: `claude-models`, `all-models`',
    )
  })

  test('a user gets the groups that can be assigned to it, even if the organization of its team is not entitled to them', () => {
    expect(missesOf(ann).nearMisses.map(({ type }) => type)).toEqual(['groupsUnassigned'])
  })
})
