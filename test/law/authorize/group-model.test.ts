import { describe, expect, test } from 'vitest'
import { apply } from '../../../src/change/apply.ts'
import type { Command } from '../../../src/change/message/command.ts'
import { fromSnapshot } from '../../../src/model/snapshot/from-snapshot.ts'
import { toSnapshot } from '../../../src/model/snapshot/to-snapshot.ts'
import { emptyState, type State } from '../../../src/model/state/state.ts'
import { findRow } from '../../../src/model/table/table.ts'
import type { AccessGroupMember } from '../../../src/model/value/selector.ts'
import { authorize } from '../../../src/policy/authorize.ts'
import { answer, routesOf } from '../world.ts'

type Step = Command extends infer C ? (C extends Command ? Omit<C, 'actor' | 'at'> : never) : never
const at = 1_700_000_000_000

function outcomeOf(step: Step, state: State) {
  return apply({ actor: { type: 'system' }, at, ...step } as Command, state)
}

function afterSteps(state: State, ...steps: readonly Step[]): State {
  return steps.reduce((soFar, step) => {
    const applied = outcomeOf(step, soFar)
    if (!applied.ok) throw new Error(`${step.type}: ${applied.rejection.message}`)
    return applied.state
  }, state)
}

const gpt4 = { providerAccount: 'openai', model: 'gpt-4' } as const
const mini = { providerAccount: 'openai', model: 'gpt-4-mini' } as const
const claude = { providerAccount: 'bedrock', model: 'claude' } as const

const catalogue = afterSteps(
  emptyState,
  { type: 'CreateProviderAccount', providerAccount: 'openai', models: ['gpt-4', 'gpt-4-mini', 'o1'] },
  { type: 'CreateProviderAccount', providerAccount: 'bedrock', models: ['claude'] },
  { type: 'CreateProviderAccount', providerAccount: 'openrouter', anyModel: true },
  { type: 'CreateModelAlias', alias: 'assistant', targets: [gpt4, claude] },
  { type: 'CreateModelAlias', alias: 'empty', targets: [] },
  { type: 'CreateUser', user: 'ann' },
)

/** The catalogue with a group that has these members and that the user `ann` has. */
function withGroup(...members: readonly AccessGroupMember[]): State {
  return afterSteps(
    catalogue,
    { type: 'CreateAccessGroup', accessGroup: 'group', members },
    { type: 'AssignAccessGroup', accessGroup: 'group', principal: { type: 'user', id: 'ann' } },
  )
}

const decide = (model: string, state: State) =>
  authorize({ type: 'use', who: { type: 'user', id: 'ann' }, model, at }, state)
const usable = (model: string, state: State): readonly string[] | string => {
  const decision = decide(model, state)
  return decision.effect === 'allow' ? routesOf(decision) : answer(decision)
}

describe('a model as a member of a group', () => {
  const state = withGroup({ type: 'model', ...gpt4 })

  test('grants its route by the concrete name and by an alias that targets it, and no other route', () => {
    expect(usable('openai/gpt-4', state)).toEqual(['openai/gpt-4'])
    expect(usable('assistant', state)).toEqual(['openai/gpt-4'])
    expect(usable('openai/gpt-4-mini', state)).toBe('model_not_granted')
    expect(usable('bedrock/claude', state)).toBe('model_not_granted')
    expect(usable('empty', state)).toBe('model_not_granted')
  })

  test('an alias as a member never grants the concrete model behind it', () => {
    const named = withGroup({ type: 'alias', alias: 'assistant' })
    expect(usable('assistant', named)).toEqual(['openai/gpt-4', 'bedrock/claude'])
    expect(usable('openai/gpt-4', named)).toBe('model_not_granted')
  })

  test('a route follows the alias to another target at once', () => {
    const moved = afterSteps(state, { type: 'SetModelAliasTargets', alias: 'assistant', targets: [claude] })
    expect(usable('assistant', state)).toEqual(['openai/gpt-4'])
    expect(usable('assistant', moved)).toBe('model_not_granted')
    expect(usable('assistant', state)).toEqual(['openai/gpt-4'])
  })

  test('the routes of several groups and roles unite in the order of the targets', () => {
    const both = afterSteps(
      state,
      { type: 'CreateAccessGroup', accessGroup: 'other', members: [{ type: 'model', ...claude }] },
      { type: 'AssignAccessGroup', accessGroup: 'other', principal: { type: 'user', id: 'ann' } },
    )
    expect(usable('assistant', both)).toEqual(['openai/gpt-4', 'bedrock/claude'])
  })
})

