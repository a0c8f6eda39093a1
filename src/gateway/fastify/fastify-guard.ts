import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { CallGuard } from '../guard.ts'
import type { GuardRequest } from '../guard-options.ts'
import type { GuardedCall } from '../guarded-call.ts'
import { closeSignal, nodeBody, nodeHeaders } from '../node-request.ts'
import type { GatewayRefusal } from '../refusal/refusal.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The admitted call, in handlers of guarded paths in the scope of `fastifyGuard`. */
    call: GuardedCall
  }
}

/** The options of `fastifyGuard`. */
export interface FastifyGuardOptions {
  readonly guard: CallGuard
  /** The largest JSON body in bytes. Default: that of the server, 1 MiB if it sets none. */
  readonly bodyLimit?: number | undefined
  /** Whether to serve `GET /v1/models` and `GET /v1/models/{id}`. Default: true. */
  readonly servesModels?: boolean | undefined
}

/**
 * A plugin that guards the routes of the scope that registers it, and of no other. It answers what is refused, and what
 * Fastify refuses of a body, in the error body of the guard. The handler returns the answer of `request.call.send(…)`, or of
 * `respond` or `refuse`. A call that a handler left is closed when the response ends.
 *
 * @example
 * const app = fastify()
 * await app.register(async (api) => {
 *   await api.register(fastifyGuard, { guard })
 *   api.post('/v1/chat/completions', (request) => request.call.send(callUpstream))
 * })
 * const response = await app.inject({ url: '/v1/chat/completions', ...chat })
 * console.log(response.statusCode, response.json().model) // 200 fast
 */
export const fastifyGuard: FastifyPluginAsync<FastifyGuardOptions> = Object.assign(plugin, {
  // The hooks belong to the scope that registers the plugin, as `fastify-plugin` does it.
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: 'portcullis',
  [Symbol.for('plugin-meta')]: { name: 'portcullis', fastify: '5.x' },
})

async function plugin(app: FastifyInstance, { guard, bodyLimit, servesModels = true }: FastifyGuardOptions) {
  app.decorateRequest('call', null as unknown as GuardedCall)
  const bodies = addParsers(app, bodyLimit)
  app.addHook('preHandler', async (request, reply) => {
    const result = await guard.admit({ ...requestOf(request, reply), ...bodies.get(request) })
    if (result.type === 'answer') return reply.send(result.response)
    if (result.type === 'pass') return
    request.call = result
    reply.raw.on('close', () => void result.close())
  })
  app.setErrorHandler(async (error, request, reply) => {
    const bodyRefusal = refusalOf(error)
    if (bodyRefusal === undefined) throw error
    const result = await guard.admit({ ...requestOf(request, reply), bodyRefusal })
    if (result.type !== 'answer') throw error
    return reply.send(result.response)
  })
  if (!servesModels) return
  const models = app.prefix.endsWith('/v1') ? '/models' : '/v1/models'
  for (const path of [models, `${models}/*`]) app.get(path, (_, reply) => reply.callNotFound())
}

type Body = Pick<GuardRequest, 'body' | 'parsedBody'>

/** Parses JSON as the server does, leaves forms to the guard, and returns the bodies of requests. */
function addParsers(app: FastifyInstance, bodyLimit: number | undefined): WeakMap<FastifyRequest, Body> {
  const bodies = new WeakMap<FastifyRequest, Body>()
  const { onProtoPoisoning = 'error', onConstructorPoisoning = 'error' } = app.initialConfig
  const parse = app.getDefaultJsonParser(onProtoPoisoning, onConstructorPoisoning)
  const limit = bodyLimit === undefined ? {} : { bodyLimit }
  app.removeContentTypeParser(['application/json', 'multipart/form-data'])
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer', ...limit }, (request, body, done) => {
    const { byteLength: size } = body
    // Fastify's own parser takes buffers too, and calls back at once.
    return parse(request, body as unknown as string, (error, value: unknown) => {
      bodies.set(request, { parsedBody: { value, size } })
      done(error, value)
    })
  })
  app.addContentTypeParser('multipart/form-data', (request, payload, done) => {
    bodies.set(request, { body: nodeBody(payload) })
    done(null, payload)
  })
  return bodies
}

/** Returns a request as a guard takes it, without its body. Its path is the one that the client sent. */
function requestOf({ raw, method }: FastifyRequest, reply: FastifyReply): GuardRequest {
  return { method, url: raw.url ?? '', headers: nodeHeaders(raw), signal: closeSignal(reply.raw) }
}

/** Returns what an error of Fastify says about the body, if it is about the body. */
function refusalOf(error: unknown): GatewayRefusal | undefined {
  const { code } = Object(error) as { code?: unknown }
  if (typeof code !== 'string' || !code.startsWith('FST_ERR_CTP_')) return undefined
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return { reason: 'body_too_large' }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return { reason: 'media_type_unsupported' }
  return { reason: 'body_invalid' }
}
