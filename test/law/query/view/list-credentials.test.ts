import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromSnapshot } from '../../../../src/model/snapshot/from-snapshot.ts'
import { toSnapshot } from '../../../../src/model/snapshot/to-snapshot.ts'
import type { State } from '../../../../src/model/state/state.ts'
import { getRow, rowsOf } from '../../../../src/model/table/table.ts'
import { isSamePrincipal } from '../../../../src/model/value/principal.ts'
import { authorize } from '../../../../src/policy/authorize.ts'
import type { QueryFailure } from '../../../../src/query/query-fault.ts'
import {
  type CredentialFilter,
  type CredentialList,
  type CredentialSummary,
  credentialPageOf,
  listCredentials,
} from '../../../../src/query/view/directory/list-credentials.ts'
import { arbitraryAnything } from '../../../../src/testing/index.ts'
import { by, digest, office, stateAfter, user } from '../../change/story.ts'
import { runs } from '../../runs.ts'
import { arbitraryStateAt, everyPrincipal } from '../state-at.ts'

function ok(list: CredentialList | QueryFailure): CredentialList {
  if (!list.ok) throw new Error(list.fault.message)
  return list
}

function everyPage(filter: CredentialFilter, state: State, at: number, limit: number): CredentialSummary[] {
  const credentials: CredentialSummary[] = []
  for (let after: string | undefined; ; ) {
    const page = ok(credentialPageOf(filter, state, { at, limit, after }))
    expect(page.credentials.length).toBeLessThanOrEqual(limit)
    credentials.push(...page.credentials)
    after = page.next
    if (after === undefined) return credentials
  }
}

function filtersOf(state: State): CredentialFilter[] {
  return [...everyPrincipal(state), user('deleted')].flatMap((principal): CredentialFilter[] => [
    ...(principal.type === 'team' ? [] : [{ type: 'issuedBy', issuedBy: principal } as const]),
    ...(principal.id === 'deleted' ? [] : [{ type: 'owner', owner: principal } as const]),
  ])
}

const idsOf = (list: readonly CredentialSummary[]): string[] => list.map(({ credential }) => credential).sort()

test('law: the pages of an owner or an issuer list every credential of it once, and no other', () => {
  let met = 0
  fc.assert(
    fc.property(arbitraryStateAt, fc.integer({ min: 1, max: 4 }), ({ state, at }, limit) => {
      for (const filter of filtersOf(state)) {
        const rows = [...rowsOf(state.credentials)].filter(({ owner, issuedBy }) =>
          filter.type === 'owner'
            ? isSamePrincipal(owner, filter.owner)
            : issuedBy.type !== 'system' && isSamePrincipal(issuedBy, filter.issuedBy),
        )
        const listed = everyPage(filter, state, at, limit)
        expect(idsOf(listed)).toEqual(rows.map(({ id }) => id).sort())
        expect(ok(credentialPageOf(filter, state, { at })).total).toBe(rows.length)
        met += filter.type === 'issuedBy' ? listed.length : 0
      }
    }),
    runs(150),
  )
  expect(met).toBeGreaterThan(50)
})

test('law: the status of a listed credential is that of a request with it, and holds until `until`', () => {
  const statuses = {
    credential_revoked: 'revoked',
    credential_suspended: 'suspended',
    credential_expired: 'expired',
  } as const
  fc.assert(
    fc.property(arbitraryStateAt, ({ state, at }) => {
      for (const filter of filtersOf(state)) {
        const list = ok(credentialPageOf(filter, state, { at }))
        for (const instant of [at, ...(list.until === undefined ? [] : [list.until - 1])]) {
          for (const { credential, status } of list.credentials) {
            const who = { type: 'credential', id: credential } as const
            const decision = authorize({ type: 'manage', who, thing: { type: 'platform' }, at: instant }, state)
            const reason = decision.effect === 'deny' ? decision.reason : 'allow'
            expect(status).toBe(Object.hasOwn(statuses, reason) ? Reflect.get(statuses, reason) : 'valid')
          }
        }
      }
    }),
    runs(150),
  )
})

describe('a user that leaves', () => {
  const issued = stateAfter(
    office,
    by(user('tom'), {
      type: 'IssueCredential',
      credential: 'ci',
      owner: { type: 'team', id: 'dev' },
      digest: digest('e'),
    }),
    by(user('tom'), { type: 'IssueCredential', credential: 'own', owner: user('tom'), digest: digest('f') }),
  )
  const keys = (state: State): string[] =>
    idsOf(
      ok(listCredentials({ type: 'issuedBy', issuedBy: user('tom') }, state, { at: 1_750_000_000_000 })).credentials,
    )

  test('has the credentials that it issued listed, for every owner', () => {
    expect(keys(issued)).toEqual(['ci', 'own'])
    expect(getRow(issued.credentials, 'ci').issuedBy).toEqual(user('tom'))
  })

  test('has the credentials of other owners listed even after its deletion, and after a restart', () => {
    const state = stateAfter(issued, { type: 'DeleteUser', user: 'tom' })
    expect(keys(state)).toEqual(['ci'])
    const restored = fromSnapshot(JSON.parse(JSON.stringify(toSnapshot(state))))
    if (!restored.ok) throw new Error('refused')
    expect(keys(restored.state)).toEqual(['ci'])
  })

  test('keeps them under its name when another actor rotates them', () => {
    const rotate = { type: 'RotateCredential', credential: 'ci', digest: digest('9') } as const
    expect(keys(stateAfter(issued, by(user('root'), rotate)))).toEqual(['ci', 'own'])
  })
})

test('an owner that does not exist is a fault, and so is a filter by `system`, of which there may be millions', () => {
  expect(listCredentials({ type: 'owner', owner: user('nix') }, office, { at: 1_750_000_000_000 })).toMatchObject({
    fault: { code: 'user_unknown', path: ['filter', 'owner'] },
  })
  const ask = listCredentials as (filter: unknown, state: unknown, options: unknown) => CredentialList | QueryFailure
  const system = { type: 'issuedBy', issuedBy: { type: 'system' } }
  expect(ask(system, office, { at: 1_750_000_000_000 })).toMatchObject({ fault: { code: 'query_invalid' } })
  fc.assert(
    fc.property(arbitraryAnything, arbitraryAnything, arbitraryAnything, (filter, state, options) => {
      expect(typeof ask(filter, state, options).ok).toBe('boolean')
      expect(typeof ask(filter, office, options).ok).toBe('boolean')
    }),
    runs(300),
  )
})
