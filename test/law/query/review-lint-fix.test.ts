import { expect, test } from 'vitest'
import { world } from '../world.ts'
import { day, linted } from './lint-world.ts'

test('the fix of a redundant role is dropped when it would also take a role in effect that the usage log shows to be unused', () => {
  const at = 365 * day
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
  const found = linted(state, { at, usage: { since: 0, entries: [], manages: [] } })
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
      { at: 1000 },
    )
  expect(named('all')).toEqual([])
  expect(named('all-models')).toEqual([])
  expect(named('test').map(({ code, fix }) => [code, fix])).toEqual([['access_group_name_unclear', undefined]])
})
