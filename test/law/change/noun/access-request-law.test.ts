import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Command } from '../../../../src/change/message/command.ts'
import type { Event } from '../../../../src/change/message/event.ts'
import { replay } from '../../../../src/change/replay.ts'
import { outcomeAt, type RequestSubject, type Wanted } from '../../../../src/model/noun/access-request.ts'
import { fromSnapshot } from '../../../../src/model/snapshot/from-snapshot.ts'
import { toSnapshot } from '../../../../src/model/snapshot/to-snapshot.ts'
import { checkState } from '../../../../src/model/state/check-state.ts'
import { emptyState, kinds, type State } from '../../../../src/model/state/state.ts'
import { getRow } from '../../../../src/model/table/table.ts'
import type { Actor, Agent } from '../../../../src/model/value/principal.ts'
import { authorize } from '../../../../src/policy/authorize.ts'
import { type Decider, requestPageOf } from '../../../../src/query/view/directory/list-access-requests.ts'
import { foundingCommands, commandPool as pool } from '../../../../src/testing/arbitrary/command-pool.ts'
import { rowsIn } from '../../../../src/testing/arbitrary/state.ts'
import { applyUnguarded, decideUnguarded } from '../../command.ts'
import { knownNames } from '../../query/access.ts'
import { runs } from '../../runs.ts'

const start = foundingCommands[0]?.at ?? 0
const one = <T>(values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values)
const user = one(pool.users)
const group = one(pool.accessGroups)
const request = one(['ask', 'constructor', '__proto__', 'a/b', 'e'])
const agents: readonly Agent[] = [
  ...pool.users.map((id) => ({ type: 'user', id }) as const),
  ...pool.virtualAccounts.map((id) => ({ type: 'virtualAccount', id }) as const),
]
const deciders: readonly Decider[] = [{ type: 'system' }, ...agents]
const asking = user.chain((id) => {
  const subjects: RequestSubject[] = [
    { type: 'user', id },
    ...pool.virtualAccounts.map((account) => ({ type: 'virtualAccount', id: account }) as const),
    ...pool.teams.map((team) => ({ type: 'member', team, user: id }) as const),
  ]
  return fc.record({ actor: fc.constant<Actor>({ type: 'user', id }), subject: one(subjects) })
})
const wanted: fc.Arbitrary<Wanted> = fc.oneof(
  group.map((id) => ({ type: 'accessGroup', id }) as const),
  one([...pool.modelAliases, 'openai/gpt-4', 'nix']).map((name) => ({ type: 'model', name }) as const),
)

const requesting = fc
  .tuple(asking, wanted, request, one([60_000, 120_000]), fc.boolean())
  .map(([{ actor, subject }, want, id, duration, isShort]) => {
    const fields = { request: id, subject, wanted: want, reason: 'a demo', duration }
    return { type: 'RequestAccess', actor, ...fields, ...(isShort ? { expiresAt: start + 150 } : {}) }
  })
const deciding = fc
  .tuple(one(deciders), request, group, fc.integer({ min: 0, max: 5 }))
  .map(([actor, id, accessGroup, kind]) => {
    if (kind === 0) return { type: 'DenyAccess', actor, request: id }
    if (kind === 1) return { type: 'WithdrawRequest', actor, request: id }
    return { type: 'ApproveAccess', actor, request: id, ...(kind < 4 ? {} : { accessGroup }) }
  })
const system = { actor: { type: 'system' } }
const disturbing = fc.oneof(
  one(agents).map((admin) => ({ type: 'AddOrganizationAdmin', organization: 'acme', admin, ...system })),
  one(agents).map((administrator) => ({ type: 'AddAdministrator', administrator, ...system })),
  fc.subarray([...pool.accessGroups]).map((accessGroups) => {
    const entitlement = { type: 'list', accessGroups }
    return { type: 'UpdateOrganization', organization: 'acme', entitlement, ...system }
  }),
  fc.tuple(group, asking).map(([accessGroup, { subject }]) => {
    return { type: 'AssignAccessGroup', accessGroup, principal: subject, expiresAt: start + 90_000, ...system }
  }),
  group.map((accessGroup) => ({ type: 'DeleteAccessGroup', accessGroup, ...system })),
  fc.tuple(one(pool.teams), user).map(([team, id]) => ({ type: 'RemoveTeamMember', team, user: id, ...system })),
  one(pool.teams).map((team) => ({ type: 'SuspendTeam', team, ...system })),
  one(pool.teams).map((team) => ({ type: 'DeleteTeam', team, ...system })),
  one(pool.virtualAccounts).map((virtualAccount) => ({ type: 'DeleteVirtualAccount', virtualAccount, ...system })),
  user.map((id) => ({ type: 'DeleteUser', user: id, ...system })),
)
const history = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: requesting },
    { weight: 4, arbitrary: deciding },
    { weight: 1, arbitrary: fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, { weight: 2, arbitrary: disturbing }) },
  ),
  { maxLength: 40, size: 'max' },
)

