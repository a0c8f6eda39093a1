import { AsyncLocalStorage } from 'node:async_hooks'
import { describe, expect, test } from 'vitest'
import { createMemoryClock, createMemoryCreditLedger } from '../../../src/adapter/memory/index.ts'
import { credit } from '../../../src/model/value/credit.ts'
import { LedgerError } from '../../../src/port/ledger-error.ts'
import { Subscriber } from '../../../src/runtime/call/subscriber.ts'
import type { Admission, Engine, EngineEvent, NotAdmitted } from '../../../src/runtime/index.ts'
import { createEngine } from '../../../src/runtime/index.ts'
import { hang, withMethods } from './faulty.ts'
import { accepted, call, found, type Gateway, system, until } from './gateway.ts'

function admitted(result: Admission | NotAdmitted): Admission {
  if (!result.admitted) throw new Error(result.reason)
  return result
}

/** Subscribes to an engine, and returns the list that its events are added to. */
function eventsOf(engine: Engine): EngineEvent[] {
  const events: EngineEvent[] = []
  engine.subscribe((batch) => events.push(...batch))
  return events
}

/** Waits until a list has a number of events. */
async function delivered<E>(events: readonly E[], count: number): Promise<readonly E[]> {
  await until(() => events.length >= count, `${count} events`)
  return events
}

const decisionId = /^[\w-]{12}[0-9a-z]{7}$/

