import type { Credential } from '../../../model/noun/credential.ts'
import type { Holdings } from '../../../model/noun/holding.ts'
import { quote } from '../../../model/value/quote.ts'
import type { Selector } from '../../../model/value/selector.ts'
import { type Caller, identifyCaller } from '../../../policy/context/caller.ts'
import { contextsOf } from '../../../policy/context/caller-contexts.ts'
import type { Context } from '../../../policy/context/context.ts'
import { isDenied } from '../../../policy/decision/deny.ts'
import { evaluationTimeOf } from '../../../policy/evaluation-time.ts'
import { resolve } from '../../../policy/route/resolve.ts'
import { passesName, passesRoute } from '../../../policy/route/scope.ts'
import { aliasesOf, holdingsOf, namesOn } from '../../name.ts'
import type { LintContext } from '../context/lint-context.ts'
import { phraseOf } from '../context/loaded-principal.ts'
import type { Detection } from '../finding.ts'
import { selectsOnAccount } from './restriction-rule.ts'
import { instantsOf, yieldsRoute } from './wallet-rule.ts'

/**
 * Detects a usable credential whose scope passes nothing of what its owner can use, now or when a window of the owner
 * starts. Names that the scope lists are tried first, so that a scope with an effect costs little.
 */
export function* findInScope(credential: Credential, context: LintContext): IterableIterator<Detection> {
  const { id, owner, scope } = credential
  if (scope.type === 'all') return
  const caller = identifyCaller({ type: 'credential', id }, undefined, context.state, evaluationTimeOf(context.at))
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
  if (selectors.flatMap(namesIn).some(isUsable)) return true
  const { accessGroups, providerAccounts } = holdingsOf(caller, state)
  for (const account of providerAccounts) {
    // Whether an unlisted model passes is not examined: a selector that could pass one counts as passing.
    if (account.anyModel && account.status === 'active' && selectors.some((one) => maySelectOn(one, account)))
      return true
    for (const name of namesOn(account, state)) if (isSelected(name, selectors, context) && isUsable(name)) return true
  }
  for (const group of accessGroups) {
    for (const name of aliasesOf(group, state)) if (isSelected(name, selectors, context) && isUsable(name)) return true
  }
  return false
}

/** The name that a selector lists. Empty for a selector of many names. */
function namesIn(selector: Selector): readonly string[] {
  if (selector.type === 'alias') return [selector.alias]
  return selector.type === 'model' ? [`${selector.providerAccount}/${selector.model}`] : []
}

/** Whether a selector may select an unlisted model of an account with `anyModel`. */
function maySelectOn(selector: Selector, account: Parameters<typeof selectsOnAccount>[1]): boolean {
  if (selector.type === 'pattern') return selectsOnAccount(selector.pattern, account)
  return selector.type === 'providerAccount' && selector.providerAccount === account.id
}

/** Whether selectors of a scope pass a name or one of its routes. */
function isSelected(name: string, selectors: readonly Selector[], { state }: LintContext): boolean {
  const resolved = resolve(name, state)
  if (isDenied(resolved)) return false
  const scope = { type: 'list', selectors } as const
  return passesName(scope, resolved) || resolved.targets.some((target) => passesRoute(scope, target))
}

function instantsIn({ holders, organization }: Context, context: LintContext): readonly number[] {
  const rows: readonly Partial<Holdings>[] = holders.map(({ row }) => row)
  return instantsOf([...rows, organization ?? {}], context)
}
