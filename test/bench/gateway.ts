import type { Instant } from '../../src/model/value/instant.ts'
import type { Payer, Route } from '../../src/policy/decision/decision.ts'

/**
 * The state as an expert who writes a gateway by hand would keep it: native maps and sets of small mutable objects, one
 * lookup for each question that comes up. The competitors share it, so that they differ in the judging alone.
 */
export interface Gateway {
  readonly credentials: ReadonlyMap<string, Credential>
  readonly users: ReadonlyMap<string, Person>
  readonly teams: ReadonlyMap<string, Unit>
  readonly virtualAccounts: ReadonlyMap<string, Unit>
  readonly organizations: ReadonlyMap<string, Organization>
  readonly names: ReadonlyMap<string, Name>
  readonly groups: ReadonlyMap<string, Group>
  readonly plans: ReadonlyMap<string, readonly string[]>
  readonly accounts: ReadonlyMap<string, Account>
  readonly everyone: Restrictions | undefined
}

export interface Credential {
  readonly id: string
  readonly ownerType: 'user' | 'team' | 'virtualAccount'
  readonly owner: string
  readonly team: string | undefined
  readonly revoked: boolean
  readonly expiresAt: number
  readonly scope: Scope | undefined
}

/** What a narrowed credential may reach. */
export interface Scope {
  readonly names: ReadonlySet<string>
  readonly patterns: readonly Pattern[]
  readonly accounts: ReadonlySet<string>
  readonly models: ReadonlyMap<string, ReadonlySet<string>>
}

/** What a person, a team and a virtual account have in common. */
export interface Holder {
  readonly id: string
  readonly suspended: boolean
  readonly groups: readonly Held[]
  readonly roles: ReadonlyMap<string, readonly Span[]> | undefined
  readonly restrictions: Restrictions | undefined
  readonly metered: boolean
  readonly payer: Payer
}

export interface Person extends Holder {
  readonly teams: readonly string[]
  readonly defaultTeam: string | undefined
}

/** A team or a virtual account. */
export interface Unit extends Holder {
  readonly organization: string
  readonly plan: string | undefined
}

export interface Organization {
  readonly suspended: boolean
  /** The groups that its units may use; all of them without a list. */
  readonly entitled: ReadonlySet<string> | undefined
  readonly restrictions: Restrictions | undefined
}

/** From an instant up to, and without, another. */
export interface Span {
  readonly from: Instant
  readonly to: Instant
}
export interface Held extends Span {
  readonly group: string
}

export interface Group {
  readonly names: ReadonlySet<string>
  readonly patterns: readonly Pattern[]
  readonly all: boolean
}

/** A name that can be asked for: an alias, or a concrete model written `account/model`. */
export interface Name {
  readonly name: string
  readonly isAlias: boolean
  readonly targets: readonly Route[]
  readonly retiredAt: number
}

interface Account {
  readonly suspended: boolean
  readonly anyModel: boolean
  /** Whether each model is in use. */
  readonly models: ReadonlyMap<string, boolean>
}

/** Explicit denies on one subject, by what they deny. */
export interface Restrictions {
  readonly names: ReadonlyMap<string, readonly Span[]>
  readonly patterns: readonly { readonly pattern: Pattern; readonly spans: readonly Span[] }[]
  readonly accounts: ReadonlyMap<string, readonly Span[]>
  readonly models: ReadonlyMap<string, ReadonlyMap<string, readonly Span[]>>
}

/** A compiled pattern: what stands before the first `*`, and the rest unless it is `*` alone. */
export class Pattern {
  readonly text: string
  readonly #prefix: string
  readonly #whole: RegExp | undefined

  constructor(text: string) {
    this.text = text
    this.#prefix = text.slice(0, text.indexOf('*'))
    this.#whole =
      text.indexOf('*') === text.length - 1 ? undefined : new RegExp(`^${text.split('*').map(quote).join('[^]*')}$`)
  }

  matches(name: string): boolean {
    return name.startsWith(this.#prefix) && (this.#whole === undefined || this.#whole.test(name))
  }
}

const quote = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')

/** Whether one of the spans holds at an instant. */
export function isIn(spans: readonly Span[] | undefined, at: Instant): boolean {
  if (spans === undefined) return false
  for (const span of spans) if (span.from <= at && at < span.to) return true
  return false
}

/** Whether one of the patterns matches. */
export function matchesAny(patterns: readonly Pattern[], name: string): boolean {
  for (const pattern of patterns) if (pattern.matches(name)) return true
  return false
}

/** Whether a scope passes a name, whatever its routes. */
export function passesName(scope: Scope, name: string): boolean {
  return scope.names.has(name) || matchesAny(scope.patterns, name)
}

/** Whether a scope passes a route, however it is named. */
export function passesRoute(scope: Scope, { providerAccount, model }: Route): boolean {
  return scope.accounts.has(providerAccount) || scope.models.get(providerAccount)?.has(model) === true
}

/** Whether a route can be used by anyone now. */
export function isAvailable(gateway: Gateway, { providerAccount, model }: Route): boolean {
  const account = gateway.accounts.get(providerAccount)
  if (account === undefined || account.suspended) return false
  return account.models.get(model) ?? account.anyModel
}
