import { wordOf } from '../../../change/rule/reference.ts'
import type { RestrictionSubject } from '../../../model/noun/restriction.ts'
import type { Instant } from '../../../model/value/instant.ts'
import type { Principal } from '../../../model/value/principal.ts'
import { quote } from '../../../model/value/quote.ts'
import type { Scope, Selector } from '../../../model/value/selector.ts'
import type { Window, Windows } from '../../../model/value/window.ts'
import type { Route } from '../../../policy/decision/decision.ts'

/** The most entries of a list that a text names. */
const namedLimit = 5

/** A list in words, its first entries and how many more there are. */
export function listOf(words: readonly string[]): string {
  const more = words.length - namedLimit
  return more <= 0 ? words.join(', ') : `${words.slice(0, namedLimit).join(', ')} and ${more} more`
}

/** A principal as a person writes it, as in team `acme`. */
export const nameOf = ({ type, id }: Principal): string => `${wordOf(type)} ${quote(id)}`
/** A route as `account/model`. */
export const routeOf = ({ providerAccount, model }: Route): string => quote(`${providerAccount}/${model}`)
/** An instant as ISO 8601, in UTC. */
export const isoOf = (at: Instant): string => new Date(at).toISOString()

/** What a restriction or a scope speaks of, in words. */
export function describeSelector(selector: Selector): string {
  switch (selector.type) {
    case 'alias':
      return `alias ${quote(selector.alias)}`
    case 'aliasPattern':
      return `aliases like ${quote(selector.pattern)}`
    case 'model':
      return `model ${routeOf(selector)}`
    case 'providerAccount':
      return `provider account ${quote(selector.providerAccount)}`
  }
}

/** What a credential may reach, in words. */
export function describeScope(scope: Scope): string {
  if (scope.type === 'all') return 'all'
  return scope.selectors.length === 0 ? 'nothing' : listOf(scope.selectors.map(describeSelector))
}

/** Whom a restriction binds, in words. */
export function describeSubject(subject: RestrictionSubject): string {
  return subject.type === 'everyone' ? 'everyone' : `${wordOf(subject.type)} ${quote(subject.id)}`
}

/** A window in words: `always` when it has no end on either side. */
export function describeWindow({ startsAt, expiresAt }: Window): string {
  const from = startsAt === undefined ? [] : [`from ${isoOf(startsAt)}`]
  const until = expiresAt === undefined ? [] : [`until ${isoOf(expiresAt)}`]
  return [...from, ...until].join(' ') || 'always'
}

/** Windows in words, in time order. */
export const describeWindows = (windows: Windows): string => listOf(windows.map(describeWindow))
