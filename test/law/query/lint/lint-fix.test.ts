import { expect, test } from 'vitest'
import { origin } from '../../../../src/testing/arbitrary/window.ts'
import { aliases, holding, world } from '../../world.ts'
import { day, linted } from './lint-world.ts'

test('the fix of a redundant role is dropped when it would also take a role in effect that the usage log shows to be unused', () => {
  const at = origin + 365 * day
  const state = world({
    users: [
      {
        id: 'ann',
        roleGrants: [
          { providerAccount: 'openai', role: 'manager', windows: [{}] },
          { providerAccount: 'openai', role: 'user', windows: [{ startsAt: at - day }] },
        ],
      },
    ],
  })
  const found = linted(state, { at, usage: { since: 1_700_000_000_000, entries: [], manages: [] } })
  const redundant = found.find(({ code }) => code === 'role_redundant')
  expect(redundant?.fix).toBe(undefined)
  expect(redundant?.message).toContain(
    'but first decide what to do about the consequence: user `ann` has not requested a model on',
  )
})

test('a group of all aliases may have `all` in its name, and is not named after the aliases that exist', () => {
  const named = (id: string) =>
    linted(
      world({
        modelAliases: [{ id: 'gpt-4' }],
        accessGroups: [{ id, allAliases: true }],
        users: [{ id: 'ann', accessGroups: [{ accessGroup: id, windows: [{}] }] }],
      }),
      { at: 1_700_000_001_000 },
    )
  expect(named('all')).toEqual([])
  expect(named('all-models')).toEqual([])
  expect(named('test').map(({ code, fix }) => [code, fix])).toEqual([['access_group_name_unclear', undefined]])
})

test('a dot separates the words of a group name, and a proposed name keeps the dots of the provider account', () => {
  const state = world({
    providerAccounts: [{ id: 'openai.eu' }],
    modelAliases: ['gpt-4.1', 'o3'].map((id) => ({ id, targets: [{ providerAccount: 'openai.eu', model: id }] })),
    accessGroups: ['new.group.1', 'gpt-4.1-models'].map((id) => ({ id, ...aliases('gpt-4.1', 'o3') })),
    users: ['new.group.1', 'gpt-4.1-models'].map((id, i) => ({ id: `user ${i}`, ...holding([id]) })),
  })
  const unclear = linted(state, { at: origin + 365 * day }).filter(({ code }) => code === 'access_group_name_unclear')
  expect(unclear.map(({ subject }) => subject)).toEqual([{ type: 'accessGroup', id: 'new.group.1' }])
  expect(unclear[0]?.fix?.[0]).toMatchObject({ type: 'CreateAccessGroup', accessGroup: 'openai.eu-models' })
})
