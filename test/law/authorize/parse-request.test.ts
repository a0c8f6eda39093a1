import fc from 'fast-check'
import { expect, expectTypeOf, test } from 'vitest'
import { authorize } from '../../../src/policy/authorize.ts'
import { answerCaller } from '../../../src/policy/decision/caller-answer.ts'
import type { Decision, ManageDecision, UseDecision } from '../../../src/policy/decision/decision.ts'
import { type ParsedRequest, parseRequest } from '../../../src/policy/request/parse-request.ts'
import type { ManageRequest, Request, UseRequest } from '../../../src/policy/request/request.ts'
import {
  allowed,
  arbitraryAnything,
  arbitraryDamage,
  arbitraryRequest,
  arbitrarySession,
  arbitraryState,
  hostileMakers,
} from '../../../src/testing/index.ts'
import { runs } from '../runs.ts'
import { asRequest } from '../world.ts'

test('authorize takes a typed request only, and its result follows the type of the request', () => {
  expectTypeOf<unknown>().not.toExtend<Parameters<typeof authorize>[0]>()
  const useResult = (request: UseRequest) => authorize(request, allowed.state)
  const manageResult = (request: ManageRequest) => authorize(request, allowed.state)
  const result = (request: Request) => authorize(request, allowed.state)
  expectTypeOf(useResult).returns.toEqualTypeOf<UseDecision>()
  expectTypeOf(manageResult).returns.toEqualTypeOf<ManageDecision>()
  expectTypeOf(result).returns.toEqualTypeOf<Decision>()
})

test('parseRequest gives back every well-formed request, through JSON or not', () => {
  fc.assert(
    fc.property(arbitrarySession(arbitraryRequest), ({ requests }) => {
      for (const request of requests) {
        expect(parseRequest(request)).toEqual({ ok: true, request })
        const { credits: _, ...plain } = request as UseRequest
        expect(parseRequest(JSON.parse(JSON.stringify(plain)))).toEqual({ ok: true, request: plain })
      }
    }),
    runs(300),
  )
})

/** Asserts that the decision on a parsed request equals the decision on the original value. Ignores the versions. */
function expectAgreement(parsed: ParsedRequest, value: unknown): void {
  const decision = authorize(asRequest(value), allowed.state)
  if (parsed.ok) {
    expect(decision).toEqual(authorize(parsed.request, allowed.state))
    return
  }
  expect(decision).toEqual({ ...parsed.denial, version: allowed.state.version })
  expect(parsed.denial.remedies).toEqual([{ type: 'correct_request', issues: parsed.issues }])
  expect(parsed.issues.length).toBeGreaterThan(0)
  for (const { message } of parsed.issues) expect(message).toMatch(/^(expected|unknown key) [^\n]+$/)
}

test('parseRequest of any value refuses what authorize denies as request_invalid, with the same issues', () => {
  const damaged = arbitraryState.chain((state) => arbitraryDamage(arbitraryRequest(state)))
  fc.assert(
    fc.property(fc.oneof(arbitraryAnything, damaged), (make) => expectAgreement(parseRequest(make()), make())),
    runs(2_000),
  )
  for (const make of hostileMakers()) expectAgreement(parseRequest(make()), make())
})

test('answerCaller of any value that is not a decision denies with a safe message and throws nothing', () => {
  const undecided = {
    effect: 'deny',
    reason: 'request_invalid',
    message: 'this request could not be decided; ask the operator of this gateway',
    ask: 'operator',
  }
  const reasons = ['constructor', '__proto__', 'toString', 'other', undefined, 1]
  const decisions = [
    ...reasons.map((reason) => ({ effect: 'deny', reason, remedies: [] })),
    { effect: 'deny', reason: 'payer_ambiguous' },
    { effect: 'deny', reason: 'payer_ambiguous', remedies: [{ type: 'name_team', teams: [null] }] },
    { effect: 'deny', reason: 'request_invalid', remedies: [{ type: 'correct_request', issues: [{}] }] },
    { effect: 'allow' },
    { effect: 'allow', type: 'other' },
  ]
  for (const decision of decisions) expect(answerCaller(decision as unknown as Decision)).toEqual(undecided)
  for (const make of hostileMakers()) expect(answerCaller(make() as Decision)).toEqual(undecided)
  fc.assert(
    fc.property(arbitraryAnything, (make) => {
      expect(answerCaller(make() as Decision)).toEqual(undecided)
    }),
    runs(1_000),
  )
})
