import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromSnapshot } from '../../../src/model/snapshot/from-snapshot.ts'
import { fromSnapshotParts } from '../../../src/model/snapshot/from-snapshot-parts.ts'
import { snapshotParts } from '../../../src/model/snapshot/snapshot-parts.ts'
import { toSnapshot } from '../../../src/model/snapshot/to-snapshot.ts'
import { emptyState, kinds } from '../../../src/model/state/state.ts'
import { arbitraryAnything, arbitraryState, hostileMakers } from '../../../src/testing/index.ts'
import { runs } from '../runs.ts'
import { world } from '../world.ts'

const arbitrarySize = fc.integer({ min: 1, max: 5 })

describe('the parts of a state', () => {
  test('are restored to an equal state, as its snapshot is', () => {
    fc.assert(
      fc.property(arbitraryState, arbitrarySize, (state, size) => {
        const restored = fromSnapshotParts(snapshotParts(state, size))
        expect(restored).toEqual({ ok: true, state })
        expect(restored).toStrictEqual(fromSnapshot(toSnapshot(state)))
      }),
      runs(150),
    )
  })

  test('are restored to the same snapshot in any order after the frame', () => {
    fc.assert(
      fc.property(arbitraryState, arbitrarySize, fc.infiniteStream(fc.nat()), (state, size, random) => {
        const [frame = '', ...rest] = snapshotParts(state, size)
        const order = rest.map((part) => ({ part, place: random.next().value })).sort((a, b) => a.place - b.place)
        const restored = fromSnapshotParts([frame, ...order.map(({ part }) => part)])
        expect(restored.ok && toSnapshot(restored.state)).toEqual(toSnapshot(state))
      }),
      runs(100),
    )
  })

  test('are lines of JSON with 1 to `rowsPerPart` rows of one kind, whose rows together are those of the snapshot', () => {
    fc.assert(
      fc.property(arbitraryState, arbitrarySize, (state, size) => {
        const [frame, ...parts] = [...snapshotParts(state, size)].map((part) => {
          expect(part).not.toMatch(/[\n\r\u0085\u2028\u2029]/)
          return JSON.parse(part) as Record<string, unknown[]>
        })
        const { rowCounts, ...rest } = frame as unknown as { rowCounts: Record<string, number> }
        const lists = Object.fromEntries(kinds.map((kind) => [kind, [] as unknown[]]))
        for (const part of parts) {
          const [[kind, rows] = ['', []], ...others] = Object.entries(part)
          expect(others).toEqual([])
          expect(rows.length).toBeGreaterThan(0)
          expect(rows.length).toBeLessThanOrEqual(size)
          lists[kind]?.push(...rows)
        }
        expect(rowCounts).toEqual(Object.fromEntries(kinds.map((kind) => [kind, lists[kind]?.length])))
        expect({ ...rest, ...lists }).toEqual(JSON.parse(JSON.stringify(toSnapshot(state))))
      }),
      runs(100),
    )
  })
})

const users = ['ann', 'ben', 'cid'].map((id) => ({ id }))
const state = world({ users, teams: [{ id: 'dev' }], administrators: [{ type: 'user', id: 'ann' }] })
/** The frame, the organization, two parts with users, the team, and the provider account. */
const parts = [...snapshotParts(state, 2)]

/** Returns the parts with one part changed. */
function edited(index: number, edit: (part: Record<string, never>) => unknown): string[] {
  return parts.map((part, i) => (i === index ? JSON.stringify(edit(JSON.parse(part))) : part))
}

/** Returns the faults of parts that must be refused. */
function faultsOf(input: unknown) {
  const restored = fromSnapshotParts(input as Iterable<string>)
  if (restored.ok) throw new Error('expected the parts to be refused')
  return restored.faults
}

/** Returns the part of a user with the given fields changed. */
const withUser = (index: number, row: number, fields: object): string[] =>
  edited(index, ({ users }: { users?: object[] }) => ({
    users: users?.map((user, i) => (i === row ? { ...user, ...fields } : user)),
  }))

