import fc from 'fast-check'
import { expect } from 'vitest'
import { apply } from '../../../../src/change/apply.ts'
import type { Command } from '../../../../src/change/message/command.ts'
import type { State } from '../../../../src/model/state/state.ts'
import { idsOf, rowsOf } from '../../../../src/model/table/table.ts'
import { authorize } from '../../../../src/policy/authorize.ts'
import type { Finding } from '../../../../src/query/lint/finding.ts'
import { findingsOf, type LintOptions } from '../../../../src/query/lint/lint.ts'
import { rowsIn } from '../../../../src/testing/arbitrary/state.ts'
import { origin } from '../../../../src/testing/arbitrary/window.ts'
import { arbitraryEvaluationTime, arbitraryState } from '../../../../src/testing/index.ts'
import { arbitraryHistory } from '../state-at.ts'

/** Returns the findings of `lint`, but does not catch exceptions. So a bug fails the test with its own error. */
export function linted(state: State, options: LintOptions): readonly Finding[] {
  return findingsOf(state, options).findings
}

/** The code and subject of a finding as one string. */
export const keyOf = ({ code, subject }: Finding): string => JSON.stringify([code, subject])

/** Returns the state after the commands of a finding's fix. A rejected command fails the test. */
export function afterFix(state: State, finding: Finding): State {
  return (finding.fix ?? []).reduce((soFar, command) => {
    const applied = apply(command, soFar)
    if (!applied.ok) throw new Error(`${keyOf(finding)}: ${JSON.stringify([command, applied.rejection])}`)
    return applied.state
  }, state)
}

