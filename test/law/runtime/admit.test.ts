import { getEventListeners } from 'node:events'
import { describe, expect, test } from 'vitest'
import { createMemoryClock, createMemoryCreditLedger } from '../../../src/adapter/memory/index.ts'
import type { Wallet } from '../../../src/model/noun/wallet.ts'
import { credit } from '../../../src/model/value/credit.ts'
import type { UseAllowed } from '../../../src/policy/decision/decision.ts'
import { LedgerError } from '../../../src/port/ledger-error.ts'
import type { Entry } from '../../../src/port/ledger-result.ts'
import type { Admission, NotAdmitted } from '../../../src/runtime/index.ts'
import { createEngine } from '../../../src/runtime/index.ts'
import { hang, withMethods } from './faulty.ts'
import { accepted, call, found, system, teamWallet, until } from './gateway.ts'

function admitted(result: Admission | NotAdmitted): Admission {
  if (!result.admitted)
    throw new Error(JSON.stringify(result, (_, value) => (typeof value === 'bigint' ? `${value}` : value)))
  return result
}

/** The available, reserved and spent credits of the team. */
async function balance(gateway: Awaited<ReturnType<typeof found>>): Promise<readonly bigint[]> {
  const { available, reserved, spent } = await gateway.ledger.balance(teamWallet(gateway))
  return [available, reserved, spent].map((amount) => amount / credit('1'))
}

