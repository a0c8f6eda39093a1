import type { Target } from '../../model/noun/model-alias.ts'
import { matchesPattern } from '../../model/value/pattern.ts'
import type { Scope } from '../../model/value/selector.ts'
import type { Resolved } from './resolve.ts'

/** Whether a scope passes the name itself, and with it every route. Only an alias has a name to pass. */
export function passesName(scope: Scope, { alias, name }: Resolved): boolean {
  if (scope.type === 'all') return true
  if (alias === undefined) return false
  return scope.selectors.some(
    (selector) =>
      (selector.type === 'alias' && selector.alias === name) ||
      (selector.type === 'aliasPattern' && matchesPattern(selector.pattern, name)),
  )
}

/** Whether a scope passes a route, however it is named. */
export function passesRoute(scope: Scope, target: Target): boolean {
  if (scope.type === 'all') return true
  return scope.selectors.some(
    (selector) =>
      (selector.type === 'providerAccount' && selector.providerAccount === target.providerAccount) ||
      (selector.type === 'model' &&
        selector.providerAccount === target.providerAccount &&
        selector.model === target.model),
  )
}
