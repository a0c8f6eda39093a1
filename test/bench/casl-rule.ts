import type {
  AssignedGroup,
  Gateway,
  Holder,
  Organization,
  Pattern,
  Person,
  Restrictions,
  Span,
  Unit,
} from './gateway.ts'

/**
 * The action of a rule: `call` an alias that is granted, `ask` for an alias that is not refused, `reach` a provider account
 * by a role, go `through` a provider account or model that is not refused.
 */
export type Action = 'call' | 'ask' | 'reach' | 'through'

/** One rule, independent of the form in which CASL gets it. `all` means every subject. */
export interface Rule {
  readonly action: Action
  readonly subjects: readonly string[] | 'all'
  readonly inverted: boolean
  readonly span: Span
}

const always: Span = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY }

/** Turns the holdings and restrictions of principals into rules. Patterns are expanded to the names they match. */
export class RuleWriter {
  readonly #gateway: Gateway
  readonly #matched = new Map<string, readonly string[]>()

  constructor(gateway: Gateway) {
    this.#gateway = gateway
  }

  /** The rules of all principals of a context. */
  rulesOf(user: Person | undefined, unit: Unit | undefined): readonly Rule[] {
    const organization = unit === undefined ? undefined : this.#gateway.organizations.get(unit.organization)
    return [
      { action: 'ask', subjects: 'all', inverted: false, span: always },
      { action: 'through', subjects: 'all', inverted: false, span: always },
      ...(user === undefined || unit !== undefined ? [] : this.#heldBy(user)),
      ...(unit === undefined ? [] : this.#heldBy(unit, organization)),
      ...(unit?.plan === undefined ? [] : this.#broughtBy(unit.plan, organization)),
      ...this.#refused(this.#gateway.everyone),
      ...this.#refused(organization?.restrictions),
      ...this.#refused(unit?.restrictions),
      ...this.#refused(user?.restrictions),
    ]
  }

  #heldBy(holder: Holder, organization?: Organization): Rule[] {
    const roles = [...(holder.roles ?? [])].flatMap(([account, spans]) =>
      spans.map((span): Rule => ({ action: 'reach', subjects: [account], inverted: false, span })),
    )
    return [...holder.groups.flatMap((held) => this.#group(held, organization)), ...roles]
  }

  #broughtBy(plan: string, organization: Organization | undefined): Rule[] {
    const groups = this.#gateway.plans.get(plan) ?? []
    return groups.flatMap((group) => this.#group({ group, ...always }, organization))
  }

  #group(held: AssignedGroup, organization: Organization | undefined): Rule[] {
    const group = this.#gateway.groups.get(held.group)
    if (group === undefined || organization?.entitled?.has(held.group) === false) return []
    const subjects = group.all
      ? 'all'
      : [...group.names, ...group.patterns.flatMap((pattern) => this.#matching(pattern))]
    return [{ action: 'call', subjects, inverted: false, span: held }]
  }

  #refused(restrictions: Restrictions | undefined): Rule[] {
    if (restrictions === undefined) return []
    const names = [...restrictions.names].flatMap(([name, spans]) => spans.map((span) => ({ subjects: [name], span })))
    const patterns = restrictions.patterns.flatMap(({ pattern, spans }) =>
      spans.map((span) => ({ subjects: this.#matching(pattern), span })),
    )
    const accounts = [...restrictions.accounts].flatMap(([account, spans]) =>
      spans.map((span) => ({ subjects: [account], span })),
    )
    const models = [...restrictions.models].flatMap(([account, byModel]) =>
      [...byModel].flatMap(([model, spans]) => spans.map((span) => ({ subjects: [`${account}/${model}`], span }))),
    )
    const refuse = (action: Action, rules: { subjects: readonly string[]; span: Span }[]): Rule[] =>
      rules.map(({ subjects, span }) => ({ action, subjects, inverted: true, span }))
    return [
      ...refuse('call', [...names, ...patterns]),
      ...refuse('ask', [...names, ...patterns]),
      ...refuse('through', [...accounts, ...models]),
    ]
  }

  #matching(pattern: Pattern): readonly string[] {
    const known = this.#matched.get(pattern.text)
    if (known !== undefined) return known
    const names = [...this.#gateway.names.keys()].filter((name) => pattern.matches(name))
    this.#matched.set(pattern.text, names)
    return names
  }
}
