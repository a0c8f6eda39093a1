import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { createMemoryCreditLedger, createMemoryRepository } from '../../src/adapter/memory/index.ts'
import { createGuard, tablePricer } from '../../src/gateway/index.ts'
import { createEngine } from '../../src/runtime/index.ts'

/** The usage that the upstream reports. */
const usage = { prompt_tokens: 40, completion_tokens: 20, total_tokens: 60 }

/** The chunks of a stream. */
const chunks = 20

/** Starts a provider that answers chats at once, with a stream if asked. Returns its port. */
export async function startUpstream(): Promise<number> {
  const content = 'A short answer, as a model gives it when it is asked a short question. '.repeat(4)
  const base = { id: 'c1', created: 1, model: 'gpt-5' }
  const message = { role: 'assistant', content }
  const choices = [{ index: 0, message, finish_reason: 'stop' }]
  const whole = JSON.stringify({ ...base, object: 'chat.completion', choices, usage })
  const chunk = { ...base, object: 'chat.completion.chunk', choices: [{ index: 0, delta: { content: 'answer ' } }] }
  const part = `data: ${JSON.stringify(chunk)}\n\n`
  const last = `data: ${JSON.stringify({ ...chunk, choices: [], usage })}\n\ndata: [DONE]\n\n`
  const server = createServer((request, response) => {
    const read: Buffer[] = []
    request.on('data', (bytes: Buffer) => read.push(bytes))
    request.on('end', () => {
      const { stream } = JSON.parse(Buffer.concat(read).toString()) as { stream?: boolean }
      if (stream !== true) {
        response.writeHead(200, { 'content-type': 'application/json' }).end(whole)
        return
      }
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      for (let i = 0; i < chunks; i += 1) response.write(part)
      response.end(last)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

/** Starts a proxy without a guard, which parses the JSON of requests and answers. Returns its port. */
export async function startProxy(upstream: number): Promise<number> {
  const url = `http://127.0.0.1:${upstream}/v1/chat/completions`
  return await listen(async (request) => {
    const body = (await request.json()) as Record<string, unknown>
    const headers = { 'content-type': 'application/json' }
    const sent = JSON.stringify({ ...body, model: 'gpt-5' })
    const response = await fetch(url, { method: 'POST', headers, body: sent, signal: request.signal })
    if (body['stream'] === true) {
      return new Response(response.body, { headers: { 'content-type': 'text/event-stream' } })
    }
    return Response.json({ ...((await response.json()) as object), model: body['model'] })
  })
}

/** The token of the guarded proxy. */
export interface GuardedProxy {
  readonly port: number
  readonly token: string
}

/** Starts the same proxy with a guard, whose policy and ledger are in memory. */
export async function startGuardedProxy(upstream: number): Promise<GuardedProxy> {
  const engine = createEngine({ repository: createMemoryRepository(), ledger: createMemoryCreditLedger() })
  await engine.ready()
  const actor = { type: 'system' } as const
  const dev = { type: 'team', id: 'dev' } as const
  const founded = await engine.execute(
    [
      { type: 'CreateProviderAccount', providerAccount: 'openai', models: ['gpt-5'] },
      { type: 'CreateModelAlias', alias: 'fast', targets: [{ providerAccount: 'openai', model: 'gpt-5' }] },
      { type: 'CreateAccessGroup', accessGroup: 'standard', members: [{ type: 'alias', alias: 'fast' }] },
      { type: 'CreateOrganization', organization: 'acme', entitlement: { type: 'unlimited' } },
      { type: 'CreateTeam', team: 'dev', organization: 'acme', metered: true, accessGroups: ['standard'] },
      { type: 'AllocateCredits', principal: dev, amount: '1000000' },
    ],
    { actor },
  )
  const issued = await engine.issueToken({ credential: 'key', owner: dev, scope: { type: 'all' } }, { actor })
  if (!founded.ok || !issued.ok || !(await engine.booked())) throw new Error('not founded')
  const guard = createGuard(engine, { pricer: tablePricer({ 'openai/gpt-5': { input: '1.25', output: '10' } }) })
  const origin = `http://127.0.0.1:${upstream}`
  const port = await listen(async (request) => {
    const response = await guard.handle(request, ({ path, method, headers, body, signal }) =>
      fetch(origin + path, { method, headers, body, signal }),
    )
    return response ?? new Response(null)
  })
  return { port, token: issued.token }
}

function listen(handle: (request: Request) => Promise<Response>): Promise<number> {
  return new Promise((resolve) => {
    serve({ fetch: handle, port: 0, hostname: '127.0.0.1' }, ({ port }) => resolve(port))
  })
}
