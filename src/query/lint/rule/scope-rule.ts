import type { Credential } from '../../../model/noun/credential.ts'
import type { Holdings } from '../../../model/noun/holding.ts'
import { findRow, idsOf, rowsOf } from '../../../model/table/table.ts'
import { matchesPattern } from '../../../model/value/pattern.ts'
import { quote } from '../../../model/value/quote.ts'
import type { Selector } from '../../../model/value/selector.ts'
import { type Caller, identifyCaller } from '../../../policy/context/caller.ts'
import { contextsOf } from '../../../policy/context/caller-contexts.ts'
import type { Context } from '../../../policy/context/context.ts'
import { isDenied } from '../../../policy/decision/deny.ts'
import { evaluationTimeOf } from '../../../policy/evaluation-time.ts'
import { routeNameOf } from '../../../policy/route/selection.ts'
import { cached } from '../../cached.ts'
import { holdingsOf, modelsNamedOn, namesOn, openAccountsOf } from '../../name.ts'
import { isLive, type LintContext } from '../context/lint-context.ts'
import { phraseOf } from '../context/loaded-principal.ts'
import type { Detection } from '../finding.ts'
import { selectsOnAccount } from './restriction-rule.ts'
import { instantsOf, yieldsRoute } from './wallet-rule.ts'

/**
 * Detects a usable credential whose scope passes no model that the owner can use, now or later. Starts from the names
 * that the scope passes, so that the cost does not depend on how much access the owner has.
 */
export function* findInScope(credential: Credential, context: LintContext): IterableIterator<Detection> {
  const { id, owner, scope } = credential
  if (scope.type === 'all') return
  const who = { type: 'credential', id } as const
  const caller = identifyCaller({ who, operation: 'any' }, context.state, evaluationTimeOf(context.at))
  if (isDenied(caller) || isPassing(caller, scope.selectors, context)) return
  const what =
    scope.selectors.length === 0 ? 'is empty' : `passes no model that ${phraseOf(owner)} can use, now or later`
  yield {
    code: 'credential_scope_idle',
    subject: { type: 'credential', id },
    message: `the scope of credential ${quote(id)} ${what}, correct the scope or revoke the credential`,
  }
}

function isPassing(caller: Caller, selectors: readonly Selector[], context: LintContext): boolean {
  if (selectors.length === 0) return false
  const { state } = context
  const contexts = contextsOf(caller.contexts, state).map((one) => ({ one, instants: instantsIn(one, context) }))
  const isUsable = (name: string): boolean =>
    contexts.some(({ one, instants }) => instants.some((at) => yieldsRoute(one, name, at, context, selectors)))
  for (const selector of selectors) if (namesSelected(selector, context).some(isUsable)) return true
  // Whether an unlisted model passes is not examined: a selector that could pass one counts as passing.
  return openAccountsOf(holdingsOf(caller, state), state).some(
    (account) => account.status === 'active' && selectors.some((one) => maySelectOn(one, account)),
  )
}

/** Returns the live aliases and the listed models that a scope selector passes, by name or by a route. */
function namesSelected(selector: Selector, context: LintContext): readonly string[] {
  switch (selector.type) {
    case 'alias':
      return [selector.alias]
    case 'model': {
      const route = routeNameOf(selector)
      return [route, ...(context.aliasesByRoute().get(route) ?? [])]
    }
    case 'providerAccount': {
      const account = findRow(context.state.providerAccounts, selector.providerAccount)
      return account === undefined ? [] : [...namesOn(account, context.state), ...namesInGroupsOn(account.id, context)]
    }
    case 'pattern':
      return cached(context.namesMatched, selector.pattern, () => [...namesMatching(selector.pattern, context)])
  }
}

function* namesMatching(pattern: string, context: LintContext): IterableIterator<string> {
  const { state } = context
  for (const alias of rowsOf(state.modelAliases)) {
    const isMatch = [alias.id, ...alias.targets.map(routeNameOf)].some((name) => matchesPattern(pattern, name))
    if (isMatch && isLive(alias, context)) yield alias.id
  }
  for (const { id, models } of rowsOf(state.providerAccounts)) {
    for (const model of idsOf(models)) if (matchesPattern(pattern, `${id}/${model}`)) yield `${id}/${model}`
    for (const name of namesInGroupsOn(id, context)) if (matchesPattern(pattern, name)) yield name
  }
}

/** Returns the models of an account that are members of groups by name. Each model has the form `account/model`. */
function namesInGroupsOn(account: string, { state }: LintContext): readonly string[] {
  return [...modelsNamedOn(account, state)].map((model) => `${account}/${model}`)
}

/** Whether a scope selector may select an unlisted model of an account with `anyModel`. */
function maySelectOn(selector: Selector, account: Parameters<typeof selectsOnAccount>[1]): boolean {
  if (selector.type === 'pattern') return selectsOnAccount(selector.pattern, account)
  return selector.type === 'providerAccount' && selector.providerAccount === account.id
}

function instantsIn({ holders, organization }: Context, context: LintContext): readonly number[] {
  const rows: readonly Partial<Holdings>[] = holders.map(({ row }) => row)
  return instantsOf([...rows, organization ?? {}], context)
}
