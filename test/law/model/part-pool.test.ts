import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fromSnapshot } from '../../../src/model/snapshot/from-snapshot.ts'
import { toSnapshot } from '../../../src/model/snapshot/to-snapshot.ts'
import { emptyState, type State } from '../../../src/model/state/state.ts'
import { getRow } from '../../../src/model/table/table.ts'
import { arbitraryState, isDeeplyFrozen } from '../../../src/testing/index.ts'
import { runs } from '../runs.ts'

function restored(snapshot: unknown): State {
  const read = fromSnapshot(JSON.parse(JSON.stringify(snapshot)))
  return read.ok ? read.state : expect.fail(JSON.stringify(read.faults))
}

test('a state of which parts are shared is equal to the state that was written', () => {
  fc.assert(
    fc.property(arbitraryState, (state) => {
      expect(restored(toSnapshot(state))).toEqual(state)
    }),
    runs(200),
  )
})

test('rows of a snapshot share equal assignments, roles, memberships and lists of one part', () => {
  const base = { status: 'active', metered: false, createdAt: 1_600_000_000_000, incarnation: 0 }
  const held = (...groups: string[]) => groups.map((accessGroup) => ({ accessGroup, windows: [{}] }))
  const roles = [{ providerAccount: 'openai', role: 'user', windows: [{}] }]
  const ofTeam = { organization: 'o', invitations: [], creditedPlans: [], ...base }
  const member = { team: 'a', role: 'member', accessGroups: [] }
  const { metered: _, ...inForce } = base
  const state = restored({
    ...(toSnapshot(emptyState) as object),
    version: 8,
    organizations: [{ id: 'o', entitlement: { type: 'unlimited' }, admins: [], accessGroups: [], ...inForce }],
    providerAccounts: [{ id: 'openai', anyModel: false, settings: {}, models: [], ...inForce }],
    accessGroups: ['g', 'h'].map((id) => ({ id, members: [], createdAt: 1_600_000_000_000 })),
    teams: [
      { id: 'a', accessGroups: held('g', 'h'), roleGrants: roles, ...ofTeam },
      { id: 'b', accessGroups: held('h'), roleGrants: roles, ...ofTeam },
    ],
    users: ['u', 'v'].map((id) => ({ id, teams: [member], accessGroups: held('h'), roleGrants: [], ...base })),
  })
  const [a, b] = [getRow(state.teams, 'a'), getRow(state.teams, 'b')]
  const [u, v] = [getRow(state.users, 'u'), getRow(state.users, 'v')]
  expect(a.accessGroups[1]).toBe(b.accessGroups[0])
  expect(a.roleGrants).toBe(b.roleGrants)
  expect(u.teams).toBe(v.teams)
  expect(u.accessGroups).toBe(b.accessGroups)
  expect(v.roleGrants).toBe(u.teams[0]?.accessGroups)
  expect([a, b, u, v].every(isDeeplyFrozen)).toBe(true)
})
