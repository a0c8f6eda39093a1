import { describe, expect, test } from 'vitest'
import { createDecisionLog } from '../../../src/runtime/index.ts'
import { accepted, call, found, system, until } from './gateway.ts'

describe('a log of decisions', () => {
  test('explains each refusal by its id, on the policy that it was made on', async () => {
    const { engine } = await found()
    const decisions = createDecisionLog()
    engine.subscribe(decisions.record)
    const denied = await engine.admit({ ...call, model: 'openai/gpt-5' })
    const role = { principal: { type: 'team', id: 'dev' }, providerAccount: 'openai', role: 'user' } as const
    accepted(await engine.execute({ type: 'GrantRole', ...role }, system))
    const refused = await engine.admit({ ...call, estimate: 11_000_000_000n })
    const unknown = await engine.admit({ ...call, token: 'another' })
    await until(() => decisions.find(unknown.id) !== undefined)
    const explained = await decisions.explain(denied.id, engine)
    expect(explained).toMatchObject({
      event: { outcome: 'denied', reason: 'model_not_granted', credential: 'key' },
      summary: 'denied: model_not_granted',
      explanation: { decision: { effect: 'deny', reason: 'model_not_granted' } },
    })
    expect(await decisions.explain(refused.id, engine)).toMatchObject({
      event: { outcome: 'refused', reason: 'credits_insufficient' },
      summary: 'refused by the ledger: credits_insufficient; the policy allowed the call',
      explanation: { decision: { effect: 'allow' } },
    })
    expect(await decisions.explain(unknown.id, engine)).toEqual({
      event: expect.objectContaining({ reason: 'credential_unknown' }),
      summary: 'denied: credential_unknown',
    })
    expect(await decisions.explain('none', engine)).toBeUndefined()
    const allowed = await engine.admit({ ...call, estimate: 0n })
    await until(() => decisions.find(allowed.id) !== undefined)
    expect(await decisions.explain(allowed.id, engine)).toMatchObject({ summary: 'allowed' })
  })

  test('explains questions to manage', async () => {
    const { engine } = await found()
    const decisions = createDecisionLog()
    const ids: string[] = []
    engine.subscribe((events) => {
      for (const event of events) if (event.type === 'decided') ids.push(event.id)
      return decisions.record(events, [])
    })
    engine.authorize({ type: 'manage', who: { type: 'credential', id: 'key' }, thing: { type: 'platform' } })
    await until(() => ids.length === 1)
    expect(await decisions.explain(ids[0] ?? '', engine)).toMatchObject({
      explanation: { decision: { effect: 'deny', reason: 'management_not_granted' } },
    })
  })

  test('keeps the latest decisions up to its limit', async () => {
    const { engine } = await found()
    const decisions = createDecisionLog({ limit: 3 })
    engine.subscribe(decisions.record)
    const ids: string[] = []
    for (let i = 0; i < 10; i += 1) ids.push((await engine.admit({ ...call, estimate: 0n })).id)
    await until(() => decisions.find(ids[9] ?? '') !== undefined)
    expect(ids.map((id) => decisions.find(id) !== undefined)).toEqual([...Array(7).fill(false), true, true, true])
  })

  test.each([0, 1.5, 1_000_001])('a limit of %d is refused', (limit) => {
    expect(() => createDecisionLog({ limit })).toThrow('limit')
  })
})
