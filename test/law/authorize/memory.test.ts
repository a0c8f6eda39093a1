import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { emptyState, type State } from '../../../src/model/state/state.ts'
import { getRow, put } from '../../../src/model/table/table.ts'
import { isInstant } from '../../../src/model/value/instant.ts'
import { operations } from '../../../src/model/value/operation.ts'
import { authorize, authorizeParsed } from '../../../src/policy/authorize.ts'
import type { UseDecision } from '../../../src/policy/decision/decision.ts'
import { shareDecision } from '../../../src/policy/decision/share.ts'
import { DecisionMemory, maximumSlots, memoryOf } from '../../../src/policy/decision-memory.ts'
import type { UseRequest } from '../../../src/policy/request/request.ts'
import {
  arbitraryCommands,
  arbitraryRequest,
  arbitrarySession,
  arbitraryState,
  arbitraryUseRequest,
  deepFreeze,
  hostileMakers,
  instantsOf,
  isDeeplyFrozen,
} from '../../../src/testing/index.ts'
import { applyUnguarded } from '../command.ts'
import { findCollisions } from '../model/collision.ts'
import { runs } from '../runs.ts'
import { aliases, answer, asRequest, holding, memberOf, world } from '../world.ts'

const at = 1_700_000_001_000

/** Asserts that `authorize`, which remembers, and `authorizeParsed`, which does not, decide a request alike. */
function expectSame(request: UseRequest, state: State): UseDecision {
  const decision = authorize(request, state)
  expect(decision).toStrictEqual(authorizeParsed(request, state))
  return decision
}

const credits: readonly UseRequest['credits'][] = [
  undefined,
  { available: 0n },
  { available: 5n, estimate: 9n },
  { available: -3n, estimate: 0n },
  { available: '1', estimate: '0.5' },
]

/** Generates a request like another one, with one or two fields changed. */
function arbitraryVariant(request: UseRequest, state: State): fc.Arbitrary<UseRequest> {
  const boundaries = instantsOf(state).flatMap((instant) => [instant - 1, instant, instant + 1])
  const instants = [request.at, ...boundaries].filter(isInstant)
  return fc
    .tuple(arbitraryUseRequest(state), fc.nat(40), fc.constantFrom(...instants))
    .map(([other, kind, instant]) => {
      const later = { ...request, at: instant }
      if (kind < 4) return { ...later, who: other.who }
      if (kind < 8) return { ...later, model: other.model }
      if (kind < 12) return { ...later, team: other.team }
      if (kind < 20) return { ...later, operation: kind < 13 ? undefined : operations[kind % operations.length] }
      return kind < 30 ? { ...later, credits: credits[kind % credits.length] } : later
    })
}

/** Generates requests of which many differ in one field only, and many are equal. */
const arbitraryVariants = (state: State): fc.Arbitrary<readonly UseRequest[]> =>
  arbitraryUseRequest(state).chain((request) =>
    fc.array(fc.oneof(fc.constant(request), arbitraryVariant(request, state)), { maxLength: 24, size: 'max' }),
  )

test('decisions with memory and without are equal, at instants in any order', () => {
  const sessions = arbitraryState.chain((state) => fc.tuple(fc.constant(state), arbitraryVariants(state)))
  let recalled = 0
  fc.assert(
    fc.property(sessions, ([state, requests]) => {
      const seen = new Set<UseDecision>()
      for (const request of [...requests, ...requests]) {
        const decision = expectSame(request, state)
        if (seen.has(decision)) recalled += 1
        seen.add(decision)
      }
    }),
    runs(400),
  )
  expect(recalled).toBeGreaterThan(1_000)
})

test('decisions with memory and without are equal, over interleaved commands and states', () => {
  let changed = 0
  fc.assert(
    fc.property(arbitraryCommands, fc.infiniteStream(fc.nat()), (commands, numbers) => {
      const states: State[] = [emptyState]
      const asked: UseRequest[] = []
      for (const command of commands) {
        const before = states[states.length - 1] as State
        const applied = applyUnguarded(command, before)
        if (!applied.ok || applied.state === before) continue
        states.push(applied.state)
        const seed = numbers.next().value ?? 0
        asked.push(...fc.sample(arbitraryUseRequest(applied.state), { numRuns: 2, seed }))
        const older = states[seed % states.length] as State
        for (const state of [applied.state, older, applied.state, before, applied.state]) {
          for (const request of asked.slice(-6)) expectSame(request, state)
        }
        const last = asked[asked.length - 1] as UseRequest
        if (answer(authorize(last, before)) !== answer(authorize(last, applied.state))) changed += 1
      }
    }),
    runs(60),
  )
  expect(changed).toBeGreaterThan(20)
})

