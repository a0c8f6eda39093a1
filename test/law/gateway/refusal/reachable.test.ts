import { expect, test } from 'vitest'
import { createMemoryClock } from '../../../../src/adapter/memory/index.ts'
import { answerRefusal } from '../../../../src/gateway/refusal/answer-refusal.ts'
import { answerNotExecuted } from '../../../../src/gateway/refusal/answer-rejection.ts'
import type { HttpAnswer } from '../../../../src/gateway/refusal/http-answer.ts'
import { type AnswerReason, type GatewayReason, refusalTable } from '../../../../src/gateway/refusal/refusal-table.ts'
import type { LedgerRefusal } from '../../../../src/ledger/refusal/refusal.ts'
import { credit } from '../../../../src/model/value/credit.ts'
import { LedgerError } from '../../../../src/port/ledger-error.ts'
import type { AdmitRequest } from '../../../../src/runtime/call/admit-request.ts'
import type { CommandBody } from '../../../../src/runtime/index.ts'
import { withMethods } from '../../runtime/faulty.ts'
import { accepted, call, found, open, system, teamWallet } from '../../runtime/gateway.ts'

const noon = Date.parse('2026-03-02T12:00:00Z')

/** Admits a call after some commands, and answers the refusal. */
async function answerAfter(commands: readonly CommandBody[], request: Partial<AdmitRequest> = {}): Promise<HttpAnswer> {
  const clock = createMemoryClock(noon)
  const gateway = await found({ clock, maxStaleness: 86_400_000 })
  if (commands.length > 0) accepted(await gateway.engine.execute(commands, system))
  await gateway.engine.booked()
  clock.advance(60_000)
  return refusalOf(await gateway.engine.admit({ ...call, ...request } as AdmitRequest))
}

type Admitted = Awaited<ReturnType<Awaited<ReturnType<typeof found>>['engine']['admit']>>

function refusalOf(result: Admitted): HttpAnswer {
  if (result.admitted) throw new Error('the call was admitted')
  const answer = answerRefusal(result)
  expect(answer.headers['request-id']).toBe(result.id)
  return answer
}

/** Answers a refusal of a write to the ledger. */
function answerWrite(result: { readonly ok: true } | LedgerRefusal): HttpAnswer {
  if (result.ok) throw new Error('the ledger accepted the write')
  return answerRefusal({ admitted: false, reason: 'refused', id: 'one', refusal: result, decision: undefined as never })
}

const user = { type: 'user', id: 'ann' } as const
const twoTeams: readonly CommandBody[] = [
  { type: 'CreateUser', user: 'ann' },
  { type: 'CreateTeam', team: 'ops', organization: 'acme', metered: true },
  { type: 'AssignAccessGroup', accessGroup: 'standard', principal: { type: 'team', id: 'ops' } },
  ...['dev', 'ops'].map((team) => ({ type: 'AddTeamMember', team, user: 'ann' }) as const),
]

