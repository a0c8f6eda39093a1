import type {
  ErrorRequestHandler,
  Request as ExpressRequest,
  Response as ExpressResponse,
  RequestHandler,
} from 'express'
import type { CallGuard } from '../guard.ts'
import type { GuardRequest } from '../guard-options.ts'
import type { GuardedCall } from '../guarded-call.ts'
import { closeSignal, nodeBody, nodeHeaders } from '../node-request.ts'
import type { GatewayRefusal } from '../refusal/refusal.ts'
import { sendResponse } from './send-response.ts'

/** The locals of a response behind `expressGuard`. */
export interface GuardLocals {
  /** The admitted call. Handlers of paths that `isPassed` lets pass have none. */
  call: GuardedCall
}

/**
 * Returns a middleware that admits model calls and answers what is refused, with or without `express.json()` before it. The
 * handler passes the answer of `res.locals.call.send(…)`, `respond` or `refuse` to `sendResponse`. A call that a handler left
 * is closed when the response ends.
 *
 * @example
 * const app = express()
 * app.use('/v1', expressGuard(guard))
 * app.post('/v1/chat/completions', async (_req, res: Response<unknown, GuardLocals>) => {
 *   await sendResponse(res, await res.locals.call.send(callUpstream))
 * })
 * app.use(expressGuardErrors(guard))
 * const response = await fetch(`${await listen(app)}/v1/chat/completions`, chat)
 * console.log(response.status, (await response.json()).model) // 200 fast
 */
export function expressGuard(guard: CallGuard): RequestHandler {
  return async (req, res, next) => {
    const body: unknown = req.body
    const read = body === undefined ? { body: nodeBody(req) } : { parsedBody: { value: body, size: sizeOf(req, body) } }
    const result = await guard.admit({ ...requestOf(req, res), ...read })
    if (result.type === 'answer') return await sendResponse(res, result.response)
    if (result.type === 'pass') return next()
    res.locals['call'] = result
    res.on('close', () => void result.close())
    if (res.closed) await result.close()
    next()
  }
}

/**
 * Returns a middleware for errors that answers what `express.json()` refuses of a body, in the error body of the guard. Use
 * it after the routes. Other errors go on.
 */
export function expressGuardErrors(guard: CallGuard): ErrorRequestHandler {
  return async (error: unknown, req, res, next) => {
    const bodyRefusal = refusalOf(error)
    if (bodyRefusal === undefined || res.headersSent) return next(error)
    const result = await guard.admit({ ...requestOf(req, res), bodyRefusal })
    if (result.type !== 'answer') return next(error)
    await sendResponse(res, result.response)
  }
}

/** Returns a request as a guard takes it, without its body. Its path is the one that the client sent. */
function requestOf(req: ExpressRequest, res: ExpressResponse): GuardRequest {
  return { method: req.method, url: req.originalUrl, headers: nodeHeaders(req), signal: closeSignal(res) }
}

/** Returns the size of a body that was parsed, in bytes. */
function sizeOf(req: ExpressRequest, body: unknown): number {
  const length = req.headers['content-length']
  return length === undefined ? new TextEncoder().encode(JSON.stringify(body)).byteLength : Number(length)
}

/** The errors of `body-parser` by their types. */
const refusals: Readonly<Record<string, GatewayRefusal['reason']>> = {
  'charset.unsupported': 'media_type_unsupported',
  'encoding.unsupported': 'media_type_unsupported',
  'entity.parse.failed': 'body_invalid',
  'entity.too.large': 'body_too_large',
  'entity.verify.failed': 'body_invalid',
  'request.aborted': 'body_invalid',
  'request.size.invalid': 'body_invalid',
}

/** Returns what an error says about the body, if it is about the body. */
function refusalOf(error: unknown): GatewayRefusal | undefined {
  const { type } = Object(error) as { type?: unknown }
  const reason = typeof type === 'string' && Object.hasOwn(refusals, type) ? refusals[type] : undefined
  return reason === undefined ? undefined : { reason }
}
