import { membersOf } from '../../../src/model/noun/access-group.ts'
import type { State } from '../../../src/model/state/state.ts'
import { emptyTable, findRow, hasRow, idsOf } from '../../../src/model/table/table.ts'
import { identifyCaller } from '../../../src/policy/context/caller.ts'
import { isDenied } from '../../../src/policy/decision/deny.ts'
import { evaluationTimeOf } from '../../../src/policy/evaluation-time.ts'
import { type Access, findAccess, isAccess } from '../../../src/query/access.ts'
import type { AccessSubject, ModelName } from '../../../src/query/diff/diff-change.ts'
import { rowsIn } from '../../../src/testing/arbitrary/state.ts'
import { matchingNames } from './access.ts'
import type { Pair } from './pair.ts'

/** The model of a change: a name that a state has, or an unlisted model of an open account that no state mentions. */
export type ToldModel =
  | Exclude<ModelName, { readonly type: 'openAccount' }>
  | { readonly type: 'openAccount'; readonly providerAccount: string; readonly unlisted: string }

/**
 * A change of one subject's access to one model name, in a form that tests can compare. Ignores order, ends of windows
 * and witnesses.
 */
export interface Told {
  readonly subject: AccessSubject
  readonly model: ToldModel
  readonly gained: readonly string[]
  readonly lost: readonly string[]
  readonly payer: readonly string[]
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
    return JSON.stringify([row?.owner.type, row?.owner.id, row?.team, row?.scope, row && isOver])
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

/**
 * Returns every model name of either state. For an account with `anyModel`, also returns each model that a restriction,
 * the subject's credential scope or an alias names.
 */
function everyName(
  { before, after }: Pair,
  subject: AccessSubject,
): { readonly name: string; readonly model: ToldModel }[] {
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
  return [
    ...names.map((name) => ({ name, model: { type: isAlias(name) ? ('alias' as const) : ('model' as const), name } })),
    ...accounts.filter(isOpen).flatMap((providerAccount) =>
      unlistedOn(providerAccount, { before, after }, subject).map((unlisted) => ({
        name: `${providerAccount}/${unlisted}`,
        model: { type: 'openAccount' as const, providerAccount, unlisted },
      })),
    ),
  ]
}

/** Models of an account that no state lists or mentions: one that matches no pattern of a group, and some that do. */
export function unlistedOn(
  account: string,
  { before, after }: Omit<Pair, 'at'>,
  subject: AccessSubject,
): readonly string[] {
  const both = [before, after]
  const known = new Set(both.flatMap((state) => [...modelsSpokenOf(account, subject, state)]))
  for (const state of both) {
    for (const model of idsOf(findRow(state.providerAccounts, account)?.models ?? emptyTable())) known.add(model)
  }
  return unite([['a model that nothing speaks of'], ...both.map((state) => matchingNames(account, state))]).filter(
    (model) => !known.has(model),
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

/** Returns the access of a subject to a model name, or `undefined` when the subject has no access. */
export function accessOf(subject: AccessSubject, name: string, state: State, at: number): Access | undefined {
  const { type, id } = subject
  const asking = identifyCaller({ type, id }, 'team' in subject ? subject.team : undefined, state, evaluationTimeOf(at))
  if (isDenied(asking)) return undefined
  const found = findAccess(asking, name, state, evaluationTimeOf(at))
  return isAccess(found) ? found : undefined
}

const routesOf = (access: Access | undefined): string[] => (access?.routes ?? []).map((route) => JSON.stringify(route))
const reachOf = (access: Access | undefined): string[] =>
  (access?.reach ?? []).map(({ until: _, ...path }) => JSON.stringify(path))
const minus = (a: readonly string[], b: readonly string[]): string[] => unite([a]).filter((one) => !b.includes(one))

/** Returns the change of one subject's access to one model name, or `undefined` when nothing changed. */
function tellOne(
  subject: AccessSubject,
  { name, model }: ReturnType<typeof everyName>[number],
  { before, after, at }: Pair,
): Told | undefined {
  const [had, has] = [accessOf(subject, name, before, at), accessOf(subject, name, after, at)]
  const payers = had && has ? [JSON.stringify(had.payer), JSON.stringify(has.payer)] : []
  const told = {
    subject,
    model,
    gained: minus(routesOf(has), routesOf(had)),
    lost: minus(routesOf(had), routesOf(has)),
    payer: payers[0] === payers[1] ? [] : payers,
    gainedReach: minus(reachOf(has), reachOf(had)),
    lostReach: minus(reachOf(had), reachOf(has)),
  }
  const { gained, lost, payer, gainedReach, lostReach } = told
  return [gained, lost, payer, gainedReach, lostReach].some((list) => list.length > 0) ? told : undefined
}

/** Returns every change between two states. Computes the access of every subject to every model name in both states. */
export function allChanges(pair: Pair): Told[] {
  return everySubject(pair).flatMap((subject) =>
    everyName(pair, subject)
      .map((name) => tellOne(subject, name, pair))
      .filter((told) => told !== undefined),
  )
}