describe('parts of the wrong shape are refused, with the index of the part in the path', () => {
  const [frame = '', ...rest] = parts
  const { rowCounts: counts } = JSON.parse(frame)
  const unknown = 'unknown key `nmae`, leave it out or correct it'
  const single = 'expected the rows of a single kind, as in `{ "users": […] }`'
  test.each<readonly [title: string, input: unknown, path: readonly (string | number)[], message: string]>([
    ['no part', [], [], 'expected the frame of the snapshot as the first part'],
    ['an unknown key of the frame', edited(0, (part) => ({ ...part, nmae: 1 })), [0, 'nmae'], unknown],
    [
      'a missing count',
      edited(0, (part) => ({ ...part, rowCounts: { ...counts, organizations: undefined } })),
      [0, 'rowCounts', 'organizations'],
      'expected a number for `organizations`',
    ],
    ['a second frame', [frame, ...parts], [1, 'format'], 'unknown key `format`, leave it out or correct it'],
    ['an unknown kind', [...parts, '{"nmae":[]}'], [6, 'nmae'], unknown],
    [
      '`__proto__` as the kind',
      [...parts, '{"__proto__":[]}'],
      [6, '__proto__'],
      'unknown key `__proto__`, leave it out or correct it',
    ],
    ['two kinds', [...parts, '{"users":[],"teams":[]}'], [6], single],
    ['no kind', [...parts, '{}'], [6], single],
    ['no rows', [...parts, '{"users":[]}'], [6, 'users'], 'expected a list of at least one row for `users`'],
    [
      'rows that are not a list',
      [...parts, '{"users":{}}'],
      [6, 'users'],
      'expected a list of at least one row for `users`',
    ],
    ['a list', [...parts, '[]'], [6], 'expected an object'],
    ['`null`', [...parts, 'null'], [6], 'expected an object'],
    ['a truncated part', [...parts, '{"users":['], [6], 'expected a string of JSON'],
    ['a part that is not a string', [frame, JSON.parse(rest[0] ?? '')], [1], 'expected a string of JSON'],
    [
      'a malformed row',
      withUser(3, 0, { status: 'asleep' }),
      [3, 'users', 0, 'status'],
      'expected one of `active`, `suspended` for `status`',
    ],
    ['an unknown key of a row', withUser(2, 1, { nmae: 1 }), [2, 'users', 1, 'nmae'], unknown],
    [
      'a missing part',
      parts.filter((_, i) => i !== 3),
      [0, 'rowCounts', 'users'],
      'expected 3 rows in all parts, found 2',
    ],
    ['a repeated part', [...parts, parts[3]], [6, 'users'], 'expected at most 3 rows of this kind in all parts'],
  ])('%s', (_title, input, path, message) => {
    expect(faultsOf(input)).toEqual([{ code: 'snapshot_invalid', path, message }])
  })

  test('the frame in another place than the first', () => {
    const [first, ...others] = faultsOf([...rest, frame])
    expect(first).toMatchObject({ path: [0, 'format'], message: 'expected `portcullis` for `format`' })
    expect(others.every(({ path }) => path[0] === 0)).toBe(true)
  })

  test('a later schema version', () => {
    const message = 'the snapshot has schema 2, and this version reads up to 1; read it with a newer version'
    const later = edited(0, (part) => ({ ...part, schema: 2 }))
    expect(faultsOf(later)).toEqual([{ code: 'schema_unsupported', path: [0, 'schema'], message }])
  })
})

describe('parts that break an invariant are refused, with the index of the part in the path', () => {
  const missing = [{ team: 'nix', role: 'member', accessGroups: [] }]
  test.each<readonly [title: string, input: unknown, code: string, path: readonly (string | number)[]]>([
    [
      'an administrator',
      edited(0, (part) => ({ ...part, administrators: [{ type: 'user', id: 'nix' }] })),
      'references_exist',
      [0, 'administrators', 0],
    ],
    ['a row', withUser(2, 1, { teams: missing }), 'references_exist', [2, 'users', 'ben', 'teams', 0, 'team']],
    [
      'a row of a later part',
      withUser(3, 0, { teams: missing }),
      'references_exist',
      [3, 'users', 'cid', 'teams', 0, 'team'],
    ],
    ['an id that occurs in two parts', withUser(3, 0, { id: 'ben' }), 'ids_unique', [3, 'users', 0, 'id']],
  ])('%s', (_title, input, code, path) => {
    expect(faultsOf(input)).toMatchObject([{ code, path }])
  })
})

test('at most 100 faults are reported, and no part is read after the hundredth', () => {
  let read = 0
  const endless = function* (): IterableIterator<string> {
    yield parts[0] ?? ''
    for (;;) {
      read += 1
      yield '{"nmae":[]}'
    }
  }
  expect(faultsOf(endless())).toHaveLength(100)
  expect(read).toBe(100)
})

test('fromSnapshotParts never throws, whatever the input', () => {
  fc.assert(
    fc.property(arbitraryAnything, fc.array(arbitraryAnything, { maxLength: 3 }), (make, others) => {
      expect(fromSnapshotParts(make() as Iterable<string>).ok).toBe(false)
      expect(fromSnapshotParts([parts[0], ...others.map((other) => other())] as string[]).ok).toBe(false)
    }),
    runs(300),
  )
  for (const make of hostileMakers()) expect(fromSnapshotParts(make() as Iterable<string>).ok).toBe(false)
})

test('snapshotParts refuses a number of rows that is not a positive integer', () => {
  for (const size of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => snapshotParts(emptyState, size)).toThrow(RangeError)
  }
})

test('rows of 4,000,000 characters are one to a part, and a line separator in a row is escaped', () => {
  const long = 'x\u2028'.repeat(500)
  const settings = (name: string) =>
    Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`${name}${i}`, long.repeat(4)]))
  const large = world({ providerAccounts: ['a', 'b'].map((id) => ({ id, settings: settings(id) })) })
  const texts = [...snapshotParts(large)]
  expect(texts.filter((text) => text.startsWith('{"providerAccounts":'))).toHaveLength(3)
  expect(texts.join('')).not.toContain('\u2028')
  expect(fromSnapshotParts(texts)).toEqual({ ok: true, state: large })
})
