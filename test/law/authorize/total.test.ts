import fc from 'fast-check'
import { expect, test } from 'vitest'
import { emptyState, type State } from '../../../src/model/state/state.ts'
import { authorize, authorizeParsed } from '../../../src/policy/authorize.ts'
import { denialReasons } from '../../../src/policy/decision/denial.ts'
import {
  allowed,
  arbitraryAnything,
  arbitraryDamage,
  arbitraryRequest,
  arbitrarySession,
  arbitraryState,
  deepFreeze,
  hostileMakers,
  isDeeplyFrozen,
  type Maker,
} from '../../../src/testing/index.ts'
import { runs } from '../runs.ts'
import { asRequest } from '../world.ts'

/** Asserts that `authorize` returns a denial that is JSON. Never reads the arguments, since their getters may throw. */
function expectDenial(request: unknown, state: unknown): void {
  const decision = authorize(asRequest(request), state as State)
  expect(decision.effect).toBe('deny')
  if (decision.effect === 'deny') expect(denialReasons).toContain(decision.reason)
  expect(JSON.parse(JSON.stringify(decision))).toStrictEqual(decision)
}

test('authorize of any value as the request neither throws nor allows', () => {
  const states = fc.oneof(
    { weight: 4, arbitrary: fc.constant(allowed.state) },
    { weight: 1, arbitrary: arbitraryState },
  )
  fc.assert(
    fc.property(arbitraryAnything, states, (make, state) => expectDenial(make(), state)),
    runs(2_000),
  )
})

test('authorize of any value as the state neither throws nor allows', () => {
  const requests: fc.Arbitrary<Maker> = fc.oneof(
    fc.constant(() => allowed.request),
    arbitraryAnything,
  )
  fc.assert(
    fc.property(requests, arbitraryAnything, (make, makeState) => expectDenial(make(), makeState())),
    runs(2_000),
  )
})

test('authorize of hostile values as the request or the state neither throws nor allows', () => {
  for (const make of hostileMakers()) {
    expectDenial(make(), allowed.state)
    expectDenial(allowed.request, make())
    expectDenial(make(), make())
  }
})

test('authorize of a state with a part missing or replaced does not throw, and with a part missing denies', () => {
  const parts = Object.keys(emptyState) as (keyof State)[]
  fc.assert(
    fc.property(fc.constantFrom(...parts), arbitraryAnything, (part, make) => {
      const { [part]: _, ...rest } = allowed.state
      for (const state of [rest, { ...allowed.state, [part]: make() }]) {
        expect(() => authorize(allowed.request, state as State)).not.toThrow()
      }
      expect(authorize(allowed.request, rest as State).effect).toBe('deny')
    }),
    runs(1_000),
  )
})

test('authorize never throws on a state damaged anywhere, the index included', () => {
  const damaged = arbitraryDamage(fc.constant(allowed.state))
  fc.assert(
    fc.property(damaged, (make) => {
      const state = make() as State
      expect(() => authorize(allowed.request, state)).not.toThrow()
    }),
    runs(1_000),
  )
})

test('authorize of a damaged request never throws, and its decision is JSON', () => {
  const damaged = arbitraryState.chain((state) =>
    fc.tuple(fc.constant(state), arbitraryDamage(arbitraryRequest(state))),
  )
  fc.assert(
    fc.property(damaged, ([state, make]) => {
      const decision = authorize(asRequest(make()), state)
      expect(JSON.parse(JSON.stringify(decision))).toStrictEqual(decision)
    }),
    runs(1_000),
  )
})

test('a decision is JSON, a function of its arguments, and leaves them unchanged', () => {
  fc.assert(
    fc.property(arbitrarySession(arbitraryRequest), ({ state, requests }) => {
      expect(isDeeplyFrozen(state)).toBe(true)
      for (const request of requests) {
        const decision = authorize(deepFreeze(request), state)
        expect(JSON.parse(JSON.stringify(decision))).toStrictEqual(decision)
        expect(authorize(request, state)).toStrictEqual(decision)
        expect(authorizeParsed(request, state)).toStrictEqual(decision)
        expect(decision.version).toBe(state.version)
      }
    }),
    runs(300),
  )
})
