import { membersOf } from '../../../src/model/noun/access-group.ts'
import { isPlainModel, servesModel } from '../../../src/model/noun/provider-account.ts'
import { kinds, type State } from '../../../src/model/state/state.ts'
import { findRow, idsOf } from '../../../src/model/table/table.ts'
import { authorize } from '../../../src/policy/authorize.ts'
import type { UseDecision } from '../../../src/policy/decision/decision.ts'
import type { UseRequest, Who } from '../../../src/policy/request/request.ts'
import { inOtherCase } from '../../../src/testing/arbitrary/selector.ts'
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

/** Model names that rows mention on any account, also in the other case and as patterns may match them, and two others. */
export function otherModels(state: State): string[] {
  const models = new Set(rowsIn(state, 'providerAccounts').flatMap((account) => [...idsOf(account.models)]))
  const targets = rowsIn(state, 'modelAliases').flatMap((alias) => alias.targets.map(({ model }) => model))
  const scoped = rowsIn(state, 'credentials').flatMap(({ scope }) =>
    scope.type === 'all' ? [] : scope.selectors.flatMap((one) => (one.type === 'model' ? [one.model] : [])),
  )
  const denied = rowsIn(state, 'restrictions').flatMap(({ selector }) =>
    selector.type === 'model' ? [selector.model] : selector.type === 'pattern' ? namesLike(selector.pattern) : [],
  )
  const held = rowsIn(state, 'accessGroups').flatMap((group) =>
    membersOf(group).flatMap((member) => (member.type === 'model' ? [member.model] : [])),
  )
  const named = [...models, ...targets, ...scoped, ...denied, ...held, ...matchingNames(state)]
  const spoken = new Set([...named, ...named.map(inOtherCase), 'model', 'model-2', 'a/b'])
  return [...spoken]
}

/** Names that a state does not list: unknown models, models of accounts with `anyModel`, and ids of other rows. */
export function otherNames(state: State): string[] {
  const models = otherModels(state)
  const accounts = [...idsOf(state.providerAccounts), 'nowhere']
  return [
    ...accounts.flatMap((account) => models.map((model) => `${account}/${model}`)),
    ...accounts,
    ...kinds.flatMap((kind) => [...idsOf<unknown>(state[kind])]),
    '*',
  ]
}

/** Returns model names that match one or two of the patterns by which groups hold models of accounts. */
function matchingNames(state: State): string[] {
  const patterns = rowsIn(state, 'accessGroups').flatMap((group) =>
    membersOf(group).flatMap((member) => (member.type === 'modelPattern' ? [member.pattern] : [])),
  )
  const fillings = ['', 'zz', ...patterns.map((pattern) => pattern.replaceAll('*', 'z'))]
  const names = patterns.flatMap((pattern) => fillings.map((filling) => pattern.replaceAll('*', filling)))
  return [...new Set(names)].filter(isPlainModel)
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
    account !== undefined &&
    findRow(state.modelAliases, name) === undefined &&
    findRow(account.models, name.slice(slash + 1)) === undefined &&
    servesModel(account, name.slice(slash + 1))
  )
}

/** Model names that a pattern over names or routes may match: all of it, and the text after its first slash. */
function namesLike(pattern: string): string[] {
  const texts = [pattern, pattern.slice(pattern.indexOf('/') + 1)]
  return texts.flatMap((text) => [text.replaceAll('*', ''), text.replaceAll('*', 'b/c')]).filter((text) => text !== '')
}
