// A complete gateway in one process: model calls of the OpenAI and Anthropic APIs at /v1, administration at /api, and the
// decisions of the OpenID AuthZEN API for other services at /access/v1.
// `npx tsx examples/gateway.ts` runs it with the real providers, and `npm start` with a local one.

import type { AddressInfo } from 'node:net'
import { pathToFileURL } from 'node:url'
import { serve } from '@hono/node-server'
import * as prices from '@pydantic/genai-prices'
import { Hono } from 'hono'
import { findRow } from 'portcullis'
import { createAdminApi } from 'portcullis/admin'
import { authenticateAdministrator, createAuthZenHandler, engineEvaluator } from 'portcullis/authzen'
import { type CommandBody, createDecisionLog, createEngine, type Engine } from 'portcullis/engine'
import { openFolderJournal, openFolderRepository } from 'portcullis/folder'
import { createGuard, genaiPricer, type UpstreamRequest } from 'portcullis/gateway'
import type { CreditLedger } from 'portcullis/ledger'
import { createMemoryCreditLedger, createMemoryRepository, openMemoryCreditLedger } from 'portcullis/memory'

export interface GatewayOptions {
  /** The port; 0 is a free one. Default: `PORT` of the environment, or 8003. */
  readonly port?: number
  /** The address to listen at, such as `0.0.0.0` for all interfaces. Default: `HOST`, or `127.0.0.1`. */
  readonly host?: string
  /** The folder of the policy and of the credits. Default: `PORTCULLIS_DATA`; without it, both are kept in memory. */
  readonly folder?: string | undefined
}

export interface Gateway {
  readonly url: string
  /** The token of the first administrator. Only the start that founds the gateway returns it. */
  readonly token: string | undefined
  /** Ends open calls, and closes the stores. */
  close(): Promise<void>
}

/** Where the calls of a provider account go if its setting `base_url` does not say. */
const baseUrls: Readonly<Record<string, string>> = {
  openai: 'https://api.openai.com',
  anthropic: 'https://api.anthropic.com',
}
/** The most output tokens of a call whose client sets no bound. */
const maxTokens = 4_096
/** What calls cost: the list prices of the providers, in credits of a tenth of a cent. */
const pricer = genaiPricer(prices, { creditsPerDollar: '1000' })
/** The prefix of all tokens, by which leak scanners find them. Malformed tokens are refused without a lookup. */
const tokens = { prefix: 'pc' }

/**
 * Starts the gateway. Resolves when it accepts requests.
 * @throws {Error} when it cannot start, such as on a taken port; its stores are closed then
 */
export async function startGateway(options: GatewayOptions = {}): Promise<Gateway> {
  const { port = Number(process.env['PORT'] ?? 8003), folder = process.env['PORTCULLIS_DATA'] } = options
  const { host = process.env['HOST'] || '127.0.0.1' } = options
  const { repository, ledger } = await openStores(folder)
  const engine = createEngine({ repository, ledger, tokens, onNotice: report })
  const closeStores = async () => {
    for (const part of [engine, ledger, repository]) await part.close()
  }
  try {
    if (!(await engine.ready())) throw new Error(engine.status().problem?.message)
    const token = await found(engine)
    const { server, address } = await listen(createApp(engine, ledger), host, port)
    const close = async () => {
      // Open streams end with the connections, and are settled before the engine closes.
      if ('closeAllConnections' in server) server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await closeStores()
    }
    return { url: `http://${nameOf(host)}:${address.port}`, token, close }
  } catch (error) {
    await closeStores()
    throw error
  }
}

/** The routes of the gateway. */
function createApp(engine: Engine, ledger: CreditLedger): Hono {
  const guard = createGuard(engine, { pricer, maxTokens, onNotice: report })
  const decisions = createDecisionLog()
  engine.subscribe(decisions.record)
  const api = createAdminApi(engine, { ledger, decisions, onError: report })
  const authenticate = authenticateAdministrator(engine)
  const authZen = createAuthZenHandler({ evaluator: engineEvaluator(engine), authenticate, onError: report })
  const callUpstream = upstreamOf(engine)
  const app = new Hono()
  app.get('/healthz', (c) => {
    const { isReady, problem } = engine.status()
    return isReady ? c.text('ok') : c.text(problem?.message ?? 'not ready', 503)
  })
  app.all('/api/*', (c) => api.handle(c.req.raw))
  app.all('/access/v1/*', (c) => authZen(c.req.raw))
  app.all('*', async (c) => (await guard.handle(c.req.raw, callUpstream)) ?? c.notFound())
  return app
}