describe('a call', () => {
  test('is decided, reserved along the wallet path, and settled at its cost', async () => {
    const gateway = await found()
    const admission = admitted(await gateway.engine.admit({ ...call, tags: ['fast'], note: 'n' }))
    expect(admission.routes).toEqual([{ providerAccount: 'openai', model: 'gpt-5' }])
    expect(admission.walletPath.map(({ type }) => type)).toEqual(['credential', 'team', 'organization'])
    expect(admission.amount).toBe(credit('1'))
    expect(await balance(gateway)).toEqual([9n, 1n, 0n])
    expect(await admission.settle(credit('2'))).toMatchObject({ ok: true, ending: 'settled', settled: { ok: true } })
    expect(await balance(gateway)).toEqual([8n, 0n, 2n])
    const entries: Entry[] = []
    for await (const entry of gateway.ledger.statement(teamWallet(gateway))) entries.push(entry)
    expect(entries.at(-1)?.call).toMatchObject({ tags: ['fast'], note: 'n' })
  })

  test('exactly one ending counts: later ones learn which', async () => {
    const gateway = await found()
    const admission = admitted(await gateway.engine.admit(call))
    const endings = await Promise.all([
      admission.settle(credit('1')),
      admission.release(),
      admission.settle(credit('3')),
    ])
    expect(endings[0]).toMatchObject({ ok: true })
    expect(endings.slice(1)).toEqual(Array(2).fill({ ok: false, reason: 'already_ended', ending: 'settled' }))
    expect(await admission.settle(credit('1'))).toEqual(endings[0])
    expect(await balance(gateway)).toEqual([9n, 0n, 1n])
  })

  test('a release gives the reservation back', async () => {
    const gateway = await found()
    const admission = admitted(await gateway.engine.admit(call))
    expect(await admission.release()).toEqual({ ok: true, ending: 'released' })
    expect(await admission.release()).toEqual({ ok: true, ending: 'released' })
    expect(await balance(gateway)).toEqual([10n, 0n, 0n])
  })

  test('a cost that is not an amount ends nothing', async () => {
    const gateway = await found()
    const admission = admitted(await gateway.engine.admit(call))
    for (const cost of [-1n, 1, undefined, 2n ** 63n]) {
      expect(await admission.settle(cost as bigint)).toMatchObject({ ok: false, reason: 'cost_invalid' })
    }
    expect(await admission.settle(0n)).toMatchObject({ ok: true })
  })

  test('left without an ending, it is released if it was not started, and settled at its amount if it was', async () => {
    const gateway = await found()
    {
      await using admission = admitted(await gateway.engine.admit(call))
      expect(admission.amount).toBe(credit('1'))
    }
    expect(await balance(gateway)).toEqual([10n, 0n, 0n])
    {
      await using admission = admitted(await gateway.engine.admit(call))
      admission.start()
    }
    expect(await balance(gateway)).toEqual([9n, 0n, 1n])
    {
      await using admission = admitted(await gateway.engine.admit(call))
      admission.start()
      await admission.settle(credit('3'))
    }
    expect(await balance(gateway)).toEqual([6n, 0n, 4n])
  })

  test('with `minEstimate`, reserves what is left', async () => {
    const gateway = await found()
    const admission = admitted(
      await gateway.engine.admit({ ...call, estimate: credit('50'), minEstimate: credit('5') }),
    )
    expect(admission.amount).toBe(credit('10'))
    await admission.release()
  })

  test('an estimate can be computed from the decision, and is checked', async () => {
    const gateway = await found()
    const { engine } = gateway
    const seen: string[] = []
    const price = ({ routes }: UseAllowed): bigint => {
      seen.push(...routes.map(({ model }) => model))
      return credit('2')
    }
    const admission = admitted(await engine.admit({ ...call, estimate: price }))
    expect([admission.amount, seen]).toEqual([credit('2'), ['gpt-5']])
    await admission.release()
    const failing = () => {
      throw new Error('no price')
    }
    const invalid = { admitted: false, reason: 'request_invalid' }
    expect(await engine.admit({ ...call, estimate: failing })).toEqual({
      ...invalid,
      id: expect.any(String),
      message: '`estimate` threw: no price',
    })
    expect(await engine.admit({ ...call, estimate: () => -1n })).toMatchObject(invalid)
    expect(await balance(gateway)).toEqual([10n, 0n, 0n])
  })

  test('a function can return the smallest acceptable reservation with the estimate', async () => {
    const { engine } = await found()
    const amounts = { estimate: credit('50'), minEstimate: credit('5') }
    const admission = admitted(await engine.admit({ ...call, estimate: () => amounts }))
    expect(admission.amount).toBe(credit('10'))
    await admission.release()
    const stricter = { estimate: () => amounts, minEstimate: credit('11') }
    expect(await engine.admit({ ...call, ...stricter })).toMatchObject({ reason: 'refused' })
    const wrong = { estimate: 1n, minEstimate: 2n }
    expect(await engine.admit({ ...call, estimate: () => wrong })).toMatchObject({ reason: 'request_invalid' })
  })

  test('each refusal has the id of its decision, which the event about it has too', async () => {
    const { engine } = await found()
    const ids: string[] = []
    engine.subscribe((events) => ids.push(...events.map((event) => ('id' in event ? event.id : ''))) as never)
    const refusals = [
      await engine.admit({ ...call, model: 'none' }),
      await engine.admit({ ...call, estimate: -1n }),
      await engine.admit({ ...call, estimate: credit('11') }),
    ]
    await until(() => ids.length === 3)
    expect(refusals.map(({ id }) => id)).toEqual(ids)
    expect(new Set(ids).size).toBe(3)
  })

  test('an estimate of zero reserves nothing, and its cost is booked', async () => {
    const gateway = await found()
    const admission = admitted(await gateway.engine.admit({ ...call, estimate: 0n }))
    expect(admission.hold).toBeUndefined()
    expect(await balance(gateway)).toEqual([10n, 0n, 0n])
    expect(await admission.settle(credit('2'))).toMatchObject({ ok: true, ending: 'settled' })
    expect(await balance(gateway)).toEqual([8n, 0n, 2n])
  })

  test('an estimate of zero is refused when the wallet is frozen or owes overdraft', async () => {
    const gateway = await found()
    const wallet = teamWallet(gateway)
    await gateway.ledger.putWallet({ key: 'freeze', wallet, funding: 'own', status: 'frozen' })
    const frozen = await gateway.engine.admit({ ...call, estimate: 0n })
    expect(frozen).toMatchObject({ admitted: false, reason: 'refused', refusal: { reason: 'wallet_frozen' } })
    await gateway.ledger.putWallet({ key: 'open', wallet, funding: 'own' })
    await gateway.ledger.charge({ hold: 'overrun', wallet: wallet as Wallet, amount: credit('12') })
    const overdrawn = await gateway.engine.admit({ ...call, estimate: 0n })
    expect(overdrawn).toMatchObject({
      reason: 'refused',
      refusal: { reason: 'wallet_overdrawn', retry: 'after_top_up' },
    })
  })

  test('of a principal that pays nothing needs no ledger', async () => {
    const { repository } = await found()
    const engine = createEngine({ repository })
    await engine.ready()
    accepted(
      await engine.execute(
        [
          { type: 'CreateUser', user: 'ann' },
          { type: 'AssignAccessGroup', accessGroup: 'standard', principal: { type: 'user', id: 'ann' } },
        ],
        system,
      ),
    )
    const admission = admitted(
      await engine.admit({ principal: { type: 'user', id: 'ann' }, model: 'fast', estimate: credit('1') }),
    )
    expect(await admission.settle(credit('1'))).toEqual({ ok: true, ending: 'settled' })
    expect(await engine.admit(call)).toMatchObject({ admitted: false, reason: 'ledger_unavailable' })
    await engine.close()
  })
})

