import type { Target } from '../../model/noun/model-alias.ts'
import { matchesPattern } from '../../model/value/pattern.ts'
import type { Scope } from '../../model/value/selector.ts'
import type { Resolved } from './resolve.ts'
import { includesAlias, includesModel, scopeIndexOf } from './scope-index.ts'
import { routeNameOf } from './selection.ts'

/** The number of selectors up to which a scan is faster than an index. */
const scanLimit = 8

/**
 * Whether a scope includes the requested alias by its name, and therefore every route of the alias. For a requested
 * concrete model, returns true only for the scope `all`.
 */
export function passesName(scope: Scope, { alias, name }: Resolved): boolean {
  if (scope.type === 'all') return true
  if (alias === undefined) return false
  if (scope.selectors.length > scanLimit) return includesAlias(scopeIndexOf(scope.selectors), name)
  return scope.selectors.some(
    (selector) =>
      (selector.type === 'alias' && selector.alias === name) ||
      (selector.type === 'pattern' && matchesPattern(selector.pattern, name)),
  )
}

/**
 * Whether a scope includes a route, by account, model or pattern. The result is the same whether the request names an
 * alias or the concrete model. Unlike a deny, a scope is compared exactly on every account.
 */
export function passesRoute(scope: Scope, target: Target): boolean {
  if (scope.type === 'all') return true
  if (scope.selectors.length > scanLimit) return includesModel(scopeIndexOf(scope.selectors), target)
  const route = routeNameOf(target)
  return scope.selectors.some(
    (selector) =>
      (selector.type === 'pattern' && matchesPattern(selector.pattern, route)) ||
      (selector.type === 'providerAccount' && selector.providerAccount === target.providerAccount) ||
      (selector.type === 'model' &&
        selector.providerAccount === target.providerAccount &&
        selector.model === target.model),
  )
}
