import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { portableSha256 } from '../../../tsup.config.ts'
import { until } from '../runtime/gateway.ts'
import { startWorkerd, type Workerd } from './workerd.ts'

const example = fileURLToPath(new URL('../../../examples/30-worker.ts', import.meta.url))

/** Serves the bundle as a Worker with one Durable Object, on a free loopback port. */
const config = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (
    modules = [(name = "worker", esModule = embed "worker.mjs")],
    compatibilityDate = "2026-07-01",
    bindings = [(name = "GATEWAY", durableObjectNamespace = "Gateway")],
    durableObjectNamespaces = [(className = "Gateway", uniqueKey = "gateway")],
    durableObjectStorage = (inMemory = void),
  ))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
`

let folder: string
let runtime: Workerd

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-worker-'))
  await build({
    entryPoints: [example],
    outfile: join(folder, 'worker.mjs'),
    bundle: true,
    format: 'esm',
    target: 'es2023',
    plugins: [portableSha256],
    define: { 'process.env.NODE_ENV': '"production"' },
  })
  await writeFile(join(folder, 'config.capnp'), config)
  runtime = await startWorkerd(join(folder, 'config.capnp'))
})

afterAll(async () => {
  await runtime.stop()
  await rm(folder, { recursive: true })
})

async function ask(body: { readonly model: string; readonly stream?: boolean }, token = 'secret') {
  const response = await fetch(`${runtime.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ...body, messages: [{ role: 'user', content: 'hi' }] }),
  })
  return { status: response.status, text: await response.text() }
}

async function health(): Promise<{ readonly isReady: boolean; readonly staleness: number; readonly spent: string }> {
  return (await (await fetch(`${runtime.url}/healthz`)).json()) as Awaited<ReturnType<typeof health>>
}

test('the guard in a Worker answers what is allowed, refuses what is denied, and streams', async () => {
  // The first requests come at the same time, and found one gateway.
  const allowed = await Promise.all([ask({ model: 'fast' }), ask({ model: 'fast' }), ask({ model: 'fast' })])
  for (const { status, text } of allowed) {
    expect(status).toBe(200)
    expect(JSON.parse(text)).toMatchObject({ model: 'fast', choices: [{ message: { content: 'hello' } }] })
  }
  const denied = await ask({ model: 'openai/o3' })
  expect([denied.status, JSON.parse(denied.text)]).toMatchObject([404, { error: { code: 'model_not_found' } }])
  expect((await ask({ model: 'fast' }, 'another')).status).toBe(401)

  const { status, text } = await ask({ model: 'fast', stream: true })
  expect(status).toBe(200)
  const [, ...events] = text.trimEnd().split('data: ')
  expect(events.pop()).toBe('[DONE]')
  expect(events.map((event) => JSON.parse(event))).toMatchObject(
    ['hel', 'lo'].map((content) => ({ model: 'fast', choices: [{ delta: { content } }] })),
  )
  await until(async () => (await health()).spent === '0.00024')
  expect(runtime.errors()).toBe('')
})

test('the engine in a Durable Object follows its policy after the request that started it', async () => {
  await ask({ model: 'fast' })
  let last = 0
  await until(async () => {
    const { isReady, staleness } = await health()
    expect(isReady).toBe(true)
    const isFresher = staleness < last
    last = staleness
    return isFresher
  })
})
