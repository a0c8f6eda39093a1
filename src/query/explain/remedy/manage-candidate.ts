import { membershipIn } from '../../../model/noun/user.ts'
import type { State } from '../../../model/state/state.ts'
import { findRow } from '../../../model/table/table.ts'
import type { Agent, Principal } from '../../../model/value/principal.ts'
import type { DenialReason } from '../../../policy/decision/denial.ts'
import { findOrganization } from '../../../policy/manage.ts'
import type { ManageRequest } from '../../../policy/request/request.ts'
import { activationsOf } from '../near-miss/team-miss.ts'
import { credentialOf, principalOf } from '../trace/decision-trace.ts'
import { managingTeams } from '../trace/fact-manage.ts'
import { restrictedBy } from '../trace/restriction-fact.ts'
import type { CommandBody } from '../trace/what-if.ts'
import type { Candidate } from './candidate.ts'

/**
 * Candidates that let a caller manage a thing: widen the credential's scope, end a suspension, grant a role, or add a
 * member or an admin. The candidate that adds an administrator comes last.
 */
export function manageCandidates(request: ManageRequest, reason: DenialReason, state: State): readonly Candidate[] {
  const credential = credentialOf(request.who, state)
  if (reason === 'operation_out_of_scope' && credential !== undefined) {
    const operations = { type: 'all' } as const
    return [{ commands: [{ type: 'UpdateCredential', credential: credential.id, operations }] }]
  }
  if (reason === 'credential_out_of_scope') {
    const scope = { type: 'all' } as const
    return credential === undefined
      ? []
      : [{ commands: [{ type: 'UpdateCredential', credential: credential.id, scope }] }]
  }
  const principal = principalOf(request.who, state)
  if (reason !== 'management_not_granted' || principal === undefined || principal.type === 'team') return []
  const restrictions = restrictedBy(credential, request.at, state)
  if (restrictions.length > 0) {
    return [{ commands: restrictions.map(({ id }) => ({ type: 'DeleteRestriction', restriction: id }) as const) }]
  }
  const single = [
    ...accountSteps(credential?.team === undefined ? principal : { type: 'team', id: credential.team }, request),
    ...memberSteps(principal, request, state),
    ...adminSteps(principal, request, state),
    { type: 'AddAdministrator', administrator: principal } as const,
  ]
  return [...activations(principal, request, state), ...single.map((body) => ({ commands: [body] }))]
}

/**
 * Returns candidates that each end one suspension. The suspended team or organization is one through which the agent
 * could manage the thing.
 */
function activations(principal: Agent, { thing }: ManageRequest, state: State): readonly Candidate[] {
  const teams = managingTeams(principal, thing, state).slice(0, 10)
  const candidates = teams.map((team) => ({ commands: activationsOf(team, state) }))
  const organization = findOrganization(thing, state)
  const isSuspended = organization !== undefined && findRow(state.organizations, organization)?.status === 'suspended'
  const ofOrganization: readonly Candidate[] = isSuspended
    ? [{ commands: [{ type: 'ActivateOrganization', organization }] }]
    : []
  return [...ofOrganization, ...candidates.filter(({ commands }) => commands.length > 0)]
}

function accountSteps(principal: Principal, { thing }: ManageRequest): readonly CommandBody[] {
  if (thing.type !== 'providerAccount') return []
  return [{ type: 'GrantRole', principal, providerAccount: thing.id, role: 'manager' }]
}

function memberSteps(principal: Agent, { thing }: ManageRequest, state: State): readonly CommandBody[] {
  if (thing.type !== 'teamMembers' || principal.type !== 'user') return []
  const isMember = membershipIn(findRow(state.users, principal.id)?.teams ?? [], thing.id) !== undefined
  const place = { team: thing.id, user: principal.id, role: 'manager' } as const
  return [isMember ? { type: 'ChangeTeamMemberRole', ...place } : { type: 'AddTeamMember', ...place }]
}

function adminSteps(admin: Agent, { thing }: ManageRequest, state: State): readonly CommandBody[] {
  const organization = findOrganization(thing, state)
  return organization === undefined ? [] : [{ type: 'AddOrganizationAdmin', organization, admin }]
}