describe('refusals', () => {
  test('a denial of the policy, with the whole decision', async () => {
    const { engine } = await found()
    const unknown = await engine.admit({ ...call, token: 'another' })
    expect(unknown).toMatchObject({ admitted: false, reason: 'denied', denial: { reason: 'credential_unknown' } })
    const model = await engine.admit({ ...call, model: 'slow' })
    expect(model).toMatchObject({ admitted: false, reason: 'denied', denial: { reason: 'model_unknown' } })
  })

  test('a refusal of the ledger, with the reason and the decision', async () => {
    const gateway = await found()
    const refused = await gateway.engine.admit({ ...call, estimate: credit('11') })
    expect(refused).toMatchObject({
      admitted: false,
      reason: 'refused',
      refusal: { reason: 'credits_insufficient', retry: 'after_top_up' },
      decision: { effect: 'allow' },
    })
    expect(await balance(gateway)).toEqual([10n, 0n, 0n])
  })

  test.each([
    ['no caller', { token: undefined }],
    ['two callers', { credential: 'key' }],
    ['an estimate that is a number', { estimate: 1 }],
    ['an estimate below zero', { estimate: -1n }],
    ['a `minEstimate` above the estimate', { minEstimate: credit('2') }],
    ['`atLeast` that is not a version', { atLeast: 1.5 }],
    ['a signal that is not one', { signal: {} }],
    ['an unknown field', { at: 5 }],
    ['no tags in a list', { tags: [] }],
    ['a tag twice, and no estimate', { tags: ['a', 'a'], estimate: 0n }],
    ['a note with a line break, and no estimate', { note: 'a\nb', estimate: 0n }],
  ])('a request with %s is malformed', async (_, change) => {
    const { engine } = await found()
    expect(await engine.admit({ ...call, ...change } as never)).toMatchObject({
      admitted: false,
      reason: 'request_invalid',
    })
  })

  test('a malformed request of another shape is denied as `request_invalid`, or refused by the ledger', async () => {
    const { engine } = await found()
    expect(await engine.admit(undefined as never)).toMatchObject({ reason: 'request_invalid' })
    expect(await engine.admit({ ...call, model: 7 } as never)).toMatchObject({
      reason: 'denied',
      denial: { reason: 'request_invalid' },
    })
  })
})

