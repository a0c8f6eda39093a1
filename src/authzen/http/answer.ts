import type { RefusalRow } from '../../gateway/refusal/refusal-table.ts'

/** An error of a request as a whole: its row, and its message. Default message: that of the row. */
export interface RequestError {
  readonly error: RefusalRow
  readonly message?: string | undefined
  /** The methods of the path, for a wrong method. */
  readonly allow?: string | undefined
  /** The value of `WWW-Authenticate`. */
  readonly challenge?: string | undefined
}

/** The maximum length of the id of a request that is repeated in the answer. */
const requestIdLimit = 1_024
/** The maximum length of a message. */
const messageLimit = 1_000

/** Returns the id of a request, or `undefined` if it has none or one that is too long. */
function requestIdOf(headers: Headers): string | undefined {
  const id = headers.get('x-request-id')
  return id === null || id === '' || id.length > requestIdLimit ? undefined : id
}

/** Answers with a JSON object, and with the id of the request. */
export function answerJson(request: Request, body: object, cacheControl = 'no-store'): Response {
  return respond(request, JSON.stringify(body), {
    'content-type': 'application/json',
    'cache-control': cacheControl,
  })
}

/** Answers with an error. The body is the message, as plain text. */
export function answerError(request: Request, { error, message, allow, challenge }: RequestError): Response {
  const text = (message ?? error.message).slice(0, messageLimit)
  const headers = {
    'content-type': 'text/plain; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(allow === undefined ? undefined : { allow }),
    ...(challenge === undefined ? undefined : { 'www-authenticate': challenge }),
    ...(error.retryAfter === undefined ? undefined : { 'retry-after': String(Math.ceil(error.retryAfter / 1_000)) }),
  }
  return respond(request, text, headers, error.status)
}

function respond(request: Request, text: string, fields: Record<string, string>, status?: number): Response {
  const id = requestIdOf(request.headers)
  const headers = id === undefined ? fields : { ...fields, 'x-request-id': id }
  const body = request.method === 'HEAD' ? null : text
  return new Response(body, status === undefined ? { headers } : { status, headers })
}
