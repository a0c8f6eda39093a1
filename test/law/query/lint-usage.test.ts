import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { State } from '../../../src/model/state/state.ts'
import { authorize } from '../../../src/policy/authorize.ts'
import type { Usage, UsageEntry } from '../../../src/query/lint/context/usage.ts'
import { lint } from '../../../src/query/lint/lint.ts'
import { rowsIn } from '../../../src/testing/arbitrary/state.ts'
import { arbitraryDamage } from '../../../src/testing/index.ts'
import { runs } from '../runs.ts'
import {
  arbitraryOldScene,
  day,
  everyQuestion,
  expectMended,
  isAllowed,
  linted,
  lostOf,
  type Managing,
  type Moment,
  mended,
  powersIn,
  type Question,
} from './lint-world.ts'

interface Log extends Moment {
  readonly usage: Usage
}

function authorizes(question: Question, state: State, at: number): string {
  const decision = authorize({ type: 'use', ...question, at }, state)
  return decision.effect === 'allow' ? decision.effect : decision.reason
}

/** A log of calls that could have been made in a state, and of what was managed, mostly reaching back for long enough. */
const arbitraryLog: fc.Arbitrary<Log> = arbitraryOldScene.chain(({ state, at }) => {
  const questions = [...everyQuestion(state)]
  const last = fc.integer({ min: -500, max: 500 }).map((ms) => at - day + ms)
  const outcome = fc.constantFrom<Pick<UsageEntry, 'effect' | 'reason' | 'count'>>(
    { effect: 'allow' },
    { effect: 'deny', reason: 'credits_exhausted' },
    { effect: 'deny', reason: 'model_not_granted' },
    { effect: 'deny', reason: 'model_not_granted', count: 5 },
  )
  const entry = (question: Question): fc.Arbitrary<UsageEntry> =>
    fc.tuple(last, outcome).map(([when, how]) => ({ ...question, ...how, at: when }))
  const entries = fc
    .subarray(questions, { maxLength: Math.min(questions.length, 12) })
    .chain((asked) => fc.tuple(...asked.map(entry)))
  const denied = questions.filter((question) => authorizes(question, state, at) === 'model_not_granted')
  const refusals = fc
    .subarray(denied, { maxLength: Math.min(denied.length, 3) })
    .map((some) =>
      some.map((question): UsageEntry => ({ ...question, effect: 'deny', reason: 'model_not_granted', count: 3, at })),
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
      since: fc.constantFrom(0, 0, 0, 0, at - day, at - day + 1),
    })
    .map(({ entries: calls, refusals: refused, manages: done, since }) => {
      const powers = done === undefined ? {} : { manages: done }
      return { state, at, usage: { since, entries: [...calls, ...refused], unusedDays: 1, ...powers } }
    })
})

test('with a usage log too a fix removes its finding and adds none', () => {
  const met = new Map<string, number>()
  fc.assert(
    fc.property(arbitraryLog, ({ state, at, usage }) => {
      const found = linted(state, { at, usage })
      for (const finding of found) {
        if (finding.fix === undefined) continue
        expectMended(found, mended(state, finding), finding, { at, usage })
        met.set(finding.code, (met.get(finding.code) ?? 0) + 1)
      }
    }),
    runs(60),
  )
  for (const code of ['assignment_unused', 'role_unused', 'access_group_unused', 'model_refused']) {
    expect({ code, count: met.get(code) ?? 0 }).toSatisfy(({ count }) => count > 5)
  }
})

/**
 * Whether a call in the log may have used what a question asks for: by the same principal, or by a member for its team. A
 * call that named a team used what that team has and what the user has; as a question of its own it is asked too.
 */
function isUsed(question: Question, { state, at, usage }: Log): boolean {
  const members = rowsIn(state, 'users')
  const may = (entry: UsageEntry): boolean => {
    const { who, team } = question
    if (entry.who.type === who.type && entry.who.id === who.id) {
      return entry.team === undefined || entry.team === team
    }
    if (who.type !== 'team') return false
    if (entry.team !== undefined) return entry.team === who.id
    const user = entry.who.type === 'user' && members.find(({ id }) => id === entry.who.id)
    return user !== false && user?.teams.some((place) => place.team === who.id) === true
  }
  return usage.entries.some((entry) => entry.at >= at - day && entry.model === question.model && may(entry))
}

function isPowerUsed({ who, thing }: Managing, { at, usage }: Log): boolean {
  if (usage.manages === undefined || usage.since > at - day || thing.type !== 'providerAccount') return true
  return usage.manages.some(
    (entry) =>
      entry.at >= at - day &&
      entry.who.type === who.type &&
      entry.who.id === who.id &&
      entry.providerAccount === thing.id,
  )
}

test('access that a fix takes away is access that the log shows to be unused, and so is a power', () => {
  let [lostModels, lostPowers] = [0, 0]
  fc.assert(
    fc.property(arbitraryLog, (log) => {
      const { state, at, usage } = log
      const questions = [...everyQuestion(state)].filter((question) => isAllowed(question, at, state))
      const powers = powersIn(state, at)
      for (const finding of linted(state, { at, usage })) {
        if (finding.fix === undefined) continue
        const after = mended(state, finding)
        const lost = questions.filter((question) => !isAllowed(question, at, after))
        expect([finding, lost.filter((question) => isUsed(question, log))]).toEqual([finding, []])
        if (usage.since > at - day) expect([finding, lost]).toEqual([finding, []])
        const gone = lostOf(powers, at, after)
        expect([finding, gone.filter((power) => isPowerUsed(power, log))]).toEqual([finding, []])
        lostModels += lost.length
        lostPowers += gone.length
      }
    }),
    runs(60),
  )
  expect(lostModels).toBeGreaterThan(200)
  expect(lostPowers).toBeGreaterThan(5)
})

test('an upgrade gives the model that was refused, and nothing beyond the ceiling', () => {
  let met = 0
  fc.assert(
    fc.property(arbitraryLog, ({ state, at, usage }) => {
      for (const { code, subject, fix } of linted(state, { at, usage })) {
        if (code !== 'model_refused' || subject.type !== 'refusal' || fix === undefined) continue
        const [first] = fix
        const question = { who: subject.principal, model: subject.model }
        expect(isAllowed(question, at, state)).toBe(false)
        expect(isAllowed(question, at, mended(state, { code, subject, severity: 'advice', message: '', fix }))).toBe(
          true,
        )
        expect(first?.type).toBe('AssignAccessGroup')
        met += 1
      }
    }),
    runs(60),
  )
  expect(met).toBeGreaterThan(3)
})

/** The state after all fixes, each followed by another look. */
function tidied({ state, at, usage }: Log): State {
  let now = state
  let steps = linted(now, { at, usage }).length
  for (;;) {
    const next = linted(now, { at, usage }).find(({ fix }) => fix !== undefined)
    if (next === undefined) return now
    expect(steps).toBeGreaterThan(0)
    now = mended(now, next)
    steps -= 1
  }
}

test('with a usage log too applying one fix after another comes to an end', () => {
  fc.assert(
    fc.property(arbitraryLog, (log) => {
      const { at, usage } = log
      const after = tidied(log)
      expect(linted(after, { at, usage }).filter(({ fix }) => fix !== undefined)).toEqual([])
    }),
    runs(40),
  )
})

test('any usage log gets an answer, and findings with one are plain data and the same again', () => {
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