describe('a subscriber gets', () => {
  test('the decision and the end of a call, with its subjects, amounts and times', async () => {
    const noon = Date.parse('2026-03-02T12:00:00Z')
    const clock = createMemoryClock(noon)
    const { engine } = await found({ clock, maxStaleness: 86_400_000 })
    const events = eventsOf(engine)
    const admission = admitted(await engine.admit(call))
    clock.advance(500)
    const report = { route: { providerAccount: 'openai', model: 'gpt-5' }, units: { input: 12, output: 450 } }
    await admission.settle(credit('0.25'), report)
    const [decided, ended] = await delivered(events, 2)
    expect(decided).toEqual({
      ...{ type: 'decided', id: expect.stringMatching(decisionId), by: 'admit', at: noon, outcome: 'allowed' },
      ...{ principal: { type: 'team', id: 'dev' }, credential: 'key', team: 'dev', organization: 'acme' },
      ...{ model: 'fast', operation: 'chat', routes: [report.route] },
      ...{ wallet: { type: 'team', id: 'dev', incarnation: expect.any(Number) } },
      ...{ estimate: credit('1'), reserved: credit('1'), milliseconds: expect.any(Number) },
      version: engine.status().version,
    })
    expect(ended).toEqual({
      ...{ type: 'ended', id: admission.id, at: noon + 500, call: decided, ending: 'settled', isBooked: true },
      ...{ cost: credit('0.25'), ...report, milliseconds: expect.any(Number) },
    })
    expect(decided).toMatchObject({ id: admission.id })
    expect(admission.hold).toBe(admission.id)
    expect([decided, ended].every((event) => Object.isFrozen(event))).toBe(true)
  })

  test('calls without a payer, with the ids of the user and without a wallet', async () => {
    const { engine } = await found()
    accepted(
      await engine.execute(
        [
          { type: 'CreateUser', user: 'ann' },
          { type: 'AssignAccessGroup', accessGroup: 'standard', principal: { type: 'user', id: 'ann' } },
        ],
        system,
      ),
    )
    const events = eventsOf(engine)
    const request = { principal: { type: 'user', id: 'ann' }, model: 'fast', estimate: 0n } as const
    await admitted(await engine.admit(request)).settle(0n)
    await admitted(await engine.admit(request)).release()
    const list = await delivered(events, 4)
    expect(list[0]).toMatchObject({ outcome: 'allowed', principal: { type: 'user', id: 'ann' }, reserved: 0n })
    for (const field of ['wallet', 'credential', 'team', 'organization', 'operation']) {
      expect(list[0]).not.toHaveProperty(field)
    }
    expect(list.map((event) => event.type === 'ended' && event.ending)).toEqual([false, 'settled', false, 'released'])
    const route = { providerAccount: 'openai', model: 'gpt-5' }
    expect(list[3]).toMatchObject({ cost: 0n, isBooked: true, route })
  })

  test('every way in which a call is not admitted, and no end of it', async () => {
    const { engine } = await found({ tokens: { prefix: 'pc' } })
    const issued = await engine.issueToken({ credential: 'ci', owner: { type: 'team', id: 'dev' } }, system)
    if (!issued.ok) throw new Error(issued.reason)
    const events = eventsOf(engine)
    const { token } = issued
    const requests = [
      { ...call, token: 'malformed' },
      { ...call, token, model: 'slow' },
      { ...call, token, estimate: credit('11') },
      { ...call, token, estimate: 1 },
      { ...call, token, model: 7 },
      { ...call, token, signal: AbortSignal.abort() },
      { ...call, token, atLeast: 1_000_000 },
      { ...call, token, team: 'other' },
      undefined,
    ]
    for (const request of requests) expect((await engine.admit(request as never)).admitted).toBe(false)
    const list = await delivered(events, requests.length)
    expect(list.map((event) => event.type === 'decided' && [event.outcome, event.reason])).toEqual([
      ['denied', 'credential_unknown'],
      ['denied', 'model_unknown'],
      ['refused', 'credits_insufficient'],
      ['request_invalid', undefined],
      ['denied', 'request_invalid'],
      ['aborted', undefined],
      ['policy_unavailable', undefined],
      ['denied', 'team_unknown'],
      ['request_invalid', undefined],
    ])
    expect(list[0]).toMatchObject({ isTokenMalformed: true, model: 'fast' })
    expect(list[0]).not.toHaveProperty('principal')
    expect(list[1]).not.toHaveProperty('isTokenMalformed')
    const known = { principal: { type: 'team', id: 'dev' }, credential: 'ci', organization: 'acme' }
    expect(list[1]).toMatchObject({ ...known, model: 'slow' })
    expect(list[2]).toMatchObject({ ...known, estimate: credit('11'), team: 'dev' })
    expect(list[2]).not.toHaveProperty('reserved')
    expect(list[4]).not.toHaveProperty('model')
    expect(list[7]).toMatchObject({ team: 'other' })
    expect(JSON.stringify(list, (_, value) => (typeof value === 'bigint' ? `${value}` : value))).not.toContain(token)
  }, 20_000)

  test('questions to `authorize`, as such', async () => {
    const { engine } = await found()
    const events = eventsOf(engine)
    const who = { type: 'team', id: 'dev' } as const
    engine.authorize({ type: 'use', who, model: 'fast' })
    engine.authorize({ type: 'manage', who, thing: { type: 'team', id: 'dev' } })
    engine.authorize(undefined as never)
    const list = await delivered(events, 3)
    expect(list[0]).toMatchObject({ by: 'authorize', outcome: 'allowed', principal: who, model: 'fast' })
    expect(list[1]).toMatchObject({ by: 'authorize', outcome: 'denied', reason: 'management_not_granted' })
    expect(list[1]).toMatchObject({ principal: who, thing: { type: 'team', id: 'dev' } })
    expect(list[2]).toMatchObject({ by: 'authorize', outcome: 'denied', reason: 'request_invalid' })
    await engine.close()
    expect(engine.authorize({ type: 'use', who, model: 'fast' })).toMatchObject({ reason: 'policy_unavailable' })
  })

  test('an ending that the ledger does not answer or refuses, with the reason', async () => {
    const ledger = createMemoryCreditLedger()
    let isDown = false
    const failing = withMethods(ledger, {
      settle: async (request) => {
        if (isDown) throw new LedgerError('ledger_closed', 'not_applied', 'closed')
        return await ledger.settle(request)
      },
    })
    const { engine } = await found({ ledger: failing })
    const events = eventsOf(engine)
    const lost = admitted(await engine.admit(call))
    const other = admitted(await engine.admit(call))
    await ledger.release({ hold: other.hold ?? '' })
    expect(await other.settle(1n)).toMatchObject({ ok: false, reason: 'refused' })
    isDown = true
    expect(await lost.settle(1n)).toMatchObject({ ok: false })
    const [, , refused, unanswered] = await delivered(events, 4)
    expect(refused).toMatchObject({ id: other.id, isBooked: false, reason: 'hold_released' })
    expect(unanswered).toMatchObject({ id: lost.id, isBooked: false, reason: 'ledger_unavailable', cost: 1n })
  })

  test('one end of a call, also when it is ended twice, left or settled with a cost that is none', async () => {
    const { engine } = await found()
    const events = eventsOf(engine)
    const twice = admitted(await engine.admit(call))
    await twice.settle(-1n)
    await Promise.all([twice.settle(1n), twice.settle(1n), twice.settle(2n), twice.release()])
    {
      await using left = admitted(await engine.admit(call))
      left.start()
    }
    await delivered(events, 4)
    const ended = events.filter((event) => event.type === 'ended')
    expect(ended.map(({ cost }) => cost)).toEqual([1n, credit('1')])
  })

  test.each([
    ['nothing', () => undefined, {}],
    ['null', () => null, {}],
    ['a number', () => 7, {}],
    ['a number below zero', () => ({ units: { input: -1 } }), {}],
    ['a number in a string', () => ({ units: { input: '7' } }), {}],
    ['no number', () => ({ units: { input: Number.NaN } }), {}],
    ['17 numbers', () => ({ units: Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`${i}`, i])) }), {}],
    [
      'a route that is not permitted',
      () => ({ units: { images: 2 }, route: { providerAccount: 'openai', model: 'other' } }),
      { units: { images: 2 } },
    ],
    ['a getter that throws', () => Object.defineProperty({}, 'route', { get: () => JSON.parse('{') }), {}],
  ])('of a report with %s, only what is well-formed, and the cost is booked', async (_, make, units) => {
    const { engine } = await found()
    const events = eventsOf(engine)
    expect(await admitted(await engine.admit(call)).settle(1n, make() as never)).toMatchObject({ ok: true })
    const [, ended] = await delivered(events, 2)
    const { route, ...rest } = ended as Extract<EngineEvent, { type: 'ended' }>
    expect([route, 'units' in rest ? { units: rest.units } : {}]).toEqual([
      { providerAccount: 'openai', model: 'gpt-5' },
      units,
    ])
  })

  test('events of the calls that begin after the subscription and before its end', async () => {
    const { engine } = await found()
    const before = admitted(await engine.admit(call))
    const events: EngineEvent[] = []
    const stop = engine.subscribe((batch) => events.push(...batch))
    await before.release()
    const during = admitted(await engine.admit(call))
    await delivered(events, 1)
    stop()
    stop()
    await during.release()
    await admitted(await engine.admit(call)).release()
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(events.map(({ type }) => type)).toEqual(['decided'])
  })
})

