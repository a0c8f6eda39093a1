import { membershipIn } from '../../../model/noun/user.ts'
import type { State } from '../../../model/state/state.ts'
import { findRow } from '../../../model/table/table.ts'
import type { Authority } from '../../../model/value/authority.ts'
import type { Principal } from '../../../model/value/principal.ts'
import type { DenialReason } from '../../../policy/decision/denial.ts'
import type { Request, Who } from '../../../policy/request/request.ts'
import { credentialOf, defaultTeamOf, principalOf } from './decision-trace.ts'
import type { Fact, RequestCaller, RowStatus } from './fact.ts'

/**
 * Returns a function that maps a denial reason to the facts about the caller. The function returns `undefined` for
 * reasons about the model or the thing to manage.
 */
export function callerFacts(
  request: Request,
  team: string | undefined,
  state: State,
): (reason: DenialReason) => readonly Fact[] | undefined {
  const principal = principalOf(request.who, state)
  // A manage request acts on behalf of no team, whatever the default.
  const byDefault = request.type === 'use' && team === undefined ? defaultTeamOf(principal, state) : undefined
  return (reason) => {
    switch (reason) {
      case 'request_invalid':
        return [requestFact(request)]
      case 'credential_unknown':
      case 'credential_revoked':
      case 'credential_suspended':
        return [credentialFact(request.who, state)]
      case 'credential_expired':
        return [credentialFact(request.who, state), ...replacedFacts(request.who, state)]
      case 'principal_unknown':
      case 'principal_suspended':
        return principal === undefined ? [] : [principalFact(principal, state)]
      case 'team_unknown':
        return [teamFact(team, state)]
      case 'team_suspended':
        return byDefault === undefined
          ? [teamFact(team, state)]
          : [{ type: 'defaultTeam', team: byDefault }, teamFact(byDefault, state)]
      case 'team_not_member':
        return [teamFact(team, state), ...membershipFacts(principal, team, state)]
      case 'organization_suspended':
        return organizationFacts(principal, team ?? byDefault, state)
      default:
        return undefined
    }
  }
}

function requestFact(request: Request): Fact {
  const { at } = request
  const who = callerOf(request.who)
  if (request.type === 'manage') return { type: 'manageRequested', who, thing: request.thing, at }
  const { model, team } = request
  return { type: 'useRequested', who, model, ...(team === undefined ? {} : { team }), at }
}

/**
 * The caller of a request, without the digest. The digest proves possession of a bearer credential, so it must not
 * appear in a ticket.
 */
function callerOf(who: Who): RequestCaller {
  return who.type === 'credentialDigest' ? { type: 'credentialDigest' } : who
}

function credentialFact(who: Who, state: State): Fact {
  const row = credentialOf(who, state)
  if (row === undefined) {
    return { type: 'credentialAbsent', ...(who.type === 'credential' ? { credential: who.id } : {}) }
  }
  const { id, owner, team, expiresAt, revokedAt, suspendedBy } = row
  return {
    type: 'credential',
    credential: id,
    owner,
    ...(team === undefined ? {} : { team }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(revokedAt === undefined ? {} : { revokedAt }),
    ...(suspendedBy === undefined ? {} : { suspendedBy }),
  }
}

function replacedFacts(who: Who, state: State): readonly Fact[] {
  const validUntil = overlapOf(who, state)
  const credential = credentialOf(who, state)
  return validUntil === undefined || credential === undefined
    ? []
    : [{ type: 'digestReplaced', credential: credential.id, validUntil }]
}

/**
 * Returns the end of the rotation overlap for the presented digest. `undefined` if no rotation has replaced the digest.
 */
export function overlapOf(who: Who, state: State): number | undefined {
  if (who.type !== 'credentialDigest') return undefined
  return credentialOf(who, state)?.previous.find(({ digest }) => digest === who.digest)?.expiresAt
}

function principalFact(principal: Principal, state: State): Fact {
  const tables = { user: state.users, team: state.teams, virtualAccount: state.virtualAccounts }
  return { type: 'principal', principal, ...statusOf(findRow<StatusRow>(tables[principal.type], principal.id)) }
}

interface StatusRow {
  readonly status: 'active' | 'suspended'
  readonly suspendedBy?: Authority | undefined
}

/** Returns the status of a row, and who suspended the row. The status is `absent` if the row does not exist. */
function statusOf(row: StatusRow | undefined): { readonly status: RowStatus; readonly suspendedBy?: Authority } {
  if (row === undefined) return { status: 'absent' }
  const { status, suspendedBy } = row
  return suspendedBy === undefined ? { status } : { status, suspendedBy }
}

function teamFact(team: string | undefined, state: State): Fact {
  if (team === undefined) return { type: 'teamNotNamed' }
  const row = findRow(state.teams, team)
  if (row === undefined) return { type: 'team', team, status: 'absent' }
  return { type: 'team', team, ...statusOf(row), organization: row.organization }
}

function membershipFacts(principal: Principal | undefined, team: string | undefined, state: State): readonly Fact[] {
  if (principal === undefined || team === undefined) return []
  const place =
    principal.type === 'user' ? membershipIn(findRow(state.users, principal.id)?.teams ?? [], team) : undefined
  const isItself = principal.type === 'team' && principal.id === team
  return [{ type: 'membership', principal, team, role: isItself ? 'itself' : (place?.role ?? 'none') }]
}

/**
 * Returns the fact about the organization that must be active: the organization of the team or the virtual account. For
 * a user without a named or default team, returns the fact `teamNotNamed`.
 */
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
    ...statusOf(row),
    entitlement: row?.entitlement.type ?? 'none',
  }
}
