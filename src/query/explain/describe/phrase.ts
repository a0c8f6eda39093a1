import { wordOf } from '../../../change/rule/reference.ts'
import type { RestrictionSubject } from '../../../model/noun/restriction.ts'
import type { Instant } from '../../../model/value/instant.ts'
import type { Principal } from '../../../model/value/principal.ts'
import { quote } from '../../../model/value/quote.ts'
import type { Scope, Selector } from '../../../model/value/selector.ts'
import type { Window, Windows } from '../../../model/value/window.ts'
import type { Route } from '../../../policy/decision.ts'

/** The most entries that a phrase lists. */
const namedLimit = 5

/** Joins the first entries of a list, then the number of the others: `a, b, c, d, e and 3 more`. */
export function listOf(entries: readonly string[]): string {
  const more = entries.length - namedLimit
  return more <= 0 ? entries.join(', ') : `${entries.slice(0, namedLimit).join(', ')} and ${more} more`
}

/** A principal by type and id, as in "team `acme`". */
export const nameOf = ({ type, id }: Principal): string => `${wordOf(type)} ${quote(id)}`
/** A route as `account/model`. */
export const routeOf = ({ providerAccount, model }: Route): string => quote(`${providerAccount}/${model}`)
/** An instant as ISO 8601, in UTC. */
export const isoOf = (at: Instant): string => new Date(at).toISOString()

/** Formats a selector of a restriction or a scope. */
export function describeSelector(selector: Selector): string {
  switch (selector.type) {
    case 'alias':
      return `alias ${quote(selector.alias)}`
    case 'aliasPattern':
      return `aliases that match ${quote(selector.pattern)}`
    case 'model':
      return `model ${routeOf(selector)}`
    case 'providerAccount':
      return `provider account ${quote(selector.providerAccount)}`
  }
}

/** Formats the scope of a credential. */
export function describeScope(scope: Scope): string {
  if (scope.type === 'all') return 'all'
  return scope.selectors.length === 0 ? 'nothing' : listOf(scope.selectors.map(describeSelector))
}

/** Formats the subject of a restriction. */
export function describeSubject(subject: RestrictionSubject): string {
  return subject.type === 'everyone' ? 'everyone' : `${wordOf(subject.type)} ${quote(subject.id)}`
}

/** Formats a window, as in "from X until Y"; `always` when it is unbounded on both sides. */
export function describeWindow({ startsAt, expiresAt }: Window): string {
  const from = startsAt === undefined ? [] : [`from ${isoOf(startsAt)}`]
  const until = expiresAt === undefined ? [] : [`until ${isoOf(expiresAt)}`]
  return [...from, ...until].join(' ') || 'always'
}

/** Formats windows in time order. */
export const describeWindows = (windows: Windows): string => listOf(windows.map(describeWindow))
