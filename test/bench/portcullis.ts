import type { State } from '../../src/model/state/state.ts'
import { authorize } from '../../src/policy/authorize.ts'
import type { UseDecision } from '../../src/policy/decision/decision.ts'
import type { Answer, Engine } from './answer.ts'

/** The library: a whole decision, from a request whose shape it checks. */
export function portcullis(state: State): Engine {
  return {
    name: 'authorize',
    decide: (question) => answerOf(authorize(question, state)),
    givesReasons: true,
  }
}

const answerOf = (decision: UseDecision): Answer => decision
