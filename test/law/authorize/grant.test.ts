import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { State } from '../../../src/model/state/state.ts'
import { findRow, idsOf } from '../../../src/model/table/table.ts'
import { authorize } from '../../../src/policy/authorize.ts'
import type { UseDecision } from '../../../src/policy/decision/decision.ts'
import { denialReasons } from '../../../src/policy/decision/denial.ts'
import type { UseRequest } from '../../../src/policy/request/request.ts'
import { arbitrarySession, arbitraryUseRequest, type Session } from '../../../src/testing/index.ts'
import { runs } from '../runs.ts'
import { answer, routesOf } from '../world.ts'
import { credentialOf, type Edit, grants, restrict, restrictions, revocations, someEdit } from './edit.ts'

const beyondAccess = ['allow', 'payer_ambiguous', 'credits_exhausted']

/** Whether a decision gives access. Counts a denial because of the payer or missing credits as access. */
const isReached = (decision: UseDecision): boolean => beyondAccess.includes(answer(decision))

/** Whether a request is evaluated in exactly one context. For such a request, a grant never removes a route. */
function hasOneContext({ state }: Session<UseRequest>, { who, team }: UseRequest): boolean {
  const credential = credentialOf(state, who)
  const type = credential?.owner.type ?? who.type
  return type !== 'user' || team !== undefined || credential?.team !== undefined
}

/** Asserts that `more` has every route of `fewer`. */
function expectWithin(fewer: UseDecision, more: UseDecision): void {
  expect(routesOf(more)).toEqual(expect.arrayContaining(routesOf(fewer)))
}

/** Generates sessions, each with some of the edits that `edits` returns for the session's state. */
function arbitraryEdits(edits: (state: State) => Edit[]): fc.Arbitrary<[Session<UseRequest>, Edit[]]> {
  return arbitrarySession(arbitraryUseRequest).chain((session) =>
    fc.tuple(
      fc.constant(session),
      fc.array(someEdit(edits(session.state)), { minLength: 1, maxLength: 8, size: 'max' }),
    ),
  )
}

test('a grant never takes access away, payers aside', () => {
  fc.assert(
    fc.property(arbitraryEdits(grants), ([session, edits]) => {
      for (const request of session.requests) {
        const before = authorize(request, session.state)
        if (!isReached(before)) continue
        for (const { make } of edits) {
          const after = authorize(request, make())
          expect(beyondAccess).toContain(answer(after))
          if (hasOneContext(session, request) && after.effect === 'allow') expectWithin(before, after)
        }
      }
    }),
    runs(400),
  )
})

test('a revocation never gives access, payers aside', () => {
  fc.assert(
    fc.property(arbitraryEdits(revocations), ([session, edits]) => {
      for (const request of session.requests) {
        const before = authorize(request, session.state)
        for (const { make } of edits) {
          const after = authorize(request, make())
          if (!isReached(before)) expect(beyondAccess).not.toContain(answer(after))
          if (hasOneContext(session, request) && before.effect === 'allow') expectWithin(after, before)
        }
      }
    }),
    runs(400),
  )
})

test('a restriction never gives access', () => {
  fc.assert(
    fc.property(arbitraryEdits(restrictions), ([session, edits]) => {
      for (const request of session.requests) {
        const before = authorize(request, session.state)
        if (isReached(before)) continue
        for (const { make } of edits) expect(beyondAccess).not.toContain(answer(authorize(request, make())))
      }
    }),
    runs(300),
  )
})

const latest = denialReasons.indexOf('model_restricted')

test('a restriction on a name always wins over every grant', () => {
  fc.assert(
    fc.property(arbitrarySession(arbitraryUseRequest), ({ state, requests }) => {
      for (const request of requests) {
        if (findRow(state.modelAliases, request.model) === undefined) continue
        const selector = { type: 'alias', alias: request.model } as const
        const restricted = restrict(state, { subject: { type: 'everyone' }, selector }).make()
        const [first] = grants(restricted)
        for (const each of [restricted, first?.make() ?? restricted]) {
          const decision = authorize(request, each)
          expect(decision.effect === 'deny' ? denialReasons.indexOf(decision.reason) : Number.NaN).toBeLessThanOrEqual(
            latest,
          )
        }
      }
    }),
    runs(300),
  )
})

test('a restriction on an account always wins: no decision has a route on it, by alias or by concrete name', () => {
  fc.assert(
    fc.property(arbitrarySession(arbitraryUseRequest), fc.nat(), ({ state, requests }, choice) => {
      const accounts = [...idsOf(state.providerAccounts)]
      const providerAccount = String(accounts[choice % accounts.length])
      const selector = { type: 'providerAccount', providerAccount } as const
      const restricted = restrict(state, { subject: { type: 'everyone' }, selector }).make()
      for (const request of requests) {
        const decision = authorize(request, restricted)
        const routes = decision.effect === 'allow' ? decision.routes : []
        expect(routes.map((route) => route.providerAccount)).not.toContain(providerAccount)
      }
    }),
    runs(300),
  )
})
