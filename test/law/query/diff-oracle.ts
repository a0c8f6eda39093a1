import type { State } from '../../../src/model/state/state.ts'
import { emptyTable, findRow, hasRow, idsOf } from '../../../src/model/table/table.ts'
import { findAsking } from '../../../src/policy/context/caller.ts'
import { isDenied } from '../../../src/policy/decision/deny.ts'
import { evaluationTimeOf } from '../../../src/policy/evaluation-time.ts'
import { type Access, findAccess, isAccess } from '../../../src/query/access.ts'
import type { ModelName, Subject } from '../../../src/query/diff/diff-change.ts'
import { rowsIn } from '../../../src/testing/arbitrary/state.ts'
import type { Pair } from './pair.ts'

/** What a difference comes to, written so that order, ends of windows and witnesses make none. */
export interface Told {
  readonly subject: Subject
  readonly model: ModelName
  readonly gained: readonly string[]
  readonly lost: readonly string[]
  readonly payer: readonly string[]
  readonly gainedReach: readonly string[]
  readonly lostReach: readonly string[]
}

const unite = (lists: readonly (readonly string[])[]): string[] => [...new Set(lists.flat())].sort()

/** Every subject there is: whoever may ask in either state, and the credentials whose rows say something else of what they reach. */
function everySubject({ before, after, at }: Pair): Subject[] {
  const both = [before, after]
  const users = unite(both.map((state) => [...idsOf(state.users)]))
  const teamsOf = (id: string): string[] =>
    unite(both.map((state) => (findRow(state.users, id)?.teams ?? []).map(({ team }) => team)))
  const reachedBy = (id: string, state: State): string => {
    const row = findRow(state.credentials, id)
    const isOver = row?.revokedAt !== undefined || (row?.expiresAt ?? Number.POSITIVE_INFINITY) <= at
    return JSON.stringify([row?.owner.type, row?.owner.id, row?.team, row?.scope, row && isOver])
  }
  const credentials = unite(both.map((state) => [...idsOf(state.credentials)])).filter(
    (id) => reachedBy(id, before) !== reachedBy(id, after),
  )
  return [
    ...unite(both.map((state) => [...idsOf(state.teams)])).map((id): Subject => ({ type: 'team', id })),
    ...unite(both.map((state) => [...idsOf(state.virtualAccounts)])).map(
      (id): Subject => ({ type: 'virtualAccount', id }),
    ),
    ...users.flatMap((id): Subject[] => [
      { type: 'user', id },
      ...teamsOf(id).map((team): Subject => ({ type: 'user', id, team })),
    ]),
    ...credentials.map((id): Subject => ({ type: 'credential', id })),
  ]
}

/** Every name there is in either state, and what something speaks of, a credential's own scope included, on an account that serves any model. */
function everyName({ before, after }: Pair, subject: Subject): { readonly name: string; readonly model: ModelName }[] {
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
    ...accounts.filter(isOpen).map((providerAccount) => ({
      name: `${providerAccount}/a model that nothing speaks of`,
      model: { type: 'openAccount' as const, providerAccount },
    })),
  ]
}

function* modelsSpokenOf(account: string, subject: Subject, state: State): IterableIterator<string> {
  for (const { selector } of rowsIn(state, 'restrictions')) {
    if (selector.type === 'model' && selector.providerAccount === account) yield selector.model
  }
  const scope = subject.type === 'credential' ? findRow(state.credentials, subject.id)?.scope : undefined
  for (const one of scope?.type === 'list' ? scope.selectors : []) {
    if (one.type === 'model' && one.providerAccount === account) yield one.model
  }
  for (const alias of idsOf(state.modelAliases)) {
    if (alias.startsWith(`${account}/`)) yield alias.slice(account.length + 1)
  }
}

/** What a subject has of a name in a state. */
export function accessOf(subject: Subject, name: string, state: State, at: number): Access | undefined {
  const { type, id } = subject
  const asking = findAsking({ type, id }, 'team' in subject ? subject.team : undefined, state, evaluationTimeOf(at))
  if (isDenied(asking)) return undefined
  const found = findAccess(asking, name, state, evaluationTimeOf(at))
  return isAccess(found) ? found : undefined
}

const routesOf = (access: Access | undefined): string[] => (access?.routes ?? []).map((route) => JSON.stringify(route))
const reachOf = (access: Access | undefined): string[] =>
  (access?.reach ?? []).map(({ until: _, ...path }) => JSON.stringify(path))
const minus = (a: readonly string[], b: readonly string[]): string[] => unite([a]).filter((one) => !b.includes(one))

/** What one subject gained and lost of one name; nothing if nothing. */
function tellOne(
  subject: Subject,
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

/** Everything that differs, by asking everyone about everything. */
export function tellAll(pair: Pair): Told[] {
  return everySubject(pair).flatMap((subject) =>
    everyName(pair, subject)
      .map((name) => tellOne(subject, name, pair))
      .filter((told) => told !== undefined),
  )
}
