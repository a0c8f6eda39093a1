import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type AuthZenAction,
  type AuthZenEvaluation,
  type AuthZenPage,
  type AuthZenPageRequest,
  type AuthZenUnavailable,
  engineEvaluator,
} from '../../../src/authzen/index.ts'
import type { State } from '../../../src/model/state/state.ts'
import { idsOf, type Table } from '../../../src/model/table/table.ts'
import { authorize } from '../../../src/policy/authorize.ts'
import { answerCaller } from '../../../src/policy/decision/caller-answer.ts'
import type { ManageDecision, UseDecision } from '../../../src/policy/decision/decision.ts'
import type { ManageRequest, Request, UseRequest } from '../../../src/policy/request/request.ts'
import type { Usable } from '../../../src/query/who/access-target.ts'
import type { At } from '../../../src/runtime/engine.ts'
import { arbitraryManageRequest, arbitraryUseRequest } from '../../../src/testing/index.ts'
import { isUnlisted, knownNames, otherNames } from '../query/access.ts'
import { arbitraryStateAt } from '../query/state-at.ts'
import { whoIn } from '../query/who/who-can-use-world.ts'
import { runs } from '../runs.ts'

/** An engine whose policy is one state, at one instant. */
class StateEngine {
  readonly #state: State
  readonly #at: number

  constructor(state: State, at: number) {
    this.#state = state
    this.#at = at
  }

