import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fromSnapshot } from '../../../src/model/snapshot/from-snapshot.ts'
import { toSnapshot } from '../../../src/model/snapshot/to-snapshot.ts'
import { putRow } from '../../../src/model/state/put-row.ts'
import type { Rows, State } from '../../../src/model/state/state.ts'
import { getRow } from '../../../src/model/table/table.ts'
import { world } from '../world.ts'

const ids = Array.from({ length: 40 }, (_, i) => `x${i}`)
const start = world({
  teams: ids.map((id) => ({ id })),
  accessGroups: ['g', 'h'].map((id) => ({ id })),
  providerAccounts: ids.map((id) => ({ id })),
  users: [{ id: 'ann' }],
})

/** The places in a list of 40 that are filled, each with one of three kinds of entries. */
const arbitraryPlaces = fc.array(fc.constantFrom(undefined, 0, 1, 2), { minLength: 40, maxLength: 40, size: 'max' })

type Places = readonly (0 | 1 | 2 | undefined)[]

const forever = [{}]
const groupsOf = [[], [{ accessGroup: 'g', windows: forever }], [{ accessGroup: 'h', windows: forever }]] as const

/** The user with these places. Entries of a place and a kind are the same objects in every user. */
const memberships = ids.map((team) =>
  groupsOf.map((accessGroups) => Object.freeze({ team, role: 'member' as const, accessGroups: [...accessGroups] })),
)
const grants = ids.map((providerAccount) => [
  [],
  [Object.freeze({ providerAccount, role: 'user' as const, windows: forever })],
  (['user', 'manager'] as const).map((role) => Object.freeze({ providerAccount, role, windows: forever })),
])

function withPlaces(state: State, places: Places): State {
  const row: Rows['users'] = {
    ...getRow(state.users, 'ann'),
    teams: places.flatMap((kind, i) => (kind === undefined ? [] : (memberships[i]?.[kind] ?? []))),
    roleGrants: places.flatMap((kind, i) => (kind === undefined ? [] : (grants[i]?.[kind] ?? []))),
  }
  return putRow(state, 'users', row)
}

test('the index after any edits of long lists equals the index of the same rows built at once', () => {
  const edit = fc.record({ at: fc.nat(39), kind: fc.constantFrom<Places[number]>(undefined, 0, 1, 2) })
  fc.assert(
    fc.property(arbitraryPlaces, fc.array(edit, { maxLength: 8 }), (places, edits) => {
      let [state, now] = [withPlaces(start, places), [...places]]
      for (const { at, kind } of edits) {
        now = now.with(at, kind)
        state = withPlaces(state, now)
      }
      const restored = fromSnapshot(JSON.parse(JSON.stringify(toSnapshot(state))))
      expect(restored.ok && restored.state.index).toEqual(state.index)
    }),
    { numRuns: 100 },
  )
})