describe('the end of a subscription', () => {
  test('delivers the events that wait, at once and once, also to a listener that throws', async () => {
    const gateway = await found()
    const events: EngineEvent[] = []
    const stop = gateway.engine.subscribe((batch) => {
      events.push(...batch)
      throw new Error('no')
    })
    await admitted(await gateway.engine.admit(call)).release()
    stop()
    expect(events.map(({ type }) => type)).toEqual(['decided', 'ended'])
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(events).toHaveLength(2)
    expect(gateway.notices).toEqual([{ type: 'listener_failed', message: 'no' }])
  })

  test('by a listener of the same batch does not call a listener within itself, and loses no event', async () => {
    const { engine } = await found()
    const first: EngineEvent[] = []
    const second: EngineEvent[] = []
    const stops: (() => void)[] = []
    const stopFirst = engine.subscribe((batch) => {
      first.push(...batch)
      for (const stop of stops) stop()
    })
    stops.push(
      stopFirst,
      engine.subscribe((batch) => second.push(...batch)),
    )
    await admitted(await engine.admit(call)).release()
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(first.map(({ type }) => type)).toEqual(['decided', 'ended'])
    expect(second).toEqual(first)
  })
})

describe('a subscriber harms no call and no other subscriber', () => {
  const calls = async (gateway: Gateway, count: number) => {
    for (let i = 0; i < count; i += 1) await admitted(await gateway.engine.admit({ ...call, estimate: 1n })).release()
  }

  test.each([
    [
      'throws',
      () => {
        throw new Error('no')
      },
    ],
    ['rejects', async () => await Promise.reject(new Error('no'))],
    [
      'throws a value that is not an error',
      () => {
        throw Object.create(null)
      },
    ],
  ])('that %s: calls and other subscribers go on, and one notice tells it', async (_, listener) => {
    const gateway = await found()
    gateway.engine.subscribe(listener)
    const events = eventsOf(gateway.engine)
    await calls(gateway, 30)
    await delivered(events, 60)
    await calls(gateway, 30)
    await delivered(events, 120)
    await until(() => gateway.notices.length > 0)
    expect(gateway.notices).toEqual([{ type: 'listener_failed', message: expect.any(String) }])
    expect(events).toHaveLength(120)
  })

  test('that never resolves: its events are dropped beyond the limit, counted and reported', async () => {
    const gateway = await found()
    const first: EngineEvent[] = []
    let release = () => undefined as undefined
    const gate = new Promise<void>((resolve) => {
      release = () => void resolve() as undefined
    })
    let batches = 0
    gateway.engine.subscribe(
      async (batch) => {
        first.push(...batch)
        batches += 1
        if (batches === 1) await gate
      },
      { limit: 10 },
    )
    const events = eventsOf(gateway.engine)
    await calls(gateway, 1)
    await delivered(first, 1)
    await calls(gateway, 50)
    await delivered(events, 102)
    const lost = 102 - first.length - 10
    expect(gateway.engine.status().droppedEvents).toBe(lost)
    expect(gateway.notices).toEqual([{ type: 'events_dropped', count: 1 }])
    release()
    await until(() => first.some(({ type }) => type === 'dropped'))
    const at = first.findIndex(({ type }) => type === 'dropped')
    expect(first[at]).toMatchObject({ count: lost, at: expect.any(Number) })
    expect(first.length).toBe(102 - lost + 1)
    await calls(gateway, 1)
    await until(() => first.length === 102 - lost + 3)
    expect(first.slice(0, at)).toEqual(events.slice(0, at))
  })

  test('whose dropped events are announced with the latest instant of any of them', async () => {
    const events: EngineEvent[] = []
    let isFree = (): void => undefined
    const busy = new Promise<void>((resolve) => {
      isFree = resolve
    })
    const listener = (batch: readonly EngineEvent[]) => {
      events.push(...batch)
      return busy
    }
    const subscriber = new Subscriber(listener, { limit: 1 }, () => undefined)
    const asked = { type: 'decided', id: 'x', by: 'authorize', outcome: 'allowed', milliseconds: 0 } as const
    subscriber.add({ ...asked, at: 1_800_000_000_000 }, undefined)
    subscriber.deliver()
    for (const at of [1_800_000_000_000, 1_800_000_005_000, 1_800_000_001_000])
      subscriber.add({ ...asked, at }, undefined)
    isFree()
    await until(() => events.length === 3)
    expect(events[2]).toEqual({ type: 'dropped', at: 1_800_000_005_000, count: 2 })
  })

  test('that begins while a call is open gets the end of the call with its decision', async () => {
    const { engine } = await found()
    const end = engine.subscribe(() => undefined)
    const admitting = engine.admit(call)
    end()
    const admission = admitted(await admitting)
    await new Promise(setImmediate)
    const events = eventsOf(engine)
    await admission.release()
    const [ended] = await delivered(events, 1)
    expect(ended).toMatchObject({ type: 'ended', call: { type: 'decided', id: admission.id } })
  })

  test('that is called only after the call has returned, in few batches', async () => {
    const gateway = await found()
    const sizes: number[] = []
    let isInCall = false
    gateway.engine.subscribe((batch) => {
      expect(isInCall).toBe(false)
      sizes.push(batch.length)
    })
    for (let i = 0; i < 100; i += 1) {
      isInCall = true
      const admission = admitted(await gateway.engine.admit({ ...call, estimate: 1n }))
      const ending = admission.release()
      isInCall = false
      await ending
    }
    await until(() => sizes.reduce((sum, size) => sum + size, 0) === 200)
    expect(sizes.length).toBeLessThan(100)
  })

  test('that is busy with a batch of any size gets the rest without a further call', async () => {
    const gateway = await found()
    const seen: EngineEvent[] = []
    gateway.engine.subscribe(async (batch) => {
      await Promise.resolve()
      seen.push(...batch)
    })
    const who = { type: 'team', id: 'dev' } as const
    for (const count of [999, 1_000, 1_001, 2_500]) {
      for (let i = 0; i < count; i += 1) {
        gateway.engine.authorize({ type: 'use', who, model: 'fast' })
        if (i % 7 === 0) await undefined
      }
      await delivered(seen, count)
      expect(seen.splice(0)).toHaveLength(count)
    }
    expect(gateway.engine.status().droppedEvents).toBe(0)
  })

  test('whose `capture` throws: its contexts are undefined', async () => {
    const gateway = await found()
    const seen: unknown[] = []
    const capture = () => {
      throw new Error('no')
    }
    gateway.engine.subscribe((_, contexts) => seen.push(...contexts), { capture })
    await calls(gateway, 1)
    expect(await delivered(seen, 2)).toEqual([undefined, undefined])
  })
})

