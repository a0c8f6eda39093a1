import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PartPool } from '../../../src/model/snapshot/part-pool.ts'
import { readRow } from '../../../src/model/snapshot/read-row.ts'
import { rowTexts } from '../../../src/model/snapshot/snapshot.ts'
import { toSnapshot } from '../../../src/model/snapshot/to-snapshot.ts'
import { shapeRow } from '../../../src/model/state/shape.ts'
import { arbitraryState } from '../../../src/testing/index.ts'
import { runs } from '../runs.ts'

const readable = ['users', 'teams', 'credentials', 'modelAliases'] as const

/** Values that replace the value of a field, or the value of an added field, to damage a row. */
const stray = fc.constantFrom<unknown>(
  ...[
    undefined,
    null,
    '',
    'x',
    -0,
    1.5,
    -1,
    2 ** 60,
    true,
    [],
    {},
    [{}],
    [null],
    ['x'],
    { type: 'all' },
    { type: 'user' },
    { type: 'active' },
    { type: 'active', more: 1 },
    'platform',
    { type: 'list', selectors: [{ type: 'alias', alias: 'x' }] },
    [
      { type: 'model', providerAccount: 'a', model: 'm' },
      { type: 'providerAccount', providerAccount: 'a' },
    ],
    [{ type: 'model', providerAccount: 'a/b', model: 'm' }],
    [{ type: 'providerAccount', providerAccount: 'a', model: 'm' }],
    'suspended',
  ],
  ...[{ type: 'user', id: 'x', more: 1 }, [{ team: 't', role: 'member' }], [{ team: 't', role: 'owner' }], '\u0000'],
  ...[
    [{ accessGroup: 'g', windows: [{}] }],
    [{ accessGroup: 'G', windows: [{}] }],
    [{ accessGroup: 'g', windows: [] }],
    [{ startsAt: 1_800_000_000_000 }],
    [{ expiresAt: 1_800_000_000_000, more: 1 }],
    [{ startsAt: 1_800_000_000_000, expiresAt: 1_800_000_000_000 }],
    [{ expiresAt: 1_700_000_000_000 }, { startsAt: 1_800_000_000_000 }],
    [{ expiresAt: 1_800_000_000_000 }, { startsAt: 1_700_000_000_000 }],
    [{ providerAccount: 'a', role: 'manager', windows: [{}] }],
    [{ providerAccount: 'a/b', role: 'manager', windows: [{}] }],
    [{ providerAccount: 'a', role: 'owner', windows: [{}] }],
    [{ providerAccount: 'a', model: 'm' }],
    [{ providerAccount: 'a/b', model: 'm' }],
  ],
)

/** Returns every object inside a value. Includes the value itself. */
function objectsIn(value: unknown): Record<string, unknown>[] {
  if (typeof value !== 'object' || value === null) return []
  return [value as Record<string, unknown>, ...Object.values(value).flatMap(objectsIn)]
}

test('readRow returns the row that the schema parses, and none that the schema refuses', () => {
  let byHand = 0
  fc.assert(
    fc.property(arbitraryState, fc.nat(), fc.nat(), stray, fc.boolean(), (state, where, which, value, isDamaged) => {
      const snapshot = JSON.parse(JSON.stringify(toSnapshot(state))) as Record<string, unknown[]>
      for (const kind of readable) {
        for (const row of snapshot[kind] ?? []) {
          if (isDamaged) {
            const objects = objectsIn(row)
            const object = objects[where % objects.length] ?? {}
            const keys = [...Object.keys(object), 'more', 'constructor']
            object[keys[which % keys.length] ?? ''] = value
          }
          const read = readRow(kind, row, new PartPool())
          const parsed = rowTexts[kind].safeParse(row)
          if (read === undefined) continue
          byHand += 1
          expect(parsed.success).toBe(true)
          const shaped = shapeRow(kind, parsed.data as never)
          expect(read).toStrictEqual(shaped)
          expect(Object.keys(read)).toEqual(Object.keys(shaped))
          expect(Object.isFrozen(read)).toBe(true)
        }
      }
    }),
    runs(1_000),
  )
  expect(byHand).toBeGreaterThan(100)
})
