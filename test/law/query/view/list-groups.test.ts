import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { State } from '../../../../src/model/state/state.ts'
import { idsOf } from '../../../../src/model/table/table.ts'
import type { QueryFailure } from '../../../../src/query/query-fault.ts'
import { describeGroup } from '../../../../src/query/view/directory/describe-group.ts'
import {
  type GroupList,
  type GroupSummary,
  listGroups,
  pageOf,
} from '../../../../src/query/view/directory/list-groups.ts'
import { arbitraryAnything, instantsOf } from '../../../../src/testing/index.ts'
import { runs } from '../../runs.ts'
import { world } from '../../world.ts'
import { arbitraryStateAt } from '../state-at.ts'

function everyPage(state: State, at: number, limit: number): GroupSummary[] {
  const groups: GroupSummary[] = []
  for (let after: string | undefined; ; ) {
    const page = pageOf(state, { at, limit, after })
    expect(page.groups.length).toBeLessThanOrEqual(limit)
    groups.push(...page.groups)
    after = page.next
    if (after === undefined) return groups
  }
}

test('the counts of a list equal those of `describeGroup`', () => {
  const met = { models: 0, teams: 0, users: 0, virtualAccounts: 0 }
  fc.assert(
    fc.property(arbitraryStateAt, ({ state, at }) => {
      const { groups, total } = pageOf(state, { at })
      expect(groups.map(({ accessGroup }) => accessGroup)).toEqual([...idsOf(state.accessGroups)].sort())
      expect(total).toBe(groups.length)
      for (const { accessGroup, modelCount, teamCount, userCount, virtualAccountCount, ...rest } of groups) {
        const details = describeGroup(accessGroup, state, { at })
        if (!details.ok) throw new Error(details.fault.message)
        expect({ modelCount, teamCount, userCount, virtualAccountCount }).toEqual({
          modelCount: details.modelCount,
          teamCount: details.teamCount,
          userCount: details.users.length,
          virtualAccountCount: details.virtualAccounts.length,
        })
        expect(details).toMatchObject(rest)
        met.models += modelCount
        met.teams += teamCount
        met.users += userCount
        met.virtualAccounts += virtualAccountCount
      }
    }),
    runs(200),
  )
  expect(Math.min(...Object.values(met))).toBeGreaterThan(20)
})

test('for every page size, the pages together are the whole list', () => {
  fc.assert(
    fc.property(arbitraryStateAt, fc.integer({ min: 1, max: 6 }), ({ state, at }, limit) => {
      expect(everyPage(state, at, limit)).toEqual(pageOf(state, { at }).groups)
    }),
    runs(100),
  )
})

test('a page begins after its cursor, whether or not that group exists', () => {
  const state = world({ accessGroups: ['a', 'c', 'e'].map((id) => ({ id })) })
  const after = (cursor: string) =>
    pageOf(state, { at: 1_700_000_000_000, after: cursor }).groups.map(({ accessGroup }) => accessGroup)
  expect(['0', 'a', 'b', 'c', 'd', 'e', 'f'].map(after)).toEqual([
    ['a', 'c', 'e'],
    ['c', 'e'],
    ['c', 'e'],
    ['e'],
    ['e'],
    [],
    [],
  ])
  expect(pageOf(state, { at: 1_700_000_000_000, limit: 2 }).next).toBe('c')
  expect(pageOf(state, { at: 1_700_000_000_000, limit: 3 })).not.toHaveProperty('next')
})

test('a page is JSON and does not change before its `until`', () => {
  let ending = 0
  fc.assert(
    fc.property(arbitraryStateAt, ({ state, at }) => {
      const page = pageOf(state, { at })
      expect(JSON.parse(JSON.stringify(page))).toEqual(page)
      const until = page.until ?? Number.POSITIVE_INFINITY
      if (page.until !== undefined) ending += 1
      for (const later of instantsOf(state).filter((instant) => instant > at && instant < until)) {
        expect(pageOf(state, { at: later })).toEqual(page)
      }
    }),
    runs(150),
  )
  expect(ending).toBeGreaterThan(20)
})

describe('an invalid query', () => {
  const ask = listGroups as (state: unknown, options: unknown) => GroupList | QueryFailure
  const state = world({})

  test.each<[string, unknown, readonly (string | number)[]]>([
    ['without an instant', {}, ['options', 'at']],
    ['with a limit of zero', { at: 1_700_000_000_000, limit: 0 }, ['options', 'limit']],
    ['with a limit above the bound', { at: 1_700_000_000_000, limit: 1001 }, ['options', 'limit']],
    ['with an unknown option', { at: 1_700_000_000_000, offset: 3 }, ['options', 'offset']],
  ])('%s', (_, options, path) => {
    expect(ask(state, options)).toMatchObject({ ok: false, fault: { code: 'query_invalid', path } })
  })

  test('never throws, for any arguments and any state', () => {
    fc.assert(
      fc.property(arbitraryAnything, arbitraryAnything, (one, other) => {
        for (const list of [ask(one, other), ask(state, one), ask(one, { at: 1_700_000_000_000 })]) {
          if (!list.ok) expect(list.fault.code).toBe('query_invalid')
        }
      }),
      runs(300),
    )
  })
})
