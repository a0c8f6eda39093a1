import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Command } from '../../../src/change/message/command.ts'
import { emptyState, type State } from '../../../src/model/state/state.ts'
import { authorize, authorizeParsed } from '../../../src/policy/authorize.ts'
import type { Decision } from '../../../src/policy/decision/decision.ts'
import type { Request } from '../../../src/policy/request/request.ts'
import {
  arbitraryCommands,
  arbitraryDamage,
  arbitraryManageRequest,
  arbitraryRequest,
  arbitrarySession,
  arbitraryState,
  arbitraryUseRequest,
  referenceAuthorize,
  type Session,
} from '../../../src/testing/index.ts'
import { applyUnguarded } from '../command.ts'
import { runs } from '../runs.ts'
import { answer, asRequest } from '../world.ts'
import { chooseEdit, grants, revocations } from './edit.ts'

/** Removes `until` from a decision. Another law checks `until`. */
function untimed(decision: Decision): Omit<Decision, 'until'> {
  const { until: _, ...rest } = decision
  return rest
}

function agreement<R extends Request>({ state, requests }: Session<R>): void {
  for (const request of requests) {
    expect(untimed(authorizeParsed(request, state))).toStrictEqual(referenceAuthorize(request as Request, state))
  }
}

test('authorize agrees with the reference model on complete use decisions', () => {
  fc.assert(fc.property(arbitrarySession(arbitraryUseRequest), agreement), runs(2_000))
})

test('authorize agrees with the reference model on complete manage decisions', () => {
  fc.assert(fc.property(arbitrarySession(arbitraryManageRequest), agreement), runs(2_000))
})

test('authorize agrees with the reference model after every edit, whatever the earlier requests', () => {
  const choices = fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 1, maxLength: 10, size: 'max' })
  fc.assert(
    fc.property(arbitrarySession(arbitraryRequest, 6), choices, ({ state, requests }, chosen) => {
      let latest = state
      chosen.forEach((choice, i) => {
        const before = i % 3 === 2 ? latest : state
        latest = chooseEdit([...grants(before), ...revocations(before)], choice).make()
        for (const now of [before, latest, before]) agreement({ state: now, requests })
      })
    }),
    runs(400),
  )
})

test('authorize agrees with the reference model in every state made by commands', () => {
  const histories = arbitraryCommands.chain((commands) => {
    const states = statesOf(commands)
    const last = states.at(-1) ?? emptyState
    return fc.record({ states: fc.constant(states), requests: fc.array(arbitraryRequest(last), { minLength: 1 }) })
  })
  fc.assert(
    fc.property(histories, ({ states, requests }) => {
      for (const state of states.slice(-6)) agreement({ state, requests })
    }),
    runs(200),
  )
})

/** Returns the state after each accepted command of a history. */
function statesOf(commands: readonly Command[]): State[] {
  const states: State[] = []
  for (const command of commands) {
    const applied = applyUnguarded(command, states.at(-1) ?? emptyState)
    if (applied.ok) states.push(applied.state)
  }
  return states
}

test('authorize and the reference model agree on values that are not requests', () => {
  const damaged = arbitraryState.chain((state) =>
    fc.tuple(fc.constant(state), fc.array(arbitraryDamage(arbitraryRequest(state)), { minLength: 1 })),
  )
  fc.assert(
    fc.property(damaged, ([state, makers]) => {
      for (const make of makers) expect(answer(authorize(asRequest(make()), state))).toBe(safely(make(), state))
    }),
    runs(1_000),
  )
})

/**
 * Returns the decision of the reference model as a string. Returns `request_invalid` when a getter of the value throws,
 * since the reference model does not catch exceptions.
 */
function safely(value: unknown, state: State): string {
  try {
    return answer(referenceAuthorize(value, state))
  } catch {
    return 'request_invalid'
  }
}
