import { isInstant } from '../../model/value/instant.ts'
import { prefersProblem } from './accept.ts'
import type { RefusalFacts } from './refusal.ts'
import { type RefusalRow, statusNames } from './refusal-table.ts'

/** The facts of an error as the clients of OpenAI and of Anthropic read them. */
export interface RefusalError {
  readonly message: string
  readonly type: string
  readonly param: string | null
  /** The reason of the refusal, or the code of the rejection. */
  readonly code: string
  /** The instant from which a retry can succeed, as an ISO 8601 string. */
  readonly resets_at?: string
  readonly retry_after_ms?: number
  /** The model that replaces a retired one. */
  readonly successor?: string
  /** The plans that have the model. */
  readonly plans?: readonly string[]
  /** Cheaper models that the caller may use. */
  readonly cheaper?: readonly string[]
}

/** The body of an error: one shape that every official client reads. */
export interface ErrorBody {
  readonly type: 'error'
  readonly error: RefusalError
  /** The id of the decision; `null` when there is none. */
  readonly request_id: string | null
}

/** The body of an error as RFC 9457 defines it, for clients that ask for `application/problem+json`. */
export interface ProblemBody extends Omit<RefusalError, 'message' | 'type'> {
  readonly type: 'about:blank'
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly request_id: string | null
}

export type RefusalBody = ErrorBody | ProblemBody

/** An answer of a gateway to a refused request, for any server. `toResponse` converts it. The names of headers are in lower case. */
export interface HttpAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: RefusalBody
}

/** How an answer is written. */
export interface AnswerOptions {
  /** The id of the request. Default: the id of the refusal. One that is not 1 to 256 visible ASCII characters is left out. */
  readonly id?: string | undefined
  /** The `Accept` header of the request. Default: none, which gets JSON. */
  readonly accept?: string | null | undefined
  /** Whose client sent the request, which determines the `type` of the error. Default: `openai`. */
  readonly dialect?: 'openai' | 'anthropic' | undefined
}

/** The longest wait that every client keeps, in milliseconds. */
const longestWait = 60_000

/** The maximum length of a message, which may quote what the caller sent. */
const messageLimit = 1_000

/** What an answer says, besides the table's row. */
export type AnswerFacts = Omit<RefusalFacts, 'reason'> & { readonly code: string }

/** Makes the answer for one row of a table. */
export function answerRow(row: RefusalRow, facts: AnswerFacts, { id, accept, dialect }: AnswerOptions): HttpAnswer {
  const requestId = typeof id === 'string' && /^[!-~]{1,256}$/.test(id) ? id : null
  const wait = row.isRetried ? waitOf(facts.retryAfter ?? row.retryAfter) : undefined
  const error = errorOf(row, facts, dialect, wait)
  const isProblem = prefersProblem(accept)
  const headers: Record<string, string> = {
    'content-type': `application/${isProblem ? 'problem+json' : 'json'}; charset=utf-8`,
    'cache-control': 'no-store',
    'x-should-retry': String(row.isRetried),
    ...(requestId === null ? undefined : { 'x-request-id': requestId, 'request-id': requestId }),
    ...(row.challenge === undefined ? undefined : { 'www-authenticate': row.challenge }),
    ...(wait === undefined
      ? undefined
      : { 'retry-after-ms': String(wait), 'retry-after': String(Math.ceil(wait / 1_000)) }),
    ...(facts.code === 'method_not_allowed' ? { allow: allowOf(facts.allow) } : undefined),
  }
  const body: RefusalBody = isProblem
    ? problemOf(row.status, error, requestId)
    : { type: 'error', error, request_id: requestId }
  return { status: row.status, headers, body }
}

function errorOf(
  row: RefusalRow,
  facts: AnswerFacts,
  dialect: AnswerOptions['dialect'],
  wait: number | undefined,
): RefusalError {
  const { message, param, code, resetsAt, successor, plans, cheaper } = facts
  return {
    message: message.slice(0, messageLimit),
    type: dialect === 'anthropic' ? row.anthropicType : row.type,
    param: typeof param === 'string' ? param.slice(0, messageLimit) : (row.param ?? null),
    code,
    ...(isInstant(resetsAt) ? { resets_at: new Date(resetsAt).toISOString() } : undefined),
    ...(wait === undefined ? undefined : { retry_after_ms: wait }),
    ...(successor === undefined ? undefined : { successor }),
    ...(plans === undefined ? undefined : { plans }),
    ...(cheaper === undefined ? undefined : { cheaper }),
  }
}

function problemOf(status: number, error: RefusalError, requestId: string | null): ProblemBody {
  const { message, type: _, ...facts } = error
  const title = statusNames[status] ?? 'Error'
  return { type: 'about:blank', title, status, detail: message, ...facts, request_id: requestId }
}

function waitOf(milliseconds: number | undefined): number | undefined {
  if (typeof milliseconds !== 'number' || Number.isNaN(milliseconds)) return undefined
  return Math.min(Math.max(Math.ceil(milliseconds), 1), longestWait)
}

function allowOf(allow: string | undefined): string {
  return typeof allow === 'string' && /^[A-Z]+(, [A-Z]+)*$/.test(allow) ? allow : 'GET, POST'
}

/** Converts an answer to a Web `Response`. */
export function toResponse({ status, headers, body }: HttpAnswer): Response {
  return new Response(JSON.stringify(body), { status, headers: { ...headers } })
}
