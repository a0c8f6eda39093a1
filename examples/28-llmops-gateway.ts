// The guard in front of an embedded gateway of many providers, `@llmops/gateway`, and again before each of its targets.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import llmops from '@llmops/gateway'
import { Hono } from 'hono'
import { formatCredit, getRow } from 'portcullis'
import { type CommandBody, createEngine, tokenDigest } from 'portcullis/engine'
import { createGuard, type GuardedCall, tablePricer } from 'portcullis/gateway'
import { createMemoryCreditLedger, createMemoryRepository } from 'portcullis/memory'

const founding: CommandBody[] = [
  { type: 'CreateProviderAccount', providerAccount: 'openai', models: ['gpt-5', 'gpt-5-mini', 'o3'] },
  { type: 'CreateOrganization', organization: 'acme', entitlement: { type: 'unlimited' } },
  {
    type: 'CreateModelAlias',
    alias: 'fast',
    targets: [
      { providerAccount: 'openai', model: 'gpt-5' },
      { providerAccount: 'openai', model: 'gpt-5-mini' },
    ],
  },
  { type: 'CreateAccessGroup', accessGroup: 'standard', members: [{ type: 'alias', alias: 'fast' }] },
  { type: 'CreateTeam', team: 'dev', organization: 'acme', credits: '1', accessGroups: ['standard'] },
  { type: 'IssueCredential', credential: 'key', owner: { type: 'team', id: 'dev' }, digest: tokenDigest('secret') },
]
const ledger = createMemoryCreditLedger()
const engine = createEngine({ repository: createMemoryRepository(), ledger })
await engine.ready()
await engine.execute(founding, { actor: { type: 'system' } })
await engine.booked()
const rate = { input: '1', output: '10' }
const pricer = tablePricer({ 'openai/gpt-5': rate, 'openai/gpt-5-mini': rate })
const guard = createGuard(engine, { pricer, maxTokens: 1_000 })

/** A local provider, on which `gpt-5` is busy. */
const asked: string[] = []
const provider = createServer(async (request, response) => {
  const { model } = JSON.parse(Buffer.concat(await request.toArray()).toString()) as { model: string }
  asked.push(model)
  response.writeHead(model === 'gpt-5' ? 429 : 200, { 'content-type': 'application/json' })
  const choices = [{ index: 0, message: { role: 'assistant', content: `hello from ${model}` }, finish_reason: 'stop' }]
  response.end(JSON.stringify({ model, choices, usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 } }))
})
await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve))
const customHost = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/v1`

/** The call of a request to the embedded gateway, and the route of the target that was asked last. */
interface Inner {
  readonly call: GuardedCall
  route?: GuardedCall['routes'][number]
}
const inner = new Hono<{ Bindings: Inner; Variables: { preRequestValidator: unknown } }>()
inner.use(async (c, next) => {
  // Called before each target: only those of the decision are asked.
  c.set('preRequestValidator', (_context: unknown, target: { provider: string; overrideParams: { model: string } }) => {
    const { model } = target.overrideParams
    const route = c.env.call.routes.find((one) => one.providerAccount === target.provider && one.model === model)
    if (route === undefined)
      return { response: Response.json({ error: { message: 'not permitted' } }, { status: 403 }) }
    c.env.call.upstream(route)
    c.env.route = route
    return {}
  })
  await next()
})
inner.route('/', llmops as unknown as Hono)

/** The fallbacks as an operator wrote them, of which one is not in the decision. */
const targets = ['o3', 'gpt-5', 'gpt-5-mini'].map((model) => {
  return { provider: 'openai', api_key: 'key of the provider', custom_host: customHost, override_params: { model } }
})
const config = JSON.stringify({ strategy: { mode: 'fallback' }, targets })

const gateway = new Hono()
gateway.all('/v1/*', async (c) => {
  const call = await guard.admit(c.req.raw)
  if (call.type === 'answer') return call.response
  if (call.type === 'pass' || call.routes[0] === undefined) return c.notFound()
  const { path, headers, body, signal } = call.upstream(call.routes[0])
  const env: Inner = { call }
  const request = new Request(`http://inner${path}`, {
    method: 'POST',
    headers: { ...headers, 'x-llmops-config': config },
    body,
    signal,
  })
  const response = await inner.fetch(request, env)
  return env.route === undefined ? call.refuse({ reason: 'upstream_refused' }) : await call.respond(response, env.route)
})

for (const model of ['fast', 'openai/o3']) {
  const response = await gateway.request('/v1/chat/completions', {
    method: 'POST',
    headers: { authorization: 'Bearer secret', 'content-type': 'application/json', 'x-llmops-config': '{}' },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'hi' }] }),
  })
  const { model: named, choices, error } = (await response.json()) as Record<string, never>
  const text = choices?.[0]?.['message']?.['content'] ?? error?.['code']
  console.log(`${response.status} ${named === undefined ? '' : `${named}: `}${text}`)
}
console.log(`asked: ${asked.join(', ')}`)
const { incarnation } = engine.read((state) => getRow(state.teams, 'dev')) as { incarnation: number }
const wallet = () => ledger.wallet({ type: 'team', id: 'dev', incarnation })
while ((await wallet())?.balance.reserved !== 0n) await pause(10)
const spent = await wallet()
console.log(`spent ${formatCredit(spent?.balance.spent ?? 0n)}, violations ${(await ledger.verify()).length}`)
provider.closeAllConnections()
provider.close()
await engine.close()
