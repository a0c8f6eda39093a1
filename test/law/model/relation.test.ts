import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { countRelated, type Relation, relate, related, unrelate } from '../../../src/model/table/relation.ts'
import { emptyTable } from '../../../src/model/table/table.ts'
import { nastyIds } from '../../../src/testing/index.ts'
import { runs } from '../runs.ts'

const id = fc.constantFrom(...nastyIds.slice(0, 12))
const step = fc.tuple(fc.constantFrom('relate', 'relate', 'unrelate'), fc.constantFrom(...nastyIds.slice(0, 4)), id)
const history = fc.array(step, { maxLength: 60, size: 'max' })

function relationWith(steps: readonly (readonly [string, string, string])[]): Relation {
  return steps.reduce<Relation>(
    (relation, [verb, from, to]) => (verb === 'relate' ? relate : unrelate)(relation, from, to),
    emptyTable(),
  )
}

function pairsOf(steps: readonly (readonly [string, string, string])[]): Map<string, Set<string>> {
  const pairs = new Map<string, Set<string>>()
  for (const [verb, from, to] of steps) {
    const set = pairs.get(from) ?? new Set()
    if (verb === 'relate') set.add(to)
    else set.delete(to)
    pairs.set(from, set)
  }
  return pairs
}

describe('a relation', () => {
  test('agrees with a Map of Sets after any history', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const relation = relationWith(steps)
        const pairs = pairsOf(steps)
        for (const from of nastyIds) {
          const expected = pairs.get(from) ?? new Set()
          const found = [...related(relation, from)]
          expect(found.length).toBe(expected.size)
          expect(new Set(found)).toEqual(expected)
          expect(countRelated(relation, from)).toBe(expected.size)
        }
      }),
      runs(300),
    )
  })

  test('has one shape for the same pairs, whatever its history', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const pairs = [...pairsOf(steps)].flatMap(([from, all]) =>
          [...all].sort().map((to) => ['relate', from, to] as const),
        )
        expect(relationWith(steps)).toStrictEqual(relationWith(pairs))
      }),
      runs(300),
    )
  })

  test('is the same object when nothing changes', () => {
    fc.assert(
      fc.property(history, id, id, (steps, from, to) => {
        const relation = relationWith(steps)
        const isThere = [...related(relation, from)].includes(to)
        expect((isThere ? relate : unrelate)(relation, from, to)).toBe(relation)
      }),
      runs(300),
    )
  })
})
