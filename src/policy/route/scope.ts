import type { Target } from '../../model/noun/model-alias.ts'
import { matchesPattern } from '../../model/value/pattern.ts'
import type { Scope } from '../../model/value/selector.ts'
import type { Resolved } from './resolve.ts'
import { routeNameOf } from './selection.ts'

/**
 * Whether a scope includes the requested alias by its name, and therefore every route of the alias. For a requested
 * concrete model, returns true only for the scope `all`.
 */
export function passesName(scope: Scope, { alias, name }: Resolved): boolean {
  if (scope.type === 'all') return true
  if (alias === undefined) return false
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
