import {
  type EntityJson,
  preparsePolicySet,
  statefulIsAuthorized,
  type TypeAndId,
} from '@cedar-policy/cedar-wasm/nodejs'
import type { Instant } from '../../src/model/instant.ts'
import type { Engine } from './answer.ts'
import {
  type Gateway,
  type Held,
  isAvailable,
  isIn,
  matchesAny,
  type Name,
  type Person,
  passesName,
  type Restrictions,
  type Scope,
  type Unit,
} from './gateway.ts'
import { decideWith, type Judge } from './gateway-decide.ts'

/**
 * One permit for each place in the list of targets, so that a single call answers for all routes: the policies that gave
 * the permission name them. Windows are sliced away beforehand, since Cedar cannot look into a set of records.
 */
const permit = (place: number): string => `permit (principal, action == Action::"use", resource)
when {
  resource has target${place} &&
  resource.target${place}.isAvailable &&
  (resource in principal.groups || resource.target${place} in principal.accounts) &&
  !(resource.target${place} in principal.refusedRoutes) &&
  (context.isNamePassed || resource.target${place} in context.routes)
};`

const places = [0, 1, 2]
const policies = {
  refused: 'forbid (principal, action, resource) when { resource in principal.refusedNames };',
  ...Object.fromEntries(places.map((place) => [`route-${place}`, permit(place)])),
}

const policySet = 'gateway'
const action = { type: 'Action', id: 'use' }
const nameUid = ({ name, isAlias }: Name): TypeAndId => ({ type: isAlias ? 'Alias' : 'Concrete', id: name })
const accountUid = (id: string): TypeAndId => ({ type: 'Account', id })
const modelUid = (account: string, model: string): TypeAndId => ({ type: 'Model', id: `${account}/${model}` })
const reference = (uid: TypeAndId): { __entity: TypeAndId } => ({ __entity: uid })

/** Cedar with policies parsed once, and with entities that hold nothing but what the question is about. */
export function cedar(gateway: Gateway): Engine {
  const parsed = preparsePolicySet(policySet, { staticPolicies: policies })
  if (parsed.type === 'failure') throw new Error(parsed.errors.map(({ message }) => message).join('; '))
  const slices = new Slices(gateway)
  const judge: Judge = (user, unit, name, credential, question) => {
    const { at } = question
    const { scope } = credential
    const isForeign = credential.team !== undefined && question.team !== undefined && credential.team !== question.team
    const isNamePassed = !isForeign && (scope === undefined || (name.isAlias && passesName(scope, name.name)))
    const caller = slices.caller(user, unit, at)
    const answer = statefulIsAuthorized({
      principal: caller.uid,
      action,
      resource: nameUid(name),
      context: { isNamePassed, routes: isForeign || scope === undefined ? [] : slices.routesOf(scope) },
      preparsedPolicySetId: policySet,
      entities: [caller, ...slices.name(name)],
    })
    if (answer.type === 'failure') throw new Error(answer.errors.map(({ message }) => message).join('; '))
    const { decision, diagnostics } = answer.response
    if (decision === 'deny') return 'model_not_granted'
    return name.targets.filter((_, place) => diagnostics.reason.includes(`route-${place}`))
  }
  return { name: 'cedar', decide: (question) => decideWith(judge, gateway, question), givesReasons: false }
}

/** Entities by what they are for: made when first asked for, and kept. */
class Slices {
  readonly #gateway: Gateway
  readonly #callers = new Map<Person | undefined, Map<Unit | undefined, Map<Instant, EntityJson>>>()
  readonly #names = new Map<string, readonly EntityJson[]>()
  readonly #routes = new Map<Scope, { __entity: TypeAndId }[]>()

  constructor(gateway: Gateway) {
    this.#gateway = gateway
  }

  /** The context of principals that asks, with what it holds and is refused at this instant. */
  caller(user: Person | undefined, unit: Unit | undefined, at: Instant): EntityJson {
    const byUnit = this.#callers.get(user) ?? new Map<Unit | undefined, Map<Instant, EntityJson>>()
    this.#callers.set(user, byUnit)
    const byInstant = byUnit.get(unit) ?? new Map<Instant, EntityJson>()
    byUnit.set(unit, byInstant)
    const known = byInstant.get(at)
    if (known !== undefined) return known
    const made = this.#makeCaller(user, unit, at)
    byInstant.set(at, made)
    return made
  }

