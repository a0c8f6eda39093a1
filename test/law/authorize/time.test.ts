import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { State } from '../../../src/model/state/state.ts'
import { isInstant } from '../../../src/model/value/instant.ts'
import { authorize } from '../../../src/policy/authorize.ts'
import type { Request, UseRequest } from '../../../src/policy/request/request.ts'
import { origin } from '../../../src/testing/arbitrary/window.ts'
import {
  arbitraryManageRequest,
  arbitrarySession,
  arbitraryUseRequest,
  instantsOf,
  type Session,
} from '../../../src/testing/index.ts'
import { runs } from '../runs.ts'
import { aliases, answer, holding, role, type World, world } from '../world.ts'

/**
 * Asserts that a decision stays the same until its `until`, and that `until` is an instant at which something in the
 * state starts or ends.
 */
function untilHolds({ state, requests }: Session<Request>): void {
  const boundaries = instantsOf(state)
  const moments = boundaries.flatMap((instant) => [instant - 1, instant, instant + 1])
  for (const request of requests) {
    const decision = authorize(request as UseRequest, state)
    const until = decision.until ?? Number.POSITIVE_INFINITY
    if (decision.until !== undefined) expect(boundaries).toContain(until)
    expect(until).toBeGreaterThan(request.at)
    for (const at of [...moments, until - 1]) {
      if (at < request.at || at >= until || !isInstant(at)) continue
      expect(authorize({ ...request, at } as UseRequest, state)).toStrictEqual(decision)
    }
  }
}

test('a decision to use is the same at every instant before its until', () => {
  fc.assert(fc.property(arbitrarySession(arbitraryUseRequest), untilHolds), runs(600))
})

test('a decision to manage is the same at every instant before its until', () => {
  fc.assert(fc.property(arbitrarySession(arbitraryManageRequest), untilHolds), runs(400))
})

describe('windows are half-open: in force from their start to just before their end', () => {
  const window = { startsAt: 1_700_000_000_100, expiresAt: 1_700_000_000_200 }
  const base: World = {
    modelAliases: [{ id: 'gpt-4' }],
    accessGroups: [{ id: 'gpt', ...aliases('gpt-4') }],
  }
  const held = { users: [{ id: 'ann', ...holding(['gpt']) }] }
  const cases: readonly (readonly [string, World, Partial<UseRequest>, string, string, string])[] = [
    [
      'assignment',
      { users: [{ id: 'ann', ...holding(['gpt'], [window]) }] },
      {},
      'model_not_granted',
      'allow',
      'model_not_granted',
    ],
    [
      'role grant',
      { users: [{ id: 'ann', ...role('openai', 'user', [window]) }] },
      {},
      'model_not_granted',
      'allow',
      'model_not_granted',
    ],
    ['restriction', { ...held, restrictions: [{ id: 'r', window }] }, {}, 'allow', 'model_restricted', 'allow'],
    [
      'credential',
      { ...held, credentials: [{ id: 'pat', expiresAt: 1_700_000_000_200 }] },
      { who: { type: 'credential', id: 'pat' } },
      'allow',
      'allow',
      'credential_expired',
    ],
    [
      'replaced digest',
      { ...held, credentials: [{ id: 'pat', previous: [{ digest: 'e'.repeat(64), expiresAt: 1_700_000_000_200 }] }] },
      { who: { type: 'credentialDigest', digest: 'e'.repeat(64) } },
      'allow',
      'allow',
      'credential_expired',
    ],
    [
      'alias before its sunset',
      {
        ...held,
        modelAliases: [
          {
            id: 'gpt-4',
            targets: [{ providerAccount: 'openai', model: 'm' }],
            lifecycle: { type: 'deprecated', sunsetAt: 1_700_000_000_200 },
          },
        ],
      },
      {},
      'allow',
      'allow',
      'model_retired',
    ],
  ]

  test.each(cases)('%s', (_, rows, change, before, during, after) => {
    const state = world({ ...base, ...rows })
    const at = (instant: number) => answer(ask(state, { ...change, at: origin + instant }))
    expect([at(99), at(100), at(199), at(200)]).toEqual([before, during, during, after])
  })

  test('a grant is not in force between its two windows', () => {
    const windows = [window, { startsAt: 1_700_000_000_300 }]
    const state = world({ ...base, users: [{ id: 'ann', ...holding(['gpt'], windows) }] })
    const untils = [100, 300].map((at) => ask(state, { at: origin + at }))
    expect(untils).toMatchObject([
      { until: 1_700_000_000_200, reach: [{ until: 1_700_000_000_200 }] },
      { effect: 'allow' },
    ])
    expect(untils[1]).not.toHaveProperty('until')
    expect(answer(ask(state, { at: 1_700_000_000_250 }))).toBe('model_not_granted')
  })
})

function ask(state: State, change: Partial<UseRequest>) {
  return authorize(
    { type: 'use', who: { type: 'user', id: 'ann' }, model: 'gpt-4', at: 1_700_000_000_000, ...change } as UseRequest,
    state,
  )
}
