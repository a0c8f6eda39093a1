import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { kinds, type State } from '../../../../src/model/state/state.ts'
import { emptyTable } from '../../../../src/model/table/table.ts'
import { authorize } from '../../../../src/policy/authorize.ts'
import type { UseAllowed } from '../../../../src/policy/decision/decision.ts'
import { denialReasons } from '../../../../src/policy/decision/denial.ts'
import type { Request } from '../../../../src/policy/request/request.ts'
import { deriveExplanation, type Explanation, explain } from '../../../../src/query/explain/explain.ts'
import {
  allowed,
  arbitraryAnything,
  arbitraryDamage,
  arbitraryManageRequest,
  arbitraryRequest,
  arbitrarySession,
  arbitraryUseRequest,
  faults,
  hostileMakers,
} from '../../../../src/testing/index.ts'
import { runs } from '../../runs.ts'
import { asRequest } from '../../world.ts'

/** Checks a law for `count` sessions: a state with several requests each. */
function always<R extends Request>(
  requestOf: (state: State) => fc.Arbitrary<R>,
  count: number,
  law: (request: R, state: State) => void,
): void {
  const session = arbitrarySession(requestOf)
  fc.assert(
    fc.property(session, ({ state, requests }) => {
      for (const request of requests) law(request, state)
    }),
    runs(count),
  )
}

/** Explains a decision like `explain`, but does not catch exceptions. So a bug fails a law with its own error. */
function derive(request: Request, state: State): Explanation {
  const decision = authorize(request, state)
  return { decision, ...deriveExplanation(request, decision, state) }
}

describe('the guards determine the decision', () => {
  test('the decision is the one that authorize returns, and the guards follow from it', () => {
    const met = { allow: 0, deny: 0 }
    always(arbitraryRequest, 200, (request, state) => {
      const { decision, guards } = explain(request, state)
      expect(decision).toEqual(authorize(request, state))
      met[decision.effect] += 1
      const failed = guards.findIndex(({ outcome }) => outcome === 'failed')
      expect(guards[failed]?.reason).toBe(decision.effect === 'deny' ? decision.reason : undefined)
      const before = failed < 0 ? guards : guards.slice(0, failed)
      expect(before.every(({ outcome }) => outcome === 'passed')).toBe(true)
      const after = failed < 0 ? [] : guards.slice(failed + 1)
      expect(after.every(({ outcome, facts }) => outcome === 'notReached' && facts.length === 0)).toBe(true)
      const order = guards.map(({ reason }) => denialReasons.indexOf(reason))
      expect(order).toEqual([...order].sort((a, b) => a - b))
    })
    expect(met.allow).toBeGreaterThan(100)
    expect(met.deny).toBeGreaterThan(300)
  })

  test('every guard that was reached has a fact', () => {
    always(arbitraryRequest, 50, (request, state) => {
      for (const { reason, outcome, facts } of derive(request, state).guards) {
        if (outcome !== 'notReached') expect([reason, facts.length > 0]).toEqual([reason, true])
      }
    })
  })

  test.each(denialReasons)('%s has facts', (reason) => {
    const { request, state } = faults[reason](allowed)
    const { decision, guards } = explain(request, state)
    expect(decision).toMatchObject({ effect: 'deny', reason })
    expect(guards.find((guard) => guard.outcome === 'failed')?.reason).toBe(reason)
    for (const guard of guards) if (guard.outcome !== 'notReached') expect(guard.facts).not.toEqual([])
  })
})

const isUseAllowed = (decision: ReturnType<typeof explain>['decision']): decision is UseAllowed =>
  decision.effect === 'allow' && decision.type === 'use'

