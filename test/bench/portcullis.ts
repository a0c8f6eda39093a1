import type { State } from '../../src/model/state/state.ts'
import { authorize } from '../../src/policy/authorize.ts'
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

const answerOf = (decision: UseDecision): EngineDecision => decision
