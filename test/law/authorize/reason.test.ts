import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { State } from '../../../src/model/state/state.ts'
import { findRow } from '../../../src/model/table/table.ts'
import { authorize } from '../../../src/policy/authorize.ts'
import type { Decision } from '../../../src/policy/decision/decision.ts'
import { denialReasons } from '../../../src/policy/decision/denial.ts'
import type { Request } from '../../../src/policy/request/request.ts'
import {
  allowed,
  arbitraryRequest,
  arbitrarySession,
  areCompatible,
  faults,
  firstOf,
  withFaults,
} from '../../../src/testing/index.ts'
import { runs, sampleOf } from '../runs.ts'
import { add, answer, world } from '../world.ts'

const pairs = denialReasons.flatMap((one, i) => denialReasons.slice(i + 1).map((other) => [one, other] as const))

describe('every reason is reachable on its own', () => {
  test('the scenario without a fault is allowed', () => {
    expect(authorize(allowed.request, allowed.state)).toMatchObject({ effect: 'allow' })
  })

  test.each(denialReasons.filter((reason) => reason !== 'request_invalid'))('%s', (reason) => {
    const { request, state } = faults[reason](allowed)
    expect(authorize(request, state)).toMatchObject({ effect: 'deny', reason })
  })

  test('request_invalid', () => {
    const { request, state } = faults.request_invalid(allowed)
    const remedies = [{ type: 'correct_request', issues: [{ path: ['at'] }] }]
    expect(authorize(request, state)).toMatchObject({ effect: 'deny', reason: 'request_invalid', remedies })
  })
})

describe('precedence: with several faults, the reason listed first is the one reported', () => {
  test('for every two compatible reasons, in either order', () => {
    const feasible = pairs.filter((pair) => areCompatible(pair))
    expect(feasible.length).toBeGreaterThan(130)
    for (const [one, other] of feasible) {
      for (const { request, state } of [withFaults([one, other]), withFaults([other, one])]) {
        expect(authorize(request, state)).toMatchObject({ effect: 'deny', reason: one })
      }
    }
  })

  test('for any number of compatible reasons, in any order', () => {
    const some = fc.shuffledSubarray([...denialReasons], { minLength: 1 }).filter(areCompatible)
    fc.assert(
      fc.property(some, (reasons) => {
        const { request, state } = withFaults(reasons)
        expect(authorize(request, state)).toMatchObject({ effect: 'deny', reason: firstOf(reasons) })
      }),
      runs(1_000),
    )
  })

  test('for a virtual account that manages: its organization, then its scope, then its powers', () => {
    const request = {
      type: 'manage',
      who: { type: 'credential', id: 'token' },
      thing: { type: 'platform' },
      at: 1_700_000_000_001,
    } as const
    const owner = { type: 'virtualAccount', id: 'nightly' } as const
    const unscoped = world({ virtualAccounts: [{ id: 'nightly' }], credentials: [{ id: 'token', owner }] })
    const scoped = add(unscoped, { credentials: [{ id: 'token', owner, scope: { type: 'list', selectors: [] } }] })
    const suspended = add(scoped, { organizations: [{ id: 'acme', status: 'suspended' }] })
    expect([unscoped, scoped, suspended].map((state) => answer(authorize(request, state)))).toEqual([
      'management_not_granted',
      'credential_out_of_scope',
      'organization_suspended',
    ])
  })
})

/** Returns the properties of a decision that the test counts. Each property must occur often in the sample. */
function traitsOf({ who }: Request, state: State, decision: Decision): string[] {
  if (decision.effect === 'deny') return [decision.reason]
  if (decision.type === 'manage') return [decision.power]
  const { payer, routes, reach, notices, cacheScope, principal, team } = decision
  const wallet = payer.type === 'wallet' ? payer.wallet.type : 'no wallet'
  const isDefault = principal.type === 'user' && findRow(state.users, principal.id)?.defaultTeam === team
  return [
    who.type,
    `paid by ${wallet}`,
    `shared by ${cacheScope.type}`,
    ...(principal.type === 'user'
      ? [`user ${team === undefined ? 'alone' : isDefault ? 'in the default team' : 'in a team'}, ${wallet}`]
      : []),
    ...(routes.length > 1 ? ['several routes'] : []),
    ...(reach.length > 1 ? ['several paths'] : []),
    ...(reach.some((path) => path.type === 'accessGroup' && path.plan !== undefined) ? ['by plan'] : []),
    ...(reach.some((path) => path.type === 'role') ? ['by role'] : []),
    ...(reach.some((path) => path.until !== undefined) ? ['path that ends'] : []),
    ...(notices.length > 0 ? ['deprecated'] : []),
    ...(decision.until !== undefined ? ['until'] : []),
  ]
}

test('every reason, every payer and every power comes up often in a sample of arbitrary scenarios', () => {
  const seen = new Map<string, number>()
  for (const { state, requests } of sampleOf(arbitrarySession(arbitraryRequest), 600)) {
    for (const request of requests) {
      for (const trait of traitsOf(request, state, authorize(request, state)))
        seen.set(trait, (seen.get(trait) ?? 0) + 1)
    }
  }
  const expected = [
    ...denialReasons.filter((reason) => reason !== 'request_invalid'),
    ...['administrator', 'organizationAdmin', 'providerAccountManager', 'teamManager', 'self'],
    ...['user', 'team', 'virtualAccount', 'credential', 'credentialDigest'],
    ...['paid by no wallet', 'paid by user', 'paid by team', 'paid by virtualAccount'],
    ...['user alone, no wallet', 'user alone, user', 'user in a team, team', 'user in a team, no wallet'],
    ...['user in the default team, team', 'user in the default team, no wallet'],
    ...['several routes', 'several paths', 'by plan', 'by role', 'path that ends', 'deprecated', 'until'],
    ...['shared by organization', 'shared by user'],
  ]
  expect(expected.filter((trait) => (seen.get(trait) ?? 0) < 5)).toEqual([])
})
