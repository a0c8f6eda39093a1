import type { Operation } from '../model/value/operation.ts'
import type { Admission } from '../runtime/call/admission.ts'
import type { NotAdmitted } from '../runtime/call/admit-request.ts'
import type { Dialect, Endpoint } from './call/endpoint.ts'
import { answerRefusal } from './refusal/answer-refusal.ts'
import { toResponse } from './refusal/http-answer.ts'
import { noticeHeaders } from './refusal/notice-headers.ts'
import type { Disclosure, GatewayRefusal } from './refusal/refusal.ts'
import { type StreamProtocol, streamError } from './refusal/stream-error.ts'

/** Answers one request in the form that its client reads. */
export class Answerer {
  readonly #accept: string | null
  readonly #dialect: Dialect

  constructor(accept: string | null, dialect: Dialect) {
    this.#accept = accept
    this.#dialect = dialect
  }

  /** Returns the answer to a request that the gateway refuses. */
  refuse(refusal: GatewayRefusal, id: string): Response {
    return toResponse(answerRefusal(refusal, { id, accept: this.#accept, dialect: this.#dialect }))
  }

  /** Returns the answer to a call that the engine did not admit. */
  notAdmitted(refusal: NotAdmitted, disclosure: Disclosure): Response {
    return toResponse(answerRefusal(refusal, { ...disclosure, accept: this.#accept, dialect: this.#dialect }))
  }

  /** Returns the event that ends a stream which broke. */
  errorEvent(refusal: GatewayRefusal, id: string, { operation }: Endpoint): string {
    return streamError(answerRefusal(refusal, { id, dialect: this.#dialect }), protocolOf(operation))
  }

  /** Returns the headers of the answer to an admitted call. */
  headersOf({ id, decision }: Admission): Readonly<Record<string, string>> {
    return { 'x-request-id': id, 'request-id': id, ...noticeHeaders(decision.notices) }
  }
}

/** Returns the protocol of a stream. Streams of images and sounds are those of the responses API. */
function protocolOf(operation: Operation): StreamProtocol {
  return operation === 'chat' || operation === 'messages' ? operation : 'responses'
}