describe('the contexts and paths determine the decision', () => {
  test('an allow has the routes, the payer and the paths of its chosen contexts', () => {
    let [allows, united] = [0, 0]
    always(arbitraryUseRequest, 600, (request, state) => {
      if (authorize(request, state).effect === 'deny') return
      const { decision, contexts, paths } = derive(request, state)
      if (!isUseAllowed(decision)) throw new Error('explained as a denial')
      allows += 1
      const chosen = contexts.filter(({ isChosen }) => isChosen)
      if (chosen.length > 1) united += 1
      for (const { outcome, payer } of chosen) {
        expect(outcome).toBe('routes')
        expect(payer).toEqual(decision.payer)
      }
      const routes = chosen.flatMap((context) => context.routes)
      for (const route of routes) expect(decision.routes).toContainEqual(route)
      for (const route of decision.routes) expect(routes).toContainEqual(route)
      const granted = paths.filter(({ context }) => contexts[context]?.isChosen).map(({ path }) => path)
      for (const path of granted) expect(decision.reach).toContainEqual(path)
      for (const path of decision.reach) expect(granted).toContainEqual(path)
    })
    expect(allows).toBeGreaterThan(200)
    expect(united).toBeGreaterThan(10)
  })

  test('a denial at a step is the outcome of its chosen context, and no context got further', () => {
    const steps = ['model_not_granted', 'model_restricted', 'credential_out_of_scope', 'model_unavailable']
    const met = new Set<string>()
    always(arbitraryUseRequest, 100, (request, state) => {
      const decision = authorize(request, state)
      if (decision.effect === 'allow' || !steps.includes(decision.reason)) return
      const { contexts } = derive(request, state)
      met.add(decision.reason)
      const [chosen, ...others] = contexts.filter(({ isChosen }) => isChosen)
      expect(others).toEqual([])
      expect(chosen?.outcome).toBe(decision.reason)
      for (const { outcome } of contexts)
        expect(steps.indexOf(outcome)).toBeLessThanOrEqual(steps.indexOf(decision.reason))
      if (decision.reason === 'model_restricted')
        expect(decision.remedies).toEqual([{ type: 'lift_restriction', restrictions: chosen?.restrictions }])
    })
    expect(met.size).toBe(4)
  })

  test('when the payer is ambiguous, the chosen contexts are those of the teams to name', () => {
    let met = 0
    always(arbitraryUseRequest, 400, (request, state) => {
      const decision = authorize(request, state)
      if (decision.effect === 'allow' || decision.reason !== 'payer_ambiguous') return
      const { contexts } = derive(request, state)
      met += 1
      const payers = contexts.flatMap(({ isChosen, payer }) => (isChosen && 'wallet' in payer ? [payer.wallet.id] : []))
      expect(decision.remedies).toEqual([{ type: 'name_team', teams: payers.sort() }])
    })
    expect(met).toBeGreaterThan(5)
  })

  test('a context has a path if and only if its outcome is not model_not_granted', () => {
    always(arbitraryUseRequest, 60, (request, state) => {
      const { contexts, paths } = derive(request, state)
      contexts.forEach(({ outcome }, i) => {
        const has = paths.some(({ context }) => context === i)
        if (outcome !== 'notReached') expect(has).toBe(outcome !== 'model_not_granted')
      })
    })
  })

  test('a manage request has no contexts and no paths', () => {
    always(arbitraryManageRequest, 50, (request, state) => {
      expect(derive(request, state)).toMatchObject({ contexts: [], paths: [] })
    })
  })
})

describe('explain is total', () => {
  test('an explanation is JSON, the same each time, and the same without the guard', () => {
    always(arbitraryRequest, 50, (request, state) => {
      const explanation = explain(request, state)
      expect(JSON.parse(JSON.stringify(explanation))).toStrictEqual(explanation)
      expect(derive(request, state)).toEqual(explanation)
    })
  })

  test('an explanation contains no digest', () => {
    let met = 0
    always(arbitraryRequest, 50, (request, state) => {
      if (request.who.type !== 'credentialDigest') return
      met += 1
      expect(JSON.stringify(explain(request, state))).not.toContain(request.who.digest)
    })
    expect(met).toBeGreaterThan(20)
  })

  test('no request and no state makes it throw', () => {
    const { state } = allowed
    const invalid = { outcome: 'failed', reason: 'request_invalid' }
    fc.assert(
      fc.property(fc.oneof(arbitraryAnything, arbitraryDamage(fc.constant(allowed.request))), (make) => {
        const value = make()
        const { decision, guards } = explain(asRequest(value), state)
        expect(decision).toEqual(authorize(asRequest(make()), state))
        if (decision.effect === 'deny' && decision.reason === 'request_invalid')
          expect(guards[0]).toMatchObject(invalid)
      }),
      runs(300),
    )
    for (const make of hostileMakers()) {
      expect(explain(make() as Request, state).guards[0]).toMatchObject(invalid)
      expect(explain(allowed.request, make() as State).guards[0]).toMatchObject(invalid)
    }
  })

  test('a state with dangling references or unreadable tables does not make it throw', () => {
    const met = new Set<string>()
    always(arbitraryRequest, 10, (request, state) => {
      for (const kind of kinds) {
        for (const table of [emptyTable(), { size: 1, root: null }, undefined]) {
          const broken = { ...state, [kind]: table } as State
          const { decision, guards } = explain(request, broken)
          expect(decision).toEqual(authorize(request, broken))
          const failed = guards.find(({ outcome }) => outcome === 'failed')
          expect(failed?.reason).toBe(decision.effect === 'deny' ? decision.reason : undefined)
          met.add(decision.effect === 'deny' ? decision.reason : 'allow')
        }
      }
    })
    expect(met.size).toBeGreaterThan(10)
  })

  test('a request whose getter changes is explained as it was first read', () => {
    let reads = 0
    const shifting = {
      ...allowed.request,
      get model() {
        reads += 1
        return `model ${reads}`
      },
    }
    const { decision, guards } = explain(shifting, allowed.state)
    const read = decision.effect === 'deny' && 'id' in decision.level ? decision.level.id : undefined
    expect(read).toMatch(/^model \d$/)
    expect(guards[0]?.facts).toMatchObject([{ model: read }])
  })
})
