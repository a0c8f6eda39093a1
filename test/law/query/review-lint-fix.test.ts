import { expect, test } from 'vitest'
import { world } from '../world.ts'
import { day, linted } from './lint-world.ts'

test('a fix for what gives nothing takes nothing that is in effect, though the usage log shows it to be unused then', () => {
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
  expect(redundant?.message).toContain('but first decide what to do about the consequence: user `ann` has not requested a model on')
})

test('a group of all aliases may be called so, and is not named after the models that there happen to be', () => {
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
