import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Credential } from '../../../../src/model/noun/credential.ts'
import { checkState } from '../../../../src/model/state/check-state.ts'
import type { State } from '../../../../src/model/state/state.ts'
import { getRow } from '../../../../src/model/table/table.ts'
import { authorize } from '../../../../src/policy/authorize.ts'
import { runs } from '../../runs.ts'
import { accepted, digest, office, outcome, rejected, type Step, stateAfter } from '../story.ts'

const start = 1_750_000_000_000

const rotate = (digit: string, at: number, more: { overlapUntil?: number; expiresAt?: number | null } = {}): Step => ({
  type: 'RotateCredential',
  at,
  credential: 'mia',
  digest: digest(digit),
  ...more,
})

/** The answer to a request with a secret: `valid`, or the reason why the credential is denied. */
const answer = (state: State, digit: string, at: number): string => {
  const who = { type: 'credentialDigest', digest: digest(digit) } as const
  const decision = authorize({ type: 'manage', who, thing: { type: 'userTokens', id: 'mia' }, at }, state)
  return decision.effect === 'allow' ? 'valid' : decision.reason
}

const miaOf = (state: State): Credential => getRow(state.credentials, 'mia')

describe('a rotation to the current digest', () => {
  const rotated = stateAfter(office, rotate('e', start, { overlapUntil: start + 1000 }))

  test('without an overlap ends the replaced digest at once, as after a leak', () => {
    const state = stateAfter(rotated, rotate('e', start + 10))
    expect(answer(rotated, 'b', start + 10)).toBe('valid')
    expect([answer(state, 'b', start + 10), answer(state, 'e', start + 10)]).toEqual(['credential_expired', 'valid'])
  })

  test('without an overlap ends the replaced digests also where the clock is behind', () => {
    const early = start - 600_000
    const leaked = stateAfter(rotated, rotate('f', start + 10))
    expect(['b', 'e', 'f'].map((digit) => answer(leaked, digit, early))).toEqual([
      'credential_expired',
      'credential_expired',
      'valid',
    ])
    expect(answer(stateAfter(rotated, rotate('e', start + 10)), 'b', early)).toBe('credential_expired')
  })

  test('shortens and lengthens the overlap', () => {
    const short = stateAfter(rotated, rotate('e', start + 10, { overlapUntil: start + 20 }))
    expect([answer(short, 'b', start + 19), answer(short, 'b', start + 20)]).toEqual(['valid', 'credential_expired'])
    const long = stateAfter(rotated, rotate('e', start + 10, { overlapUntil: start + 5000 }))
    expect([answer(long, 'b', start + 4999), answer(long, 'b', start + 5000)]).toEqual(['valid', 'credential_expired'])
  })

  test('never reopens an overlap that has ended', () => {
    expect(outcome(rotated, rotate('e', start + 1000, { overlapUntil: start + 9000 }))).toBe('unchanged')
    const ended = stateAfter(rotated, rotate('e', start + 10))
    expect(outcome(ended, rotate('e', start + 10, { overlapUntil: start + 9000 }))).toBe('unchanged')
  })

  test('lengthens the overlap of the last replaced digest only', () => {
    const twice = stateAfter(
      office,
      rotate('e', start, { overlapUntil: start + 1000 }),
      rotate('f', start, { overlapUntil: start + 2000 }),
    )
    const long = stateAfter(twice, rotate('f', start, { overlapUntil: start + 3000 }))
    expect(['b', 'e'].map((digit) => answer(long, digit, start + 1000))).toEqual(['credential_expired', 'valid'])
    expect(answer(long, 'e', start + 2999)).toBe('valid')
    const short = stateAfter(twice, rotate('f', start, { overlapUntil: start + 500 }))
    expect(['b', 'e'].map((digit) => answer(short, digit, start + 500))).toEqual([
      'credential_expired',
      'credential_expired',
    ])
  })

  test('given again is accepted without events', () => {
    expect(outcome(rotated, rotate('e', start + 10, { overlapUntil: start + 1000 }))).toBe('unchanged')
    const ended = stateAfter(rotated, rotate('e', start + 10))
    expect(outcome(ended, rotate('e', start + 20))).toBe('unchanged')
  })

  test('is refused with a digest that a rotation replaced, valid or ended', () => {
    for (const at of [start + 10, start + 1000]) {
      expect(rejected(rotated, rotate('b', at))).toMatchObject({ code: 'digest_exists', path: ['digest'] })
    }
  })
})

describe('a rotation of an expired credential', () => {
  const expired = stateAfter(office, { type: 'UpdateCredential', at: start, credential: 'mia', expiresAt: start + 100 })

  test('is refused without a new expiry, from the instant of the expiry on', () => {
    expect(outcome(expired, rotate('e', start + 99))).toBe('accepted')
    expect(rejected(expired, rotate('e', start + 100))).toEqual({
      code: 'credential_expired',
      path: ['expiresAt'],
      message: 'credential `mia` has expired, give the rotation a new `expiresAt`',
      details: { reference: { type: 'credential', id: 'mia' } },
    })
  })

  test('is accepted with a new expiry, or with `null` to remove the expiry', () => {
    const renewed = stateAfter(expired, rotate('e', start + 100, { expiresAt: start + 200 }))
    expect([answer(renewed, 'e', start + 199), answer(renewed, 'e', start + 200)]).toEqual([
      'valid',
      'credential_expired',
    ])
    expect(miaOf(stateAfter(expired, rotate('e', start + 100, { expiresAt: null }))).expiresAt).toBeUndefined()
  })

  test('is refused if the new expiry is over, too', () => {
    expect(rejected(expired, rotate('e', start + 300, { expiresAt: start + 200 })).code).toBe('window_invalid')
  })

  test('keeps the expiry that it does not name', () => {
    expect(miaOf(stateAfter(expired, rotate('e', start + 10))).expiresAt).toBe(start + 100)
  })
})

test('law: no rotation makes a digest valid that has been invalid since', () => {
  const digits = ['0', '1', '2', '3', 'b']
  const step = fc.record({ digit: fc.constantFrom(...digits), wait: fc.nat(5), overlap: fc.option(fc.nat(8)) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      let state = office
      let at = start
      const gone = new Set<string>()
      for (const { digit, wait, overlap } of steps) {
        at += wait
        for (const one of digits) if (answer(state, one, at) === 'credential_expired') gone.add(one)
        const command = rotate(digit, at, overlap === null ? {} : { overlapUntil: at + 1 + overlap })
        const isDone = outcome(state, command) === 'accepted'
        const next = isDone ? accepted(state, command).state : state
        // A digest that the credential has dropped is a new secret again.
        const isNew = answer(state, digit, at) === 'credential_unknown'
        for (const one of gone) if (one !== digit || !isNew) expect(answer(next, one, at)).not.toBe('valid')
        if (isDone && isNew) gone.delete(digit)
        if (isDone) expect(answer(next, digit, at)).toBe('valid')
        expect(checkState(next)).toEqual([])
        state = next
      }
    }),
    runs(200),
  )
})