  authorize(request: At<UseRequest>): UseDecision
  authorize(request: At<ManageRequest>): ManageDecision
  authorize(request: At<UseRequest> | At<ManageRequest>): UseDecision | ManageDecision {
    return authorize({ ...request, at: this.#at } as UseRequest, this.#state)
  }

  read<T>(question: (state: State, at: number) => T): T {
    return question(this.#state, this.#at)
  }
}

const evaluatorOf = (state: State, at: number, disclosure?: 'reason') =>
  engineEvaluator(new StateEngine(state, at), { disclosure })
type Evaluator = ReturnType<typeof evaluatorOf>

const tables: Readonly<Record<string, (state: State) => Table<unknown>>> = {
  user: ({ users }) => users,
  team: ({ teams }) => teams,
  teamMembers: ({ teams }) => teams,
  virtualAccount: ({ virtualAccounts }) => virtualAccounts,
  credential: ({ credentials }) => credentials,
  organization: ({ organizations }) => organizations,
  providerAccount: ({ providerAccounts }) => providerAccounts,
  userTokens: ({ users }) => users,
}
const thingTypes = ['organization', 'team', 'teamMembers', 'virtualAccount', 'providerAccount', 'userTokens'] as const
const subjectTypes = ['user', 'team', 'virtualAccount', 'credential'] as const

/** The ids of a type in a state, and one that no row has. */
const idsIn = (type: string, state: State): string[] => [...idsOf(tables[type]?.(state) as Table<unknown>), 'nothing']
const thingsIn = (state: State) => [
  { type: 'platform', id: 'platform' },
  { type: 'platform', id: 'other' },
  ...thingTypes.flatMap((type) => idsIn(type, state).map((id) => ({ type, id }))),
]
const subjectsIn = (state: State) => subjectTypes.flatMap((type) => idsIn(type, state).map((id) => ({ type, id })))

/** Whether an evaluation is allowed. */
function allows(evaluator: Evaluator, evaluation: AuthZenEvaluation): boolean {
  const answer = evaluator.evaluate(evaluation)
  return 'decision' in answer && answer.decision
}

/** Returns the results of all pages of a search, with at most `limit` results each. */
function allPages<T>(search: (page: AuthZenPageRequest) => AuthZenPage<T> | AuthZenUnavailable, limit: number): T[] {
  const found: T[] = []
  let after: string | undefined
  do {
    const page = search(after === undefined ? { limit } : { limit, after })
    if ('reason' in page) throw new Error(page.reason)
    expect(page.results.length).toBeLessThanOrEqual(limit)
    if (page.next !== undefined) expect(page.results).toHaveLength(limit)
    found.push(...page.results)
    after = page.next
  } while (after !== undefined)
  return found
}

/** A state, an instant, an action to use a model, and the limit of pages. */
const arbitraryQuestion = arbitraryStateAt.chain(({ state, at }) => {
  const team = fc.oneof(
    { weight: 3, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constantFrom<unknown>(...idsIn('team', state), 7) },
  )
  const operation = fc.oneof(
    { weight: 2, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constantFrom('chat', 'audio', 'fly') },
  )
  const properties = fc
    .record({ team, operation })
    .map((fields) => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)))
  return fc.record({
    state: fc.constant(state),
    at: fc.constant(at),
    use: properties.map((own): AuthZenAction => ({ name: 'use', properties: own })),
    limit: fc.constantFrom(1, 2, 3, 1_000),
  })
})

const sorted = <T extends { readonly id: string }>(list: readonly T[]) =>
  list.toSorted((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))

test('an evaluation is allowed if and only if `authorize` allows the request, and has its reason', () => {
  const evaluationOf = (request: Request): AuthZenEvaluation | undefined => {
    if (request.who.type === 'credentialDigest') return undefined
    if (request.type === 'use') {
      const { who, model, team, operation } = request
      const context = Object.fromEntries(Object.entries({ team, operation }).filter(([, one]) => one !== undefined))
      return { subject: who, action: { name: 'use' }, resource: { type: 'model', id: model }, context }
    }
    const { type } = request.thing
    const id = 'id' in request.thing ? request.thing.id : 'platform'
    return { subject: request.who, action: { name: 'manage' }, resource: { type, id } }
  }
  const arbitrary = arbitraryStateAt.chain(({ state }) =>
    fc.record({
      state: fc.constant(state),
      request: fc.oneof(arbitraryUseRequest(state), arbitraryManageRequest(state)) as fc.Arbitrary<Request>,
    }),
  )
  const met = { allow: 0, deny: 0 }
  fc.assert(
    fc.property(arbitrary, ({ state, request }) => {
      const evaluation = evaluationOf(request)
      if (evaluation === undefined) return
      const { credits: _, ...free } = request as UseRequest
      const decision = authorize(free, state)
      met[decision.effect] += 1
      const { at } = request
      const answer = answerCaller(decision)
      const [concealed, exact] = [evaluatorOf(state, at), evaluatorOf(state, at, 'reason')].map((one) =>
        one.evaluate(evaluation),
      )
      if (decision.effect === 'allow' || answer.effect === 'allow') {
        expect([concealed, exact]).toEqual([{ decision: true }, { decision: true }])
        return
      }
      expect(concealed).toEqual({ decision: false, context: { reason: answer.reason } })
      expect(exact).toEqual({ decision: false, context: { reason: decision.reason } })
    }),
    runs(1_000),
  )
  expect(met.allow).toBeGreaterThan(100)
  expect(met.deny).toBeGreaterThan(100)
})

test('a subject search finds exactly the subjects that may use a model, each once', () => {
  let met = 0
  fc.assert(
    fc.property(arbitraryQuestion, ({ state, at, use, limit }) => {
      const evaluator = evaluatorOf(state, at)
      for (const name of [...knownNames(state), ...otherNames(state).slice(0, 20)]) {
        const resource = { type: 'model', id: name }
        for (const type of subjectTypes) {
          const search = { subject: { type }, action: use, resource }
          const found = allPages((page) => evaluator.searchSubjects(search, page), limit)
          const subjects = idsIn(type, state).map((id) => ({ type, id }))
          const allowed = subjects.filter((subject) => allows(evaluator, { subject, action: use, resource }))
          expect(sorted(found)).toEqual(sorted(allowed))
          met += found.length
        }
      }
    }),
    runs(100),
  )
  expect(met).toBeGreaterThan(500)
})

test('a subject search finds exactly the subjects that may manage a thing, each once', () => {
  let met = 0
  const action = { name: 'manage' }
  fc.assert(
    fc.property(arbitraryQuestion, ({ state, at, limit }) => {
      const evaluator = evaluatorOf(state, at)
      for (const resource of thingsIn(state)) {
        for (const type of subjectTypes) {
          const found = allPages(
            (page) => evaluator.searchSubjects({ subject: { type }, action, resource }, page),
            limit,
          )
          const subjects = idsIn(type, state).map((id) => ({ type, id }))
          const allowed = subjects.filter((subject) => allows(evaluator, { subject, action, resource }))
          expect(sorted(found)).toEqual(sorted(allowed))
          met += found.length
        }
      }
    }),
    runs(100),
  )
  expect(met).toBeGreaterThan(500)
})

test('accounts and groups are used by exactly the principals that `whoCanUse` lists, in evaluations and in both searches', () => {
  let met = 0
  const action = { name: 'use' }
  fc.assert(
    fc.property(arbitraryQuestion, ({ state, at, limit }) => {
      const evaluator = evaluatorOf(state, at)
      const whats: Exclude<Usable, string>[] = [
        ...idsIn('providerAccount', state).map(
          (providerAccount) => ({ type: 'providerAccount', providerAccount }) as const,
        ),
        ...[...idsOf(state.accessGroups), 'nothing'].map(
          (accessGroup) => ({ type: 'accessGroup', accessGroup }) as const,
        ),
      ]
      const pairs = whats.flatMap((what) => {
        const id =
          what.type === 'accessGroup' ? what.accessGroup : what.type === 'providerAccount' ? what.providerAccount : ''
        return whoIn(what, state, at).map(({ principal }) => ({ principal, resource: { type: what.type, id } }))
      })
      met += pairs.length
      for (const type of ['providerAccount', 'accessGroup']) {
        const ids = type === 'accessGroup' ? [...idsOf(state.accessGroups), 'nothing'] : idsIn(type, state)
        for (const resource of ids.map((id) => ({ type, id }))) {
          const users = pairs
            .filter((pair) => isDeepStrictEqual(pair.resource, resource))
            .map(({ principal }) => principal)
          for (const subjectType of subjectTypes) {
            const search = { subject: { type: subjectType }, action, resource }
            const found = allPages((page) => evaluator.searchSubjects(search, page), limit)
            expect(sorted(found)).toEqual(sorted(users.filter((user) => user.type === subjectType)))
          }
        }
        for (const subject of subjectsIn(state)) {
          const search = { subject, action, resource: { type } }
          const found = allPages((page) => evaluator.searchResources(search, page), limit)
          const used = pairs
            .filter((pair) => isDeepStrictEqual(pair.principal, subject))
            .map(({ resource }) => resource)
          expect(sorted(found)).toEqual(sorted(used.filter((resource) => resource.type === type)))
          for (const id of ids) {
            const isUsed = used.some((resource) => resource.type === type && resource.id === id)
            expect(allows(evaluator, { subject, action, resource: { type, id } })).toBe(isUsed)
          }
        }
      }
    }),
    runs(60),
  )
  expect(met).toBeGreaterThan(100)
})

test('a resource search finds exactly the models that a subject may use, in order, except for unlisted models', () => {
  let met = 0
  fc.assert(
    fc.property(arbitraryQuestion, ({ state, at, use, limit }) => {
      const evaluator = evaluatorOf(state, at)
      const names = [...new Set([...knownNames(state), ...otherNames(state)])]
      for (const subject of subjectsIn(state)) {
        const search = { subject, action: use, resource: { type: 'model' } }
        const found = allPages((page) => evaluator.searchResources(search, page), limit).map(({ id }) => id)
        const isAllowed = (id: string) => allows(evaluator, { subject, action: use, resource: { type: 'model', id } })
        expect(found.filter((id) => !isAllowed(id))).toEqual([])
        expect(found).toEqual([...new Set(found)].sort())
        const missing = names.filter((name) => isAllowed(name) && !found.includes(name))
        expect(missing.filter((name) => !isUnlisted(name, state))).toEqual([])
        met += found.length
      }
    }),
    runs(100),
  )
  expect(met).toBeGreaterThan(500)
})

test('a resource search finds exactly the things that a subject may manage, each once', () => {
  let met = 0
  const action = { name: 'manage' }
  fc.assert(
    fc.property(arbitraryQuestion, ({ state, at, limit }) => {
      const evaluator = evaluatorOf(state, at)
      const things = thingsIn(state)
      for (const subject of subjectsIn(state)) {
        for (const type of ['platform', ...thingTypes]) {
          const found = allPages(
            (page) => evaluator.searchResources({ subject, action, resource: { type } }, page),
            limit,
          )
          const ofType = things.filter((thing) => thing.type === type)
          const allowed = ofType.filter((resource) => allows(evaluator, { subject, action, resource }))
          expect(sorted(found)).toEqual(sorted(allowed))
          met += found.length
        }
      }
    }),
    runs(100),
  )
  expect(met).toBeGreaterThan(500)
})

test('an action search finds exactly the actions that a subject may perform on a resource', () => {
  let met = 0
  fc.assert(
    fc.property(arbitraryQuestion, ({ state, at, use, limit }) => {
      const evaluator = evaluatorOf(state, at)
      const context = use.properties
      const resources = [...thingsIn(state), ...knownNames(state).map((id) => ({ type: 'model', id }))]
      for (const subject of subjectsIn(state)) {
        for (const resource of resources) {
          const found = allPages((page) => evaluator.searchActions({ subject, resource, context }, page), limit)
          const names = ['manage', 'read', 'use'].map((name) => ({ name }))
          expect(found).toEqual(names.filter((action) => allows(evaluator, { subject, action, resource, context })))
          met += found.length
        }
      }
    }),
    runs(60),
  )
  expect(met).toBeGreaterThan(200)
})

test('a search with any position finds what is allowed and nothing else', () => {
  const position = fc.oneof(
    fc.string(),
    fc.json(),
    fc.tuple(fc.constantFrom('user', 'team', 'x'), fc.string(), fc.string()).map((fields) => JSON.stringify(fields)),
  )
  fc.assert(
    fc.property(arbitraryQuestion, position, ({ state, at, use }, after) => {
      const evaluator = evaluatorOf(state, at)
      for (const name of knownNames(state)) {
        const resource = { type: 'model', id: name }
        for (const type of subjectTypes) {
          const page = evaluator.searchSubjects({ subject: { type }, action: use, resource }, { limit: 10, after })
          if ('reason' in page) throw new Error(page.reason)
          for (const subject of page.results) expect(allows(evaluator, { subject, action: use, resource })).toBe(true)
        }
      }
    }),
    runs(100),
  )
})