/** Opens the policy and the ledger: durable in a folder, or in memory. */
async function openStores(folder: string | undefined) {
  if (folder === undefined || folder === '')
    return { repository: createMemoryRepository(), ledger: createMemoryCreditLedger() }
  const repository = await openFolderRepository(`${folder}/policy`)
  const journal = await openFolderJournal(`${folder}/ledger.journal`)
  return { repository, ledger: await openMemoryCreditLedger({ journal }) }
}

/** Creates the first administrator at the first start, and returns its token. Later starts return none. */
async function found(engine: Engine): Promise<string | undefined> {
  const administrator = { type: 'user', id: 'administrator' } as const
  const founding: CommandBody[] = [
    { type: 'CreateUser', user: administrator.id },
    { type: 'AddAdministrator', administrator },
  ]
  const system = { actor: { type: 'system' } } as const
  const founded = await engine.execute(founding, { ...system, id: 'founding' })
  if (!founded.ok) throw new Error(`the gateway cannot be founded: ${founded.reason}`)
  const request = { credential: 'founding', owner: administrator, name: 'the first token' }
  const issued = await engine.issueToken(request, { ...system, id: 'founding token' })
  if (!issued.ok && issued.reason !== 'already_issued') throw new Error(`no token can be issued: ${issued.reason}`)
  return issued.ok ? issued.token : undefined
}

/**
 * Returns the function that calls a provider: at the `base_url` in the settings of its account, with the key in the
 * environment, such as `OPENAI_API_KEY` for the account `openai`. Managers of an account can change its settings, and
 * so can learn its key.
 */
function upstreamOf(engine: Engine) {
  return ({ route, path, method, headers, body, signal }: UpstreamRequest): Promise<Response> => {
    const { providerAccount } = route
    const account = engine.read((state) => findRow(state.providerAccounts, providerAccount))
    const settings = account !== undefined && 'settings' in account ? account.settings : {}
    const baseUrl = settings['base_url'] ?? baseUrls[providerAccount]
    if (baseUrl === undefined) throw new Error(`provider account ${providerAccount} has no base_url`)
    const key = process.env[`${providerAccount.toUpperCase().replaceAll(/\W/g, '_')}_API_KEY`] ?? 'none'
    const own = path.startsWith('/v1/messages') ? { 'x-api-key': key } : { authorization: `Bearer ${key}` }
    return fetch(`${baseUrl}${path}`, { method, headers: { ...headers, ...own }, body, signal })
  }
}

/** Serves the gateway. */
function listen(app: Hono, hostname: string, port: number) {
  return new Promise<{ server: ReturnType<typeof serve>; address: AddressInfo }>((resolve, reject) => {
    const server = serve({ fetch: app.fetch, port, hostname }, (address) => resolve({ server, address }))
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = `port ${port} of ${hostname} is taken; set PORT to another one, or to 0 for a free one`
      reject(error.code === 'EADDRINUSE' ? new Error(taken) : error)
    })
  })
}

/** The host in the URL of the gateway: this machine for all interfaces, and in brackets for IPv6. */
function nameOf(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}

/** Prints what an operator should know, but no requests that are refused before a decision: anyone can cause them. */
function report(notice: unknown): void {
  if ((notice as { type?: string } | undefined)?.type !== 'refused') console.error(notice)
}

/** Prints why the gateway does not start, and ends the process. */
export function giveUp(error: unknown): never {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { url, token, close } = await startGateway().catch(giveUp)
  console.log(`model calls at ${url}/v1, administration at ${url}/api, which ${url}/api/openapi.json describes`)
  if (token !== undefined) console.log(`the token of the administrator, shown once: ${token}`)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, close)
}
