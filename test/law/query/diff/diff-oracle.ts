import { membersOf } from '../../../../src/model/noun/access-group.ts'
import { isPlainModel } from '../../../../src/model/noun/provider-account.ts'
import type { State } from '../../../../src/model/state/state.ts'
import { emptyTable, findRow, hasRow, idsOf } from '../../../../src/model/table/table.ts'
import type { Operation } from '../../../../src/model/value/operation.ts'
import { isWithin } from '../../../../src/model/value/window.ts'
import { authorize } from '../../../../src/policy/authorize.ts'
import type { UseAllowed, UseDecision } from '../../../../src/policy/decision/decision.ts'
import type { AccessSubject, ModelName } from '../../../../src/query/diff/diff-change.ts'
import { rowsIn } from '../../../../src/testing/arbitrary/state.ts'
import { otherModels } from '../access.ts'
import type { Pair } from './pair.ts'

/**
 * A change of one subject's access to one model name, in a form that tests can compare. Ignores order, ends of windows
 * and witnesses.
 */
export interface Told {
  readonly subject: AccessSubject
  readonly model: ModelName
  readonly gained: readonly string[]
  readonly lost: readonly string[]
  readonly payer: readonly string[]
  /** The teams among which the payer is ambiguous, before and after; empty without a difference. */
  readonly ambiguous: readonly string[]
  readonly gainedReach: readonly string[]
  readonly lostReach: readonly string[]
}

const unite = (lists: readonly (readonly string[])[]): string[] => [...new Set(lists.flat())].sort()

/**
 * Returns every principal of either state, and every credential whose owner, team, scope or validity differs between
 * the states.
 */
function everySubject({ before, after, at }: Pair): AccessSubject[] {
  const both = [before, after]
  const users = unite(both.map((state) => [...idsOf(state.users)]))
  const teamsOf = (id: string): string[] =>
    unite(both.map((state) => (findRow(state.users, id)?.teams ?? []).map(({ team }) => team)))
  const reachedBy = (id: string, state: State): string => {
    const row = findRow(state.credentials, id)
    const isBarred = row?.revokedAt !== undefined || row?.suspendedBy !== undefined
    const isOver = isBarred || (row?.expiresAt ?? Number.POSITIVE_INFINITY) <= at
    const restrictions = rowsIn(state, 'restrictions').filter(
      ({ subject, window }) => subject.type === 'credential' && subject.id === id && isWithin(window, at),
    )
    const denied = restrictions.map(({ id: restriction, selector }) => [restriction, selector])
    return JSON.stringify([row?.owner.type, row?.owner.id, row?.team, row?.scope, row && isOver, denied])
  }
  const credentials = unite(both.map((state) => [...idsOf(state.credentials)])).filter(
    (id) => reachedBy(id, before) !== reachedBy(id, after),
  )
  return [
    ...unite(both.map((state) => [...idsOf(state.teams)])).map((id): AccessSubject => ({ type: 'team', id })),
    ...unite(both.map((state) => [...idsOf(state.virtualAccounts)])).map(
      (id): AccessSubject => ({ type: 'virtualAccount', id }),
    ),
    ...users.flatMap((id): AccessSubject[] => [
      { type: 'user', id },
      ...teamsOf(id).map((team): AccessSubject => ({ type: 'user', id, team })),
    ]),
    ...credentials.map((id): AccessSubject => ({ type: 'credential', id })),
  ]
}

interface NameToTell {
  readonly name: string
  readonly model: ModelName
}

/** Every name of either state, and every model that a row mentions on an account with `anyModel`, scopes included. */
function everyName({ before, after }: Pair, subject: AccessSubject): NameToTell[] {
  const both = [before, after]
  const accounts = unite(both.map((state) => [...idsOf(state.providerAccounts)]))
  const isOpen = (id: string): boolean => both.some((state) => findRow(state.providerAccounts, id)?.anyModel === true)
  const spoken = (id: string): string[] => unite(both.map((state) => [...modelsSpokenOf(id, subject, state)]))
  const names = unite([
    ...both.map((state) => [...idsOf(state.modelAliases)]),
    ...accounts.flatMap((id) =>
      both.map((state) =>
        [...idsOf(findRow(state.providerAccounts, id)?.models ?? emptyTable())].map((model) => `${id}/${model}`),
      ),
    ),
    ...accounts.filter(isOpen).map((id) => spoken(id).map((model) => `${id}/${model}`)),
  ])
  const isAlias = (name: string): boolean => both.some((state) => hasRow(state.modelAliases, name))
  return names.map((name) => ({
    name,
    model: { type: isAlias(name) ? ('alias' as const) : ('model' as const), name },
  }))
}

/** Models of accounts with `anyModel` that no row mentions, in the forms that restrictions and scopes tell apart. */
function everyProbe(pair: Pair, subject: AccessSubject): NameToTell[] {
  const both = [pair.before, pair.after]
  const mentioned = new Set(everyName(pair, subject).map(({ name }) => name))
  const models = unite([...both.map(otherModels), ['a model that nothing speaks of']]).filter(isPlainModel)
  const accounts = unite(
    both.map((state) => rowsIn(state, 'providerAccounts').flatMap(({ id, anyModel }) => (anyModel ? [id] : []))),
  )
  return accounts.flatMap((providerAccount) =>
    models
      .map((model) => `${providerAccount}/${model}`)
      .filter((name) => !mentioned.has(name))
      .map((name) => ({ name, model: { type: 'openAccount' as const, providerAccount } })),
  )
}

