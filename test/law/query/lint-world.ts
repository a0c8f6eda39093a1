import fc from 'fast-check'
import { expect } from 'vitest'
import { apply } from '../../../src/change/apply.ts'
import type { Command } from '../../../src/change/message/command.ts'
import type { State } from '../../../src/model/state/state.ts'
import { idsOf, rowsOf } from '../../../src/model/table/table.ts'
import { authorize } from '../../../src/policy/authorize.ts'
import type { Finding } from '../../../src/query/lint/finding.ts'
import { type Lint, lint } from '../../../src/query/lint/lint.ts'
import { rowsIn } from '../../../src/testing/arbitrary/state.ts'
import { arbitraryEvaluationTime, arbitraryState } from '../../../src/testing/index.ts'
import { arbitraryHistory } from './state-at.ts'

type Options = Parameters<typeof lint>[1]

/** What lint finds. A query without an answer fails the test. */
export function linted(state: State, options: Options): readonly Finding[] {
  const found: Lint | { readonly ok: false } = lint(state, options)
  if (!found.ok) throw new Error(`no answer: ${JSON.stringify(found)}`)
  return found.findings
}

/** The code and the subject of a finding as one text. */
export const keyOf = ({ code, subject }: Finding): string => JSON.stringify([code, subject])

/** The state after a fix, every command of which is accepted. */
export function mended(state: State, finding: Finding): State {
  return (finding.fix ?? []).reduce((soFar, command) => {
    const applied = apply(command, soFar)
    if (!applied.ok) throw new Error(`${keyOf(finding)}: ${JSON.stringify([command, applied.rejection])}`)
    return applied.state
  }, state)
}

/** What seldom comes about by chance, each made of what there is. */
const extras: readonly ((state: State, at: number) => Step[])[] = [
  ({ modelAliases }) => {
    const [alias = 'gpt-4'] = idsOf(modelAliases)
    return [{ type: 'CreateModelAlias', alias: `${alias.slice(0, 250)}-`, targets: [] }]
  },
  () => [{ type: 'CreateAccessGroup', accessGroup: 'gpt-mode1s', members: [] }],
  () => [
    { type: 'CreateProviderAccount', providerAccount: 'OpenAI' },
    { type: 'CreateProviderAccount', providerAccount: 'openai' },
  ],
  ({ organizations }) => {
    const [organization = 'acme'] = idsOf(organizations)
    return ['dev', 'DEV', 'D-EV'].map((team) => ({ type: 'CreateTeam', team, organization, metered: false }))
  },
  () =>
    ['ab', 'AB'].map((id) => ({ type: 'CreateOrganization', organization: id, entitlement: { type: 'unlimited' } })),
  ({ modelAliases }, at) => {
    const [alias = '', successor] = idsOf(modelAliases)
    return [
      { type: 'ActivateModelAlias', alias },
      { type: 'DeprecateModelAlias', alias, sunsetAt: at + 500, ...(successor === undefined ? {} : { successor }) },
      { type: 'CreateAccessGroup', accessGroup: 'older-models', members: [{ type: 'alias', alias }] },
    ]
  },
  ({ modelAliases, users }) => {
    const members = [...idsOf(modelAliases)].map((alias) => ({ type: 'alias', alias }) as const)
    const own = { type: 'alias', alias: 'model of a tier' } as const
    const targets = [...rowsOf(modelAliases)].flatMap((alias) => alias.targets).slice(0, 3)
    return [
      { type: 'CreateModelAlias', alias: own.alias, targets },
      { type: 'CreateAccessGroup', accessGroup: 'tier-pro', members },
      { type: 'CreateAccessGroup', accessGroup: 'basic', description: 'Basic', members: [own] },
      { type: 'CreatePlan', plan: 'basic plan', accessGroups: ['basic'] },
      ...[...rowsOf(users)]
        .filter((user) => user.accessGroups.length === 0)
        .map(
          ({ id }) => ({ type: 'AssignAccessGroup', accessGroup: 'basic', principal: { type: 'user', id } }) as const,
        ),
    ]
  },
  ({ virtualAccounts, providerAccounts }) =>
    [...idsOf(virtualAccounts)].flatMap((id) =>
      [...idsOf(providerAccounts)].map(
        (providerAccount) =>
          ({ type: 'GrantRole', principal: { type: 'virtualAccount', id }, providerAccount, role: 'manager' }) as const,
      ),
    ),
  ({ teams, accessGroups }, at) =>
    [...idsOf(teams)].flatMap((id, i) =>
      [...idsOf(accessGroups)].map(
        (accessGroup) =>
          ({
            type: 'AssignAccessGroup',
            accessGroup,
            principal: { type: 'team', id },
            startsAt: at + 500 * (i - 1),
            expiresAt: at + 800,
          }) as const,
      ),
    ),
  ({ teams, users }) => [
    ...[...idsOf(teams)].map((team) => ({ type: 'UpdateTeam', team, metered: true }) as const),
    ...[...idsOf(users)].map((user) => ({ type: 'UpdateUser', user, metered: true }) as const),
  ],
]

type Said<C> = C extends Command ? Omit<C, 'actor' | 'at'> : never
type Step = Said<Command>

