import { createMongoAbility, type MongoAbility, type RawRuleOf, subject } from '@casl/ability'
import type { Instant } from '../../src/model/value/instant.ts'
import type { Route } from '../../src/policy/decision/decision.ts'
import { type Action, type Rule, RuleWriter } from './casl-rule.ts'
import type { Engine } from './engine.ts'
import { type Gateway, isAvailable, isIn, type Person, passesName, passesRoute, type Unit } from './gateway.ts'
import { decideWith, type FindRoutes } from './gateway-decide.ts'

type Ability = MongoAbility
type RawRule = RawRuleOf<Ability>

/** A cached ability with facts about its rules, so that checks without any rule are skipped. */
interface Cached {
  readonly ability: Ability
  readonly from: number
  readonly to: number
  readonly hasRoles: boolean
  readonly refusesAccounts: boolean
  readonly refusesModels: boolean
}

/** One way to write rules for CASL and to check them. */
interface Form {
  readonly name: string
  /** Whether an ability is valid only for a period in which no window opens or closes. */
  readonly isTimeless: boolean
  readonly make: (rules: readonly Rule[]) => Ability
  readonly can: (ability: Ability, action: Action, name: string, at: Instant) => boolean
}

const spread = ({ subjects }: Rule): string | string[] => (subjects === 'all' ? 'all' : [...subjects])

/** Names as subject types: two lookups in CASL's index, no conditions. */
const names: Form = {
  name: 'names',
  isTimeless: true,
  make: (rules) =>
    createMongoAbility(
      rules
        .filter((rule) => rule.subjects.length > 0)
        .map((rule) => ({ action: rule.action, subject: spread(rule), inverted: rule.inverted })),
    ),
  can: (ability, action, name) => ability.can(action, name),
}

const during = ({ span }: Rule): Record<string, unknown> => ({
  ...(span.from === Number.NEGATIVE_INFINITY && span.to === Number.POSITIVE_INFINITY
    ? {}
    : { at: { $gte: span.from, $lt: span.to } }),
})

interface Thing {
  readonly name: string
  readonly at: Instant
}

/** Names as subject types of instances that have the instant, so that windows are conditions. */
const instances: Form = {
  name: 'instances',
  isTimeless: false,
  make: (rules) =>
    createMongoAbility(
      rules
        .filter((rule) => rule.subjects.length > 0)
        .map((rule): RawRule => {
          const conditions = during(rule)
          const raw = { action: rule.action, subject: spread(rule), inverted: rule.inverted }
          return 'at' in conditions ? { ...raw, conditions } : raw
        }),
      { detectSubjectType: (thing) => (thing as unknown as Thing).name },
    ),
  can: (ability, action, name, at) => ability.can(action, { name, at } as unknown as string),
}

/** The form of CASL's guide: one subject type, with the names in the conditions. */
const conditions: Form = {
  name: 'conditions',
  isTimeless: false,
  make: (rules) =>
    createMongoAbility(
      rules.map((rule): RawRule => {
        const named = rule.subjects === 'all' ? {} : { name: { $in: [...rule.subjects] } }
        return {
          action: rule.action,
          subject: 'Model',
          inverted: rule.inverted,
          conditions: { ...named, ...during(rule) },
        }
      }),
    ),
  can: (ability, action, name, at) => ability.can(action, subject('Model', { name, at }) as unknown as string),
}

/** Every form that is measured. The fastest is the one to compare with. */
export const forms = { names, instances, conditions }

/** The granularity of abilities: one for each context, or one for each principal, so that all members share their team's. */
export type Grain = 'context' | 'principal'

