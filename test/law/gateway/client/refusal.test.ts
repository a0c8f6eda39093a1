import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { describe, expect, test } from 'vitest'
import { createMemoryCreditLedger } from '../../../../src/adapter/memory/index.ts'
import type { GuardOptions } from '../../../../src/gateway/index.ts'
import { type AnswerReason, refusalTable } from '../../../../src/gateway/refusal/refusal-table.ts'
import { credit } from '../../../../src/model/value/credit.ts'
import type { CreditLedger } from '../../../../src/port/credit-ledger.ts'
import { LedgerError } from '../../../../src/port/ledger-error.ts'
import { type CommandBody, createDecisionLog, type EngineOptions } from '../../../../src/runtime/index.ts'
import { withMethods } from '../../runtime/faulty.ts'
import { accepted, system, teamWallet, until } from '../../runtime/gateway.ts'
import { ai } from '../ai-sdk.ts'
import { anthropicClass, openAiClass } from '../error-class.ts'
import { type Access, accessOf, type Served, served, spent } from './served.ts'
import { type Question, type TextClient, textClients } from './text-client.ts'

/** How a reason comes about: what is prepared, and what the clients then ask. */
interface Cause {
  readonly options?: GuardOptions
  readonly engineOptions?: () => Partial<EngineOptions>
  readonly commands?: readonly CommandBody[]
  readonly prepare?: (gateway: Served) => Promise<Partial<Access> | undefined>
  readonly access?: Partial<Access>
  readonly question?: Partial<Question>
  /** Appended to the URL of the gateway. */
  readonly below?: string
}

const failing = (): never => {
  throw new Error('a secret of the host')
}

const devKey = { type: 'UpdateCredential', credential: 'dev' } as const
const otherTeam: readonly CommandBody[] = [
  { type: 'CreateUser', user: 'ann' },
  { type: 'AddTeamMember', team: 'dev', user: 'ann' },
  { type: 'CreateTeam', team: 'ops', organization: 'acme', metered: true, accessGroups: ['standard'] },
  { type: 'AddTeamMember', team: 'ops', user: 'ann' },
]
const pro: readonly CommandBody[] = [
  { type: 'CreateModelAlias', alias: 'large', targets: [{ providerAccount: 'openai', model: 'secret' }] },
  { type: 'CreateAccessGroup', accessGroup: 'premium', members: [{ type: 'alias', alias: 'large' }] },
  { type: 'CreatePlan', plan: 'pro', accessGroups: ['premium'] },
]

/** Reserves all credits but 0.01, too few for a call, and spends them if `spends`. */
function reserveRest(spends: boolean): Cause {
  const prepare: Cause['prepare'] = async ({ engine, token }) => {
    const admission = await engine.admit({ token, model: 'fast', estimate: credit('99.99') })
    if (!admission.admitted) throw new Error(admission.reason)
    if (spends) expect((await admission.settle(credit('99.99'))).ok).toBe(true)
    return undefined
  }
  return { options: { countInput: () => 0, minTokens: 10_000 }, prepare }
}

function withReserve(reserve: CreditLedger['reserve']): CreditLedger {
  return withMethods<CreditLedger>(createMemoryCreditLedger(), { reserve })
}

/** The reasons that a client of a guarded call cannot meet: of commands, of later writes, and of a client that has gone. */
type Unmet = 'management_not_granted' | 'call_ended' | 'key_reused' | 'stream_failed' | 'aborted'

