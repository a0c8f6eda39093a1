import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { kinds, type State } from '../../../src/model/state/state.ts'
import { emptyTable } from '../../../src/model/table/table.ts'
import { authorize } from '../../../src/policy/authorize.ts'
import type { UseAllowed } from '../../../src/policy/decision/decision.ts'
import { denialReasons } from '../../../src/policy/decision/denial.ts'
import type { Request } from '../../../src/policy/request/request.ts'
import { deriveExplanation, explain } from '../../../src/query/explain/explain.ts'
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
} from '../../../src/testing/index.ts'
import { runs } from '../runs.ts'
import { asRequest } from '../world.ts'

/** Puts many requests to many states. */
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

describe('the guards tell the decision', () => {
  test('the decision is the one that authorize returns, and the guards follow from it', () => {
    const met = { allow: 0, deny: 0 }
    always(arbitraryRequest, 120, (request, state) => {
      const { decision, ...derived } = explain(request, state)
      const { guards } = derived
      expect(decision).toEqual(authorize(request, state))
      expect(derived).toEqual(deriveExplanation(request, decision, state))
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

  test('every guard that was reached rests on a fact', () => {
    always(arbitraryRequest, 50, (request, state) => {
      for (const { reason, outcome, facts } of explain(request, state).guards) {
        if (outcome !== 'notReached') expect([reason, facts.length > 0]).toEqual([reason, true])
      }
    })
  })

  test.each(denialReasons)('%s is explained by facts', (reason) => {
    const { request, state } = faults[reason](allowed)
    const { decision, guards } = explain(request, state)
    expect(decision).toMatchObject({ effect: 'deny', reason })
    expect(guards.find((guard) => guard.outcome === 'failed')?.reason).toBe(reason)
    for (const guard of guards) if (guard.outcome !== 'notReached') expect(guard.facts).not.toEqual([])
  })
})

const isUseAllowed = (decision: ReturnType<typeof explain>['decision']): decision is UseAllowed =>
  decision.effect === 'allow' && decision.type === 'use'

describe('the contexts and paths tell the decision', () => {
  test('an allow is made of its chosen contexts: their routes, their payer, their paths', () => {
    let [allows, united] = [0, 0]
    always(arbitraryUseRequest, 250, (request, state) => {
      if (authorize(request, state).effect === 'deny') return
      const { decision, contexts, paths } = explain(request, state)
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

  test('a denial at a step is that of its chosen context, and none came further', () => {
    const steps = ['model_not_granted', 'model_restricted', 'credential_out_of_scope', 'model_unavailable']
    const met = new Set<string>()
    always(arbitraryUseRequest, 100, (request, state) => {
      const decision = authorize(request, state)
      if (decision.effect === 'allow' || !steps.includes(decision.reason)) return
      const { contexts } = explain(request, state)
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

  test('where a user has to say who pays, the chosen contexts are those of the teams to choose from', () => {
    let met = 0
    always(arbitraryUseRequest, 250, (request, state) => {
      const decision = authorize(request, state)
      if (decision.effect === 'allow' || decision.reason !== 'payer_ambiguous') return
      const { contexts } = explain(request, state)
      met += 1
      const payers = contexts.flatMap(({ isChosen, payer }) => (isChosen && 'wallet' in payer ? [payer.wallet.id] : []))
      expect(decision.remedies).toEqual([{ type: 'name_team', teams: payers.sort() }])
    })
    expect(met).toBeGreaterThan(5)
  })

  test('a context has a path if and only if it is not refused for want of a grant', () => {
    always(arbitraryUseRequest, 60, (request, state) => {
      const { contexts, paths } = explain(request, state)
      contexts.forEach(({ outcome }, i) => {
        const has = paths.some(({ context }) => context === i)
        if (outcome !== 'notReached') expect(has).toBe(outcome !== 'model_not_granted')
      })
    })
  })

  test('a request to manage has neither', () => {
    always(arbitraryManageRequest, 50, (request, state) => {
      expect(explain(request, state)).toMatchObject({ contexts: [], paths: [] })
    })
  })
})

describe('an explanation is data, of anything', () => {
  test('it is JSON, and the same each time', () => {
    always(arbitraryRequest, 50, (request, state) => {
      const explanation = explain(request, state)
      expect(JSON.parse(JSON.stringify(explanation))).toStrictEqual(explanation)
      expect(explain(request, state)).toEqual(explanation)
    })
  })

  test('it names no digest', () => {
    let met = 0
    always(arbitraryRequest, 50, (request, state) => {
      if (request.who.type !== 'credentialDigest') return
      met += 1
      expect(JSON.stringify(explain(request, state))).not.toContain(request.who.digest)
    })
    expect(met).toBeGreaterThan(20)
  })

  test('no value at all makes it throw', () => {
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

  test('nor does a state that lacks what it speaks of, or that cannot be read', () => {
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

  test('a request that reads differently the next time is explained as it was read', () => {
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
