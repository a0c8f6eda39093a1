import type { Payer, Route } from '../../src/policy/decision/decision.ts'
import type { DenialReason } from '../../src/policy/decision/denial.ts'
import type { BenchRequest, EngineDecision } from './engine.ts'
import type { Credential, Gateway, Name, Person, Unit } from './gateway.ts'

/** Finds the routes of a context to a name, or the reason of the denial. The part in which the engines differ. */
export type FindRoutes = (
  user: Person | undefined,
  unit: Unit | undefined,
  name: Name,
  credential: Credential,
  request: BenchRequest,
) => readonly Route[] | DenialReason

/** The place of each reason in the order of checks. */
const distance: Partial<Record<DenialReason, number>> = {
  model_not_granted: 0,
  model_restricted: 1,
  credential_out_of_scope: 2,
  model_unavailable: 3,
}

const further = (a: DenialReason, b: DenialReason): DenialReason => ((distance[a] ?? 0) >= (distance[b] ?? 0) ? a : b)

const deny = (reason: DenialReason): EngineDecision => ({ effect: 'deny', reason })
const noPayer: Payer = { type: 'none' }

/**
 * The part of a decision that all engines share: the checks of credential, owner, team, organization and name, the order of
 * contexts, and the payer.
 */
export function decideWith(findRoutes: FindRoutes, gateway: Gateway, request: BenchRequest): EngineDecision {
  const credential = gateway.credentials.get(request.who.id)
  if (credential === undefined) return deny('credential_unknown')
  if (credential.revoked) return deny('credential_revoked')
  if (credential.expiresAt <= request.at) return deny('credential_expired')
  return credential.ownerType === 'user'
    ? decideForUser(findRoutes, gateway, request, credential)
    : decideForUnit(findRoutes, gateway, request, credential)
}

function decideForUnit(
  findRoutes: FindRoutes,
  gateway: Gateway,
  request: BenchRequest,
  credential: Credential,
): EngineDecision {
  const isTeam = credential.ownerType === 'team'
  const unit = (isTeam ? gateway.teams : gateway.virtualAccounts).get(credential.owner)
  if (unit === undefined) return deny('principal_unknown')
  if (unit.suspended) return deny('principal_suspended')
  const { team } = request
  if (team !== undefined && !(isTeam && team === unit.id)) {
    return deny(gateway.teams.has(team) ? 'team_not_member' : 'team_unknown')
  }
  if (gateway.organizations.get(unit.organization)?.suspended !== false) return deny('organization_suspended')
  const name = findName(gateway, request.model)
  if (name === undefined) return deny('model_unknown')
  if (name.retiredAt <= request.at) return deny('model_retired')
  const routes = findRoutes(undefined, unit, name, credential, request)
  return typeof routes === 'string' ? deny(routes) : charge(routes, unit.payer, request)
}

function decideForUser(
  findRoutes: FindRoutes,
  gateway: Gateway,
  request: BenchRequest,
  credential: Credential,
): EngineDecision {
  const user = gateway.users.get(credential.owner)
  if (user === undefined) return deny('principal_unknown')
  if (user.suspended) return deny('principal_suspended')
  const teamId = request.team ?? credential.team
  let team: Unit | undefined
  if (teamId !== undefined) {
    team = gateway.teams.get(teamId)
    if (team === undefined) return deny('team_unknown')
    if (!user.teams.includes(teamId)) return deny('team_not_member')
    const reason = suspensionOf(gateway, team)
    if (reason !== undefined) return deny(reason)
  } else if (user.defaultTeam !== undefined) {
    const byDefault = gateway.teams.get(user.defaultTeam)
    const reason = byDefault && suspensionOf(gateway, byDefault)
    if (reason !== undefined) return deny(reason)
  }
  const name = findName(gateway, request.model)
  if (name === undefined) return deny('model_unknown')
  if (name.retiredAt <= request.at) return deny('model_retired')
  if (team === undefined) return chooseContext(findRoutes, gateway, request, credential, user, name)
  const routes = findRoutes(user, team, name, credential, request)
  return typeof routes === 'string' ? deny(routes) : charge(routes, team.payer, request)
}

