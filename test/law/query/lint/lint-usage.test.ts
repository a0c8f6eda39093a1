import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { State } from '../../../../src/model/state/state.ts'
import { authorize } from '../../../../src/policy/authorize.ts'
import type { Usage, UsageEntry } from '../../../../src/query/lint/context/usage.ts'
import { lint } from '../../../../src/query/lint/lint.ts'
import { rowsIn } from '../../../../src/testing/arbitrary/state.ts'
import { origin } from '../../../../src/testing/arbitrary/window.ts'
import { arbitraryDamage } from '../../../../src/testing/index.ts'
import { runs } from '../../runs.ts'
import {
  afterFix,
  arbitraryOldInput,
  type Call,
  day,
  everyCall,
  expectFixed,
  isAllowed,
  type LintInput,
  linted,
  lostOf,
  type Power,
  powersIn,
} from './lint-world.ts'

interface Log extends LintInput {
  readonly usage: Usage
}

function outcomeOf(call: Call, state: State, at: number): string {
  const decision = authorize({ type: 'use', ...call, at }, state)
  return decision.effect === 'allow' ? decision.effect : decision.reason
}

/**
 * Generates a usage log of calls that the principals of a state could have made. Most logs reach back to the cutoff of
 * unused access.
 */
const arbitraryLog: fc.Arbitrary<Log> = arbitraryOldInput.chain(({ state, at }) => {
  const calls = [...everyCall(state)]
  const last = fc.integer({ min: -500, max: 500 }).map((ms) => at - day + ms)
  const outcome = fc.constantFrom<Pick<UsageEntry, 'effect' | 'reason' | 'count'>>(
    { effect: 'allow' },
    { effect: 'deny', reason: 'credits_exhausted' },
    { effect: 'deny', reason: 'model_not_granted' },
    { effect: 'deny', reason: 'model_not_granted', count: 5 },
  )
  const entry = (call: Call): fc.Arbitrary<UsageEntry> =>
    fc.tuple(last, outcome).map(([when, how]) => ({ ...call, ...how, at: when }))
  const entries = fc
    .subarray(calls, { maxLength: Math.min(calls.length, 12) })
    .chain((asked) => fc.tuple(...asked.map(entry)))
  const denied = calls.filter((call) => outcomeOf(call, state, at) === 'model_not_granted')
  const refusals = fc
    .subarray(denied, { maxLength: Math.min(denied.length, 3) })
    .map((some) =>
      some.map((call): UsageEntry => ({ ...call, effect: 'deny', reason: 'model_not_granted', count: 3, at })),
    )
  const agents = [
    ...rowsIn(state, 'users').map(({ id }) => ({ type: 'user', id }) as const),
    ...rowsIn(state, 'virtualAccounts').map(({ id }) => ({ type: 'virtualAccount', id }) as const),
  ]
  const accounts = rowsIn(state, 'providerAccounts').map(({ id }) => id)
  const pairs = agents.flatMap((who) => accounts.map((providerAccount) => ({ who, providerAccount })))
  const manages = fc
    .subarray(pairs, { maxLength: Math.min(pairs.length, 3) })
    .chain((some) => fc.tuple(...some.map((one) => last.map((when) => ({ ...one, at: when })))))
  return fc
    .record({
      entries,
      refusals,
      manages: fc.option(manages, { nil: undefined }),
      since: fc.constantFrom(origin, origin, origin, origin, at - day, at - day + 1),
    })
    .map(({ entries: calls, refusals: refused, manages: done, since }) => {
      const powers = done === undefined ? {} : { manages: done }
      return { state, at, usage: { since, entries: [...calls, ...refused], unusedDays: 1, ...powers } }
    })
})

test('with a usage log a fix removes its finding and adds none', () => {
  const met = new Map<string, number>()
  fc.assert(
    fc.property(arbitraryLog, ({ state, at, usage }) => {
      const found = linted(state, { at, usage })
      for (const finding of found) {
        if (finding.fix === undefined) continue
        expectFixed(found, afterFix(state, finding), finding, { at, usage })
        met.set(finding.code, (met.get(finding.code) ?? 0) + 1)
      }
    }),
    runs(220),
  )
  for (const code of ['assignment_unused', 'role_unused', 'access_group_unused', 'model_refused']) {
    expect({ code, count: met.get(code) ?? 0 }).toSatisfy(({ count }) => count > 5)
  }
})

/**
 * Whether an entry of the log may have used the access of a call. The entry's principal is the call's principal, or a
 * member of the team that makes the call. An entry that names a team counts for the call with the same team.
 */