/** How a client meets each reason through a guard. A new reason without a line does not compile. */
const causes: Readonly<Record<Exclude<AnswerReason, Unmet | 'method_not_allowed'>, Cause>> = {
  request_invalid: { options: { tagsOf: () => [''] } },
  body_invalid: { question: { model: '' } },
  header_invalid: { access: { headers: { 'x-portcullis-team': 'dev,free' } } },
  body_too_large: { options: { maxBodySize: 1_024 }, question: { content: 'x'.repeat(2_000) } },
  media_type_unsupported: { access: { headers: { 'content-encoding': 'gzip' } } },
  route_unknown: { below: '/other' },

  token_missing: { access: { headers: { Authorization: null, 'x-api-key': null } } },
  token_ambiguous: { access: { apiKey: 'one,two' } },
  credential_invalid: { access: { apiKey: 'acme_unknown' } },
  credential_expired: {
    prepare: async ({ engine }) => {
      const expiresAt = Date.now() + 30
      accepted(await engine.execute({ ...devKey, expiresAt }, system))
      await until(() => Date.now() > expiresAt)
      return undefined
    },
  },

  access_suspended: { commands: [{ type: 'SuspendTeam', team: 'dev' }] },
  operation_not_permitted: { commands: [{ ...devKey, operations: { type: 'list', operations: ['images'] } }] },
  team_not_found: { access: { headers: { 'x-portcullis-team': 'other' } } },
  team_required: {
    commands: otherTeam,
    prepare: async ({ engine }) => {
      const issued = await engine.issueToken({ credential: 'ann', owner: { type: 'user', id: 'ann' } }, system)
      if (!issued.ok) throw new Error(JSON.stringify(issued))
      return { apiKey: issued.token }
    },
  },
  model_not_found: { question: { model: 'openai/secret' } },
  plan_required: { options: { disclosure: 'plans' }, commands: pro, question: { model: 'large' } },
  model_retired: { commands: [{ type: 'RetireModelAlias', alias: 'fast', successor: 'cheap' }] },
  model_unavailable: {
    commands: [{ type: 'SuspendModel', providerAccount: 'openai', model: 'gpt-5-mini' }],
    question: { model: 'cheap' },
  },
  price_unknown: { question: { model: 'unpriced' } },

  credits_exhausted: reserveRest(true),
  spending_limit_reached: {
    prepare: async (gateway) => {
      const cap = { amount: credit('0.01'), period: { every: 'day', timeZone: 'UTC' } } as const
      const put = { key: 'cap', wallet: teamWallet(gateway), funding: 'own', cap } as const
      expect(await gateway.ledger.putWallet(put)).toMatchObject({ ok: true })
      return undefined
    },
    options: { minTokens: 10_000 },
  },
  credits_reserved: reserveRest(false),
  not_booked: {
    engineOptions: () => ({ ledger: withReserve(async () => ({ ok: false, reason: 'request_invalid', issues: [] })) }),
  },

  policy_unavailable: { options: { tagsOf: failing } },
  ledger_unavailable: {
    engineOptions: () => ({
      ledger: withReserve(async () => {
        throw new LedgerError('ledger_unavailable', 'not_applied', 'the connection was lost')
      }),
      requestTimeout: 100,
    }),
  },
  upstream_refused: { question: { content: 'status 401' } },
  upstream_failed: { question: { content: 'status 500' } },
  upstream_timeout: { question: { content: 'status 504' } },
}

/** The reasons for which a request is refused before the engine decides it. No log of decisions knows the id. */
const undecided: readonly AnswerReason[] = [
  ...(['body_invalid', 'header_invalid', 'body_too_large', 'media_type_unsupported', 'route_unknown'] as const),
  ...(['token_missing', 'token_ambiguous', 'policy_unavailable'] as const),
]

/** What a client tells about a refusal. */
interface Told {
  readonly type: unknown
  readonly status: number | undefined
  readonly code: unknown
  readonly id: string | null | undefined
  readonly message: unknown
}

function toldBy(error: unknown): Told {
  const type = Object(error).constructor
  if (error instanceof OpenAI.APIError) {
    const { status, code, requestID: id, headers } = error
    expect(headers?.get('request-id')).toBe(id)
    return { type, status, code, id, message: Object(error.error).message }
  }
  if (error instanceof Anthropic.APIError) {
    const { error: body } = error.error as { readonly error: { readonly code: unknown } }
    return { type, status: error.status, code: body.code, id: error.requestID, message: error.apiMessage }
  }
  const last = ai.RetryError.isInstance(error) ? error.lastError : error
  if (!ai.APICallError.isInstance(last)) throw error
  const { error: body } = JSON.parse(last.responseBody ?? '') as { readonly error: { readonly code: unknown } }
  const id = last.responseHeaders?.['x-request-id']
  const thrown = ai.RetryError.isInstance(error) ? ai.RetryError : ai.APICallError
  return { type: thrown, status: last.statusCode, code: body.code, id, message: last.message }
}

