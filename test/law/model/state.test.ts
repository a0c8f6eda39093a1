import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { buildIndex, type RowLists } from '../../../src/model/state/build-index.ts'
import { checkState } from '../../../src/model/state/check-state.ts'
import { dropRow, putRow } from '../../../src/model/state/put-row.ts'
import { emptyState, type Kind, kinds, type Rows, type State } from '../../../src/model/state/state.ts'
import { findRow, idsOf, rowsOf } from '../../../src/model/table/table.ts'
import { arbitraryState, isDeeplyFrozen } from '../../../src/testing/index.ts'
import { runs } from '../runs.ts'

/** Rebuilds a state: puts its rows one by one into the empty state. */
function rebuilt(state: State): State {
  const start: State = { ...emptyState, version: state.version, administrators: state.administrators }
  return kinds.reduce(
    (soFar, kind) => [...rowsOf<Rows[Kind]>(state[kind])].reduce((now, row) => putRow(now, kind, row as never), soFar),
    start,
  )
}

/**
 * Mixes a state with another state. For each row, a choice decides: keep the row, drop the row, or put the row of the
 * other state.
 */
function mixed(state: State, other: State, choices: readonly number[]): State {
  let next = state
  let turn = 0
  for (const kind of kinds) {
    for (const id of [...idsOf<unknown>(state[kind]), ...idsOf<unknown>(other[kind])]) {
      const choice = choices[turn % choices.length] ?? 0
      const row = findRow<Rows[Kind]>(other[kind], id)
      turn += 1
      if (choice === 1) next = dropRow(next, kind, id)
      else if (choice === 2 && row !== undefined) next = putRow(next, kind, row as never)
    }
  }
  return next
}

describe('a state', () => {
  test('made by the generator breaks no invariant and is deeply frozen', () => {
    fc.assert(
      fc.property(arbitraryState, (state) => {
        expect(checkState(state)).toEqual([])
        expect(isDeeplyFrozen(state)).toBe(true)
      }),
      runs(300),
    )
  })

  test('has an index that is a function of its rows, after any history of updates', () => {
    const choices = fc.array(fc.nat(2), { minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(arbitraryState, arbitraryState, choices, (state, other, chosen) => {
        const next = mixed(state, withDigestsApart(other), chosen)
        expect(rebuilt(next)).toStrictEqual(next)
      }),
      runs(200),
    )
  })

  test('has the same index when it is built at once', () => {
    fc.assert(
      fc.property(arbitraryState, (state) => {
        const lists = Object.fromEntries(kinds.map((kind) => [kind, [...rowsOf<Rows[Kind]>(state[kind])]]))
        expect(buildIndex(lists as unknown as RowLists)).toStrictEqual(state.index)
      }),
      runs(200),
    )
  })

  test('is empty again after every row is dropped', () => {
    fc.assert(
      fc.property(arbitraryState, (state) => {
        const emptied = kinds.reduce(
          (soFar, kind) => [...idsOf<unknown>(state[kind])].reduce((now, id) => dropRow(now, kind, id), soFar),
          state,
        )
        expect({ ...emptied, version: 0, administrators: [] }).toStrictEqual(emptyState)
      }),
      runs(200),
    )
  })
})

/** Replaces the digests of a state, so that a mix with another state never has two credentials with the same digest. */
function withDigestsApart(state: State): State {
  const apart = (digest: string): string => `f${digest.slice(1)}`
  return [...rowsOf(state.credentials)].reduce(
    (now, row) =>
      putRow(now, 'credentials', {
        ...row,
        digest: apart(row.digest),
        previous: row.previous.map((previous) => ({ ...previous, digest: apart(previous.digest) })),
      }),
    state,
  )
}