describe('a ledger that fails', () => {
  test('that hangs: the call is refused within the deadline, and what it reserved is released', async () => {
    const ledger = createMemoryCreditLedger()
    let hangs = false
    const slow = withMethods(ledger, {
      reserve: async (request) => {
        const result = await ledger.reserve(request)
        return hangs ? await hang() : result
      },
    })
    const gateway = await found({ ledger: slow, requestTimeout: 100 })
    hangs = true
    const started = performance.now()
    expect(await gateway.engine.admit(call)).toMatchObject({ admitted: false, reason: 'ledger_unavailable' })
    expect(performance.now() - started).toBeLessThan(2_000)
    await until(() => gateway.engine.status().unansweredWrites === 0)
    expect(await balance({ ...gateway, ledger })).toEqual([10n, 0n, 0n])
  })

  test('that loses results: the reserve is repeated with the same id, and reserves once', async () => {
    const ledger = createMemoryCreditLedger()
    let calls = 0
    const lossy = withMethods(ledger, {
      reserve: async (request) => {
        const result = await ledger.reserve(request)
        calls += 1
        if (calls === 1) throw new LedgerError('ledger_unavailable', 'unknown', 'the connection was lost')
        return result
      },
    })
    const gateway = await found({ ledger: lossy })
    const admission = admitted(await gateway.engine.admit(call))
    expect(await balance({ ...gateway, ledger })).toEqual([9n, 1n, 0n])
    await admission.release()
  })

  test('a settle is sent until the ledger answers, and is booked once', async () => {
    const ledger = createMemoryCreditLedger()
    let failures = 4
    const lossy = withMethods(ledger, {
      settle: async (request) => {
        const result = await ledger.settle(request)
        failures -= 1
        if (failures > 0) throw new LedgerError('ledger_timeout', 'unknown', 'no answer')
        return result
      },
    })
    const gateway = await found({ ledger: lossy })
    const admission = admitted(await gateway.engine.admit(call))
    expect(await admission.settle(credit('2'))).toMatchObject({ ok: true })
    expect(await balance({ ...gateway, ledger })).toEqual([8n, 0n, 2n])
    expect(gateway.notices).toContainEqual({ type: 'ledger_retry', write: 'settle', message: 'no answer' })
  })

  test('a settle without a result within the deadline is sent again, and is booked once', async () => {
    const ledger = createMemoryCreditLedger()
    let calls = 0
    const slow = withMethods(ledger, {
      settle: async (request) => {
        calls += 1
        const result = await ledger.settle(request)
        return calls === 1 ? hang() : result
      },
    })
    const gateway = await found({ ledger: slow, requestTimeout: 200 })
    const admission = admitted(await gateway.engine.admit(call))
    expect(await admission.settle(credit('2'))).toMatchObject({ ok: true })
    expect([calls, await balance({ ...gateway, ledger })]).toEqual([2, [8n, 0n, 2n]])
    expect(gateway.engine.status().unansweredWrites).toBe(0)
  })

  test('a settle of a hold that the ledger has lost books the cost on the wallet path', async () => {
    const ledger = createMemoryCreditLedger()
    const lost = await found({ ledger: withMethods(ledger, { reserve: async () => reserved }) })
    const reserved = { ok: true, replay: false, amount: credit('1'), expiresAt: Date.now() + 60_000 } as const
    const admission = admitted(await lost.engine.admit(call))
    expect(await admission.settle(credit('2'))).toMatchObject({ ok: true, ending: 'settled' })
    expect(await balance({ ...lost, ledger })).toEqual([8n, 0n, 2n])
  })

  test('a caller that aborts gets no admission, and holds nothing', async () => {
    const gateway = await found()
    const aborted = await gateway.engine.admit({ ...call, signal: AbortSignal.abort() })
    expect(aborted).toMatchObject({ admitted: false, reason: 'aborted' })
    const later = new AbortController()
    const slow = withMethods(gateway.ledger, {
      reserve: async (request) => {
        const result = await gateway.ledger.reserve(request)
        later.abort()
        await hang()
        return result
      },
    })
    const other = await found({ ledger: slow, repository: gateway.repository }).catch(() => undefined)
    expect(other).toBeUndefined()
    const engine = createEngine({ repository: gateway.repository, ledger: slow })
    await engine.ready()
    expect(await engine.admit({ ...call, signal: later.signal })).toMatchObject({ admitted: false, reason: 'aborted' })
    await until(() => engine.status().unansweredWrites === 0)
    expect(await balance(gateway)).toEqual([10n, 0n, 0n])
    await engine.close()
  })

  test('many calls share one signal with one listener', async () => {
    const { engine } = await found()
    const { signal } = new AbortController()
    const admitting = Array.from({ length: 20 }, () => engine.admit({ ...call, estimate: 1n, signal }))
    expect(getEventListeners(signal, 'abort').length).toBeLessThanOrEqual(2)
    for (const each of await Promise.all(admitting)) await admitted(each).release()
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })
})

describe('the reservation of a live call', () => {
  test('is extended while the call lives, beyond its time to live', async () => {
    const gateway = await found({ holdTtl: 300 })
    const admission = admitted(await gateway.engine.admit(call))
    await new Promise((resolve) => setTimeout(resolve, 900))
    expect(await balance(gateway)).toEqual([9n, 1n, 0n])
    expect(gateway.engine.status().liveCalls).toBe(1)
    expect(await admission.settle(credit('1'))).toMatchObject({ ok: true, settled: { isLate: false } })
    expect(gateway.engine.status().liveCalls).toBe(0)
  })

  test('comes back within its time to live when the process ends', async () => {
    const clock = createMemoryClock(Date.now())
    const gateway = await found({ ledger: createMemoryCreditLedger({ clock }), clock, holdTtl: 1_000 })
    admitted(await gateway.engine.admit(call))
    expect(await balance(gateway)).toEqual([9n, 1n, 0n])
    clock.advance(1_000)
    expect(await balance(gateway)).toEqual([10n, 0n, 0n])
  })

  test('lapses after the longest duration of a call, and a late settle is still booked', async () => {
    const gateway = await found({ holdTtl: 300, maxCallDuration: 300 })
    const admission = admitted(await gateway.engine.admit(call))
    await until(async () => (await balance(gateway))[1] === 0n)
    expect(await admission.settle(credit('2'))).toMatchObject({ ok: true, settled: { isLate: true } })
    expect(await balance(gateway)).toEqual([8n, 0n, 2n])
  })
})