/** Returns the class with which a client throws a refusal. */
function classOf({ package: from }: TextClient, { status, isRetried }: (typeof refusalTable)[AnswerReason]): unknown {
  if (from === 'ai') return isRetried ? ai.RetryError : ai.APICallError
  return from === 'openai' ? openAiClass(status) : anthropicClass(status)
}

async function refusalBy(client: TextClient, access: Access, question: Question): Promise<Told> {
  const error: unknown = await client.ask(access, question).then(
    (text) => new Error(`expected a refusal, not \`${text}\``),
    (thrown: unknown) => thrown,
  )
  return toldBy(error)
}

describe('a refusal through a guard', () => {
  test.each(Object.entries(causes) as [AnswerReason, Cause][])(
    'for %s has its class, status, code and id in each client, which repeats only what can succeed',
    async (reason, { options, engineOptions, commands = [], prepare, access, question, below = '' }) => {
      const gateway = await served(options, engineOptions?.())
      const decisions = createDecisionLog()
      gateway.engine.subscribe(decisions.record)
      if (commands.length > 0) accepted(await gateway.engine.execute(commands, system))
      const prepared = await prepare?.(gateway)
      const { url, requests } = gateway
      const row = refusalTable[reason]
      const told = await Promise.all(
        textClients.map(async ([name, client]) => {
          const own = accessOf(gateway, name)
          const headers = { ...own.headers, ...access?.headers }
          const asking = { ...own, url: url + below, ...access, ...prepared, headers }
          return await refusalBy(client, asking, { model: 'fast', content: 'hi', ...question })
        }),
      )
      for (const [i, [name, client]] of textClients.entries()) {
        const { type, status, code, id, message } = told[i] as Told
        const sent = requests.filter((request) => request.client === name)
        expect([name, status, code, sent.length]).toEqual([name, row.status, reason, row.isRetried ? 3 : 1])
        expect(type, name).toBe(classOf(client, row))
        expect([id, message]).toEqual([expect.stringMatching(/./), expect.stringMatching(/./)])
        if (undecided.includes(reason)) expect(decisions.find(id ?? '')).toBeUndefined()
        else await until(() => decisions.find(id ?? '') !== undefined, `${name}: a decision with the id`)
      }
      expect(await gateway.ledger.verify()).toEqual([])
    },
  )

  test('for method_not_allowed has its class, status and code in the clients that send other methods', async () => {
    const { openai, anthropic, requests } = await served()
    const asking = [openai.get('/chat/completions'), anthropic.get('/v1/messages')]
    const told = await Promise.all(asking.map((each) => each.catch(toldBy)))
    expect(told).toMatchObject([
      { type: OpenAI.APIError, status: 405, code: 'method_not_allowed' },
      { type: Anthropic.APIError, status: 405, code: 'method_not_allowed' },
    ])
    expect(requests).toHaveLength(2)
  })

  test.each(textClients.filter(([, { isStream }]) => isStream))(
    'for stream_failed ends the stream of %s after its first text, and is not retried',
    async (_, client) => {
      const gateway = await served()
      const { message } = refusalTable.stream_failed
      let text = ''
      const isEnough = (soFar: string) => {
        text = soFar
        return false
      }
      const asking = client.ask(accessOf(gateway), { model: 'fast', content: 'die', isEnough })
      await expect(asking).rejects.toMatchObject({ message: expect.stringContaining(message) })
      expect(text).not.toBe('')
      expect(gateway.requests).toHaveLength(1)
      expect(await spent(gateway)).toBeGreaterThan(0n)
    },
  )
})
