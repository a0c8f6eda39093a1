import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hashBits, hashOf } from '../../../src/model/table/hash.ts'
import {
  changesBetween,
  drop,
  emptyTable,
  entries,
  findRow,
  getRow,
  hasRow,
  idsOf,
  put,
  rowsOf,
  type Table,
  tableOf,
} from '../../../src/model/table/table.ts'
import { pageLimit } from '../../../src/model/table/trie.ts'
import { deepFreeze, nastyIds } from '../../../src/testing/index.ts'
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

interface Row {
  readonly n: number
}

type Step = readonly ['put', string, Row] | readonly ['drop', string]

const fillings = fillingsOf(collisions)

const id = fc.constantFrom(...ids)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(fc.constant('put' as const), id, fc.record({ n: fc.nat(3) })) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('drop' as const), id) },
)
const filling: fc.Arbitrary<readonly Step[]> = fc
  .constantFrom([], ...fillings)
  .map((list) => list.map((at): Step => ['put', at, { n: 0 }]))
const history = fc
  .tuple(filling, fc.array(step, { maxLength: 250, size: 'max' }), filling)
  .map(([first, steps, last]) => [...first, ...steps, ...last])
const content = fc.uniqueArray(id, { maxLength: 200, size: 'max' })

function take(table: Table<Row>, [verb, at, row]: Step): Table<Row> {
  return verb === 'put' ? put(table, at, row as Row) : drop(table, at)
}

const tableWith = (steps: readonly Step[]): Table<Row> => steps.reduce(take, emptyTable<Row>())

function mapWith(steps: readonly Step[]): Map<string, Row> {
  const map = new Map<string, Row>()
  for (const [verb, at, row] of steps) {
    if (verb === 'put') map.set(at, row as Row)
    else map.delete(at)
  }
  return map
}

test('the sample has more than a page of ids that collide in their whole hash', () => {
  expect(new Set(collisions.whole).size).toBe(1024)
  expect(collisions.whole.length).toBeGreaterThan(pageLimit)
  expect(collisions.sameFirstByte.length).toBeGreaterThan(pageLimit)
  expect(new Set(collisions.whole.map(hashOf)).size).toBe(1)
  for (const [one, other] of collisions.pairs) expect([one === other, hashOf(one)]).toEqual([false, hashOf(other)])
  for (const each of ids) expect(hashOf(each)).toBeLessThan(2 ** hashBits)
})

describe('a table', () => {
  test('agrees with a Map after any history', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const [table, map] = [tableWith(steps), mapWith(steps)]
        expect(table.size).toBe(map.size)
        expect(new Map(entries(table))).toEqual(map)
        expect([...idsOf(table)].length).toBe(map.size)
        expect([...rowsOf(table)]).toEqual([...idsOf(table)].map((at) => map.get(at)))
        for (const at of ids) {
          expect(findRow(table, at)).toBe(map.get(at))
          expect(hasRow(table, at)).toBe(map.has(at))
        }
        expect(fillings.flat().filter((at) => findRow(table, at) !== map.get(at))).toEqual([])
      }),
      runs(60),
    )
  })

  test('has one shape for the same rows, whatever its history', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const map = [...mapWith(steps)]
        const again = map
          .toSorted(([one], [other]) => (one < other ? -1 : 1))
          .map(([at, row]): Step => ['put', at, row])
        expect(tableWith(steps)).toStrictEqual(tableWith(again))
      }),
      runs(150),
    )
  })

  test('built at once equals one built row by row; of equal ids the last one wins', () => {
    const rows = fc.array(fc.tuple(id, fc.record({ n: fc.nat(3) })), { maxLength: 200, size: 'max' })
    const filled = fc.constantFrom([], ...fillings).map((list) => list.map((at): [string, Row] => [at, { n: 0 }]))
    fc.assert(
      fc.property(filled, rows, filled, (first, few, last) => {
        const list = [...first, ...few, ...last]
        const built = tableOf(
          list.map(([at]) => at),
          list.map(([, row]) => row),
        )
        expect(built).toStrictEqual(tableWith(list.map(([at, row]): Step => ['put', at, row])))
      }),
      runs(150),
    )
  })

  test('is unchanged by an update, which returns another table', () => {
    fc.assert(
      fc.property(history, fc.array(step, { minLength: 1, maxLength: 20 }), (steps, more) => {
        const table = deepFreeze(tableWith(steps))
        const before = [...entries(table)]
        for (const next of more) take(table, next)
        expect([...entries(table)]).toEqual(before)
      }),
      runs(100),
    )
  })

  test('is the same object when nothing changes', () => {
    fc.assert(
      fc.property(history, id, (steps, at) => {
        const table = tableWith(steps)
        const row = findRow(table, at)
        expect(row === undefined ? drop(table, at) : put(table, at, row)).toBe(table)
      }),
      runs(100),
    )
  })

  test('differs from another by exactly the ids whose rows differ by identity', () => {
    fc.assert(
      fc.property(history, fc.array(step, { maxLength: 60, size: 'max' }), fc.boolean(), (steps, more, isRelated) => {
        const before = tableWith(steps)
        const after = more.reduce(take, isRelated ? before : emptyTable<Row>())
        const naive = [...new Set([...idsOf(before), ...idsOf(after)])]
          .map((at) => [at, findRow(before, at), findRow(after, at)] as const)
          .filter(([, old, now]) => old !== now)
        const found = [...changesBetween(before, after)]
        expect(found.length).toBe(naive.length)
        expect(new Map(found.map(([at, ...rows]) => [at, rows]))).toEqual(
          new Map(naive.map(([at, ...rows]) => [at, rows])),
        )
      }),
      runs(100),
    )
  })

  test('of many rows keeps them all, and drops them one by one until it is empty', () => {
    const many = Array.from({ length: 20_000 }, (_, n) => `id-${n}`)
    const full = tableOf(
      many,
      many.map((_, n) => ({ n })),
    )
    expect(full.size).toBe(many.length)
    for (let n = 0; n < many.length; n += 1) if (findRow(full, `id-${n}`)?.n !== n) expect.fail(`id-${n}`)
    expect(many.reduce((table, at) => drop(table, at), full)).toBe(emptyTable())
  })

  test('getRow returns the row, or throws an error that names the missing id', () => {
    fc.assert(
      fc.property(content, id, (present, at) => {
        const table = tableWith(present.map((each): Step => ['put', each, { n: 1 }]))
        if (present.includes(at)) expect(getRow(table, at)).toBe(findRow(table, at))
        else expect(() => getRow(table, at)).toThrow(at)
      }),
      runs(50),
    )
  })

  test('the comparison of two damaged tables ends', () => {
    const whole = tableOf(['a', 'b'], [{ n: 1 }, { n: 2 }])
    const damaged = { size: 2, root: [Number.NaN, 'a', { n: 3 }, Number.NaN, 'b', { n: 4 }] }
    expect([...changesBetween(whole, damaged)].length).toBeLessThanOrEqual(4)
    expect([...changesBetween(damaged, whole)].length).toBeLessThanOrEqual(4)
  })
})