const { pairs } = findCollisions()
const [[held, unheld], [rich, poor], [mine, other]] = pairs as [[string, string], [string, string], [string, string]]
const group = holding(['gpt'])
const digests = ['a'.repeat(64), 'b'.repeat(64)] as const
const window = { startsAt: at + 100, expiresAt: at + 200 }
/** Ids that have the same hash in pairs, and principals of three types with one id. */
const crowded = world({
  modelAliases: [{ id: held }, { id: unheld }],
  accessGroups: [{ id: 'gpt', ...aliases(held) }],
  teams: [
    { id: mine, ...group, metered: true },
    { id: other, metered: true },
    { id: 'same', suspendedBy: 'platform', status: 'suspended' },
  ],
  virtualAccounts: [{ id: 'same', ...group, metered: true }],
  users: [
    { id: rich, ...group },
    { id: poor },
    { id: 'same', ...group },
    { id: 'ann', ...group, ...memberOf(mine, other) },
    { id: 'bob', ...holding(['gpt'], [window]) },
  ],
  credentials: [
    { id: rich, operations: { type: 'list', operations: ['chat'] }, owner: { type: 'user', id: rich } },
    { id: poor, owner: { type: 'user', id: poor } },
    {
      id: 'pat',
      owner: { type: 'user', id: rich },
      digest: digests[0],
      previous: [{ digest: digests[1], expiresAt: at }],
    },
  ],
})

describe('requests that differ in one field have decisions of their own, also after each was remembered', () => {
  const base: UseRequest = { type: 'use', who: { type: 'user', id: rich }, model: held, at }
  const inTeam: UseRequest = { ...base, who: { type: 'user', id: 'ann' }, team: mine }
  const byToken: UseRequest = { ...base, who: { type: 'credential', id: rich }, operation: 'chat' }
  const byDigest: UseRequest = { ...base, who: { type: 'credentialDigest', digest: digests[0] } }
  const inWindow: UseRequest = { ...base, who: { type: 'user', id: 'bob' }, at: at + 150 }
  const paid: UseRequest = { ...base, who: { type: 'virtualAccount', id: 'same' }, credits: { available: 5n } }
  const cases: readonly (readonly [string, UseRequest, Partial<UseRequest>])[] = [
    ['the id of the caller', base, { who: { type: 'user', id: poor } }],
    ['the type of the caller', { ...base, who: { type: 'user', id: 'same' } }, { who: { type: 'team', id: 'same' } }],
    ['a credential and its owner', byToken, { who: { type: 'user', id: rich } }],
    ['the id of the credential', byToken, { who: { type: 'credential', id: poor } }],
    ['the digest of the credential', byDigest, { who: { type: 'credentialDigest', digest: digests[1] } }],
    ['the model', base, { model: unheld }],
    ['the team', inTeam, { team: other }],
    ['a team and none', inTeam, { team: undefined }],
    ['the operation', byToken, { operation: 'embeddings' }],
    ['an operation and none', byToken, { operation: undefined }],
    ['the available credits', paid, { credits: { available: 0n } }],
    ['the estimate', paid, { credits: { available: 5n, estimate: 6n } }],
    ['credits and none', { ...paid, credits: { available: 0n } }, { credits: undefined }],
    ['an instant before the window', inWindow, { at: at + 99 }],
    ['the first instant after the window', inWindow, { at: at + 200 }],
  ]

  test.each(cases)('%s', (_, one, change) => {
    const another: UseRequest = { ...one, ...change }
    expect(authorizeParsed(one, crowded)).not.toStrictEqual(authorizeParsed(another, crowded))
    const order = [one, one, one, another, another, another, one, another, one, another]
    for (const request of order) expectSame(request, crowded)
  })
})

test('a decision is remembered from the second time on, until its `until`, and not before its instant', () => {
  const request: UseRequest = { type: 'use', who: { type: 'user', id: 'bob' }, model: held, at: at + 110 }
  const state = { ...crowded }
  const [first, second, third] = [1, 2, 3].map(() => authorize(request, state))
  expect(second).not.toBe(first)
  expect(third).toBe(second)
  expect(third).toStrictEqual(first)
  expect(authorize({ ...request, at: at + 199 }, state)).toBe(second)
  expect(authorize({ ...request, at: at + 109 }, state)).not.toBe(second)
  expect(answer(authorize({ ...request, at: at + 200 }, state))).toBe('model_not_granted')
})

test('a request with inherited fields is invalid, also when the same request with own fields was remembered', () => {
  const request: UseRequest = { type: 'use', who: { type: 'user', id: rich }, model: held, at }
  for (let i = 0; i < 3; i += 1) expect(answer(authorize(request, crowded))).toBe('allow')
  expect(answer(authorize(asRequest(Object.create(request)) as UseRequest, crowded))).toBe('request_invalid')
  const inherited = { ...request, who: Object.create(request.who) as UseRequest['who'] }
  expect(answer(authorize(inherited, crowded))).toBe('request_invalid')
})

/** Writes to every part of a value that is not frozen, and asserts that the others refuse to be written to. */
function vandalize(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  for (const key of Object.keys(value)) {
    vandalize(Reflect.get(value, key))
    expect(Reflect.set(value, key, 'vandalized')).toBe(!Object.isFrozen(value))
  }
}

