import { createServer, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import express, { type Response as ExpressResponse } from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import { onTestFinished } from 'vitest'
import {
  expressGuard,
  expressGuardErrors,
  type GuardLocals,
  sendResponse,
} from '../../../../src/gateway/express/index.ts'
import { fastifyGuard } from '../../../../src/gateway/fastify/index.ts'
import { type GuardVariables, honoGuard } from '../../../../src/gateway/hono/index.ts'
import type { CallGuard, GuardedCall } from '../../../../src/gateway/index.ts'

/** The package `@hono/node-server`, whose types need those of a browser: it is imported by a computed name. */
interface NodeServer {
  serve(
    options: { fetch: (request: Request) => Response | Promise<Response>; port: number; hostname: string },
    listening: (address: { port: number }) => void,
  ): Server
}
const nodeServer = '@hono/node-server'
const { serve } = (await import(nodeServer)) as NodeServer

/** What the handlers of a host do with an admitted call. */
export type Handler = (call: GuardedCall) => Promise<Response> | Response

/** The paths with a handler. */
const paths = [
  '/v1/chat/completions',
  '/v1/responses',
  '/v1/embeddings',
  '/v1/audio/transcriptions',
  '/v1/messages',
] as const

/** Serves a listener on a free loopback port until the test ends, and returns its URL. */
export async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Starts a host on a loopback port. Outside of its guarded paths, each has the route `/open`. */
type StartHost = (guard: CallGuard, handler: Handler) => Promise<string>

const startHono: StartHost = async (guard, handler) => {
  const app = new Hono<{ Variables: GuardVariables }>()
  app.use('/v1/*', honoGuard(guard))
  for (const path of paths) app.post(path, (c) => handler(c.get('call')))
  app.all('/open', async (c) => c.json({ open: await c.req.text() }))
  return await serveHono(app.fetch)
}

/** Serves an app of Hono on a free loopback port until the test ends, and returns its URL. */
export async function serveHono(fetch: Parameters<NodeServer['serve']>[0]['fetch']): Promise<string> {
  return await new Promise<string>((resolve) => {
    const server = serve({ fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => resolve(`http://127.0.0.1:${port}`))
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
  })
}

const startFastify: StartHost = async (guard, handler) => {
  const app = fastify({ forceCloseConnections: true })
  await app.register(async (api) => {
    await api.register(fastifyGuard, { guard })
    for (const path of paths) api.post(path, (request) => handler(request.call))
  })
  app.all('/open', (request) => ({ open: request.body ?? '', call: 'call' in request }))
  onTestFinished(() => app.close())
  return await app.listen({ port: 0, host: '127.0.0.1' })
}

const startExpress =
  (parses: boolean): StartHost =>
  async (guard, handler) => {
    const app = express()
    if (parses) app.use(express.json({ limit: '2mb' }))
    app.use('/v1', expressGuard(guard))
    for (const path of paths) {
      app.post(path, async (_req, res: ExpressResponse<unknown, GuardLocals>) => {
        await sendResponse(res, await handler(res.locals.call))
      })
    }
    app.all('/open', (req, res) => void res.json({ open: req.body ?? '' }))
    app.use(expressGuardErrors(guard))
    return await listen(app)
  }

/** The hosts by name. */
export const hosts: Readonly<Record<string, StartHost>> = {
  Hono: startHono,
  Fastify: startFastify,
  Express: startExpress(false),
  'Express with express.json()': startExpress(true),
}

/** The answer to bytes that were sent over a socket: its status, its headers and its body. */
export interface RawAnswer {
  readonly status: number
  readonly head: string
  readonly body: string
}

/** Sends the bytes of a request over a socket, and reads until the server ends the connection or 500 ms pass in silence. */
export async function sendRaw(url: string, parts: readonly (string | Uint8Array)[]): Promise<RawAnswer> {
  const { hostname, port } = new URL(url)
  return await new Promise((resolve) => {
    const socket = connect(Number(port), hostname)
    let text = ''
    const finish = () => {
      socket.destroy()
      const [head = '', ...rest] = text.split('\r\n\r\n')
      resolve({ status: Number(head.split(' ')[1] ?? 0), head, body: rest.join('\r\n\r\n') })
    }
    socket.setTimeout(500, finish)
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
    })
    socket.on('error', () => undefined)
    socket.on('close', finish)
    for (const part of parts) socket.write(part)
  })
}
