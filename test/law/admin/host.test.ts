import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import express from 'express'
import fastify from 'fastify'
import { expect, onTestFinished, test } from 'vitest'
import { faultOf, type Rig, startRig } from './rig.ts'

/** Listens with a server, and returns a function that sends a JSON body to a path below `/api`. */
async function serve(server: Server, { token }: Rig) {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  return async (method: string, path: string, body?: unknown) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }
    const response = await fetch(`http://127.0.0.1:${port}/api${path}`, init)
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, body: JSON.parse(text) }
  }
}

const listenerOf = ({ api }: Rig): RequestListener => getRequestListener((request) => api.handle(request))

/** The ways of the README to serve the API without Hono. */
const hosts: Readonly<Record<string, (rig: Rig) => Promise<Server>>> = {
  'node:http': async (rig) => createServer(listenerOf(rig)),
  express: async (rig) => {
    const app = express()
    app.all('/api/*path', listenerOf(rig))
    app.use(express.json())
    return createServer(app)
  },
  fastify: async (rig) => {
    const app = fastify()
    const listener = listenerOf(rig)
    await app.register(async (part) => {
      part.removeAllContentTypeParsers()
      part.addContentTypeParser('*', (_request, _body, done) => done(null))
      part.all('/api/*', (request, reply) => void listener(request.raw, reply.hijack().raw))
    })
    await app.ready()
    onTestFinished(() => app.close())
    return app.server
  },
}

test.each(Object.keys(hosts))('the API is served by %s', async (name) => {
  const rig = await startRig()
  const send = await serve((await hosts[name]?.(rig)) as Server, rig)
  expect((await send('POST', '/users/create', { user_id: 'ann', name: 'Ann' })).status).toBe(200)
  expect(faultOf(await send('POST', '/users/create', { user_id: 'ann', nmae: 'Ann' }))).toMatchObject({ param: 'nmae' })
  expect((await send('GET', '/users')).body.users).toMatchObject([{ user_id: 'ann', name: 'Ann' }, { user_id: 'root' }])
  expect((await send('DELETE', '/users/ann')).status).toBe(200)
})

test('a body that a middleware has read before the API is refused, and never taken for an empty one', async () => {
  const rig = await startRig([{ type: 'CreateUser', user: 'ann', name: 'Ann' }])
  const app = express()
  app.use(express.json())
  app.all('/api/*path', listenerOf(rig))
  const send = await serve(createServer(app), rig)
  const before = rig.policy()
  const refused = await send('PUT', '/users/ann', { name: 'Anna' })
  expect(faultOf(refused)).toEqual({ status: 400, code: 'body_invalid', param: null })
  expect(refused.body.error.message).toContain('read before the API')
  expect(rig.policy()).toBe(before)
  expect((await send('GET', '/users')).status).toBe(200)
})

test('a request whose body was read is refused', async () => {
  const rig = await startRig([{ type: 'CreateUser', user: 'ann', name: 'Ann' }])
  const headers = { authorization: `Bearer ${rig.token}`, 'content-type': 'application/json' }
  const request = new Request('http://gateway.test/api/users/ann', { method: 'PUT', headers, body: '{"name":"Anna"}' })
  await request.text()
  const answer = await rig.api.handle(request)
  expect(answer.status).toBe(400)
  expect(await answer.text()).toContain('read before the API')
})