/** The memberships of all users in all teams, an admin of `acme`, and an entitlement that lists two groups. */
const given: readonly Command[] = [
  ...foundingCommands,
  ...pool.users.flatMap((id) => pool.teams.map((team) => ({ type: 'AddTeamMember', team, user: id, ...system }))),
  { type: 'AddOrganizationAdmin', organization: 'acme', admin: agents[1], ...system },
  {
    type: 'UpdateOrganization',
    organization: 'acme',
    entitlement: { type: 'list', accessGroups: pool.accessGroups.slice(0, 2) },
    ...system,
  },
].map((step) => ({ at: start, ...step }) as Command)

const base = given.reduce<{ readonly state: State; readonly events: readonly Event[] }>(
  ({ state, events }, command) => {
    const applied = applyUnguarded(command, state)
    return applied.ok ? { state: applied.state, events: [...events, ...applied.events] } : { state, events }
  },
  { state: emptyState, events: [] },
)

/** Applies the commands of a history, ten milliseconds apart, and calls `check` for each accepted one. */
function play(
  steps: readonly object[],
  check: (command: Command, before: State, after: State, events: readonly Event[]) => void,
): { readonly state: State; readonly events: readonly Event[] } {
  let { state, events } = base
  for (const [i, step] of steps.entries()) {
    const command = { ...step, at: start + 10 * i } as Command
    const applied = applyUnguarded(command, state)
    if (!applied.ok) continue
    check(command, state, applied.state, applied.events)
    events = [...events, ...applied.events]
    state = applied.state
  }
  return { state, events }
}

test('an approval causes exactly the events of the assignment that the approver could make, and its requester never approves', () => {
  let approvals = 0
  fc.assert(
    fc.property(history, (steps) => {
      play(steps, (command, before, _, events) => {
        if (command.type !== 'ApproveAccess') return
        approvals += 1
        const { actor, at } = command
        const { subject: principal, requester, duration } = getRow(before.accessRequests, command.request)
        const approved = events.at(-1)
        if (approved?.type !== 'AccessApproved') throw new Error('not approved')
        const { accessGroup, expiresAt } = approved
        const direct = {
          type: 'AssignAccessGroup',
          actor,
          at,
          accessGroup,
          principal,
          startsAt: at,
          expiresAt,
        } as const
        expect(decideUnguarded(direct, before)).toEqual({ ok: true, events: events.slice(0, -1) })
        expect(expiresAt).toBeLessThanOrEqual(at + duration)
        expect(actor).not.toMatchObject({ type: 'user', id: requester })
      })
    }),
    runs(600),
  )
  expect(approvals).toBeGreaterThan(100)
})

test('a requester that can issue a token of the virtual account that approves could assign the group itself', () => {
  let approvals = 0
  fc.assert(
    fc.property(history, (steps) => {
      play(steps, (command, before) => {
        if (command.type !== 'ApproveAccess' || command.actor.type !== 'virtualAccount') return
        const { at, actor: owner } = command
        const { requester, subject: principal, wanted: want } = getRow(before.accessRequests, command.request)
        const actor = { type: 'user', id: requester } as const
        const digest = 'f'.repeat(64)
        const issue = { type: 'IssueCredential', actor, at, credential: 'new', owner, digest } as const
        if (!decideUnguarded(issue, before).ok) return
        approvals += 1
        const accessGroup = command.accessGroup ?? (want.type === 'accessGroup' ? want.id : '')
        const direct = { type: 'AssignAccessGroup', actor, at, accessGroup, principal } as const
        expect(decideUnguarded(direct, before).ok, JSON.stringify([command, actor])).toBe(true)
      })
    }),
    runs(4_000),
  )
  expect(approvals).toBeGreaterThan(10)
})

