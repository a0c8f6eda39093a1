import type { Instant } from '../../src/model/value/instant.ts'
import type { Route } from '../../src/policy/decision/decision.ts'
import type { DenialReason } from '../../src/policy/decision/denial.ts'
import type { BenchRequest, Engine } from './engine.ts'
import {
  type Credential,
  type Gateway,
  type Holder,
  isAvailable,
  isIn,
  matchesAny,
  type Name,
  type Organization,
  type Person,
  passesName,
  passesRoute,
  type Restrictions,
  type Unit,
} from './gateway.ts'
import { decideWith } from './gateway-decide.ts'

/** The handwritten baseline: nested lookups in native Maps and Sets, as an expert would write them for this purpose only. */
export function handwritten(gateway: Gateway): Engine {
  const findRoutes = (
    user: Person | undefined,
    unit: Unit | undefined,
    name: Name,
    credential: Credential,
    request: BenchRequest,
  ): readonly Route[] | DenialReason => routesOfContext(gateway, user, unit, name, credential, request)
  return {
    name: 'handwritten',
    decide: (request) => decideWith(findRoutes, gateway, request),
    givesReasons: true,
  }
}

function routesOfContext(
  gateway: Gateway,
  user: Person | undefined,
  unit: Unit | undefined,
  name: Name,
  credential: Credential,
  request: BenchRequest,
): readonly Route[] | DenialReason {
  const { at } = request
  const organization = unit === undefined ? undefined : gateway.organizations.get(unit.organization)
  const isNamed =
    name.isAlias &&
    (unit === undefined
      ? user !== undefined && userHolds(gateway, user, name.name, at)
      : unitHolds(gateway, unit, organization, name.name, at))
  const { scope } = credential
  const isForeign = credential.team !== undefined && request.team !== undefined && credential.team !== request.team
  const isNamePassed = !isForeign && (scope === undefined || (name.isAlias && passesName(scope, name.name)))
  const isDenied =
    name.isAlias &&
    (deniesName(user?.restrictions, name.name, at) ||
      deniesName(unit?.restrictions, name.name, at) ||
      deniesName(organization?.restrictions, name.name, at) ||
      deniesName(gateway.everyone, name.name, at))

  let isReached = isNamed
  let isUnrestricted = name.targets.length === 0
  let isInScope = isNamePassed && name.targets.length === 0
  const routes: Route[] = []
  for (const target of name.targets) {
    if (!isNamed && !isIn((unit ?? user)?.roles?.get(target.providerAccount), at)) continue
    isReached = true
    if (
      isDenied ||
      deniesRoute(user?.restrictions, target, at) ||
      deniesRoute(unit?.restrictions, target, at) ||
      deniesRoute(organization?.restrictions, target, at) ||
      deniesRoute(gateway.everyone, target, at)
    ) {
      continue
    }
    isUnrestricted = true
    if (!isNamePassed && (isForeign || scope === undefined || !passesRoute(scope, target))) continue
    isInScope = true
    if (isAvailable(gateway, target)) routes.push(target)
  }
  if (routes.length > 0) return routes
  if (!isReached) return 'model_not_granted'
  if (isDenied || !isUnrestricted) return 'model_restricted'
  return isInScope ? 'model_unavailable' : 'credential_out_of_scope'
}

function userHolds(gateway: Gateway, user: Holder, name: string, at: Instant): boolean {
  for (const held of user.groups) {
    if (held.from <= at && at < held.to && holds(gateway, held.group, name)) return true
  }
  return false
}

function unitHolds(
  gateway: Gateway,
  unit: Unit,
  organization: Organization | undefined,
  name: string,
  at: Instant,
): boolean {
  const entitled = organization?.entitled
  for (const held of unit.groups) {
    if (held.from <= at && at < held.to && (entitled === undefined || entitled.has(held.group))) {
      if (holds(gateway, held.group, name)) return true
    }
  }
  if (unit.plan === undefined) return false
  for (const group of gateway.plans.get(unit.plan) ?? []) {
    if ((entitled === undefined || entitled.has(group)) && holds(gateway, group, name)) return true
  }
  return false
}

function holds(gateway: Gateway, id: string, name: string): boolean {
  const group = gateway.groups.get(id)
  return group !== undefined && (group.all || group.names.has(name) || matchesAny(group.patterns, name))
}

function deniesName(restrictions: Restrictions | undefined, name: string, at: Instant): boolean {
  if (restrictions === undefined) return false
  if (isIn(restrictions.names.get(name), at)) return true
  for (const { pattern, spans } of restrictions.patterns) if (isIn(spans, at) && pattern.matches(name)) return true
  return false
}

function deniesRoute(restrictions: Restrictions | undefined, target: Route, at: Instant): boolean {
  if (restrictions === undefined) return false
  const { providerAccount, model } = target
  return (
    isIn(restrictions.accounts.get(providerAccount), at) ||
    isIn(restrictions.models.get(providerAccount)?.get(model), at)
  )
}
