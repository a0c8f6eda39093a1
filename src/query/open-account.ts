import { isSame } from '../change/rule/row.ts'
import type { AccessGroup } from '../model/noun/access-group.ts'
import type { ProviderAccount } from '../model/noun/provider-account.ts'
import type { State } from '../model/state/state.ts'
import { findRow, hasRow, idsOf } from '../model/table/table.ts'
import type { Instant } from '../model/value/instant.ts'
import { matchesPattern } from '../model/value/pattern.ts'
import type { Caller } from '../policy/context/caller.ts'
import { type EvaluationTime, untilOf } from '../policy/evaluation-time.ts'
import type { Access } from './access.ts'
import { exceptionsOf, openClassesOf } from './any-model.ts'
import { openPatternsOf } from './name.ts'
import { conditionsFor, type NameClass, type NameCondition } from './name-class.ts'

/** Unlisted models of a provider account with `anyModel`, described by patterns that their names match or do not match. */
export interface OpenNames extends NameCondition {
  readonly providerAccount: string
}

/**
 * A provider account with `anyModel`, and the unlisted models of it that the caller may use as `account/model`: those whose
 * names match every pattern of `matching` and none of `notMatching`, except `except`. The route is the requested model.
 */
export interface OpenAccount extends OpenNames, Omit<Access, 'routes'> {
  /**
   * Models for which `account/model` is denied, is the name of an alias, or is an entry of `models`, since another payer
   * pays or other paths lead to it.
   */
  readonly except: readonly string[]
  readonly until?: Instant
}

/** Whether an open account gives access to one of its models. The account must not list the model. */
export function coversModel(open: OpenNames & { readonly except?: readonly string[] }, model: string): boolean {
  return isWithin(open, model) && open.except?.includes(model) !== true
}

function isWithin({ matching, notMatching }: NameCondition, model: string): boolean {
  return (
    matching.every((pattern) => matchesPattern(pattern, model)) &&
    !notMatching.some((pattern) => matchesPattern(pattern, model))
  )
}

/** The open accounts on one provider account, and the names of further models that have entries of their own. */
export interface OpenModels {
  readonly openAccounts: readonly OpenAccount[]
  readonly names: readonly string[]
}

type Evaluate = (name: string, moment: EvaluationTime) => Access | undefined

/**
 * Describes the unlisted models of an account that a caller may use. `groups` are the groups that the caller holds in any
 * window. Lowers the boundary of `moment` to the next instant at which the result may change.
 */
export function findOpenModels(
  account: ProviderAccount,
  groups: ReadonlySet<AccessGroup>,
  caller: Caller,
  state: State,
  evaluate: Evaluate,
  moment: EvaluationTime,
): OpenModels {
  const mentioned = mentionedOn(account, groups, caller, state)
  const all = openClassesOf(account, openPatternsOf(groups, account), mentioned)
  const shared: { readonly access: Access; readonly classes: NameClass[] }[] = []
  for (const one of all.classes) {
    const access = evaluate(`${account.id}/${one.name}`, moment)
    if (access === undefined) continue
    const same = shared.find((other) => isSameAccess(other.access, access))
    if (same === undefined) shared.push({ access, classes: [one] })
    else same.classes.push(one)
  }
  const own = new Map(
    [...mentioned].map((model) => [model, findOwn(`${account.id}/${model}`, state, evaluate, moment)]),
  )
  const open = shared.flatMap(({ access, classes }) => conditionsFor(classes, all).map((names) => ({ access, names })))
  const isLike = (model: string, access: Access): boolean => {
    const found = own.get(model)
    return found !== undefined && isSameAccess(found, access)
  }
  return {
    openAccounts: open.map(({ access: { routes: _, ...access }, names }) => {
      const except = [...mentioned].filter(
        (model) => isWithin(names, model) && !isLike(model, { routes: [], ...access }),
      )
      return { providerAccount: account.id, ...names, ...access, except: except.sort(), ...untilOf(moment) }
    }),
    names: [...own]
      .filter(([, access]) => access !== undefined)
      .filter(([model]) => !open.some(({ access, names }) => isWithin(names, model) && isLike(model, access)))
      .map(([model]) => `${account.id}/${model}`),
  }
}

/** The access to a concrete model. `undefined` if there is none, or if an alias has the name. */
function findOwn(name: string, state: State, evaluate: Evaluate, moment: EvaluationTime): Access | undefined {
  return hasRow(state.modelAliases, name) ? undefined : evaluate(name, moment)
}

/** The models that an account does not list, but that a restriction, the caller's scope or groups, or an alias names. */
function mentionedOn(
  account: ProviderAccount,
  groups: ReadonlySet<AccessGroup>,
  caller: Caller,
  state: State,
): ReadonlySet<string> {
  const mentioned = new Set(exceptionsOf(account, caller, state))
  for (const group of groups) {
    const models = findRow(group.models, account.id)?.models
    for (const model of models === undefined ? [] : idsOf(models)) {
      if (!hasRow(account.models, model)) mentioned.add(model)
    }
  }
  return mentioned
}

/** Whether two accesses have the same payer, team and paths. Routes are not compared. */
function isSameAccess(a: Access, b: Access): boolean {
  return a.team === b.team && isSame(a.payer, b.payer) && isSame(a.reach, b.reach)
}