test('`capture` runs in the asynchronous context of the call, and its result comes with both events', async () => {
  const { engine } = await found()
  const storage = new AsyncLocalStorage<string>()
  const seen: unknown[] = []
  engine.subscribe((events, contexts) => seen.push(...events.map(({ type }, i) => [type, contexts[i]])), {
    capture: () => storage.getStore(),
  })
  const admission = await storage.run('request 7', async () => admitted(await engine.admit(call)))
  await admission.release()
  expect(await delivered(seen, 2)).toEqual([
    ['decided', 'request 7'],
    ['ended', 'request 7'],
  ])
})

test('`close` delivers what waits, at most until `requestTimeout`, and ends all subscriptions', async () => {
  const { repository } = await found()
  for (const listener of [() => undefined, hang]) {
    const engine = createEngine({ repository, requestTimeout: 100 })
    await engine.ready()
    const events = eventsOf(engine)
    engine.subscribe(listener)
    engine.authorize({ type: 'use', who: { type: 'team', id: 'dev' }, model: 'fast' })
    const started = performance.now()
    await engine.close()
    expect(performance.now() - started).toBeLessThan(2_000)
    expect(events).toHaveLength(1)
    engine.subscribe(listener)()
  }
})

test('`close` delivers the end of a call that the ledger answers while the engine closes', async () => {
  const { engine } = await found()
  const events = eventsOf(engine)
  const admission = admitted(await engine.admit(call))
  const settling = admission.settle(1n)
  await engine.close()
  expect(events.map(({ type }) => type)).toEqual(['decided', 'ended'])
  expect(await settling).toMatchObject({ ok: true })
})

test.each([
  [undefined, {}, TypeError],
  [() => undefined, { limit: 0 }, RangeError],
  [() => undefined, { limit: 1.5 }, TypeError],
  [() => undefined, { limit: 1_000_001 }, RangeError],
  [() => undefined, { capture: 7 }, TypeError],
])('subscribing %s with %j throws', async (listener, options, error) => {
  const { engine } = await found()
  expect(() => engine.subscribe(listener as never, options as never)).toThrow(error)
})