test('a caller that changes its decision changes no decision of another caller', () => {
  fc.assert(
    fc.property(arbitrarySession(arbitraryRequest), ({ state, requests }) => {
      for (const request of requests) {
        for (let i = 0; i < 4; i += 1) {
          const decision = authorize(request, state)
          expect(decision).toStrictEqual(authorizeParsed(request, state))
          vandalize(decision)
        }
        if (request.type === 'use' && request.credits === undefined) {
          expect(isDeeplyFrozen(authorize(request, state)) || answer(authorize(request, state)) !== 'allow').toBe(true)
        }
      }
    }),
    runs(200),
  )
})

test('a remembered decision is deeply frozen, and remembering freezes nothing of the state or the request', () => {
  const base = world({
    modelAliases: [{ id: 'gpt-4' }],
    accessGroups: [{ id: 'gpt', ...aliases('gpt-4') }],
    users: [{ id: 'ann', ...group }],
  })
  const targets = [{ providerAccount: 'openai', model: 'gpt-4' }]
  const alias = { ...getRow(base.modelAliases, 'gpt-4'), targets }
  const state = { ...base, modelAliases: put(base.modelAliases, 'gpt-4', alias) }
  const request: UseRequest = { type: 'use', who: { type: 'user', id: 'ann' }, model: 'gpt-4', at }
  for (let i = 0; i < 2; i += 1) expect(authorize(request, state)).toMatchObject({ routes: targets })
  expect(isDeeplyFrozen(authorize(request, state))).toBe(true)
  expect([request, request.who, targets, targets[0], alias, state].some((part) => Object.isFrozen(part))).toBe(false)
})

test('a decision that is not plain data is not shared', () => {
  const allow = authorize({ type: 'use', who: { type: 'user', id: rich }, model: held, at }, crowded)
  for (const make of hostileMakers()) {
    const part = make()
    const decision = { ...allow, routes: part } as UseDecision
    const shared = shareDecision(decision)
    if (shared !== undefined) expect(isDeeplyFrozen(shared)).toBe(true)
  }
  const circular = { ...allow } as Record<string, unknown>
  circular['routes'] = circular
  expect(shareDecision(circular as unknown as UseDecision)).toBeUndefined()
  expect(shareDecision({ ...allow, routes: new Date() } as unknown as UseDecision)).toBeUndefined()
})

/** Returns the decision of a request that names a model, without any state. */
const deciding = ({ model }: UseRequest): UseDecision => ({
  effect: 'deny',
  reason: 'model_unknown',
  level: { type: 'model', id: model },
  remedies: [],
  version: 1,
})

/** Makes requests that differ in the model, from a first number on. */
const requestsFrom = (first: number, count: number): UseRequest[] =>
  Array.from({ length: count }, (_, i) => ({
    type: 'use',
    who: { type: 'user', id: 'ann' },
    model: `m${first + i}`,
    at,
  }))

describe('a memory is bounded', () => {
  test.each([256, 1_024, maximumSlots])('to %d slots, and stays right when it is full', (limit) => {
    const memory = new DecisionMemory(limit)
    const requests = requestsFrom(0, 3 * limit)
    let largest = 0
    for (const request of [...requests, ...requests]) {
      for (let i = 0; i < 3; i += 1) memory.recall(request, emptyState, deciding)
      largest = Math.max(largest, memory.size)
    }
    expect(largest).toBeLessThanOrEqual(limit)
    expect(memory.size).toBeGreaterThan(limit / 2)
    for (const request of requests.slice(0, 2_000)) {
      expect(memory.recall(request, emptyState, deciding)).toStrictEqual(deciding(request))
    }
  })

  test('and remembers nearly all of the requests that take a third of its slots', () => {
    const memory = new DecisionMemory(1_024)
    const requests = requestsFrom(0, 340)
    let made = 0
    const counting = (request: UseRequest): UseDecision => {
      made += 1
      return deciding(request)
    }
    for (let round = 0; round < 4; round += 1)
      for (const request of requests) memory.recall(request, emptyState, counting)
    made = 0
    for (const request of requests) memory.recall(request, emptyState, counting)
    expect(made).toBeLessThan(20)
  })
})

test('each state has a memory of its own, bounded by the number of its callers, and another state starts without', () => {
  const request: UseRequest = { type: 'use', who: { type: 'user', id: rich }, model: held, at }
  const state = { ...crowded }
  const next = deepFreeze({ ...crowded })
  for (let i = 0; i < 3; i += 1) authorize(request, state)
  expect(memoryOf(state)).toBe(memoryOf(state))
  expect(memoryOf(next)).not.toBe(memoryOf(state))
  expect([memoryOf(state).size, memoryOf(next).size]).toEqual([1, 0])
  for (const each of requestsFrom(0, 5_000)) authorize(each, state)
  expect(memoryOf(state).size).toBeLessThanOrEqual(512)
})