function* modelsSpokenOf(account: string, subject: AccessSubject, state: State): IterableIterator<string> {
  for (const { selector } of rowsIn(state, 'restrictions')) {
    if (selector.type === 'model' && selector.providerAccount === account) yield selector.model
  }
  const scope = subject.type === 'credential' ? findRow(state.credentials, subject.id)?.scope : undefined
  for (const one of scope?.type === 'list' ? scope.selectors : []) {
    if (one.type === 'model' && one.providerAccount === account) yield one.model
  }
  for (const group of rowsIn(state, 'accessGroups')) {
    for (const member of membersOf(group)) {
      if (member.type === 'model' && member.providerAccount === account) yield member.model
    }
  }
  for (const alias of idsOf(state.modelAliases)) {
    if (alias.startsWith(`${account}/`)) yield alias.slice(account.length + 1)
  }
}

/** Returns the decision of `authorize` on a call of a subject that gives no credits. */
export function decisionOf(
  subject: AccessSubject,
  name: string,
  state: State,
  at: number,
  operation?: Operation,
): UseDecision {
  const { type, id } = subject
  const team = 'team' in subject ? { team: subject.team } : {}
  return authorize({ type: 'use', who: { type, id }, model: name, at, operation, ...team }, state)
}

/** Returns the allow of `authorize` on a call of a subject, or `undefined` for a denial. */
export function accessOf(
  subject: AccessSubject,
  name: string,
  state: State,
  at: number,
  operation?: Operation,
): UseAllowed | undefined {
  return allowOf(decisionOf(subject, name, state, at, operation))
}

const allowOf = (decision: UseDecision): UseAllowed | undefined => (decision.effect === 'allow' ? decision : undefined)

/** Returns the teams that a denial as `payer_ambiguous` names, or `undefined` for any other decision. */
export function ambiguousTeamsOf(decision: UseDecision): readonly string[] | undefined {
  if (decision.effect !== 'deny' || decision.reason !== 'payer_ambiguous') return undefined
  return decision.remedies.flatMap((remedy) => (remedy.type === 'name_team' ? remedy.teams : []))
}

const routesOf = (access: UseAllowed | undefined): string[] =>
  (access?.routes ?? []).map((route) => JSON.stringify(route))
const reachOf = (access: UseAllowed | undefined): string[] =>
  (access?.reach ?? []).map(({ until: _, ...path }) => JSON.stringify(path))
const distinct = (pair: readonly unknown[]): string[] => {
  const [before, after] = pair.map((one) => JSON.stringify(one ?? null))
  return before === undefined || after === undefined || before === after ? [] : [before, after]
}
const minus = (a: readonly string[], b: readonly string[]): string[] => unite([a]).filter((one) => !b.includes(one))

/** The operation for which two states are compared: one of both, or else of one, if the subject is a narrowed credential. */
function operationFor(subject: AccessSubject, before: State, after: State): Operation | undefined {
  if (subject.type !== 'credential') return undefined
  const rows = [before, after].flatMap((state) => rowsIn(state, 'credentials').filter(({ id }) => id === subject.id))
  const lists = rows.flatMap(({ operations }) => (operations.type === 'list' ? [operations.operations] : []))
  const common = lists[0]?.filter((one) => lists.every((list) => list.includes(one))) ?? []
  return [...common, ...lists.flat()][0]
}

/** What one subject gained and lost of one name; `undefined` without a difference. */
function tellOne(subject: AccessSubject, { name, model }: NameToTell, { before, after, at }: Pair): Told | undefined {
  const operation = operationFor(subject, before, after)
  const [was, is] = [decisionOf(subject, name, before, at, operation), decisionOf(subject, name, after, at, operation)]
  const [had, has] = [allowOf(was), allowOf(is)]
  const told = {
    subject,
    model,
    gained: minus(routesOf(has), routesOf(had)),
    lost: minus(routesOf(had), routesOf(has)),
    payer: had && has ? distinct([had.payer, has.payer]) : [],
    ambiguous: distinct([ambiguousTeamsOf(was), ambiguousTeamsOf(is)]),
    gainedReach: minus(reachOf(has), reachOf(had)),
    lostReach: minus(reachOf(had), reachOf(has)),
  }
  const { gained, lost, payer, ambiguous, gainedReach, lostReach } = told
  return [gained, lost, payer, ambiguous, gainedReach, lostReach].some((list) => list.length > 0) ? told : undefined
}

/** A difference of a model that no row mentions, told without the model in its routes. */
export interface ToldProbe {
  readonly subject: AccessSubject
  readonly providerAccount: string
  readonly name: string
  /** `undefined` without a difference. */
  readonly told: Told | undefined
}

/** For every subject and every model of `everyProbe`, the difference or none. */
export function* allProbes(pair: Pair): IterableIterator<ToldProbe> {
  for (const subject of everySubject(pair)) {
    for (const probe of everyProbe(pair, subject)) {
      if (probe.model.type !== 'openAccount') continue
      const told = tellOne(subject, probe, pair)
      const { providerAccount } = probe.model
      yield { subject, providerAccount, name: probe.name, told: told && withoutModels(told) }
    }
  }
}

function withoutModels(told: Told): Told {
  const accounts = (routes: readonly string[]): string[] =>
    routes.map((route) => JSON.stringify({ ...JSON.parse(route), model: '' }))
  return { ...told, gained: accounts(told.gained), lost: accounts(told.lost) }
}

/** Every difference of a name that a row mentions, by deciding every subject and every name in both states. */
export function allChanges(pair: Pair): Told[] {
  return everySubject(pair).flatMap((subject) =>
    everyName(pair, subject)
      .map((name) => tellOne(subject, name, pair))
      .filter((told) => told !== undefined),
  )
}
