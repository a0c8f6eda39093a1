import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { pendingRequestLimit } from '../../../../src/model/noun/access-request.ts'
import type { State } from '../../../../src/model/state/state.ts'
import { lastInstant } from '../../../../src/model/value/instant.ts'
import { windowLimit } from '../../../../src/model/value/window.ts'
import { listAccessRequests } from '../../../../src/query/index.ts'
import { now, office, type Step, stateAfter, user } from '../../change/story.ts'
import { decideUnguarded } from '../../command.ts'
import { runs } from '../../runs.ts'

const membership = { type: 'member', team: 'dev', user: 'mia' } as const
const olga = { type: 'user', id: 'olga' } as const
const minute = 60_000

const ask = (at: number, fields: object): Step =>
  ({
    ...{ type: 'RequestAccess', request: 'ask', actor: user('mia'), at, subject: membership, reason: 'a demo' },
    ...{ wanted: { type: 'accessGroup', id: 'gpt' }, duration: 10 * minute, ...fields },
  }) as Step

function listed(state: State, at: number) {
  const list = listAccessRequests(olga, state, { at })
  if (!list.ok) throw new Error(JSON.stringify(list))
  return { requests: list.requests.map(({ request }) => request), until: list.until }
}

/** Whether an approval with some duration would be accepted at an instant. */
function isApprovable(state: State, at: number, longest: number): boolean {
  return [minute, 2 * minute, longest - 1, longest].some((duration) => {
    const command = { type: 'ApproveAccess', actor: olga, at, request: 'ask', accessGroup: 'gpt', duration } as const
    return decideUnguarded(command, state).ok
  })
}

describe('a list of access requests', () => {
  test('near the last instant has the requests that an approval for a shorter time would grant', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 * minute }), (left) => {
        const at = lastInstant - left
        const state = stateAfter(office, ask(at, { expiresAt: lastInstant }))
        const { requests, until } = listed(state, at)
        expect(requests).toEqual(isApprovable(state, at, 10 * minute) ? ['ask'] : [])
        expect(requests).toEqual(left >= minute ? ['ask'] : [])
        if (left >= minute) expect(until).toBe(lastInstant - minute + 1)
      }),
      runs(50),
    )
  })

  test('of a holder with 1,000 windows to come is valid until an approval would join the first of them', () => {
    const first = now + 60 * minute
    const windows = Array.from({ length: windowLimit }, (_, i): Step => {
      const startsAt = first + 10 * i
      return { type: 'AssignAccessGroup', accessGroup: 'gpt', principal: membership, startsAt, expiresAt: startsAt + 5 }
    })
    const state = stateAfter(office, ask(now, {}), ...windows)
    expect(listed(state, now)).toEqual({ requests: [], until: first - 10 * minute })
    for (const at of [first - 10 * minute - 1, first - 10 * minute, first + 5, first + 6, first + 10_000]) {
      expect(listed(state, at).requests).toEqual(isApprovable(state, at, 10 * minute) ? ['ask'] : [])
    }
    expect(listed(state, first - 10 * minute).requests).toEqual(['ask'])
  })

  test.each([1, -1])('is valid until one of its requests or the next one expires, in the order %d', (order) => {
    const many = Array.from({ length: pendingRequestLimit }, (_, i) =>
      ask(now, { request: `ask-${10 + i}`, expiresAt: now + (100 + order * i) * minute }),
    )
    const state = stateAfter(office, ...many)
    const [first, second] = [1, 2].map((limit) => {
      const page = listAccessRequests(olga, state, { at: now, limit })
      if (!page.ok) throw new Error(JSON.stringify(page))
      return page
    })
    const ends = second?.requests.map(({ expiresAt }) => expiresAt) ?? []
    expect(ends).toHaveLength(2)
    expect(first?.next).toBeDefined()
    expect(first?.until).toBe(Math.min(...ends))
  })
})
