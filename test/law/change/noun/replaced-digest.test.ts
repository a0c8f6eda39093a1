import { describe, expect, test } from 'vitest'
import { previousLimit } from '../../../../src/model/noun/credential.ts'
import { fromSnapshot } from '../../../../src/model/snapshot/from-snapshot.ts'
import { toSnapshot } from '../../../../src/model/snapshot/to-snapshot.ts'
import { checkState } from '../../../../src/model/state/check-state.ts'
import type { State } from '../../../../src/model/state/state.ts'
import { getRow } from '../../../../src/model/table/table.ts'
import { authorize } from '../../../../src/policy/authorize.ts'
import { digest, now, office, type Step, stateAfter } from '../story.ts'

describe('replaced digests', () => {
  const hex = (n: number): string => n.toString(16).padStart(64, '0')
  const rotate = (n: number): Step => ({
    type: 'RotateCredential',
    credential: 'mia',
    digest: hex(n),
    overlapUntil: 1_700_000_009_000,
  })
  const reason = (state: State, secret: string): string => {
    const decision = authorize(
      { type: 'manage', who: { type: 'credentialDigest', digest: secret }, thing: { type: 'platform' }, at: now },
      state,
    )
    return decision.effect === 'allow' ? 'allow' : decision.reason
  }

  test('are at most eight: a ninth valid one ends the oldest at once', () => {
    const eight = stateAfter(office, ...[1, 2, 3, 4, 5, 6, 7, 8].map(rotate))
    expect(reason(eight, digest('b'))).toBe('management_not_granted')
    const nine = stateAfter(eight, rotate(9))
    expect(reason(nine, digest('b'))).toBe('credential_unknown')
    for (let n = 1; n <= 9; n += 1) expect(reason(nine, hex(n))).toBe('management_not_granted')
    expect(getRow(nine.credentials, 'mia').previous.map((previous) => previous.digest)).toEqual(
      [1, 2, 3, 4, 5, 6, 7, 8].map(hex),
    )
  })

  test('stay at most eight in the state and in a snapshot, however often a credential is rotated', () => {
    let state = office
    for (let n = 1; n <= 200; n += 1) state = stateAfter(state, rotate(n))
    expect(getRow(state.credentials, 'mia').previous).toHaveLength(previousLimit)
    expect(checkState(state)).toEqual([])
    const snapshot = toSnapshot(state)
    expect(fromSnapshot(snapshot).ok).toBe(true)
    const more = snapshot.credentials.map((row) => {
      return { ...row, previous: [...row.previous, { digest: hex(1000), expiresAt: 1_700_000_009_000 }] }
    })
    const read = fromSnapshot({ ...snapshot, credentials: more })
    expect(read).toMatchObject({ ok: false })
    expect(JSON.stringify(read)).toContain('expected at most 8 replaced digests')
  })
})
