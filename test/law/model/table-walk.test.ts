import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Relation, relate, related, relatedAfter } from '../../../src/model/table/relation.ts'
import { emptyTable, entries, rowsAfter, type Table, tableOf } from '../../../src/model/table/table.ts'
import { compareSpots, spotOf } from '../../../src/model/table/trie-walk.ts'
import { nastyIds } from '../../../src/testing/index.ts'
import { runs } from '../runs.ts'
import { fillingsOf, findCollisions } from './collision.ts'

const collisions = findCollisions()

/** Ids with equal hashes, ids with hashes that are equal in their low bits, and other ids. */
const ids = [
  ...collisions.whole.slice(0, 64),
  ...collisions.pairs.flat(),
  ...collisions.sameFirstByte.slice(0, 60),
  ...collisions.sameThreeBytes,
  ...nastyIds,
]

const id = fc.constantFrom(...ids)
const filling = fc.constantFrom([], ...fillingsOf(collisions))
const content = fc
  .tuple(filling, fc.uniqueArray(id, { maxLength: 200, size: 'max' }), filling)
  .map((parts) => [...new Set(parts.flat())])
const tableWith = (present: readonly string[]): Table<number> =>
  tableOf(
    present,
    present.map((_, n) => n),
  )
const walked = (table: Table<number>, after?: string): string[] => [...rowsAfter(table, after)].map((row) => row.id)

describe('a walk of a table', () => {
  test('visits every row once', () => {
    fc.assert(
      fc.property(content, (present) => {
        const table = tableWith(present)
        const rows = [...rowsAfter(table, undefined)]
        expect(rows.length).toBe(table.size)
        expect(new Map(rows.map((row) => [row.id, row.row]))).toEqual(new Map(entries(table)))
      }),
      runs(100),
    )
  })

  test('follows an order in which two ids depend on no other id', () => {
    fc.assert(
      fc.property(content, (present) => {
        expect(walked(tableWith(present))).toEqual(
          [...new Set(present)].sort((one, other) => compareSpots(spotOf(one), spotOf(other))),
        )
      }),
      runs(100),
    )
  })

  test('resumed after any id, present or not, visits the ids after it', () => {
    fc.assert(
      fc.property(content, id, (present, after) => {
        const table = tableWith(present)
        const isLater = (each: string): boolean => compareSpots(spotOf(each), spotOf(after)) > 0
        expect(walked(table, after)).toEqual(walked(table).filter(isLater))
      }),
      runs(200),
    )
  })

  test('resumed in a changed table visits each row that stayed exactly once', () => {
    let crossed = 0
    fc.assert(
      fc.property(content, content, fc.nat(), (before, after, choice) => {
        const [old, now] = [tableWith(before), tableWith(after)]
        const done = walked(old).slice(0, old.size === 0 ? 0 : 1 + (choice % old.size))
        const rest = walked(now, done.at(-1))
        const met = [...done, ...rest]
        const later = new Set(after)
        const stayed = new Set(before.filter((each) => later.has(each)))
        expect(met.filter((each) => stayed.has(each)).toSorted()).toEqual([...stayed].toSorted())
        if (Array.isArray(old.root) !== Array.isArray(now.root)) crossed += 1
      }),
      runs(100),
    )
    expect(crossed).toBeGreaterThan(10)
  })

  test('visits the ids of a relation in the same way', () => {
    const pair = fc.tuple(fc.constantFrom(...ids.slice(0, 3)), id)
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 120, size: 'max' }), id, (pairs, after) => {
        const relation = pairs.reduce<Relation>((soFar, [from, to]) => relate(soFar, from, to), emptyTable())
        for (const from of ids.slice(0, 4)) {
          const sorted = [...related(relation, from)].map(spotOf).sort(compareSpots)
          expect([...relatedAfter(relation, from, undefined)].map(({ id }) => id)).toEqual(sorted.map(({ id }) => id))
          const rest = sorted.filter((spot) => compareSpots(spot, spotOf(after)) > 0)
          expect([...relatedAfter(relation, from, after)].map(({ id }) => id)).toEqual(rest.map(({ id }) => id))
        }
      }),
      runs(100),
    )
  })
})
