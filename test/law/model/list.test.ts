import { expect, test } from 'vitest'
import { z } from 'zod'
import { issuesOf } from '../../../src/model/value/issue.ts'
import { listOf } from '../../../src/model/value/list.ts'

/** A list schema that counts the entries that it reads. */
function counting(limit?: number) {
  const read = { count: 0 }
  const entry = z.unknown().refine((value) => {
    read.count += 1
    return typeof value === 'string'
  })
  return { schema: z.strictObject({ list: listOf(entry, limit, 'names') }), read }
}

const issuesFor = (list: unknown, limit?: number) => {
  const { schema, read } = counting(limit)
  const parsed = schema.safeParse({ list })
  return { issues: parsed.success ? [] : issuesOf(parsed.error), count: read.count, parsed }
}

test('a list of valid entries is read whole, in order', () => {
  const list = Array.from({ length: 1234 }, (_, i) => `n${i}`)
  expect(issuesFor(list).parsed).toEqual({ success: true, data: { list } })
  expect(issuesFor([]).parsed).toEqual({ success: true, data: { list: [] } })
})

test('a list that is too long is refused before an entry is read', () => {
  const { issues, count } = issuesFor(new Array(10_000_000), 1000)
  expect(issues).toEqual([{ path: ['list'], message: 'expected at most 1000 names' }])
  expect(count).toBe(0)
})

test.each([
  ['of wrong entries', new Array(1_000_000).fill(0)],
  ['without entries', new Array(10_000_000)],
])('reading a list %s stops after a hundred issues', (_, list) => {
  const { issues, count } = issuesFor(list)
  expect(count).toBe(100)
  expect(issues).toHaveLength(100)
})

test('an issue has the index of its entry in the whole list', () => {
  const list = Array.from({ length: 500 }, (_, i) => (i % 210 === 209 ? 0 : 'a'))
  expect(issuesFor(list).issues.map(({ path }) => path)).toEqual([
    ['list', 209],
    ['list', 419],
  ])
})

test('a value that is not a list is refused', () => {
  expect(issuesFor({ length: 0 }).issues).toEqual([{ path: ['list'], message: 'expected a list for `list`' }])
})
