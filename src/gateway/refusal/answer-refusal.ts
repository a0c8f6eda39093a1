import { type AnswerOptions, answerRow, type HttpAnswer } from './http-answer.ts'
import { type Disclosure, factsOf, type Refusal } from './refusal.ts'
import { refusalTable } from './refusal-table.ts'

/** How a refusal is answered, and what it discloses. */
export interface RefusalOptions extends AnswerOptions, Disclosure {}

/**
 * Answers a refused call over HTTP, in one shape that the clients of OpenAI and Anthropic and the AI SDK read. A caller
 * cannot tell a model that is not granted from one that does not exist. Never throws: any other value is answered as an
 * invalid request.
 *
 * @example
 * const refused = await engine.admit({ principal: { type: 'user', id: 'nemo' }, model: 'fast', estimate: 0n })
 * if (!refused.admitted) console.log(answerRefusal(refused).status) // 401
 */
export function answerRefusal(refusal: Refusal, options: RefusalOptions = {}): HttpAnswer {
  try {
    return answer(refusal, options)
  } catch {
    return answer({ reason: 'request_invalid' }, {})
  }
}

function answer(refusal: Refusal, options: RefusalOptions): HttpAnswer {
  const { reason, ...facts } = factsOf(refusal, options)
  const id = options.id ?? refusal.id
  return answerRow(refusalTable[reason], { ...facts, code: reason }, { ...options, id })
}
