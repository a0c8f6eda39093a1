import {
  type EntityJson,
  preparsePolicySet,
  statefulIsAuthorized,
  type TypeAndId,
} from '@cedar-policy/cedar-wasm/nodejs'
import type { Instant } from '../../src/model/value/instant.ts'
import type { Engine } from './engine.ts'
import {
  type AssignedGroup,
  type Gateway,
  isAvailable,
  isIn,
  matchesAny,
  type Name,
  type Pattern,
  type Person,
  passesName,
  type Restrictions,
  type Scope,
  type Unit,
} from './gateway.ts'
import { decideWith, type FindRoutes } from './gateway-decide.ts'

/**
 * One permit policy for each place in the list of targets. A single call decides all routes: the determining policies tell
 * which are allowed. Windows are evaluated before, since Cedar cannot iterate a set of records.
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
const callerUid = (user: Person | undefined, unit: Unit | undefined): TypeAndId => ({
  type: 'Caller',
  id: `${user?.id ?? ''} ${unit?.id ?? ''}`,
})
const accountUid = (id: string): TypeAndId => ({ type: 'Account', id })
const modelUid = (account: string, model: string): TypeAndId => ({ type: 'Model', id: `${account}/${model}` })
const reference = (uid: TypeAndId): { __entity: TypeAndId } => ({ __entity: uid })

/** Cedar with policies parsed once, and with only the entities that a request needs. */
export function cedar(gateway: Gateway): Engine {
  const parsed = preparsePolicySet(policySet, { staticPolicies: policies })
  if (parsed.type === 'failure') throw new Error(parsed.errors.map(({ message }) => message).join('; '))
  const slices = new Slices(gateway)
  const findRoutes: FindRoutes = (user, unit, name, credential, request) => {
    const { at } = request
    const { scope } = credential
    const isForeign = credential.team !== undefined && request.team !== undefined && credential.team !== request.team
    const isNamePassed = !isForeign && (scope === undefined || (name.isAlias && passesName(scope, name.name)))
    const entities = slices.find(user, unit, name, at)
    const answer = statefulIsAuthorized({
      principal: callerUid(user, unit),
      action,
      resource: nameUid(name),
      context: {
        isNamePassed,
        routes: isForeign || scope === undefined ? [] : [...slices.routesOf(scope), ...matchedRoutes(scope, name)],
      },
      preparsedPolicySetId: policySet,
      entities,
    })
    if (answer.type === 'failure') throw new Error(answer.errors.map(({ message }) => message).join('; '))
    const { decision, diagnostics } = answer.response
    if (decision === 'deny') return 'model_not_granted'
    return name.targets.filter((_, place) => diagnostics.reason.includes(`route-${place}`))
  }
  return { name: 'cedar', decide: (request) => decideWith(findRoutes, gateway, request), givesReasons: false }
}

/** Caches the entities that each request needs. */
class Slices {
  readonly #gateway: Gateway
  readonly #known = new Map<Person | undefined, Map<Unit | undefined, Map<Instant, Map<string, EntityJson[]>>>>()
  readonly #groups = new Map<string, readonly TypeAndId[]>()
  readonly #routes = new Map<Scope, { __entity: TypeAndId }[]>()

  constructor(gateway: Gateway) {
    this.#gateway = gateway
  }

