import type { Instant } from '../../src/model/value/instant.ts'
import type { Payer, Route } from '../../src/policy/decision/decision.ts'

/**
 * The state of the handwritten gateway: native Maps and Sets of small objects, with one lookup per check. All competitors
 * share it, so that they differ only in how they decide.
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

/** The scope of a narrowed credential. */
export interface Scope {
  readonly names: ReadonlySet<string>
  readonly patterns: readonly Pattern[]
  readonly accounts: ReadonlySet<string>
  readonly models: ReadonlyMap<string, ReadonlySet<string>>
}

/** The common fields of a person, a team and a virtual account. */
export interface Holder {
  readonly id: string
  readonly suspended: boolean
  readonly groups: readonly AssignedGroup[]
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
  /** The groups that its units may use; `undefined` means all. */
  readonly entitled: ReadonlySet<string> | undefined
  readonly restrictions: Restrictions | undefined
}

/** A half-open interval of time `[from, to)`. */
export interface Span {
  readonly from: Instant
  readonly to: Instant
}
export interface AssignedGroup extends Span {
  readonly group: string
}

export interface Group {
  readonly names: ReadonlySet<string>
  readonly patterns: readonly Pattern[]
  readonly all: boolean
}

/** A requestable name: an alias, or a concrete model written `account/model`. */
export interface Name {
  readonly name: string
  readonly isAlias: boolean
  readonly targets: readonly Route[]
  readonly retiredAt: number
}

interface Account {
  readonly suspended: boolean
  readonly anyModel: boolean
  /** For each model, whether it is active. */
  readonly models: ReadonlyMap<string, boolean>
}

/** The restrictions on one subject, indexed by selector. */
export interface Restrictions {
  readonly names: ReadonlyMap<string, readonly Span[]>
  readonly patterns: readonly { readonly pattern: Pattern; readonly spans: readonly Span[] }[]
  readonly accounts: ReadonlyMap<string, readonly Span[]>
  readonly models: ReadonlyMap<string, ReadonlyMap<string, readonly Span[]>>
}

/** A compiled pattern: the prefix before the first `*`, and a regular expression unless the pattern is a prefix and `*`. */
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

/** Whether an instant lies in one of the spans. */
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

/** Whether a scope includes a name, and with it all its routes. */
export function passesName(scope: Scope, name: string): boolean {
  return scope.names.has(name) || matchesAny(scope.patterns, name)
}

/** Whether a scope includes a route, independently of the requested name. */
export function passesRoute(scope: Scope, { providerAccount, model }: Route): boolean {
  return (
    scope.accounts.has(providerAccount) ||
    scope.models.get(providerAccount)?.has(model) === true ||
    matchesAny(scope.patterns, `${providerAccount}/${model}`)
  )
}

/** Whether a route is available: its account and model are active. */
export function isAvailable(gateway: Gateway, { providerAccount, model }: Route): boolean {
  const account = gateway.accounts.get(providerAccount)
  if (account === undefined || account.suspended) return false
  return account.models.get(model) ?? account.anyModel
}
