// The guard in front of Portkey's gateway, which runs as a child process. It listens on all interfaces: keep its port closed.

import { spawn } from 'node:child_process'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Hono } from 'hono'
import { formatCredit, getRow } from 'portcullis'
import { type CommandBody, createEngine, tokenDigest } from 'portcullis/engine'
import { createGuard, tablePricer } from 'portcullis/gateway'
import { createMemoryCreditLedger, createMemoryRepository } from 'portcullis/memory'

const founding: CommandBody[] = [
  { type: 'CreateProviderAccount', providerAccount: 'openai', models: ['gpt-5', 'o3'] },
  { type: 'CreateOrganization', organization: 'acme', entitlement: { type: 'unlimited' } },
  { type: 'CreateModelAlias', alias: 'fast', targets: [{ providerAccount: 'openai', model: 'gpt-5' }] },
  { type: 'CreateAccessGroup', accessGroup: 'standard', members: [{ type: 'alias', alias: 'fast' }] },
  { type: 'CreateTeam', team: 'dev', organization: 'acme', credits: '1', accessGroups: ['standard'] },
  { type: 'IssueCredential', credential: 'key', owner: { type: 'team', id: 'dev' }, digest: tokenDigest('secret') },
]
const ledger = createMemoryCreditLedger()
const engine = createEngine({ repository: createMemoryRepository(), ledger })
await engine.ready()
await engine.execute(founding, { actor: { type: 'system' } })
await engine.booked()
const guard = createGuard(engine, { pricer: tablePricer({ 'openai/gpt-5': { input: '1', output: '10' } }) })

/** A local provider. It tells which key it got, and whether a header of the client came through. */
const provider = createServer(async (request, response) => {
  const { model, stream } = JSON.parse(Buffer.concat(await request.toArray()).toString()) as Record<string, unknown>
  console.log(
    `the provider got ${request.headers.authorization}, ${request.headers['x-portkey-config'] ?? 'no config'}`,
  )
  const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 }
  const chunk = { id: 'c1', object: 'chat.completion', created: 1, model }
  response.writeHead(200, { 'content-type': stream === true ? 'text/event-stream' : 'application/json' })
  if (stream !== true) {
    const choices = [{ index: 0, message: { role: 'assistant', content: 'hello' }, finish_reason: 'stop' }]
    response.end(JSON.stringify({ ...chunk, choices, usage }))
    return
  }
  for (const content of ['hel', 'lo'])
    response.write(`data: ${JSON.stringify({ ...chunk, choices: [{ index: 0, delta: { content } }] })}\n\n`)
  response.end(`data: ${JSON.stringify({ ...chunk, choices: [], usage })}\n\ndata: [DONE]\n\n`)
})
await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve))
const customHost = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/v1`

/** A port that was free a moment ago. Portkey takes no port `0`. */
const probe = createServer()
await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
const { port } = probe.address() as AddressInfo
await new Promise((resolve) => probe.close(resolve))
const portkeyFolder = dirname(createRequire(import.meta.url).resolve('@portkey-ai/gateway/package.json'))
const script = join(portkeyFolder, 'build', 'start-server.js')
// With a newer `@hono/node-server` than it was built for, Portkey fails to change the headers of a streamed answer, so copy them.
const copying = `const send = fetch; globalThis.fetch = async (...request) => {
  const { body, status, headers } = await send(...request)
  return new Response(body, { status, headers: new Headers(headers) })
}`
const preload = `--import=data:text/javascript,${encodeURIComponent(copying)}`
const portkey = spawn(process.execPath, [preload, script, `--port=${port}`, '--headless'], { stdio: 'ignore' })
const exited = new Promise((resolve) => portkey.once('exit', resolve))
const portkeyUrl = `http://127.0.0.1:${port}`
for (let i = 0; i < 200; i += 1) {
  if (
    await fetch(portkeyUrl).then(
      (response) => response.ok,
      () => false,
    )
  )
    break
  await pause(100)
}

/** The front door. The headers of a request to Portkey are made here: none of the client's `x-portkey-` headers reaches it. */
const front = new Hono()
front.all('*', async (c) => {
  const response = await guard.handle(c.req.raw, ({ route, path, method, headers, body, signal }) => {
    const own = {
      'x-portkey-provider': route.providerAccount,
      'x-portkey-custom-host': customHost,
      authorization: 'Bearer key-of-the-provider',
    }
    return fetch(`${portkeyUrl}${path}`, { method, headers: { ...headers, ...own }, body, signal })
  })
  return response ?? c.notFound()
})

async function ask(model: string, stream: boolean): Promise<void> {
  const smuggled = { 'x-portkey-config': '{"provider":"openai","override_params":{"model":"o3"}}' }
  const response = await front.request('/v1/chat/completions', {
    method: 'POST',
    headers: { authorization: 'Bearer secret', 'content-type': 'application/json', ...smuggled },
    body: JSON.stringify({ model, stream, messages: [{ role: 'user', content: 'hi' }], max_completion_tokens: 100 }),
  })
  const text = await response.text()
  const names = [...new Set([...text.matchAll(/"(?:model|code)":"([^"]+)"/g)].map(([, name]) => name))]
  console.log(`${response.status} ${stream ? 'stream' : 'body'}: ${names.join(', ')}`)
}
await ask('fast', false)
await ask('fast', true)
await ask('openai/o3', false)
const { incarnation } = engine.read((state) => getRow(state.teams, 'dev')) as { incarnation: number }
const wallet = () => ledger.wallet({ type: 'team', id: 'dev', incarnation })
while ((await wallet())?.balance.reserved !== 0n) await pause(10)
const spent = await wallet()
console.log(`spent ${formatCredit(spent?.balance.spent ?? 0n)}, violations ${(await ledger.verify()).length}`)
portkey.kill()
await exited
provider.closeAllConnections()
provider.close()
await engine.close()