  /** The entities of a context with its access and restrictions at this instant, and of the requested name. */
  find(user: Person | undefined, unit: Unit | undefined, name: Name, at: Instant): EntityJson[] {
    const known = this.#known.get(user)?.get(unit)?.get(at)?.get(name.name)
    if (known !== undefined) return known
    const made = this.#make(user, unit, name, at)
    const byUnit = getOrMake(this.#known, user)
    getOrMake(getOrMake(byUnit, unit), at).set(name.name, made)
    return made
  }

  #make(user: Person | undefined, unit: Unit | undefined, name: Name, at: Instant): EntityJson[] {
    const organization = unit === undefined ? undefined : this.#gateway.organizations.get(unit.organization)
    const planned = unit?.plan === undefined ? [] : (this.#gateway.plans.get(unit.plan) ?? [])
    const isEntitled = (group: string): boolean => organization?.entitled?.has(group) !== false
    const inForce = (held: readonly AssignedGroup[]): string[] =>
      held.filter((one) => isIn([one], at)).map(({ group }) => group)
    const holder = unit ?? user
    const groups = [...inForce(holder?.groups ?? []), ...planned].filter(isEntitled)
    const roles = [...(holder?.roles ?? [])]
    const binding = [this.#gateway.everyone, organization?.restrictions, unit?.restrictions, user?.restrictions]
    const refused = binding.flatMap((set) => refusedNames(set, at))
    const caller = {
      uid: callerUid(user, unit),
      attrs: {
        groups: groups.map((id) => reference({ type: 'Group', id })),
        accounts: roles.filter(([, spans]) => isIn(spans, at)).map(([id]) => reference(accountUid(id))),
        refusedNames: refused.map(({ uid }) => reference(uid)),
        refusedRoutes: binding.flatMap((set) => refusedRoutes(set, at)).map(reference),
      },
      parents: [],
    }
    const patterns = refused.filter(({ pattern }) => name.isAlias && pattern?.matches(name.name)).map(({ uid }) => uid)
    return [caller, ...this.#name(name, patterns)]
  }

  /** The entity of a name with its groups and matching restriction patterns as parents, and of its targets with their accounts. */
  #name(name: Name, patterns: readonly TypeAndId[]): EntityJson[] {
    const targets = name.targets.map(({ providerAccount, model }) => modelUid(providerAccount, model))
    return [
      {
        uid: nameUid(name),
        attrs: Object.fromEntries(targets.map((uid, place) => [`target${place}`, reference(uid)])),
        parents: [...(name.isAlias ? this.#groupsOf(name.name) : []), ...patterns],
      },
      ...name.targets.map((target) => ({
        uid: modelUid(target.providerAccount, target.model),
        attrs: { isAvailable: isAvailable(this.#gateway, target) },
        parents: [accountUid(target.providerAccount)],
      })),
    ]
  }

  #groupsOf(name: string): readonly TypeAndId[] {
    const known = this.#groups.get(name)
    if (known !== undefined) return known
    const groups: TypeAndId[] = []
    for (const [id, group] of this.#gateway.groups) {
      if (group.all || group.names.has(name) || matchesAny(group.patterns, name)) groups.push({ type: 'Group', id })
    }
    this.#groups.set(name, groups)
    return groups
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

/** The targets of a name that a pattern of the scope matches as `account/model`. */
function matchedRoutes({ patterns }: Scope, { targets }: Name): { __entity: TypeAndId }[] {
  return targets
    .filter(({ providerAccount, model }) => matchesAny(patterns, `${providerAccount}/${model}`))
    .map(({ providerAccount, model }) => reference(modelUid(providerAccount, model)))
}

function getOrMake<Key, OuterKey, Value>(maps: Map<OuterKey, Map<Key, Value>>, key: OuterKey): Map<Key, Value> {
  const known = maps.get(key)
  if (known !== undefined) return known
  const made = new Map<Key, Value>()
  maps.set(key, made)
  return made
}

function refusedNames(restrictions: Restrictions | undefined, at: Instant): { uid: TypeAndId; pattern?: Pattern }[] {
  if (restrictions === undefined) return []
  const names = [...restrictions.names].filter(([, spans]) => isIn(spans, at))
  const patterns = restrictions.patterns.filter(({ spans }) => isIn(spans, at))
  return [
    ...names.map(([id]) => ({ uid: { type: 'Alias', id } })),
    ...patterns.map(({ pattern }) => ({ uid: { type: 'Pattern', id: pattern.text }, pattern })),
  ]
}

function refusedRoutes(restrictions: Restrictions | undefined, at: Instant): TypeAndId[] {
  if (restrictions === undefined) return []
  const models = [...restrictions.models].flatMap(([account, byModel]) =>
    [...byModel].filter(([, spans]) => isIn(spans, at)).map(([model]) => modelUid(account, model)),
  )
  const accounts = [...restrictions.accounts].filter(([, spans]) => isIn(spans, at))
  return [...accounts.map(([id]) => accountUid(id)), ...models]
}
