// The guard in a Cloudflare Worker, without compatibility flags. `Gateway` is a Durable Object.

import { formatCredit, getRow } from 'portcullis'
import { type CommandBody, createEngine, tokenDigest } from 'portcullis/engine'
import { createGuard, tablePricer, type UpstreamRequest } from 'portcullis/gateway'
import { createMemoryCreditLedger, createMemoryRepository } from 'portcullis/memory'

/** The bindings of the Worker. */
interface Bindings {
  readonly GATEWAY: { getByName(name: string): { fetch(request: Request): Promise<Response> } }
}

/**
 * Founds the policy, and returns a function that answers requests. It is called on the first request, since the global
 * scope of a Worker has no clock and no randomness.
 */
async function startGateway(): Promise<(request: Request) => Promise<Response>> {
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
  const isPassed = (_method: string, path: string) => path === '/healthz'
  const pricer = tablePricer({ 'openai/gpt-5': { input: '1', output: '10' } })
  const guard = createGuard(engine, { pricer, maxTokens: 1_000, isPassed })
  return async (request) => {
    const response = await guard.handle(request, upstream)
    if (response !== undefined) return response
    const { incarnation } = engine.read((state) => getRow(state.teams, 'dev')) as { incarnation: number }
    const wallet = await ledger.wallet({ type: 'team', id: 'dev', incarnation })
    const { isReady, staleness } = engine.status()
    return Response.json({ isReady, staleness, spent: formatCredit(wallet?.balance.spent ?? 0n) })
  }
}

/** Answers as a provider does. A real gateway calls `fetch` here, with its key for `route.providerAccount`. */
function upstream({ body }: UpstreamRequest): Response {
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

/**
 * The one gateway of all requests. An engine follows its policy with timers: in a Worker they end with the request that
 * started them, and in a Durable Object they go on. The memory is lost when the object is evicted.
 */
export class Gateway {
  #answer: ReturnType<typeof startGateway> | undefined

  async fetch(request: Request): Promise<Response> {
    this.#answer ??= startGateway()
    return (await this.#answer)(request)
  }
}

export default {
  fetch: (request: Request, { GATEWAY }: Bindings): Promise<Response> => GATEWAY.getByName('acme').fetch(request),
}
