import { expect } from 'vitest'
import {
  type CallGuard,
  createGuard,
  type GuardNotice,
  type GuardOptions,
  type UpstreamRequest,
} from '../../../src/gateway/index.ts'
import type { CallUsage, Pricer } from '../../../src/gateway/price/pricer.ts'
import { credit } from '../../../src/model/value/credit.ts'
import type { CommandBody, EngineOptions } from '../../../src/runtime/index.ts'
import { accepted, type Gateway, start, system, teamWallet } from '../runtime/gateway.ts'
import { startUpstream, type Upstream } from './upstream.ts'

/** Commands that found a team with 100 credits, three accounts with models of which one has no price, and a free user. */
const founding: readonly CommandBody[] = [
  { type: 'CreateOrganization', organization: 'acme', entitlement: { type: 'unlimited' } },
  { type: 'CreateProviderAccount', providerAccount: 'openai', models: ['gpt-5', 'gpt-5-mini', 'unpriced', 'secret'] },
  { type: 'CreateProviderAccount', providerAccount: 'azure', models: ['gpt-5-eu'] },
  { type: 'CreateProviderAccount', providerAccount: 'anthropic', models: ['claude'] },
  {
    type: 'CreateModelAlias',
    alias: 'fast',
    targets: [
      { providerAccount: 'openai', model: 'gpt-5' },
      { providerAccount: 'azure', model: 'gpt-5-eu' },
    ],
  },
  { type: 'CreateModelAlias', alias: 'cheap', targets: [{ providerAccount: 'openai', model: 'gpt-5-mini' }] },
  { type: 'CreateModelAlias', alias: 'claude', targets: [{ providerAccount: 'anthropic', model: 'claude' }] },
  { type: 'CreateModelAlias', alias: 'unpriced', targets: [{ providerAccount: 'openai', model: 'unpriced' }] },
  {
    type: 'CreateAccessGroup',
    accessGroup: 'standard',
    members: ['fast', 'cheap', 'claude', 'unpriced'].map((alias) => ({ type: 'alias', alias })),
  },
  { type: 'CreateTeam', team: 'dev', organization: 'acme', metered: true, accessGroups: ['standard'] },
  { type: 'CreateTeam', team: 'free', organization: 'acme', metered: false, accessGroups: ['standard'] },
  { type: 'AllocateCredits', principal: { type: 'team', id: 'dev' }, amount: '100' },
]

/** Credits for a million tokens: 1 as input and 10 as output, and a tenth of both for `gpt-5-mini`. */
const pricer: Pricer = {
  priceOf: ({ model }) => {
    if (model === 'unpriced') return undefined
    const unit = model === 'gpt-5-mini' ? 100n : 1_000n
    const costOf = ({ input = 0, output = 0 }: CallUsage) => unit * BigInt(input) + 10n * unit * BigInt(output)
    return {
      name: model,
      contextWindow: 100_000,
      maxOutput: 10_000,
      costOf,
      boundOf: costOf,
      outputWithin: (amount, { input }) => {
        const left = amount - unit * BigInt(input)
        return left < 0n ? undefined : Number(left / (10n * unit))
      },
    }
  },
}

/** A gateway with a guard, a token of each team, and one local upstream for all accounts. */
export interface GuardedGateway extends Gateway {
  readonly guard: CallGuard
  readonly upstream: Upstream
  readonly guardNotices: GuardNotice[]
  /** The token of the team `dev`, and of the team `free`. */
  readonly token: string
  readonly freeToken: string
  /** Sends a request of the guard to the upstream. */
  readonly attempt: (request: UpstreamRequest) => Promise<Response>
  /** Posts a body to a path, as a client with the token of `dev`. */
  readonly post: (path: string, body: unknown, headers?: Record<string, string>) => Promise<Response>
}

export async function foundGuarded(
  options: GuardOptions = {},
  engineOptions: Partial<EngineOptions> = {},
): Promise<GuardedGateway> {
  const gateway = await start({ tokens: { prefix: 'acme' }, ...engineOptions })
  accepted(await gateway.engine.execute(founding, system))
  expect(await gateway.engine.booked()).toBe(true)
  const [token, freeToken] = await Promise.all(
    ['dev', 'free'].map(async (id) => {
      const request = { credential: id, owner: { type: 'team', id }, scope: { type: 'all' } } as const
      const issued = await gateway.engine.issueToken(request, system)
      if (!issued.ok) throw new Error(JSON.stringify(issued))
      return issued.token
    }),
  )
  const upstream = await startUpstream()
  const guardNotices: GuardNotice[] = []
  const guard = createGuard(gateway.engine, { pricer, onNotice: (notice) => guardNotices.push(notice), ...options })
  const attempt = ({ path, method, headers, body, signal }: UpstreamRequest) =>
    fetch(upstream.url + path, { method, headers, body, signal })
  const post: GuardedGateway['post'] = async (path, body, headers = {}) => {
    const request = new Request(`http://gateway.test${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' || body instanceof Uint8Array ? (body as string) : JSON.stringify(body),
    })
    return (await guard.handle(request, attempt)) ?? new Response('passed', { status: 299 })
  }
  return { ...gateway, guard, upstream, guardNotices, token: token ?? '', freeToken: freeToken ?? '', attempt, post }
}

/** Returns the available, reserved and spent amounts of the team `dev`, in units of 10^-9. */
export async function amounts(gateway: Gateway): Promise<readonly [bigint, bigint, bigint]> {
  const state = await gateway.ledger.wallet(teamWallet(gateway))
  if (state === undefined) throw new Error('no wallet')
  const { available, reserved, spent } = state.balance
  expect(available + reserved + spent).toBe(credit('100'))
  return [available, reserved, spent]
}

/** A chat with one message. */
export const chat = (content: string, rest: object = {}): object => ({
  model: 'fast',
  messages: [{ role: 'user', content }],
  max_completion_tokens: 100,
  ...rest,
})