function suspensionOf(gateway: Gateway, team: Unit): DenialReason | undefined {
  if (team.suspended) return 'team_suspended'
  return gateway.organizations.get(team.organization)?.suspended === false ? undefined : 'organization_suspended'
}

/** Decides by the first context with a route: the default team, all unmetered contexts together, one metered team, the user. */
function chooseContext(
  findRoutes: FindRoutes,
  gateway: Gateway,
  request: BenchRequest,
  credential: Credential,
  user: Person,
  name: Name,
): EngineDecision {
  let reason: DenialReason = 'model_not_granted'
  if (user.defaultTeam !== undefined) {
    const team = findCandidate(gateway, user.defaultTeam)
    if (team !== undefined) {
      const routes = findRoutes(user, team, name, credential, request)
      if (typeof routes !== 'string') return charge(routes, team.payer, request)
      reason = routes
    }
  }

  let free: readonly Route[] | undefined
  if (!user.metered) {
    const routes = findRoutes(user, undefined, name, credential, request)
    if (typeof routes === 'string') reason = further(reason, routes)
    else free = routes
  }
  for (const id of user.teams) {
    if (free !== undefined && free.length === name.targets.length) break
    const team = findCandidate(gateway, id)
    if (team === undefined || team.metered || id === user.defaultTeam) continue
    const routes = findRoutes(user, team, name, credential, request)
    if (typeof routes === 'string') reason = further(reason, routes)
    else free = free === undefined ? routes : unite(name, free, routes)
  }
  if (free !== undefined) return charge(free, noPayer, request)

  let found: readonly Route[] | undefined
  let payer = noPayer
  for (const id of user.teams) {
    const team = findCandidate(gateway, id)
    if (team === undefined || !team.metered || id === user.defaultTeam) continue
    const routes = findRoutes(user, team, name, credential, request)
    if (typeof routes === 'string') {
      reason = further(reason, routes)
    } else {
      if (found !== undefined) return deny('payer_ambiguous')
      found = routes
      payer = team.payer
    }
  }
  if (found !== undefined) return charge(found, payer, request)
  if (!user.metered) return deny(reason)
  const routes = findRoutes(user, undefined, name, credential, request)
  return typeof routes === 'string' ? deny(further(reason, routes)) : charge(routes, user.payer, request)
}

function findCandidate(gateway: Gateway, id: string): Unit | undefined {
  const team = gateway.teams.get(id)
  if (team === undefined || team.suspended) return undefined
  return gateway.organizations.get(team.organization)?.suspended === false ? team : undefined
}

const unite = (name: Name, some: readonly Route[], others: readonly Route[]): readonly Route[] =>
  name.targets.filter((target) => some.includes(target) || others.includes(target))

function findName(gateway: Gateway, model: string): Name | undefined {
  const alias = gateway.names.get(model)
  if (alias !== undefined) return alias
  const slash = model.indexOf('/')
  if (slash < 0) return undefined
  const route = { providerAccount: model.slice(0, slash), model: model.slice(slash + 1) }
  const account = gateway.accounts.get(route.providerAccount)
  if (account === undefined || !(account.anyModel || account.models.has(route.model))) return undefined
  return { name: model, isAlias: false, targets: [route], retiredAt: Number.POSITIVE_INFINITY }
}

function charge(routes: readonly Route[], payer: Payer, { credits }: BenchRequest): EngineDecision {
  if (credits !== undefined && payer.type === 'wallet') {
    const { available, estimate } = credits
    if (estimate === undefined ? available <= 0n : available < estimate) return deny('credits_exhausted')
  }
  return { effect: 'allow', routes, payer }
}
