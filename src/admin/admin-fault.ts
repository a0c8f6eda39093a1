import { answerRefusal } from '../gateway/refusal/answer-refusal.ts'
import { type AnswerOptions, answerRow, type HttpAnswer } from '../gateway/refusal/http-answer.ts'
import type { Refusal } from '../gateway/refusal/refusal.ts'
import { commandTable } from '../gateway/refusal/refusal-table.ts'
import type { Denied } from '../policy/decision/decision.ts'
import type { QueryFailure } from '../query/query-fault.ts'
import { type WireFault, wireMessage, wirePath } from './wire.ts'

/** Ends an operation of the API with an error for the caller. */
export class AdminFault extends Error {
  override readonly name = 'AdminFault'
  readonly answer: (options: AnswerOptions) => HttpAnswer

  constructor(answer: (options: AnswerOptions) => HttpAnswer) {
    super('an operation of the API is refused')
    this.answer = answer
  }
}

export function refused(refusal: Refusal): AdminFault {
  return new AdminFault((options) => answerRefusal(refusal, options))
}

/** The caller may not do this. The answer is the same whether or not the thing exists. */
export function denied(denial: Denied): AdminFault {
  return refused({ admitted: false, reason: 'denied', denial, id: '' })
}

export function invalidField({ param, message }: WireFault): AdminFault {
  // The path of the whole body is empty.
  return refused({ reason: 'body_invalid', message, ...(param === '' ? {} : { param }) })
}

/** A name in the request does not exist, and the caller may know that. */
export function notFound(message: string, param?: string): AdminFault {
  return new AdminFault((options) => answerRow(commandTable.missing, { code: 'not_found', message, param }, options))
}

/** The answer to a query that failed, for a caller that may know the reason. */
export function failed({ fault }: QueryFailure): AdminFault {
  const { code, path, message } = fault
  if (fault.code === 'caller_denied') return denied(fault.denial)
  const row = code === 'query_invalid' ? commandTable.invalid : commandTable.missing
  const named = path
    .filter((step) => step !== 'options' && step !== 'filter' && step !== 'query')
    .map((step) => (step === 'what' ? 'model' : step))
  const facts = { code, message: wireMessage(message), param: wirePath(named) }
  return new AdminFault((options) => answerRow(row, facts, options))
}
