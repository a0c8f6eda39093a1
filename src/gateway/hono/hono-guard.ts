import type { Context, MiddlewareHandler } from 'hono'
import type { CallGuard } from '../guard.ts'
import type { GuardRequest } from '../guard-options.ts'
import type { GuardedCall } from '../guarded-call.ts'

/** The variables of a Hono context behind `honoGuard`. */
export interface GuardVariables {
  /** The admitted call. Handlers of paths that `isPassed` lets pass have none. */
  readonly call: GuardedCall
}

/**
 * Returns a middleware that admits model calls and answers what is refused. The handler returns the answer of
 * `c.get('call').send(…)`, or of `respond` or `refuse`. A call whose handler returns something else, or throws, is closed.
 *
 * @example
 * const app = new Hono<{ Variables: GuardVariables }>()
 * app.use('/v1/*', honoGuard(guard))
 * app.post('/v1/chat/completions', (c) => c.get('call').send(callUpstream))
 * const response = await app.request('/v1/chat/completions', chat)
 * console.log(response.status, (await response.json()).model) // 200 fast
 */
export function honoGuard(guard: CallGuard): MiddlewareHandler<{ Variables: GuardVariables }> {
  return async (c, next) => {
    const { raw } = c.req
    const left = new AbortController()
    if (raw.signal.aborted) left.abort()
    // The server cancels the body of the answer at the same time, and logs an error if the body was aborted before.
    else raw.signal.addEventListener('abort', () => queueMicrotask(() => left.abort()), { once: true })
    const { method, url, headers } = raw
    const request = { method, url, headers, signal: left.signal }
    const result = await guard.admit(raw.bodyUsed ? { ...request, ...(await bodyReadBefore(c)) } : unread(request, c))
    if (result.type === 'answer') return result.response
    if (result.type === 'pass') return await next()
    c.set('call', result)
    try {
      await next()
    } finally {
      // An answer that nobody reads would never end.
      if (!isReturned(result.answer, c.res)) left.abort()
      await result.close()
    }
  }
}

/** Returns a request whose body the guard reads. Hono keeps the text, so that the handler can read it again. */
function unread(request: GuardRequest, c: Context): GuardRequest {
  return {
    ...request,
    text: () => c.req.text(),
    // Read only if needed: the Node server makes a whole `Request` for it.
    get body() {
      return c.req.raw.body
    },
  }
}

/** Returns the body that a middleware has read before the guard, if Hono kept its bytes or its text. */
async function bodyReadBefore({ req }: Context): Promise<Pick<GuardRequest, 'body' | 'bodyRefusal'>> {
  try {
    if (Object.keys(req.bodyCache).some((form) => form !== 'formData'))
      return { body: new Response(await req.arrayBuffer()).body }
  } catch {
    // The middleware could not read it either.
  }
  const message = 'a middleware read the body before the guard, and not with `c.req.json()` or `c.req.text()`'
  return { bodyRefusal: { reason: 'body_invalid', message } }
}

/** Whether the client gets an answer: other middlewares may have put its body into another response. */
function isReturned(answer: Response | undefined, returned: Response): boolean {
  if (answer === undefined || answer === returned) return answer !== undefined
  return answer.body === null || answer.body === returned.body || answer.body.locked
}
