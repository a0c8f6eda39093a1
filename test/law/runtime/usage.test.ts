import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createMemoryClock } from '../../../src/adapter/memory/index.ts'
import type { Usage, UsageEntry } from '../../../src/query/lint/context/usage.ts'
import { lint } from '../../../src/query/lint/lint.ts'
import { createUsage, type DecidedEvent, type EngineEvent, type UsageSnapshot } from '../../../src/runtime/index.ts'
import { runs } from '../runs.ts'
import { accepted, call, found, system, until } from './gateway.ts'

const start = Date.parse('2026-03-02T00:00:00Z')
const day = 86_400_000
const team = { type: 'team', id: 'dev' } as const

const outcome = fc.constantFrom<Partial<DecidedEvent>>(
  { outcome: 'allowed', routes: [] },
  { outcome: 'refused', reason: 'credits_insufficient', routes: [] },
  { outcome: 'denied', reason: 'model_not_granted' },
  { outcome: 'denied', reason: 'model_unknown' },
  { outcome: 'denied', reason: 'team_unknown' },
  { outcome: 'denied', reason: 'credential_suspended' },
  { outcome: 'policy_unavailable' },
)
const calls: fc.Arbitrary<readonly DecidedEvent[]> = fc
  .array(
    fc.record({
      how: outcome,
      by: fc.constantFrom('admit' as const, 'admit' as const, 'authorize' as const),
      who: fc.constantFrom({ type: 'user', id: 'a' }, { type: 'team', id: 'a' }, undefined),
      team: fc.constantFrom('t', undefined),
      model: fc.constantFrom('m1', 'm2', '__proto__', undefined),
      credential: fc.constantFrom('k1', 'k2', 'constructor', undefined),
      wait: fc.nat(1_000),
    }),
    { maxLength: 40 },
  )
  .map((list) => {
    let at = start
    return list.map(({ how, wait, who, ...rest }, i): DecidedEvent => {
      at += wait
      const fields = Object.entries({ ...rest, ...how, principal: who, at }).filter(([, value]) => value !== undefined)
      return { type: 'decided', id: `${i}`, milliseconds: 1, ...Object.fromEntries(fields) } as unknown as DecidedEvent
    })
  })

/** The entries for these events, made in the simplest way. */
function entriesOf(events: readonly DecidedEvent[]): UsageEntry[] {
  const entries = new Map<string, UsageEntry>()
  for (const { by, at, outcome: result, reason, principal: who, team: named, model, routes } of events) {
    if (by !== 'admit' || who === undefined || model === undefined) continue
    if (reason === 'model_unknown' || reason === 'team_unknown') continue
    if (result === 'policy_unavailable') continue
    const effect = result === 'allowed' ? 'allow' : 'deny'
    const why = result === 'denied' && routes === undefined ? { reason: reason as never } : {}
    const entry = { who, ...(named === undefined ? {} : { team: named }), model, effect, ...why } as const
    const key = JSON.stringify(entry)
    entries.set(key, { ...entry, at, count: (entries.get(key)?.count ?? 0) + 1 })
  }
  return [...entries.values()]
}

const names = ({ who, team: named, model, effect, reason }: UsageEntry) =>
  JSON.stringify([who.type, who.id, named, model, effect, reason])
const sorted = (entries: readonly UsageEntry[]) => [...entries].sort((a, b) => (names(a) < names(b) ? -1 : 1))
const copy = (snapshot: unknown): UsageSnapshot => JSON.parse(JSON.stringify(snapshot)) as UsageSnapshot

