// The guard in a gateway on Express, asked by the official client of OpenAI.

import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import express, { type Response as ExpressResponse } from 'express'
import OpenAI from 'openai'
import { formatCredit, getRow } from 'portcullis'
import { type CommandBody, createEngine, tokenDigest } from 'portcullis/engine'
import { expressGuard, expressGuardErrors, type GuardLocals, sendResponse } from 'portcullis/express'
import { createGuard, tablePricer, type UpstreamRequest } from 'portcullis/gateway'
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
const pricer = tablePricer({ 'openai/gpt-5': { input: '1', output: '10' } })
const guard = createGuard(engine, { pricer, maxTokens: 1_000 })

/** Answers as a provider does. A real gateway calls `fetch` here, with its key for `route.providerAccount`. */
function upstream({ route, body }: UpstreamRequest): Response {
  console.log(`upstream: ${route.providerAccount}/${route.model}`)
  const { model, stream } = JSON.parse(String(body)) as { model: string; stream?: boolean }
  const answer = { id: 'chatcmpl-1', object: 'chat.completion', created: 1, model }
  const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 }
  if (stream !== true) {
    const choices = [{ index: 0, message: { role: 'assistant', content: 'hello' }, finish_reason: 'stop' }]
    return Response.json({ ...answer, choices, usage })
  }
  const deltas = ['hel', 'lo'].map((content) => ({ choices: [{ index: 0, delta: { content } }] }))
  const chunks = [...deltas, { choices: [], usage }].map((part) => JSON.stringify({ ...answer, ...part }))
  const events = [...chunks, '[DONE]'].map((data) => `data: ${data}\n\n`)
  return new Response(events.join(''), { headers: { 'content-type': 'text/event-stream' } })
}

const app = express()
app.get('/healthz', (_req, res) => void res.send('ok'))
// The middleware answers refused calls and the list of models, and reads the body, so `express.json()` is not needed.
app.use('/v1', expressGuard(guard))
app.post('/v1/chat/completions', async (_req, res: ExpressResponse<unknown, GuardLocals>) => {
  await sendResponse(res, await res.locals.call.send(upstream))
})
app.use(expressGuardErrors(guard))
const server = app.listen(0, '127.0.0.1')
await once(server, 'listening')
const { port } = server.address() as AddressInfo

const client = new OpenAI({ apiKey: 'secret', baseURL: `http://127.0.0.1:${port}/v1` })
const messages = [{ role: 'user' as const, content: 'hi' }]

for await (const { id } of client.models.list()) console.log(`listed: ${id}`)

const { model, choices } = await client.chat.completions.create({ model: 'fast', messages })
console.log(`allowed: ${choices[0]?.message.content} from ${model}`)

try {
  await client.chat.completions.create({ model: 'openai/o3', messages })
} catch (error) {
  if (!(error instanceof OpenAI.NotFoundError)) throw error
  console.log(`denied: ${error.status} ${error.code}`)
}

for await (const chunk of await client.chat.completions.create({ model: 'fast', messages, stream: true })) {
  const content = chunk.choices[0]?.delta.content
  if (content !== undefined) console.log(`streamed: ${content} from ${chunk.model}`)
}

const { incarnation } = engine.read((state) => getRow(state.teams, 'dev')) as { incarnation: number }
const wallet = () => ledger.wallet({ type: 'team', id: 'dev', incarnation })
while ((await wallet())?.balance.reserved !== 0n) await pause(10)
const spent = await wallet()
console.log(`spent ${formatCredit(spent?.balance.spent ?? 0n)}, violations ${(await ledger.verify()).length}`)
server.closeAllConnections()
server.close()
await engine.close()