/** How each reason that is not the gateway's own comes about. A new reason without a line does not compile. */
const causes: Readonly<Record<Exclude<AnswerReason, GatewayReason>, () => Promise<HttpAnswer>>> = {
  request_invalid: () => answerAfter([], { estimate: -1n }),
  credential_invalid: () => answerAfter([], { token: 'other' }),
  credential_expired: () => answerAfter([{ type: 'UpdateCredential', credential: 'key', expiresAt: noon + 1_000 }]),
  access_suspended: () => answerAfter([{ type: 'SuspendTeam', team: 'dev' }]),
  team_not_found: () => answerAfter([], { team: 'other' }),
  model_not_found: () => answerAfter([], { model: 'other' }),
  model_retired: () => answerAfter([{ type: 'RetireModelAlias', alias: 'fast' }]),
  model_unavailable: () => answerAfter([{ type: 'SuspendModel', providerAccount: 'openai', model: 'gpt-5' }]),
  operation_not_permitted: () =>
    answerAfter([
      { type: 'UpdateCredential', credential: 'key', operations: { type: 'list', operations: ['images'] } },
    ]),
  team_required: () => answerAfter(twoTeams, { token: undefined, principal: user } as Partial<AdmitRequest>),
  management_not_granted: async () => {
    const { engine } = await found()
    const body = { type: 'CreateUser', user: 'bob' } as const
    const executed = await engine.execute(body, { who: { type: 'team', id: 'dev' } })
    if (executed.ok) throw new Error('the command was executed')
    return answerNotExecuted(executed)
  },
  credits_exhausted: () => answerAfter([], { estimate: credit('11') }),
  credits_reserved: async () => {
    const { engine } = await found()
    expect(await engine.admit({ ...call, estimate: credit('10') })).toMatchObject({ admitted: true })
    return refusalOf(await engine.admit(call))
  },
  spending_limit_reached: async () => {
    const gateway = await found()
    const { engine, ledger } = gateway
    const cap = { amount: credit('1'), period: { every: 'day', timeZone: 'UTC' } } as const
    const put = await ledger.putWallet({ key: 'cap', wallet: teamWallet(gateway), funding: 'own', cap })
    expect(put).toMatchObject({ ok: true })
    const admission = await engine.admit(call)
    if (!admission.admitted) throw new Error(admission.reason)
    await admission.settle(credit('1'))
    return refusalOf(await engine.admit(call))
  },
  call_ended: async () => answerWrite(await (await found()).ledger.settle({ hold: 'no such hold', amount: 1n })),
  key_reused: async () => {
    const gateway = await found()
    const wallet = teamWallet(gateway)
    await gateway.ledger.putWallet({ key: 'one', wallet, funding: 'own' })
    return answerWrite(await gateway.ledger.putWallet({ key: 'one', wallet, funding: 'own', status: 'closed' }))
  },
  not_booked: async () => answerWrite(await (await found()).ledger.settle({ hold: 'h', amount: -1n })),
  policy_unavailable: async () => refusalOf(await open().engine.admit(call)),
  ledger_unavailable: async () => {
    const first = await found()
    const fail = async () => {
      throw new LedgerError('ledger_unavailable', 'not_applied', 'the connection was lost')
    }
    const ledger = withMethods(first.ledger, { reserve: fail })
    const second = open({ repository: first.repository, ledger, requestTimeout: 100 })
    await second.engine.ready()
    return refusalOf(await second.engine.admit(call))
  },
  aborted: () => answerAfter([], { signal: AbortSignal.abort() }),
}

test.each(Object.entries(causes))('an engine gives %s, which gets the row of the table', async (reason, cause) => {
  const answer = await cause()
  expect(answer.body).toMatchObject({ type: 'error', error: { code: reason } })
  expect(answer.status).toBe(refusalTable[reason as AnswerReason].status)
})

test('a cap that opens later is 402, and says when', async () => {
  const { status, headers, body } = await causes.spending_limit_reached()
  expect(status).toBe(402)
  expect(headers['retry-after']).toBeUndefined()
  expect(body).toMatchObject({ error: { resets_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT00:00:00\.000Z$/) } })
})

test('a call that others leave no credits for is 429, and says how long to wait', async () => {
  const { status, headers } = await causes.credits_reserved()
  expect(status).toBe(429)
  expect(Number(headers['retry-after-ms'])).toBeGreaterThan(0)
})

test('a model that is not granted and one that does not exist have the same bytes for an engine', async () => {
  const granted = {
    type: 'CreateModelAlias',
    alias: 'secret',
    targets: [{ providerAccount: 'openai', model: 'gpt-5' }],
  }
  const answers = await Promise.all([
    answerAfter([granted as CommandBody], { model: 'secret' }),
    answerAfter([], { model: 'secret' }),
  ])
  const [hidden, unknown] = answers.map(({ headers, body }) => {
    const { 'request-id': id = '', ...rest } = headers
    return JSON.stringify([rest, body]).replaceAll(id, 'id')
  })
  expect(hidden).toBe(unknown)
})