function withExtras(state: State, at: number, chosen: readonly (typeof extras)[number][]): State {
  return chosen
    .flatMap((extra) => extra(state, at))
    .reduce<State>((soFar, step) => {
      const applied = apply({ actor: { type: 'system' }, at: Math.min(at, 1000), ...step }, soFar)
      return applied.ok ? applied.state : soFar
    }, state)
}

/** A state and an instant. */
export interface Moment {
  readonly state: State
  readonly at: number
}

/** A state of either make with some extras, at an instant at which something happens in it. */
export const arbitraryScene: fc.Arbitrary<Moment> = arbitraryWith((state) => arbitraryEvaluationTime(state))

/** A state of either make with some extras that is older than a day. */
export const arbitraryOldScene: fc.Arbitrary<Moment> = arbitraryWith(() =>
  fc.integer({ min: 1000, max: 2100 }).map((ms) => day + ms),
)

function arbitraryWith(momentOf: (state: State) => fc.Arbitrary<number>): fc.Arbitrary<Moment> {
  const bare = fc.oneof(arbitraryState, arbitraryHistory)
  const some = fc.oneof(
    { weight: 1, arbitrary: fc.constant([]) },
    { weight: 2, arbitrary: fc.subarray([...extras], { maxLength: 3 }) },
  )
  return fc
    .tuple(bare, some)
    .chain(([state, chosen]) => momentOf(state).map((at) => ({ state: withExtras(state, at, chosen), at })))
}

/** A day in milliseconds. */
export const day = 86_400_000

/** One question that a principal can ask: who, for which name, in the name of which team. */
export interface Question {
  readonly who: { readonly type: 'user' | 'team' | 'virtualAccount'; readonly id: string }
  readonly model: string
  readonly team?: string
}

/** Every question that principals can ask of names that there are. */
export function* everyQuestion(state: State): IterableIterator<Question> {
  const names = new Set(rowsIn(state, 'modelAliases').map(({ id }) => id))
  for (const { id, models, anyModel } of rowsIn(state, 'providerAccounts')) {
    for (const model of rowsOf(models)) names.add(`${id}/${model.id}`)
    if (anyModel) names.add(`${id}/whatever`)
  }
  for (const model of names) {
    for (const { id, teams } of rowsIn(state, 'users')) {
      yield { who: { type: 'user', id }, model }
      for (const { team } of teams) yield { who: { type: 'user', id }, model, team }
    }
    for (const { id } of rowsIn(state, 'teams')) yield { who: { type: 'team', id }, model }
    for (const { id } of rowsIn(state, 'virtualAccounts')) yield { who: { type: 'virtualAccount', id }, model }
  }
}

/** Whether a question is answered by yes, or would be if it were not for money. */
export function isAllowed(question: Question, at: number, state: State): boolean {
  const decision = authorize({ type: 'use', ...question, at }, state)
  return decision.effect === 'allow' || decision.reason === 'payer_ambiguous'
}

/** A power of an agent over a thing. */
export interface Managing {
  readonly who: { readonly type: 'user' | 'virtualAccount'; readonly id: string }
  readonly thing: { readonly type: 'providerAccount' | 'teamMembers' | 'organization'; readonly id: string }
}

/** Every power that agents have at an instant. */
export function powersIn(state: State, at: number): readonly Managing[] {
  const agents: Managing['who'][] = [
    ...rowsIn(state, 'users').map(({ id }) => ({ type: 'user', id }) as const),
    ...rowsIn(state, 'virtualAccounts').map(({ id }) => ({ type: 'virtualAccount', id }) as const),
  ]
  const things: Managing['thing'][] = [
    ...rowsIn(state, 'providerAccounts').map(({ id }) => ({ type: 'providerAccount', id }) as const),
    ...rowsIn(state, 'teams').map(({ id }) => ({ type: 'teamMembers', id }) as const),
    ...rowsIn(state, 'organizations').map(({ id }) => ({ type: 'organization', id }) as const),
  ]
  return agents.flatMap((who) => things.map((thing) => ({ who, thing }))).filter((one) => isManaging(one, at, state))
}

/** The powers of these that are gone, although what they were over is still there. */
export function lostOf(powers: readonly Managing[], at: number, after: State): readonly Managing[] {
  const tables = { providerAccount: 'providerAccounts', teamMembers: 'teams', organization: 'organizations' } as const
  const isThere = ({ type, id }: Managing['thing']): boolean => rowsIn(after, tables[type]).some((row) => row.id === id)
  return powers.filter((one) => isThere(one.thing) && !isManaging(one, at, after))
}

function isManaging(one: Managing, at: number, state: State): boolean {
  return authorize({ type: 'manage', ...one, at }, state).effect === 'allow'
}

/** Checks that a fix removes its finding and adds none to those that there were. */
export function expectMended(found: readonly Finding[], after: State, finding: Finding, options: Options): void {
  const before = new Set(found.map(keyOf))
  const now = linted(after, options).map(keyOf)
  expect(now).not.toContain(keyOf(finding))
  expect([finding, now.filter((key) => !before.has(key))]).toEqual([finding, []])
}
