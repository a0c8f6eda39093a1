import type { Payer, Route } from '../../src/policy/decision/decision.ts'
import type { DenialReason } from '../../src/policy/decision/denial.ts'
import type { Answer, Question } from './answer.ts'
import type { Credential, Gateway, Name, Person, Unit } from './gateway.ts'

/** The routes that a context has to a name, or why it has none. */
export type Judge = (
  user: Person | undefined,
  unit: Unit | undefined,
  name: Name,
  credential: Credential,
  question: Question,
) => readonly Route[] | DenialReason

/** How far each reason of a context is from the first check. */
const distance: Partial<Record<DenialReason, number>> = {
  model_not_granted: 0,
  model_restricted: 1,
  credential_out_of_scope: 2,
  model_unavailable: 3,
}

const further = (a: DenialReason, b: DenialReason): DenialReason => ((distance[a] ?? 0) >= (distance[b] ?? 0) ? a : b)

const deny = (reason: DenialReason): Answer => ({ effect: 'deny', reason })
const nobody: Payer = { type: 'nobody' }

/**
 * What every gateway does around the judging: the credential, its owner, the team, the organization, the name, the order
 * of contexts, and who pays.
 */
export function decideWith(judge: Judge, gateway: Gateway, question: Question): Answer {
  const credential = gateway.credentials.get(question.who.id)
  if (credential === undefined) return deny('credential_unknown')
  if (credential.revoked) return deny('credential_revoked')
  if (credential.expiresAt <= question.at) return deny('credential_expired')
  return credential.ownerType === 'user'
    ? decideForUser(judge, gateway, question, credential)
    : decideForUnit(judge, gateway, question, credential)
}

function decideForUnit(judge: Judge, gateway: Gateway, question: Question, credential: Credential): Answer {
  const isTeam = credential.ownerType === 'team'
  const unit = (isTeam ? gateway.teams : gateway.virtualAccounts).get(credential.owner)
  if (unit === undefined) return deny('principal_unknown')
  if (unit.suspended) return deny('principal_suspended')
  const { team } = question
  if (team !== undefined && !(isTeam && team === unit.id)) {
    return deny(gateway.teams.has(team) ? 'team_not_member' : 'team_unknown')
  }
  if (gateway.organizations.get(unit.organization)?.suspended !== false) return deny('organization_suspended')
  const name = findName(gateway, question.model)
  if (name === undefined) return deny('model_unknown')
  if (name.retiredAt <= question.at) return deny('model_retired')
  const routes = judge(undefined, unit, name, credential, question)
  return typeof routes === 'string' ? deny(routes) : charge(routes, unit.payer, question)
}

function decideForUser(judge: Judge, gateway: Gateway, question: Question, credential: Credential): Answer {
  const user = gateway.users.get(credential.owner)
  if (user === undefined) return deny('principal_unknown')
  if (user.suspended) return deny('principal_suspended')
  const teamId = question.team ?? credential.team
  let team: Unit | undefined
  if (teamId !== undefined) {
    team = gateway.teams.get(teamId)
    if (team === undefined) return deny('team_unknown')
    if (!user.teams.includes(teamId)) return deny('team_not_member')
    if (team.suspended) return deny('team_suspended')
    if (gateway.organizations.get(team.organization)?.suspended !== false) return deny('organization_suspended')
  }
  const name = findName(gateway, question.model)
  if (name === undefined) return deny('model_unknown')
  if (name.retiredAt <= question.at) return deny('model_retired')
  if (team === undefined) return chooseContext(judge, gateway, question, credential, user, name)
  const routes = judge(user, team, name, credential, question)
  return typeof routes === 'string' ? deny(routes) : charge(routes, team.payer, question)
}

/** The first context that yields a route: the default team, all that cost nothing together, the user, one metered team. */
function chooseContext(
  judge: Judge,
  gateway: Gateway,
  question: Question,
  credential: Credential,
  user: Person,
  name: Name,
): Answer {
  let reason: DenialReason = 'model_not_granted'
  if (user.defaultTeam !== undefined) {
    const team = findCandidate(gateway, user.defaultTeam)
    if (team !== undefined) {
      const routes = judge(user, team, name, credential, question)
      if (typeof routes !== 'string') return charge(routes, team.payer, question)
      reason = routes
    }
  }

  let free: readonly Route[] | undefined
  if (!user.metered) {
    const routes = judge(user, undefined, name, credential, question)
    if (typeof routes === 'string') reason = further(reason, routes)
    else free = routes
  }
  for (const id of user.teams) {
    if (free !== undefined && free.length === name.targets.length) break
    const team = findCandidate(gateway, id)
    if (team === undefined || team.metered || id === user.defaultTeam) continue
    const routes = judge(user, team, name, credential, question)
    if (typeof routes === 'string') reason = further(reason, routes)
    else free = free === undefined ? routes : unite(name, free, routes)
  }
  if (free !== undefined) return charge(free, nobody, question)

  if (user.metered) {
    const routes = judge(user, undefined, name, credential, question)
    if (typeof routes !== 'string') return charge(routes, user.payer, question)
    reason = further(reason, routes)
  }

  let found: readonly Route[] | undefined
  let payer = nobody
  for (const id of user.teams) {
    const team = findCandidate(gateway, id)
    if (team === undefined || !team.metered || id === user.defaultTeam) continue
    const routes = judge(user, team, name, credential, question)
    if (typeof routes === 'string') {
      reason = further(reason, routes)
    } else {
      if (found !== undefined) return deny('payer_ambiguous')
      found = routes
      payer = team.payer
    }
  }
  return found === undefined ? deny(reason) : charge(found, payer, question)
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

function charge(routes: readonly Route[], payer: Payer, { credits }: Question): Answer {
  if (credits !== undefined && payer.type === 'wallet') {
    const { available, estimate } = credits
    if (estimate === undefined ? available <= 0n : available < estimate) return deny('credits_exhausted')
  }
  return { effect: 'allow', routes, payer }
}
