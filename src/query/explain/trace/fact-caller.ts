import type { State } from '../../../model/state/state.ts'
import { findRow } from '../../../model/table/table.ts'
import type { Principal } from '../../../model/value/principal.ts'
import type { DenialReason } from '../../../policy/decision/denial.ts'
import type { Request, Who } from '../../../policy/request/request.ts'
import { credentialOf, principalOf } from './decision-trace.ts'
import type { Asker, Fact, Standing } from './fact.ts'

/** The facts of the guards that come before a model or a thing is looked at; nothing for the guards after them. */
export function callerFacts(
  request: Request,
  team: string | undefined,
  state: State,
): (reason: DenialReason) => readonly Fact[] | undefined {
  const principal = principalOf(request.who, state)
  return (reason) => {
    switch (reason) {
      case 'request_invalid':
        return [askedFact(request)]
      case 'credential_unknown':
      case 'credential_revoked':
        return [credentialFact(request.who, state)]
      case 'credential_expired':
        return [credentialFact(request.who, state), ...replacedFacts(request.who, state)]
      case 'principal_unknown':
      case 'principal_suspended':
        return principal === undefined ? [] : [{ type: 'principal', principal, status: statusOf(principal, state) }]
      case 'team_unknown':
      case 'team_suspended':
        return [teamFact(team, state)]
      case 'team_not_member':
        return [teamFact(team, state), ...membershipFacts(principal, team, state)]
      case 'organization_suspended':
        return organizationFacts(principal, team, state)
      default:
        return undefined
    }
  }
}

function askedFact(request: Request): Fact {
  const { at } = request
  const who = askerOf(request.who)
  if (request.type === 'manage') return { type: 'manageAsked', who, thing: request.thing, at }
  const { model, team } = request
  return { type: 'useAsked', who, model, ...(team === undefined ? {} : { team }), at }
}

/** Who asks, without the digest that was shown: it proves a secret, and has no place in a ticket. */
function askerOf(who: Who): Asker {
  return who.type === 'credentialDigest' ? { type: 'credentialDigest' } : who
}

function credentialFact(who: Who, state: State): Fact {
  const row = credentialOf(who, state)
  if (row === undefined) {
    return { type: 'credentialAbsent', ...(who.type === 'credential' ? { credential: who.id } : {}) }
  }
  const { id, owner, team, expiresAt, revokedAt } = row
  return {
    type: 'credential',
    credential: id,
    owner,
    ...(team === undefined ? {} : { team }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(revokedAt === undefined ? {} : { revokedAt }),
  }
}

function replacedFacts(who: Who, state: State): readonly Fact[] {
  const goodUntil = overlapOf(who, state)
  const credential = credentialOf(who, state)
  return goodUntil === undefined || credential === undefined
    ? []
    : [{ type: 'digestReplaced', credential: credential.id, goodUntil }]
}

/** When the overlap of a rotation ends for the digest that was shown; none for a digest that was not replaced. */
export function overlapOf(who: Who, state: State): number | undefined {
  if (who.type !== 'credentialDigest') return undefined
  return credentialOf(who, state)?.previous.find(({ digest }) => digest === who.digest)?.expiresAt
}

/** How a principal stands. */
function statusOf({ type, id }: Principal, state: State): Standing {
  const tables = { user: state.users, team: state.teams, virtualAccount: state.virtualAccounts }
  return findRow<{ readonly status: 'active' | 'suspended' }>(tables[type], id)?.status ?? 'absent'
}

function teamFact(team: string | undefined, state: State): Fact {
  if (team === undefined) return { type: 'teamNotNamed' }
  const row = findRow(state.teams, team)
  if (row === undefined) return { type: 'team', team, status: 'absent' }
  return { type: 'team', team, status: row.status, organization: row.organization }
}

function membershipFacts(principal: Principal | undefined, team: string | undefined, state: State): readonly Fact[] {
  if (principal === undefined || team === undefined) return []
  const place =
    principal.type === 'user' ? findRow(state.users, principal.id)?.teams.find((one) => one.team === team) : undefined
  const isItself = principal.type === 'team' && principal.id === team
  return [{ type: 'membership', principal, team, role: isItself ? 'itself' : (place?.role ?? 'none') }]
}

/** The organization that must not be suspended: that of the team, or of the virtual account. */
function organizationFacts(principal: Principal | undefined, team: string | undefined, state: State): readonly Fact[] {
  if (principal?.type === 'user' && team === undefined) return [{ type: 'teamNotNamed' }]
  const id =
    principal?.type === 'virtualAccount'
      ? findRow(state.virtualAccounts, principal.id)?.organization
      : findRow(state.teams, principal?.type === 'team' ? principal.id : (team ?? ''))?.organization
  return id === undefined ? [] : [organizationFact(id, state)]
}

function organizationFact(organization: string, state: State): Fact {
  const row = findRow(state.organizations, organization)
  return {
    type: 'organization',
    organization,
    status: row?.status ?? 'absent',
    entitlement: row?.entitlement.type ?? 'none',
  }
}
