import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { Admin } from '../../../examples/demo/admin.ts'
import { setUp } from '../../../examples/demo/setup.ts'
import { type GatewayOptions, startGateway } from '../../../examples/gateway.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  vi.unstubAllEnvs()
  for (const close of closers.splice(0).reverse()) await close()
})

async function started(options: GatewayOptions) {
  const gateway = await startGateway({ port: 0, ...options })
  closers.push(gateway.close)
  return gateway
}

test('the gateway in a folder is founded once, and its second start knows its tokens', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-'))
  closers.push(() => rmSync(folder, { recursive: true }))
  const first = await startGateway({ port: 0, folder })
  expect(first.token).toMatch(/^pc_/)
  await first.close()
  const second = await started({ folder })
  expect(second.token).toBeUndefined()
  const admin = new Admin(second.url, first.token ?? '')
  expect(await admin.get('/users')).toMatchObject({ users: [{ user_id: 'administrator' }] })
})

test('a call goes to the `base_url` of its account with the key of the environment, and without the token of the client', async () => {
  const asked: { readonly url: string | undefined; readonly headers: Record<string, unknown> }[] = []
  const provider = createServer((request, response) => {
    asked.push({ url: request.url, headers: request.headers })
    response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":{"message":"enough"}}')
  })
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve))
  closers.push(() => provider.close())
  vi.stubEnv('OPENAI_API_KEY', 'key-of-openai')
  vi.stubEnv('ANTHROPIC_API_KEY', 'key-of-anthropic')
  const { url, token } = await started({ folder: '' })
  const { prod } = await setUp(
    new Admin(url, token ?? ''),
    `http://127.0.0.1:${(provider.address() as AddressInfo).port}`,
  )

  const headers = { authorization: `Bearer ${prod}`, 'content-type': 'application/json' }
  const messages = [{ role: 'user', content: 'hi' }]
  const post = (path: string, model: string) =>
    fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify({ model, messages, max_tokens: 10 }) })
  await post('/v1/chat/completions', 'fast')
  await post('/v1/messages', 'claude')
  expect(asked).toMatchObject([
    { url: '/v1/chat/completions', headers: { authorization: 'Bearer key-of-openai' } },
    { url: '/v1/messages', headers: { 'x-api-key': 'key-of-anthropic' } },
  ])
  expect(JSON.stringify(asked)).not.toContain(prod)
})

test('requests without a token and other paths are refused, and `/healthz` is open', async () => {
  const { url } = await started({ folder: '' })
  expect((await fetch(`${url}/healthz`)).status).toBe(200)
  expect((await fetch(`${url}/api/users`)).status).toBe(401)
  expect((await fetch(`${url}/v1/models`)).status).toBe(401)
  expect((await fetch(`${url}/other`)).status).toBe(404)
})
