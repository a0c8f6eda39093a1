import { membersOf } from '../../../src/model/noun/access-group.ts'
import { kinds, type State } from '../../../src/model/state/state.ts'
import { findRow, idsOf } from '../../../src/model/table/table.ts'
import { isId } from '../../../src/model/value/id.ts'
import { authorize } from '../../../src/policy/authorize.ts'
import type { UseDecision } from '../../../src/policy/decision/decision.ts'
import type { UseRequest, Who } from '../../../src/policy/request/request.ts'
import { rowsIn } from '../../../src/testing/arbitrary/state.ts'

/** Whether a decision allows the request, or denies it only because of the payer or missing credits. */
export function givesAccess(decision: UseDecision): boolean {
  return decision.effect === 'allow' || ['payer_ambiguous', 'credits_exhausted'].includes(decision.reason)
}

/** Whether a request gets access. Uses only `authorize`, independently of the queries under test. */
export function hasAccess(request: UseRequest, state: State): boolean {
  return givesAccess(authorize(request, state))
}

/** Returns the names of every alias and every listed concrete model of a state. */
export function knownNames(state: State): string[] {
  const concrete = rowsIn(state, 'providerAccounts').flatMap(({ id, models }) =>
    [...idsOf(models)].map((model) => `${id}/${model}`),
  )
  return [...new Set([...idsOf(state.modelAliases), ...concrete])]
}

/**
 * Returns names that are not in the state: unknown models, models of accounts with `anyModel`, names that match a pattern
 * of a group, and ids of other rows.
 */
export function otherNames(state: State): string[] {
  const models = new Set(rowsIn(state, 'providerAccounts').flatMap((account) => [...idsOf(account.models)]))
  const targets = rowsIn(state, 'modelAliases').flatMap((alias) => alias.targets.map(({ model }) => model))
  const scoped = rowsIn(state, 'credentials').flatMap(({ scope }) =>
    scope.type === 'all' ? [] : scope.selectors.flatMap((one) => (one.type === 'model' ? [one.model] : [])),
  )
  const restricted = rowsIn(state, 'restrictions').flatMap(({ selector }) =>
    selector.type === 'model' ? [selector.model] : [],
  )
  const named = rowsIn(state, 'accessGroups').flatMap((group) =>
    membersOf(group).flatMap((member) => (member.type === 'model' ? [member.model] : [])),
  )
  const spoken = new Set([...models, ...targets, ...scoped, ...restricted, ...named, 'model', 'model-2', 'a/b'])
  const accounts = [...idsOf(state.providerAccounts), 'nowhere']
  return [
    ...accounts.flatMap((account) => [...spoken].map((model) => `${account}/${model}`)),
    ...accounts.flatMap((account) => matchingNames(account, state).map((model) => `${account}/${model}`)),
    ...accounts,
    ...kinds.flatMap((kind) => [...idsOf<unknown>(state[kind])]),
    '*',
  ]
}

/** Returns model names that match one or two of the patterns by which groups hold models of an account. */
export function matchingNames(account: string, state: State): string[] {
  const patterns = rowsIn(state, 'accessGroups').flatMap((group) =>
    membersOf(group).flatMap((member) =>
      member.type === 'modelPattern' && member.providerAccount === account ? [member.pattern] : [],
    ),
  )
  const fillings = ['', 'zz', ...patterns.map((pattern) => pattern.replaceAll('*', 'z'))]
  const names = patterns.flatMap((pattern) => fillings.map((filling) => pattern.replaceAll('*', filling)))
  return [...new Set(names)].filter(isOrdinary)
}

/** Whether a name can be that of an unlisted model: printable ASCII without outer spaces, and only whole path segments. */
function isOrdinary(name: string): boolean {
  const isPlain = isId(name) && /^[!-~](?:[ -~]*[!-~])?$/.test(name) && !name.includes('%')
  return isPlain && name.split('/').every((segment) => !['', '.', '..'].includes(segment))
}

/** Returns every possible caller: each principal by id, and each credential both by id and by digest. */
export function everyWho(state: State): Who[] {
  return [
    ...[...idsOf(state.users)].map((id): Who => ({ type: 'user', id })),
    ...[...idsOf(state.teams)].map((id): Who => ({ type: 'team', id })),
    ...[...idsOf(state.virtualAccounts)].map((id): Who => ({ type: 'virtualAccount', id })),
    ...rowsIn(state, 'credentials').flatMap(({ id, digest, previous }): Who[] => [
      { type: 'credential', id },
      ...[digest, ...previous.map((old) => old.digest)].map(
        (known): Who => ({ type: 'credentialDigest', digest: known }),
      ),
    ]),
  ]
}

/** Whether a name is a concrete model that its account serves without listing it. */
export function isUnlisted(name: string, state: State): boolean {
  const slash = name.indexOf('/')
  const account = findRow(state.providerAccounts, name.slice(0, Math.max(slash, 0)))
  return (
    slash > 0 &&
    account?.anyModel === true &&
    findRow(state.modelAliases, name) === undefined &&
    findRow(account.models, name.slice(slash + 1)) === undefined
  )
}