describe('a model pattern as a member of a group', () => {
  test('grants every model of the account whose name matches', () => {
    const state = withGroup({ type: 'modelPattern', providerAccount: 'openai', pattern: 'gpt-4*' })
    expect(usable('openai/gpt-4', state)).toEqual(['openai/gpt-4'])
    expect(usable('openai/gpt-4-mini', state)).toEqual(['openai/gpt-4-mini'])
    expect(usable('openai/o1', state)).toBe('model_not_granted')
    expect(usable('assistant', state)).toEqual(['openai/gpt-4'])
  })

  test('`*` over an account with anyModel grants every name that it serves', () => {
    const state = withGroup({ type: 'modelPattern', providerAccount: 'openrouter', pattern: '*' })
    expect(usable('openrouter/openai/o1-pro', state)).toEqual(['openrouter/openai/o1-pro'])
    expect(usable('openai/o1', state)).toBe('model_not_granted')
  })
})

describe('commands', () => {
  const members = [
    { type: 'alias', alias: 'assistant' },
    { type: 'model', ...mini },
    { type: 'modelPattern', providerAccount: 'openai', pattern: 'o*' },
    { type: 'model', providerAccount: 'openrouter', model: 'any/name' },
  ] as const
  const state = withGroup(...members)

  test('members are added, set and removed, and a snapshot restores them', () => {
    const restored = fromSnapshot(JSON.parse(JSON.stringify(toSnapshot(state))))
    expect(restored).toEqual({ ok: true, state })
    const [, , ...rest] = members
    const fewer = afterSteps(state, { type: 'SetAccessGroupMembers', accessGroup: 'group', members: rest })
    expect(fewer.accessGroups).toEqual(
      afterSteps(state, { type: 'RemoveAccessGroupMembers', accessGroup: 'group', members: members.slice(0, 2) })
        .accessGroups,
    )
    const again = afterSteps(fewer, {
      type: 'AddAccessGroupMembers',
      accessGroup: 'group',
      members: members.slice(0, 2),
    })
    expect(again.accessGroups).toEqual(state.accessGroups)
    expect(again.index).toEqual(state.index)
    expect(outcomeOf({ type: 'AddAccessGroupMembers', accessGroup: 'group', members }, state)).toMatchObject({
      ok: true,
      events: [],
    })
  })

  test('a member over an unknown account or an unlisted model is refused', () => {
    const refusal = (member: AccessGroupMember) => {
      const outcome = outcomeOf({ type: 'AddAccessGroupMembers', accessGroup: 'group', members: [member] }, state)
      return outcome.ok ? 'accepted' : [outcome.rejection.code, outcome.rejection.path.join('.')]
    }
    expect(refusal({ type: 'model', providerAccount: 'openai', model: 'nix' })).toEqual([
      'model_unknown',
      'members.0.model',
    ])
    expect(refusal({ type: 'model', providerAccount: 'nix', model: 'nix' })).toEqual([
      'provider_account_unknown',
      'members.0.providerAccount',
    ])
    expect(refusal({ type: 'modelPattern', providerAccount: 'nix', pattern: '*' })).toEqual([
      'provider_account_unknown',
      'members.0.providerAccount',
    ])
    expect(refusal({ type: 'modelPattern', providerAccount: 'openai', pattern: 'gpt-4' })).toEqual([
      'command_invalid',
      'members.0.pattern',
    ])
  })

  test('deleting an account with members in groups is refused with the groups, or cascades out of them', () => {
    const target = { type: 'DeleteProviderAccount', providerAccount: 'openrouter' } as const
    expect(outcomeOf(target, state)).toMatchObject({
      rejection: {
        code: 'provider_account_referenced',
        details: { references: [{ type: 'accessGroup', id: 'group' }] },
      },
    })
    const gone = afterSteps(state, { ...target, cascade: true })
    expect(findRow(gone.accessGroups, 'group')).toEqual(
      findRow(withGroup(...members.slice(0, 3)).accessGroups, 'group'),
    )
    const made = afterSteps(gone, { type: 'CreateProviderAccount', providerAccount: 'openrouter', anyModel: true })
    expect(usable('openrouter/any/name', made)).toBe('model_not_granted')
  })

  test('removing a model that a group names is refused with the group, or cascades out of it; a pattern stays', () => {
    const target = { type: 'RemoveModels', providerAccount: 'openai', models: ['gpt-4-mini', 'o1'] } as const
    expect(outcomeOf(target, state)).toMatchObject({
      rejection: {
        code: 'model_referenced',
        details: { references: [{ type: 'accessGroup', id: 'group' }], total: 1 },
      },
    })
    const gone = afterSteps(state, { ...target, cascade: true })
    expect(
      usable(
        'openai/gpt-4-mini',
        afterSteps(gone, { type: 'AddModels', providerAccount: 'openai', models: ['gpt-4-mini'] }),
      ),
    ).toBe('model_not_granted')
    expect(
      usable('openai/o1', afterSteps(gone, { type: 'AddModels', providerAccount: 'openai', models: ['o1'] })),
    ).toEqual(['openai/o1'])
  })

  test('anyModel cannot be turned off while a group names a model that the account does not list', () => {
    expect(
      outcomeOf({ type: 'UpdateProviderAccount', providerAccount: 'openrouter', anyModel: false }, state),
    ).toMatchObject({
      rejection: { code: 'model_referenced', details: { references: [{ type: 'accessGroup', id: 'group' }] } },
    })
  })
})

