import { describe, expect, test } from 'vitest'
import type { Command } from '../../../src/change/message/command.ts'
import type { State } from '../../../src/model/state/state.ts'
import { formatPreview } from '../../../src/query/diff/format-preview.ts'
import { preview } from '../../../src/query/diff/preview.ts'
import { formatExplanation } from '../../../src/query/explain/describe/format-explanation.ts'
import { explain } from '../../../src/query/explain/explain.ts'
import { acme, answer, createGroup, enact, noon, route, type Step, team, user } from '../document/world.ts'

const name = 'openai/gpt-4'
const bob = user('bob')
const prod = team('acme-prod')
const roleHolders = enact(
  acme,
  createGroup('claude-models', 'Anthropic Claude models', 'claude-3-opus'),
  { type: 'CreateTeam', organization: 'org_acme', team: 'acme-prod' },
  { type: 'CreateUser', user: 'bob' },
  { type: 'GrantRole', principal: bob, providerAccount: 'openai', role: 'user' },
  { type: 'GrantRole', principal: prod, providerAccount: 'openai', role: 'user' },
)
const hide: Step = { type: 'CreateModelAlias', alias: name, targets: [route('anthropic', 'claude-3-opus-20240229')] }
const hidden = enact(roleHolders, hide)

const missesOf = (state: State) =>
  explain({ type: 'use', who: bob, model: name, at: noon }, state).nearMisses.filter(
    ({ type }) => type === 'modelHidden' || type === 'aliasOfModel',
  )

describe('an alias with the name of a concrete model', () => {
  test('is told as the near miss of a denied role holder, with the role that would give the model', () => {
    expect([answer(roleHolders, bob, name), answer(hidden, bob, name)]).toEqual(['allow', 'model_not_granted'])
    const by = { type: 'role', role: 'user', providerAccount: 'openai', principal: bob }
    expect(missesOf(hidden)).toEqual([
      { type: 'modelHidden', alias: name, route: route('openai', 'gpt-4'), by },
      { type: 'aliasOfModel', alias: 'gpt-4' },
    ])
    const text = formatExplanation(explain({ type: 'use', who: bob, model: name, at: noon }, hidden))
    expect(text).toContain(
      'alias `openai/gpt-4` hides the concrete model `openai/gpt-4`, which the user role of user `bob` on provider account `openai` would give; replace the alias by one with another name, or request the model by another alias',
    )
  })

  test('that is retired, or has no available target, is told as well', () => {
    const retired = enact(hidden, { type: 'RetireModelAlias', alias: name })
    expect(answer(retired, bob, name)).toBe('model_retired')
    expect(missesOf(retired).map(({ type }) => type)).toEqual(['modelHidden'])
    const held = enact(
      hidden,
      createGroup('hiding-models', 'The alias that hides a model', name),
      { type: 'AssignAccessGroup', accessGroup: 'hiding-models', principal: bob },
      { type: 'SuspendProviderAccount', providerAccount: 'anthropic' },
    )
    expect(answer(held, bob, name)).toBe('model_unavailable')
    expect(missesOf(held).map(({ type }) => type)).toEqual(['modelHidden'])
  })

  test('is no near miss for a caller that would not get the model either', () => {
    const stranger = enact(hidden, { type: 'RevokeRole', principal: bob, providerAccount: 'openai', role: 'user' })
    expect(missesOf(stranger)).toEqual([])
  })
})

describe('a preview', () => {
  const command = (step: Step): Command => ({ actor: { type: 'system' }, at: noon, ...step }) as Command
  const effectOf = (step: Step, state: State) => {
    const found = preview([command(step)], state)
    if (!found.ok || !found.accepted) throw new Error(JSON.stringify(found))
    const [effect] = found.effects
    return { direction: effect?.diff.direction, text: formatPreview(found) }
  }

  test('of an alias that hides a model lists the role holders that lose the model', () => {
    const { direction, text } = effectOf(hide, roleHolders)
    expect(direction).toBe('narrower')
    for (const who of ['user `bob`', 'team `acme-prod`']) expect(text).toContain(who)
    expect(text).toContain(name)
  })

  test('of deleting that alias lists the role holders that gain the model', () => {
    const { direction, text } = effectOf({ type: 'DeleteModelAlias', alias: name }, hidden)
    expect(direction).toBe('wider')
    expect(text).toContain('user `bob`')
  })

  test('of adding a model whose name an alias has gained nothing for a role holder', () => {
    const unlisted = enact(roleHolders, { ...hide, alias: 'openai/gpt-9' } as Step)
    expect(effectOf({ type: 'AddModels', providerAccount: 'openai', models: ['gpt-9'] }, unlisted).direction).toBe(
      'same',
    )
    expect(effectOf({ type: 'AddModels', providerAccount: 'openai', models: ['gpt-9'] }, roleHolders).direction).toBe(
      'wider',
    )
  })

  test('of an alias that hides an unlisted model of an account with `anyModel` lists the role holders', () => {
    const open = enact(roleHolders, { type: 'UpdateProviderAccount', providerAccount: 'openai', anyModel: true })
    const { direction, text } = effectOf({ ...hide, alias: 'openai/gpt-9' } as Step, open)
    expect(direction).toBe('narrower')
    expect(text).toContain('openai/gpt-9')
  })
})