test('a request, a denial and a withdrawal change no row but access requests, which no decision reads', () => {
  const seen = new Set<string>()
  fc.assert(
    fc.property(history, (steps) => {
      const { state } = play(steps, ({ type }, before, after) => {
        if (type !== 'RequestAccess' && type !== 'DenyAccess' && type !== 'WithdrawRequest') return
        seen.add(type)
        for (const kind of kinds) if (kind !== 'accessRequests') expect(after[kind]).toBe(before[kind])
        expect(after.administrators).toBe(before.administrators)
      })
      const bare = { ...state, accessRequests: emptyState.accessRequests }
      for (const { id } of rowsIn(state, 'users')) {
        for (const model of knownNames(state).slice(0, 4)) {
          const asked = { type: 'use', who: { type: 'user', id }, model, at: start + 500 } as const
          expect(authorize(asked, state)).toEqual(authorize(asked, bare))
        }
      }
    }),
    runs(200),
  )
  expect([...seen].sort()).toEqual(['DenyAccess', 'RequestAccess', 'WithdrawRequest'])
})

test('after the approved time every decision is as if the request had not been approved', () => {
  fc.assert(
    fc.property(history, (steps) => {
      play(steps, (command, before, after, events) => {
        const approved = events.at(-1)
        if (approved?.type !== 'AccessApproved') return
        const { requester, subject } = getRow(before.accessRequests, approved.request)
        const who = subject.type === 'virtualAccount' ? subject : ({ type: 'user', id: requester } as const)
        const place = subject.type === 'member' ? { team: subject.team } : {}
        for (const model of knownNames(before)) {
          for (const at of [command.at - 1, approved.expiresAt]) {
            const asked = { type: 'use', who, model, at, ...place } as const
            const { effect, version: _, ...rest } = authorize(asked, after)
            const { version: __, ...expected } = authorize(asked, before)
            if (at >= approved.expiresAt) expect({ effect, ...rest }).toEqual(expected)
            else expect(effect).toBe(expected.effect)
          }
        }
      })
    }),
    runs(150),
  )
})

test('an actor is listed exactly the pending requests that it could approve with some group', () => {
  let listed = 0
  fc.assert(
    fc.property(history, one([1, 2, 100]), fc.integer({ min: 0, max: 400 }), (steps, limit, wait) => {
      const { state } = play(steps, () => undefined)
      const at = start + wait
      for (const decider of deciders) {
        const found = new Map<string, readonly string[]>()
        let after: Parameters<typeof requestPageOf>[2]['after']
        do {
          const page = requestPageOf(decider, state, { at, limit, after })
          if (!page.ok) break
          for (const { request: id, accessGroups } of page.requests) {
            expect(found.has(id)).toBe(false)
            found.set(id, accessGroups)
          }
          after = page.next
        } while (after !== undefined)
        for (const row of rowsIn(state, 'accessRequests')) {
          const accepted = pool.accessGroups.filter((accessGroup) => {
            const command = { type: 'ApproveAccess', actor: decider, at, request: row.id, accessGroup } as const
            return decideUnguarded(command, state).ok
          })
          expect(found.get(row.id) ?? [], JSON.stringify([decider, row])).toEqual([...accepted].sort())
          if (outcomeAt(row, at) !== undefined) expect(accepted).toEqual([])
        }
        listed += decider.type === 'system' ? 0 : found.size
      }
    }),
    runs(200),
  )
  expect(listed).toBeGreaterThan(50)
})

test('replaying the events gives the state, which keeps every invariant and survives a snapshot', () => {
  fc.assert(
    fc.property(history, (steps) => {
      const { state, events } = play(steps, () => undefined)
      expect(toSnapshot(replay(events))).toEqual(toSnapshot(state))
      expect(checkState(state)).toEqual([])
      const restored = fromSnapshot(JSON.parse(JSON.stringify(toSnapshot(state))))
      expect(restored).toEqual({ ok: true, state })
    }),
    runs(150),
  )
})
