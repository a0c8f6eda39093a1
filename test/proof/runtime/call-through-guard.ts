import { Hono } from 'hono'
import { formatCredit, getRow } from 'portcullis'
import { type CommandBody, createEngine, isToken, tokenDigest } from 'portcullis/engine'
import { createGuard, tablePricer, type UpstreamRequest } from 'portcullis/gateway'
import { type GuardVariables, honoGuard } from 'portcullis/hono'
import { createMemoryCreditLedger, createMemoryRepository } from 'portcullis/memory'

const actor = { type: 'system' } as const
const owner = { type: 'team', id: 'dev' } as const
const founding: readonly CommandBody[] = [
  { type: 'CreateProviderAccount', providerAccount: 'openai', models: ['gpt-5', 'o3'] },
  { type: 'CreateOrganization', organization: 'acme', entitlement: { type: 'unlimited' } },
  { type: 'CreateModelAlias', alias: 'fast', targets: [{ providerAccount: 'openai', model: 'gpt-5' }] },
  { type: 'CreateAccessGroup', accessGroup: 'standard', members: [{ type: 'alias', alias: 'fast' }] },
  { type: 'CreateTeam', team: 'dev', organization: 'acme', credits: '2', accessGroups: ['standard'] },
]

/**
 * Starts an engine and a guard on the ledger in memory, makes model calls as a fetch handler and as a middleware of Hono, and
 * returns their answers and what the ledger booked.
 */
export async function callThroughGuard(): Promise<readonly unknown[]> {
  const ledger = createMemoryCreditLedger()
  const repository = createMemoryRepository()
  const engine = createEngine({ repository, ledger })
  if (!(await engine.ready())) throw new Error(engine.status().problem?.message)
  const founded = await engine.execute(founding, { actor, id: 'founding' })
  const booked = await engine.booked()
  const issued = await engine.issueToken({ credential: 'key', owner, scope: { type: 'all' } }, { actor })
  if (!issued.ok) throw new Error('the token was not issued')

  const pricer = tablePricer({ 'openai/gpt-5': { input: '1000', output: '10000' } })
  const guard = createGuard(engine, { pricer, maxTokens: 10 })
  const app = new Hono<{ Variables: GuardVariables }>()
  app.use('/v1/*', honoGuard(guard))
  app.post('/v1/chat/completions', (c) => c.get('call').send(upstream))
  const fetches = [async (request: Request) => await guard.handle(request, upstream), app.fetch]

  const results: unknown[] = [founded.ok, booked, isToken(issued.token), tokenDigest('secret')]
  for (const fetch of fetches) {
    for (const [body, token] of [
      [{ model: 'fast' }, issued.token],
      [{ model: 'fast', stream: true }, issued.token],
      [{ model: 'fast', user: 'failing' }, issued.token],
      [{ model: 'fast', max_tokens: 1_000_000 }, issued.token],
      [{ model: 'openai/o3' }, issued.token],
      [{ model: 1 }, issued.token],
      [{ model: 'fast' }, 'another'],
    ] as const) {
      const response = await fetch(chat(body, token))
      results.push([response?.status, response?.headers.get('content-type'), readable(await response?.text())])
    }
    const left = await fetch(chat({ model: 'fast', stream: true }, issued.token))
    await left?.body?.cancel()
  }
  while (engine.status().liveCalls > 0) await new Promise((resolve) => setTimeout(resolve, 1))

  const { incarnation } = engine.read((state) => getRow(state.teams, 'dev')) as { readonly incarnation: number }
  const wallet = await ledger.wallet({ ...owner, incarnation })
  results.push([formatCredit(wallet?.balance.spent ?? 0n), wallet?.balance.reserved], await ledger.verify())
  for (const part of [engine, ledger, repository]) await part.close()
  return results
}

function chat(body: object, token: string): Request {
  return new Request('http://localhost/v1/chat/completions', {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ messages: [{ role: 'user', content: 'hi' }], ...body }),
  })
}

/** Answers as a provider does; with status 500 for the user `failing`. */
function upstream({ body }: UpstreamRequest): Response {
  const { model, stream, user } = JSON.parse(String(body)) as { model: string; stream?: boolean; user?: string }
  if (user === 'failing') return Response.json({ error: { message: 'failed', type: 'server_error' } }, { status: 500 })
  const answer = { id: 'chatcmpl-1', object: 'chat.completion', created: 1, model }
  const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 }
  if (stream !== true) {
    const choices = [{ index: 0, message: { role: 'assistant', content: 'hello' }, finish_reason: 'stop' }]
    const headers = { 'content-type': 'application/json' } // `Response.json` of Bun names the charset too
    return new Response(JSON.stringify({ ...answer, choices, usage }), { headers })
  }
  const deltas = ['hel', 'lo'].map((content) => ({ choices: [{ index: 0, delta: { content } }] }))
  const chunks = [...deltas, { choices: [], usage }].map((part) => JSON.stringify({ ...answer, ...part }))
  const events = [...chunks, '[DONE]'].map((data) => `data: ${data}\n\n`)
  return new Response(events.join(''), { headers: { 'content-type': 'text/event-stream' } })
}

/** The body without the ids of requests, which are random. */
function readable(text = ''): string {
  return text.replace(/"request_id":"[^"]*"/g, '"request_id":"…"')
}
