import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Command } from '../../../../src/change/message/command.ts'
import type { State } from '../../../../src/model/state/state.ts'
import { authorize } from '../../../../src/policy/authorize.ts'
import { rowsIn } from '../../../../src/testing/arbitrary/state.ts'
import { instantsOf } from '../../../../src/testing/index.ts'
import { applyUnguarded } from '../../command.ts'
import { runs } from '../../runs.ts'
import { isUnlisted, knownNames, otherNames } from '../access.ts'
import { arbitraryInput, type Call, everyCall, keyOf, linted } from './lint-world.ts'

/** Returns the wallets that pay for at least one of the calls at an instant. */
function payingAt(calls: readonly Call[], at: number, state: State): ReadonlySet<string> {
  const paying = new Set<string>()
  for (const call of calls) {
    const decision = authorize({ type: 'use', ...call, at }, state)
    if (decision.effect === 'allow' && decision.payer.type === 'wallet') {
      const { type, id } = decision.payer.wallet
      paying.add(JSON.stringify([type, id]))
    }
  }
  return paying
}

/** Returns `at`, and every later instant at which something in the state starts or ends. */
const from = (at: number, state: State): readonly number[] => [at, ...instantsOf(state).filter((one) => one > at)]

/** Returns a state without its restrictions. */
function unrestricted(state: State): State {
  return rowsIn(state, 'restrictions').reduce<State>((soFar, { id }) => {
    const command = {
      type: 'DeleteRestriction',
      restriction: id,
      actor: { type: 'system' },
      at: 1_700_000_000_000,
    } as const
    const applied = applyUnguarded(command, soFar)
    return applied.ok ? applied.state : soFar
  }, state)
}

test('a wallet with the finding `wallet_unspendable` pays for no call, now or later', () => {
  let met = 0
  fc.assert(
    fc.property(arbitraryInput, ({ state, at }) => {
      const found = linted(state, { at }).filter(({ code }) => code === 'wallet_unspendable')
      if (found.length === 0) return
      const calls = [...everyCall(state)]
      const paying = from(at, state).map((instant) => payingAt(calls, instant, state))
      for (const { subject } of found) {
        const wallet = 'id' in subject ? JSON.stringify([subject.type, subject.id]) : ''
        expect([wallet, paying.some((wallets) => wallets.has(wallet))]).toEqual([wallet, false])
        met += 1
      }
    }),
    runs(60),
  )
  expect(met).toBeGreaterThan(20)
})

test('without restrictions, every other wallet of an active team or virtual account pays for a call, now or later', () => {
  let met = 0
  fc.assert(
    fc.property(arbitraryInput, ({ state: restricted, at }) => {
      const state = unrestricted(restricted)
      const found = new Set(linted(state, { at }).map(keyOf))
      const calls = [...everyCall(state)]
      const paying = new Set(from(at, state).flatMap((instant) => [...payingAt(calls, instant, state)]))
      const suspended = rowsIn(state, 'organizations').filter(({ status }) => status !== 'active')
      for (const [type, rows] of [
        ['team', rowsIn(state, 'teams')],
        ['virtualAccount', rowsIn(state, 'virtualAccounts')],
      ] as const) {
        for (const { id, status, metered, organization } of rows) {
          if (status !== 'active' || !metered || suspended.some((row) => row.id === organization)) continue
          const isFound = found.has(JSON.stringify(['wallet_unspendable', { type, id }]))
          expect([type, id, isFound]).toEqual([type, id, !paying.has(JSON.stringify([type, id]))])
          met += 1
        }
      }
    }),
    runs(60),
  )
  expect(met).toBeGreaterThan(50)
})

test('a group has the finding `access_group_unserved` if and only if assigning it gives a user no model', () => {
  let [empty, full] = [0, 0]
  fc.assert(
    fc.property(arbitraryInput, ({ state: restricted, at }) => {
      const state = unrestricted(restricted)
      const found = new Set(linted(state, { at }).map(keyOf))
      const names = [...knownNames(state), ...otherNames(state).filter((name) => isUnlisted(name, state))]
      for (const { id: accessGroup } of rowsIn(state, 'accessGroups')) {
        const who = { type: 'user', id: 'probe' } as const
        const system = { actor: { type: 'system' }, at } as const
        const commands: readonly Command[] = [
          { ...system, type: 'CreateUser', user: who.id },
          { ...system, type: 'AssignAccessGroup', accessGroup, principal: who },
        ]
        const given = commands.reduce<State>((soFar, command) => {
          const applied = applyUnguarded(command, soFar)
          if (!applied.ok) throw new Error(applied.rejection.message)
          return applied.state
        }, state)
        const isOpening = names.some((model) => authorize({ type: 'use', who, model, at }, given).effect === 'allow')
        const subject = { type: 'accessGroup', id: accessGroup }
        expect(found.has(JSON.stringify(['access_group_unserved', subject]))).toBe(!isOpening)
        if (isOpening) full += 1
        else empty += 1
      }
    }),
    runs(80),
  )
  expect(Math.min(empty, full)).toBeGreaterThan(20)
})