/** Functions that return commands for a state. The commands create rows that arbitrary states rarely contain. */
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
  ({ modelAliases }) => {
    const targets = [...rowsOf(modelAliases)].flatMap((alias) => alias.targets).slice(0, 1)
    return [
      { type: 'CreateModelAlias', alias: 'misnamed 1', targets },
      { type: 'CreateAccessGroup', accessGroup: 'misc', members: [{ type: 'alias', alias: 'misnamed 1' }] },
      { type: 'CreateUser', user: 'holder of misc' },
      { type: 'AssignAccessGroup', accessGroup: 'misc', principal: { type: 'user', id: 'holder of misc' } },
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
  ({ teams, users, accessGroups }, at) => {
    const [accessGroup = ''] = idsOf(accessGroups)
    const [admin = ''] = idsOf(users)
    return [
      ...[...idsOf(users)].flatMap((id): Step[] =>
        [...idsOf(teams)].map((team) => ({
          type: 'RequestAccess',
          actor: { type: 'user', id },
          request: `${id} in ${team}`,
          subject: { type: 'member', team, user: id },
          wanted: { type: 'accessGroup', id: accessGroup },
          reason: 'a demo',
          duration: 60_000,
          expiresAt: at + 500,
        })),
      ),
      { type: 'AddAdministrator', administrator: { type: 'user', id: admin } },
    ]
  },
  ({ teams, users }) => [
    ...[...idsOf(teams)].map((team) => ({ type: 'UpdateTeam', team, metered: true }) as const),
    ...[...idsOf(users)].map((user) => ({ type: 'UpdateUser', user, metered: true }) as const),
  ],
]

type CommandFields<C> = C extends Command ? Omit<C, 'actor' | 'at'> & Partial<Pick<C, 'actor'>> : never
type Step = CommandFields<Command>

function withExtras(state: State, at: number, chosen: readonly (typeof extras)[number][]): State {
  return chosen
    .flatMap((extra) => extra(state, at))
    .reduce<State>((soFar, step) => {
      const applied = apply({ actor: { type: 'system' }, at: Math.min(at, origin + 1000), ...step }, soFar)
      return applied.ok ? applied.state : soFar
    }, state)
}

/** A state and the instant at which it is linted. */
export interface LintInput {
  readonly state: State
  readonly at: number
}

/** Generates a state with some extras, and an instant at which something in the state starts or ends. */
export const arbitraryInput: fc.Arbitrary<LintInput> = arbitraryWith((state) => arbitraryEvaluationTime(state))

/** Generates a state with some extras, and an instant at least one day after the creation of every row. */
export const arbitraryOldInput: fc.Arbitrary<LintInput> = arbitraryWith(() =>
  fc.integer({ min: 1000, max: 2100 }).map((ms) => origin + day + ms),
)

function arbitraryWith(momentOf: (state: State) => fc.Arbitrary<number>): fc.Arbitrary<LintInput> {
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

/** A call that a principal can make: the principal, the model name, and optionally a team. */
export interface Call {
  readonly who: { readonly type: 'user' | 'team' | 'virtualAccount'; readonly id: string }
  readonly model: string
  readonly team?: string
}

/** Yields every call that a principal of a state can make to a model name of the state. */
export function* everyCall(state: State): IterableIterator<Call> {
  const names = new Set(rowsIn(state, 'modelAliases').map(({ id }) => id))
  for (const { id, models, anyModel } of rowsIn(state, 'providerAccounts')) {
    for (const model of rowsOf(models)) names.add(`${id}/${model.id}`)
    if (anyModel) names.add(`${id}/unlisted`)
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

/** Whether a call is allowed, or denied only because the payer is ambiguous. */
export function isAllowed(call: Call, at: number, state: State): boolean {
  const decision = authorize({ type: 'use', ...call, at }, state)
  return decision.effect === 'allow' || decision.reason === 'payer_ambiguous'
}

/** The power of an agent to manage a thing. */
export interface Power {
  readonly who: { readonly type: 'user' | 'virtualAccount'; readonly id: string }
  readonly thing: { readonly type: 'providerAccount' | 'teamMembers' | 'organization'; readonly id: string }
}

/** Returns every power to manage that agents of a state have at an instant. */
export function powersIn(state: State, at: number): readonly Power[] {
  const agents: Power['who'][] = [
    ...rowsIn(state, 'users').map(({ id }) => ({ type: 'user', id }) as const),
    ...rowsIn(state, 'virtualAccounts').map(({ id }) => ({ type: 'virtualAccount', id }) as const),
  ]
  const things: Power['thing'][] = [
    ...rowsIn(state, 'providerAccounts').map(({ id }) => ({ type: 'providerAccount', id }) as const),
    ...rowsIn(state, 'teams').map(({ id }) => ({ type: 'teamMembers', id }) as const),
    ...rowsIn(state, 'organizations').map(({ id }) => ({ type: 'organization', id }) as const),
  ]
  return agents.flatMap((who) => things.map((thing) => ({ who, thing }))).filter((one) => hasPower(one, at, state))
}

/**
 * Returns the powers that no longer exist in the state `after`. Excludes powers to manage a thing that no longer
 * exists.
 */
export function lostOf(powers: readonly Power[], at: number, after: State): readonly Power[] {
  const tables = { providerAccount: 'providerAccounts', teamMembers: 'teams', organization: 'organizations' } as const
  const exists = ({ type, id }: Power['thing']): boolean => rowsIn(after, tables[type]).some((row) => row.id === id)
  return powers.filter((one) => exists(one.thing) && !hasPower(one, at, after))
}

function hasPower(one: Power, at: number, state: State): boolean {
  return authorize({ type: 'manage', ...one, at }, state).effect === 'allow'
}

/** Asserts that the state `after` does not have the fixed finding and has no new findings. */
export function expectFixed(found: readonly Finding[], after: State, finding: Finding, options: LintOptions): void {
  const before = new Set(found.map(keyOf))
  const now = linted(after, options).map(keyOf)
  expect(now).not.toContain(keyOf(finding))
  expect([finding, now.filter((key) => !before.has(key))]).toEqual([finding, []])
}
