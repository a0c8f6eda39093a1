import { wordOf } from '../change/rule/reference.ts'
import type { RestrictionSubject } from '../model/noun/restriction.ts'
import type { Instant } from '../model/value/instant.ts'
import type { Operations } from '../model/value/operation.ts'
import type { Holder } from '../model/value/principal.ts'
import { quote } from '../model/value/quote.ts'
import type { AccessGroupMember, Scope, Selector } from '../model/value/selector.ts'
import type { Window, Windows } from '../model/value/window.ts'
import type { Power, Route } from '../policy/decision/decision.ts'
import type { NameMatcher } from './name-matcher.ts'
import type { OpenModels } from './open-class.ts'

/** Joins the first entries of a list and adds the number of omitted entries, as in `a, b, c, d, e and 3 more`. */
export function listOf(entries: readonly string[], limit = 5): string {
  const more = entries.length - limit
  return more <= 0 ? entries.join(', ') : `${entries.slice(0, limit).join(', ')} and ${more} more`
}

/**
 * Formats a holder or a subject by type and id, as in "team `acme`". A membership becomes "user `ann` in team `acme`".
 */
export const nameOf = (one: Holder | Exclude<RestrictionSubject, { type: 'everyone' }>): string =>
  one.type === 'member' ? `user ${quote(one.user)} in team ${quote(one.team)}` : `${wordOf(one.type)} ${quote(one.id)}`
/** Formats a route as a quoted `account/model`. */
export const routeOf = ({ providerAccount, model }: Route): string => quote(`${providerAccount}/${model}`)

/** Formats an instant as ISO 8601 in UTC. A whole second has no fraction. */
export function isoOf(at: Instant): string {
  return new Date(at).toISOString().replace('.000Z', 'Z')
}

/** The phrase for each power, as in "manages it as administrator". */
export const powerNames: Readonly<Record<Power, string>> = {
  administrator: 'administrator',
  organizationAdmin: 'organization admin',
  providerAccountManager: 'provider account manager',
  teamManager: 'team manager',
  self: 'the user itself',
}

/** Formats a selector of a restriction or a scope. */
export function describeSelector(selector: Selector): string {
  switch (selector.type) {
    case 'alias':
      return `alias ${quote(selector.alias)}`
    case 'pattern':
      return `aliases and models that match ${quote(selector.pattern)}`
    case 'model':
      return `model ${routeOf(selector)}`
    case 'providerAccount':
      return `provider account ${quote(selector.providerAccount)}`
  }
}

/** Formats a member of an access group. */
export function describeMember(member: AccessGroupMember): string {
  switch (member.type) {
    case 'alias':
      return `alias ${quote(member.alias)}`
    case 'aliasPattern':
      return `aliases that match ${quote(member.pattern)}`
    case 'allAliases':
      return 'all aliases'
    case 'model':
      return `model ${routeOf(member)}`
    case 'modelPattern':
      return `models of provider account ${quote(member.providerAccount)} that match ${quote(member.pattern)}`
  }
}

/**
 * Formats a set of unlisted models on an account with `anyModel`, as in "every other model of provider account `x`".
 */
export function describeOpenModels({
  providerAccount,
  matching = [],
  except = [],
}: { readonly providerAccount: string } & Partial<OpenModels>): string {
  const describe = ({ text, isAnyCase }: NameMatcher): string => `${quote(text)}${isAnyCase ? ' in any case' : ''}`
  const those = matching.length === 0 ? '' : ` that matches ${matching.map(describe).join(' and ')}`
  const others = except.length === 0 ? '' : ` except ${listOf(except.map(describe))}`
  return `every other model of provider account ${quote(providerAccount)}${those}${others}`
}

/** Formats the operations of a credential. */
export function describeOperations(operations: Operations): string {
  if (operations.type === 'all') return 'all'
  return operations.operations.length === 0 ? 'none' : listOf(operations.operations.map(quote), 8)
}

/** Formats the scope of a credential. */
export function describeScope(scope: Scope): string {
  if (scope.type === 'all') return 'all'
  return scope.selectors.length === 0 ? 'nothing' : listOf(scope.selectors.map(describeSelector))
}

/** Formats the subject of a restriction. */
export function describeSubject(subject: RestrictionSubject): string {
  return subject.type === 'everyone' ? 'everyone' : nameOf(subject)
}

/** Formats a window, as in "from X until Y"; `always` when it is unbounded on both sides. */
export function describeWindow({ startsAt, expiresAt }: Window): string {
  const from = startsAt === undefined ? [] : [`from ${isoOf(startsAt)}`]
  const until = expiresAt === undefined ? [] : [`until ${isoOf(expiresAt)}`]
  return [...from, ...until].join(' ') || 'always'
}

/** Formats windows in time order. */
export const describeWindows = (windows: Windows): string => listOf(windows.map(describeWindow))
