import { type ExecFileException, execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test, vi } from 'vitest'
import { Admin } from '../../../examples/demo/admin.ts'
import { setUp } from '../../../examples/demo/setup.ts'
import { type GatewayOptions, startGateway } from '../../../examples/gateway.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const tsx = createRequire(import.meta.url).resolve('tsx/cli')

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

test('the host is an option, or `HOST` of the environment; the URL of a wildcard is that of this machine', async () => {
  const first = await started({ folder: '', host: '0.0.0.0' })
  expect(new URL(first.url).hostname).toBe('localhost')
  expect((await fetch(`${first.url}/healthz`)).status).toBe(200)
  vi.stubEnv('HOST', 'localhost')
  expect(new URL((await started({ folder: '' })).url).hostname).toBe('localhost')
  vi.stubEnv('HOST', '')
  expect(new URL((await started({ folder: '' })).url).hostname).toBe('127.0.0.1')
})

test('other services ask the AuthZEN API with the token of an administrator', async () => {
  const { url, token } = await started({ folder: '' })
  const ask = (bearer: string | undefined) =>
    fetch(`${url}/access/v1/evaluation`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${bearer}` },
      body: JSON.stringify({
        subject: { type: 'user', id: 'administrator' },
        action: { name: 'manage' },
        resource: { type: 'platform', id: 'platform' },
      }),
    })
  expect(await (await ask(token)).json()).toMatchObject({ decision: true })
  expect((await ask('wrong')).status).toBe(401)
})

test('a start on a taken port fails in one line, and closes its stores', async () => {
  const { url } = await started({ folder: '' })
  const port = Number(new URL(url).port)
  const folder = mkdtempSync(join(tmpdir(), 'gateway-'))
  closers.push(() => rmSync(folder, { recursive: true }))
  const message = `port ${port} of 127.0.0.1 is taken; set PORT to another one, or to 0 for a free one`
  await expect(startGateway({ port, folder })).rejects.toThrow(message)
  expect((await started({ folder })).token).toBeUndefined()

  for (const program of ['examples/gateway.ts', 'examples/demo/start.ts']) {
    const env = { ...process.env, PORT: String(port), PORTCULLIS_DATA: '' }
    const { error, stderr } = await new Promise<{ error: ExecFileException | null; stderr: string }>((resolve) => {
      execFile(process.execPath, [tsx, program], { cwd: root, env }, (failure, _, complaints) =>
        resolve({ error: failure, stderr: complaints }),
      )
    })
    expect({ code: error?.code, stderr }).toEqual({ code: 1, stderr: `${message}\n` })
  }
})