/** CASL with cached abilities. Rules that CASL cannot express are checked around it. */
export function casl(gateway: Gateway, form: Form, grain: Grain): Engine {
  const abilities = new AbilityCache(gateway, form, grain)
  const findRoutes: FindRoutes = (user, unit, name, credential, request) => {
    const { at } = request
    const shared = abilities.findShared(user, unit, at)
    const own = grain === 'principal' && user !== undefined && isSpecial(user) ? abilities.findOwn(user, at) : undefined
    const granting = unit === undefined ? own : undefined // on behalf of a team, what the user itself holds does not count
    const isNamed = name.isAlias && (can(shared, 'call', name.name, at) || can(granting, 'call', name.name, at))
    if (!isNamed && !shared.hasRoles && granting?.hasRoles !== true) return 'model_not_granted'
    if (name.isAlias && (!isNamed || own !== undefined) && !isPassed(shared, own, 'ask', name.name, at)) {
      return 'model_restricted'
    }
    const { scope } = credential
    if (credential.team !== undefined && request.team !== undefined && credential.team !== request.team) {
      return 'credential_out_of_scope'
    }
    const isNamePassed = scope === undefined || (name.isAlias && passesName(scope, name.name))
    const routes: Route[] = []
    for (const target of name.targets) {
      const { providerAccount } = target
      if (
        (isNamed || can(shared, 'reach', providerAccount, at) || can(granting, 'reach', providerAccount, at)) &&
        isThrough(shared, own, target, at) &&
        (isNamePassed || (scope !== undefined && passesRoute(scope, target))) &&
        isAvailable(gateway, target)
      ) {
        routes.push(target)
      }
    }
    return routes.length > 0 ? routes : 'model_unavailable'
  }
  const can = (cached: Cached | undefined, action: Action, name: string, at: Instant): boolean =>
    cached !== undefined && form.can(cached.ability, action, name, at)
  const isPassed = (shared: Cached, own: Cached | undefined, action: Action, name: string, at: Instant): boolean =>
    form.can(shared.ability, action, name, at) && (own === undefined || form.can(own.ability, action, name, at))
  const isThrough = (shared: Cached, own: Cached | undefined, route: Route, at: Instant): boolean => {
    const refusesAccounts = shared.refusesAccounts || own?.refusesAccounts === true
    if (refusesAccounts && !isPassed(shared, own, 'through', route.providerAccount, at)) return false
    const refusesModels = shared.refusesModels || own?.refusesModels === true
    return !refusesModels || isPassed(shared, own, 'through', `${route.providerAccount}/${route.model}`, at)
  }
  return {
    name: `casl, ${form.name}, by ${grain}`,
    decide: (request) => decideWith(findRoutes, gateway, request),
    givesReasons: false,
  }
}

/** Whether a person has groups, roles or restrictions of its own. */
function isSpecial(user: Person): boolean {
  return user.groups.length > 0 || user.roles !== undefined || user.restrictions !== undefined
}

/** Caches abilities by context or principal. Each is created at its first use. */
class AbilityCache {
  readonly #writer: RuleWriter
  readonly #form: Form
  readonly #grain: Grain
  readonly #contexts = new Map<Person | undefined, Map<Unit | undefined, Cached[]>>()
  readonly #units = new Map<Unit | undefined, Cached[]>()
  readonly #users = new Map<Person, Cached[]>()

  constructor(gateway: Gateway, form: Form, grain: Grain) {
    this.#writer = new RuleWriter(gateway)
    this.#form = form
    this.#grain = grain
  }

  /** The ability of a whole context, or the one that all who act for the unit share. */
  findShared(user: Person | undefined, unit: Unit | undefined, at: Instant): Cached {
    if (this.#grain === 'principal') {
      return (
        inForce(this.#units.get(unit), at) ?? this.#keep(this.#units, unit, this.#writer.rulesOf(undefined, unit), at)
      )
    }
    const units = this.#contexts.get(user)
    const known = inForce(units?.get(unit), at)
    if (known !== undefined) return known
    const made = units ?? new Map<Unit | undefined, Cached[]>()
    this.#contexts.set(user, made)
    return this.#keep(made, unit, this.#writer.rulesOf(user, unit), at)
  }

  /** The ability of a person without a team. */
  findOwn(user: Person, at: Instant): Cached {
    return (
      inForce(this.#users.get(user), at) ?? this.#keep(this.#users, user, this.#writer.rulesOf(user, undefined), at)
    )
  }

  #keep<Key>(kept: Map<Key, Cached[]>, key: Key, rules: readonly Rule[], at: Instant): Cached {
    const { isTimeless } = this.#form
    const now = isTimeless ? rules.filter(({ span }) => isIn([span], at)) : rules
    const edges = isTimeless ? rules.flatMap(({ span }) => [span.from, span.to]) : []
    const refused = now.flatMap((rule) => (rule.inverted && rule.action === 'through' ? rule.subjects : []))
    const made: Cached = {
      ability: this.#form.make(now),
      from: Math.max(Number.NEGATIVE_INFINITY, ...edges.filter((edge) => edge <= at)),
      to: Math.min(Number.POSITIVE_INFINITY, ...edges.filter((edge) => edge > at)),
      hasRoles: now.some(({ action }) => action === 'reach'),
      refusesAccounts: refused.some((name) => !name.includes('/')),
      refusesModels: refused.some((name) => name.includes('/')),
    }
    kept.set(key, [...(kept.get(key) ?? []), made])
    return made
  }
}

function inForce(known: readonly Cached[] | undefined, at: Instant): Cached | undefined {
  if (known === undefined) return undefined
  for (const cached of known) if (cached.from <= at && at < cached.to) return cached
  return undefined
}