function isUsed(call: Call, { state, at, usage }: Log): boolean {
  const members = rowsIn(state, 'users')
  const may = (entry: UsageEntry): boolean => {
    const { who, team } = call
    if (entry.who.type === who.type && entry.who.id === who.id) {
      return entry.team === undefined || entry.team === team
    }
    if (who.type !== 'team') return false
    if (entry.team !== undefined) return entry.team === who.id
    const user = entry.who.type === 'user' && members.find(({ id }) => id === entry.who.id)
    return user !== false && user?.teams.some((place) => place.team === who.id) === true
  }
  return usage.entries.some((entry) => entry.at >= at - day && entry.model === call.model && may(entry))
}

function isPowerUsed({ who, thing }: Power, { at, usage }: Log): boolean {
  if (usage.manages === undefined || usage.since > at - day || thing.type !== 'providerAccount') return true
  return usage.manages.some(
    (entry) =>
      entry.at >= at - day &&
      entry.who.type === who.type &&
      entry.who.id === who.id &&
      entry.providerAccount === thing.id,
  )
}

test('a fix takes only access and powers that the usage log shows to be unused', () => {
  let [lostModels, lostPowers] = [0, 0]
  fc.assert(
    fc.property(arbitraryLog, (log) => {
      const { state, at, usage } = log
      const calls = [...everyCall(state)].filter((call) => isAllowed(call, at, state))
      const powers = powersIn(state, at)
      for (const finding of linted(state, { at, usage })) {
        if (finding.fix === undefined) continue
        const after = afterFix(state, finding)
        const lost = calls.filter((call) => !isAllowed(call, at, after))
        expect([finding, lost.filter((call) => isUsed(call, log))]).toEqual([finding, []])
        if (usage.since > at - day) expect([finding, lost]).toEqual([finding, []])
        const gone = lostOf(powers, at, after)
        expect([finding, gone.filter((power) => isPowerUsed(power, log))]).toEqual([finding, []])
        lostModels += lost.length
        lostPowers += gone.length
      }
    }),
    runs(130),
  )
  expect(lostModels).toBeGreaterThan(200)
  expect(lostPowers).toBeGreaterThan(5)
})

test('the fix of `model_refused` gives the principal the model', () => {
  let met = 0
  fc.assert(
    fc.property(arbitraryLog, ({ state, at, usage }) => {
      for (const { code, subject, fix } of linted(state, { at, usage })) {
        if (code !== 'model_refused' || subject.type !== 'refusal' || fix === undefined) continue
        const [first] = fix
        const call = { who: subject.principal, model: subject.model }
        expect(isAllowed(call, at, state)).toBe(false)
        expect(isAllowed(call, at, afterFix(state, { code, subject, severity: 'advice', message: '', fix }))).toBe(true)
        expect(first?.type).toBe('AssignAccessGroup')
        met += 1
      }
    }),
    runs(130),
  )
  expect(met).toBeGreaterThan(3)
})

/** Returns the state after all fixes. Applies one fix at a time, and runs lint again after each fix. */
function afterAllFixes({ state, at, usage }: Log): State {
  let now = state
  let steps = linted(now, { at, usage }).length
  for (;;) {
    const next = linted(now, { at, usage }).find(({ fix }) => fix !== undefined)
    if (next === undefined) return now
    expect(steps).toBeGreaterThan(0)
    now = afterFix(now, next)
    steps -= 1
  }
}

test('with a usage log applying one fix after another ends', () => {
  fc.assert(
    fc.property(arbitraryLog, (log) => {
      const { at, usage } = log
      const after = afterAllFixes(log)
      expect(linted(after, { at, usage }).filter(({ fix }) => fix !== undefined)).toEqual([])
    }),
    runs(40),
  )
})

test('lint never throws for a damaged usage log; findings are JSON and do not depend on the order of entries', () => {
  let answered = 0
  fc.assert(
    fc.property(
      arbitraryLog.chain((log) => arbitraryDamage(fc.constant(log.usage)).map((make) => ({ ...log, make }))),
      ({ state, at, usage, make }) => {
        expect(lint(state, { at, usage: make() as Usage }).ok).toBeTypeOf('boolean')
        const found = lint(state, { at, usage })
        expect(JSON.parse(JSON.stringify(found))).toStrictEqual(found)
        const entries = [...usage.entries].reverse()
        expect(lint(state, { at, usage: { ...usage, entries } })).toStrictEqual(found)
        answered += found.ok ? 1 : 0
      },
    ),
    runs(40),
  )
  expect(answered).toBeGreaterThanOrEqual(40)
})