  #makeCaller(user: Person | undefined, unit: Unit | undefined, at: Instant): EntityJson {
    const organization = unit === undefined ? undefined : this.#gateway.organizations.get(unit.organization)
    const planned = unit?.plan === undefined ? [] : (this.#gateway.plans.get(unit.plan) ?? [])
    const isEntitled = (group: string): boolean => organization?.entitled?.has(group) !== false
    const inForce = (held: readonly Held[]): string[] => held.filter((one) => isIn([one], at)).map(({ group }) => group)
    const groups = [...inForce(user?.groups ?? []), ...[...inForce(unit?.groups ?? []), ...planned].filter(isEntitled)]
    const roles = [...(user?.roles ?? []), ...(unit?.roles ?? [])]
    const binding = [this.#gateway.everyone, organization?.restrictions, unit?.restrictions, user?.restrictions]
    return {
      uid: { type: 'Caller', id: `${user?.id ?? ''} ${unit?.id ?? ''}` },
      attrs: {
        groups: groups.map((id) => reference({ type: 'Group', id })),
        accounts: roles.filter(([, spans]) => isIn(spans, at)).map(([id]) => reference(accountUid(id))),
        refusedNames: binding.flatMap((set) => this.#refusedNames(set, at)).map(reference),
        refusedRoutes: binding.flatMap((set) => refusedRoutes(set, at)).map(reference),
      },
      parents: [],
    }
  }

  #refusedNames(restrictions: Restrictions | undefined, at: Instant): TypeAndId[] {
    if (restrictions === undefined) return []
    const single = [...restrictions.names].filter(([, spans]) => isIn(spans, at))
    const patterns = restrictions.patterns.filter(({ spans }) => isIn(spans, at))
    return [
      ...single.map(([id]) => ({ type: 'Alias', id })),
      ...patterns.map(({ pattern }) => ({ type: 'Pattern', id: pattern.text })),
    ]
  }

  /** A name below the groups and the patterns that hold it, with its targets below their accounts. */
  name(name: Name): readonly EntityJson[] {
    const known = this.#names.get(name.name)
    if (known !== undefined) return known
    const parents: TypeAndId[] = []
    if (name.isAlias) {
      for (const [id, group] of this.#gateway.groups) {
        if (group.all || group.names.has(name.name) || matchesAny(group.patterns, name.name))
          parents.push({ type: 'Group', id })
      }
      for (const id of this.#patternsOf(name.name)) parents.push({ type: 'Pattern', id })
    }
    const targets = name.targets.map(({ providerAccount, model }) => modelUid(providerAccount, model))
    const made = [
      {
        uid: nameUid(name),
        attrs: Object.fromEntries(targets.map((uid, place) => [`target${place}`, reference(uid)])),
        parents,
      },
      ...name.targets.map((target) => ({
        uid: modelUid(target.providerAccount, target.model),
        attrs: { isAvailable: isAvailable(this.#gateway, target) },
        parents: [accountUid(target.providerAccount)],
      })),
    ]
    this.#names.set(name.name, made)
    return made
  }

  /** The patterns of restrictions that match a name. */
  #patternsOf(name: string): string[] {
    const sets = [this.#gateway.everyone, ...[...this.#gateway.organizations.values()].map((row) => row.restrictions)]
    const holders = [this.#gateway.teams, this.#gateway.users, this.#gateway.virtualAccounts]
    for (const rows of holders) for (const { restrictions } of rows.values()) sets.push(restrictions)
    const patterns = sets.flatMap((set) => set?.patterns ?? []).map(({ pattern }) => pattern)
    return [...new Set(patterns.filter((pattern) => pattern.matches(name)).map(({ text }) => text))]
  }

  routesOf(scope: Scope): { __entity: TypeAndId }[] {
    const known = this.#routes.get(scope)
    if (known !== undefined) return known
    const models = [...scope.models].flatMap(([account, ids]) => [...ids].map((id) => modelUid(account, id)))
    const made = [...[...scope.accounts].map(accountUid), ...models].map(reference)
    this.#routes.set(scope, made)
    return made
  }
}

function refusedRoutes(restrictions: Restrictions | undefined, at: Instant): TypeAndId[] {
  if (restrictions === undefined) return []
  const models = [...restrictions.models].flatMap(([account, byModel]) =>
    [...byModel].filter(([, spans]) => isIn(spans, at)).map(([model]) => modelUid(account, model)),
  )
  const accounts = [...restrictions.accounts].filter(([, spans]) => isIn(spans, at))
  return [...accounts.map(([id]) => accountUid(id)), ...models]
}