describe('taking a listed model off an account with anyModel', () => {
  const target = { providerAccount: 'openrouter', model: 'o1' } as const
  const state = afterSteps(
    withGroup({ type: 'model', providerAccount: 'openrouter', model: 'o1' }),
    { type: 'AddModels', providerAccount: 'openrouter', models: ['o1'] },
    { type: 'CreateModelAlias', alias: 'thinker', targets: [target] },
    { type: 'CreateUser', user: 'bob' },
    {
      type: 'CreateRestriction',
      restriction: 'no',
      subject: { type: 'user', id: 'bob' },
      selector: { type: 'model', ...target },
    },
  )
  const removal = { type: 'RemoveModels', providerAccount: 'openrouter', models: ['o1'] } as const

  test('leaves what names it as it is, since the account goes on serving the name', () => {
    for (const cascade of [false, true]) {
      const gone = afterSteps(state, { ...removal, cascade })
      expect(gone.accessGroups).toBe(state.accessGroups)
      expect(gone.modelAliases).toBe(state.modelAliases)
      expect(gone.restrictions).toBe(state.restrictions)
      expect(usable('openrouter/o1', gone)).toEqual(['openrouter/o1'])
      expect(usable('thinker', gone)).toEqual(['openrouter/o1'])
    }
  })

  test('is refused while the model is suspended, since that would lift the suspension', () => {
    const suspended = afterSteps(state, { type: 'SuspendModel', ...target })
    expect(outcomeOf(removal, suspended)).toMatchObject({ rejection: { code: 'model_suspended', path: ['models', 0] } })
    expect(usable('openrouter/o1', suspended)).toBe('model_unavailable')
    expect(outcomeOf({ ...removal, cascade: true }, suspended)).toMatchObject({ ok: false })
  })
})
