import type { State } from '../../src/model/state/state.ts'
import { authorize, authorizeParsed } from '../../src/policy/authorize.ts'
import type { UseDecision } from '../../src/policy/decision/decision.ts'
import type { Engine, EngineDecision } from './engine.ts'

/** The library as an engine. It makes the whole decision and checks the shape of the request. */
export function portcullis(state: State): Engine {
  return {
    name: 'authorize',
    decide: (request) => answerOf(authorize(request, state)),
    givesReasons: true,
  }
}

/** The same decisions without the guard, so that a fault of the library shows its own stack trace. */
export function portcullisUnguarded(state: State): Engine {
  return {
    name: 'authorizeParsed',
    decide: (request) => answerOf(authorizeParsed(request, state) as UseDecision),
    givesReasons: true,
  }
}

const answerOf = (decision: UseDecision): EngineDecision => decision