describe('a collector of usage', () => {
  test('has one entry for equal calls, with their number and the last instant', () => {
    fc.assert(
      fc.property(calls, (events) => {
        const usage = createUsage({ since: start })
        usage.record(events)
        expect(sorted(usage.usage().entries)).toEqual(sorted(entriesOf(events)))
        expect(usage.usage().since).toBe(start)
      }),
      runs(300),
    )
  })

  test('is bounded, and complete for all calls since its `since`', () => {
    fc.assert(
      fc.property(calls, fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 5 }), (events, limit, size) => {
        const usage = createUsage({ since: start, limit })
        for (let i = 0; i < events.length; i += size) usage.record(events.slice(i, i + size))
        const { since, entries } = usage.usage()
        expect(entries.length).toBeLessThanOrEqual(limit)
        expect(usage.toJSON().credentials.length).toBeLessThanOrEqual(limit)
        const kept = new Map(entries.map((entry) => [names(entry), entry.at]))
        for (const entry of entriesOf(events)) {
          if (entry.at >= since) expect(kept.get(names(entry))).toBe(entry.at)
        }
      }),
      runs(300),
    )
  })

  test('merged from any parts, and through JSON, equals one that got all events', () => {
    fc.assert(
      fc.property(calls, fc.array(fc.nat(2), { minLength: 40, maxLength: 40 }), (events, nodes) => {
        const whole = createUsage({ since: start })
        whole.record(events)
        const parts = [0, 1, 2].map((node) => {
          const part = createUsage({ since: start })
          part.record(events.filter((_, i) => nodes[i] === node))
          return copy(part)
        })
        const merged = createUsage({ since: start })
        for (const part of parts) merged.merge(part)
        expect(sorted(merged.usage().entries)).toEqual(sorted(whole.usage().entries))
        for (const key of ['k1', 'k2', 'constructor']) expect(merged.lastUse(key)).toEqual(whole.lastUse(key))
        const again = createUsage({ since: start })
        again.merge(copy(merged))
        expect(sorted(copy(again).entries)).toEqual(sorted(copy(merged).entries))
      }),
      runs(200),
    )
  })

  test('is complete only since the later `since` of what it merges, and since the last dropped event', () => {
    const usage = createUsage({ since: start })
    usage.merge({ ...createUsage({ since: start + day }).toJSON() })
    expect(usage.usage().since).toBe(start + day)
    usage.merge({ ...createUsage({ since: start }).toJSON() })
    expect(usage.usage().since).toBe(start + day)
    usage.record([{ type: 'dropped', at: start + 2 * day, count: 3 }])
    expect(usage.usage().since).toBe(start + 2 * day + 1)
  })

  test('merges an older snapshot beyond the limit by forgetting what was used the longest ago', () => {
    const event = (model: string, at: number) =>
      ({
        ...{ type: 'decided', id: 'i', by: 'admit', at, outcome: 'allowed', principal: team, model },
        milliseconds: 1,
      }) as const satisfies EngineEvent
    const old = createUsage({ since: start })
    old.record([event('m1', start + 1), event('m2', start + 2)])
    const usage = createUsage({ since: start, limit: 3 })
    usage.record([event('m3', start + 3), event('m4', start + 4)])
    usage.merge(old.toJSON())
    expect(usage.usage().entries.map(({ model }) => model)).toEqual(['m2', 'm3', 'm4'])
    expect(usage.usage().since).toBe(start + 2)
  })

  test('keeps the last 100 denied names of each caller, so that no caller makes it forget the calls of others', () => {
    const event = (i: number, rest: Partial<DecidedEvent>): DecidedEvent =>
      ({ type: 'decided', id: `${i}`, by: 'admit', at: start + i, milliseconds: 1, ...rest }) as DecidedEvent
    const usage = createUsage({ since: start, limit: 300 })
    const used = { outcome: 'allowed', principal: team, model: 'fast' } as const
    const other = { outcome: 'denied', reason: 'model_not_granted', principal: team, model: 'smart' } as const
    usage.record([event(0, used), event(1, other)])
    const mallory = { type: 'user', id: 'mallory' } as const
    const hows = [
      { outcome: 'denied', reason: 'model_not_granted' },
      { outcome: 'denied', reason: 'credential_expired' },
      { outcome: 'refused', reason: 'credits_insufficient', routes: [] },
      { outcome: 'denied', reason: 'team_unknown' },
      { outcome: 'denied', reason: 'model_unknown' },
    ] as const
    for (let i = 0; i < 2_000; i += 1) {
      const how = hows[i % hows.length]
      usage.record([event(i + 2, { ...how, principal: mallory, team: `t${i}`, model: `any/${i}` })])
    }
    const again = createUsage({ since: start, limit: 300 })
    again.merge(copy(usage))
    for (const log of [usage.usage(), again.usage()]) {
      expect(log.since).toBe(start)
      expect(log.entries.slice(0, 2).map(({ model }) => model)).toEqual(['fast', 'smart'])
      const last = log.entries.slice(2).map(({ model }) => model)
      const kept = Array.from({ length: 2_000 }, (_, i) => i).filter((i) => i % 5 < 3)
      expect(last).toEqual(kept.slice(-100).map((i) => `any/${i}`))
    }
    const small = createUsage({ since: start, limit: 64 })
    small.merge(copy(usage))
    small.record([event(5_000, other), event(5_001, { ...other, principal: mallory })])
    expect(small.usage().entries.length).toBeLessThanOrEqual(64)
  })

  test('keeps the last allowed call of a credential', async () => {
    const clock = createMemoryClock(start)
    const { engine } = await found({ clock, maxStaleness: day })
    const usage = createUsage({ since: start })
    engine.subscribe(usage.record)
    const used = async () => {
      const result = await engine.admit(call)
      if (result.admitted) await result.release()
    }
    await used()
    clock.advance(500)
    await used()
    clock.advance(500)
    accepted(await engine.execute({ type: 'RevokeCredential', credential: 'key' }, system))
    await used()
    await until(() => usage.usage().entries.length === 2)
    expect(usage.lastUse('key')).toEqual({ credential: 'key', at: start + 500, count: 2 })
    expect(usage.lastUse('other')).toBeUndefined()
  })

  test('makes lint find unused groups and refused models, and nothing unused before it has seen enough', async () => {
    const clock = createMemoryClock(start)
    const { engine } = await found({ clock, maxStaleness: day })
    accepted(
      await engine.execute(
        [
          { type: 'AddModels', providerAccount: 'openai', models: ['o3', 'o1'] },
          { type: 'CreateModelAlias', alias: 'smart', targets: [{ providerAccount: 'openai', model: 'o3' }] },
          { type: 'CreateModelAlias', alias: 'wise', targets: [{ providerAccount: 'openai', model: 'o1' }] },
          { type: 'CreateAccessGroup', accessGroup: 'premium', members: [{ type: 'alias', alias: 'smart' }] },
          { type: 'CreateAccessGroup', accessGroup: 'unused', members: [{ type: 'alias', alias: 'wise' }] },
          { type: 'AssignAccessGroup', accessGroup: 'unused', principal: team },
        ],
        system,
      ),
    )
    const usage = createUsage({ since: start })
    engine.subscribe(usage.record)
    for (let i = 0; i < 100; i += 1) {
      clock.advance(day)
      for (const model of ['fast', 'smart']) {
        const result = await engine.admit({ ...call, model, estimate: 1n })
        if (result.admitted) await result.release()
      }
    }
    await until(() => usage.usage().entries.reduce((sum, { count }) => sum + (count ?? 0), 0) === 200)
    const codesOf = (log: Usage) => {
      const found = engine.read((state, at) => lint(state, { at, usage: log }))
      if (!found.ok) throw new Error(JSON.stringify(found))
      return found.findings.map(({ code }) => code)
    }
    expect(codesOf(usage.usage())).toEqual(expect.arrayContaining(['assignment_unused', 'model_refused']))
    usage.record([{ type: 'dropped', at: clock.now() - day, count: 1 }])
    expect(codesOf(usage.usage())).not.toContain('assignment_unused')
    expect(codesOf(usage.usage())).toContain('model_refused')
  })

  test.each([
    undefined,
    { version: 2, since: start, entries: [], credentials: [] },
    { version: 1, since: 5, entries: [], credentials: [] },
    { version: 1, since: start, entries: [{}], credentials: [] },
    { version: 1, since: start, entries: [] },
    { version: 1, since: start, entries: [], credentials: [{ credential: 'k', at: 5, count: 1 }] },
    { version: 1, since: start, entries: [], credentials: [{ credential: '', at: start, count: 1 }] },
    { version: 1, since: start, entries: [], credentials: [null] },
  ])('refuses to merge %j, and stays as it was', (bad) => {
    const usage = createUsage({ since: start })
    expect(() => usage.merge(bad as never)).toThrow(TypeError)
    expect(usage.toJSON()).toEqual({ version: 1, since: start, entries: [], credentials: [] })
  })

  test.each([{ since: 5 }, { limit: 0 }, { limit: 1.5 }, { limit: 1_000_001 }])('refuses the options %j', (options) => {
    expect(() => createUsage(options)).toThrow()
  })
})
