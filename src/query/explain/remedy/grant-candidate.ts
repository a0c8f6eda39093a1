import { getRow } from '../../../model/table/table.ts'
import { type Holder, isPrincipal } from '../../../model/value/principal.ts'
import { holderOf } from '../../../policy/context/context.ts'
import { grantMisses } from '../near-miss/grant-miss.ts'
import { aliasMisses } from '../near-miss/name-miss.ts'
import type { NearMiss } from '../near-miss/near-miss.ts'
import { activationsOf, teamMisses } from '../near-miss/team-miss.ts'
import type { DecisionTrace } from '../trace/decision-trace.ts'
import { holdersOf } from '../trace/held-group.ts'
import type { CommandBody } from '../trace/what-if.ts'
import type { Candidate } from './candidate.ts'

/**
 * The maximum number of holders to try for each group or role. `accountLimit` is the maximum number of provider
 * accounts to try for roles.
 */
const principalLimit = 3
const accountLimit = 5

/**
 * Returns candidates that grant access to the requested name. Candidates from near misses come first, then a user role
 * on the provider account of each route.
 */
export function grantCandidates(trace: DecisionTrace): readonly Candidate[] {
  const misses = [...aliasMisses(trace), ...grantMisses(trace), ...teamMisses(trace)]
  return [...misses.flatMap((miss) => candidatesFor(miss, trace)), ...roleCandidates(trace)]
}

function candidatesFor(miss: NearMiss, { state }: DecisionTrace): readonly Candidate[] {
  switch (miss.type) {
    case 'aliasOfModel':
      return [{ commands: [], change: { model: miss.alias } }]
    case 'assignmentEnded':
      return [assignment(miss.accessGroup, miss.principal)]
    case 'assignmentNotBegun':
      return [assignment(miss.accessGroup, miss.principal, miss.startsAt)]
    case 'groupsUnassigned':
      return miss.groups.flatMap(({ accessGroup, principals }) =>
        principals.slice(0, principalLimit).map((principal) => assignment(accessGroup, principal)),
      )
    case 'memberMissing': {
      const { accessGroup, member } = miss
      return [{ commands: [{ type: 'AddAccessGroupMembers', accessGroup, members: [member] }] }]
    }
    case 'groupNotEntitled': {
      const { entitlement } = getRow(state.organizations, miss.organization)
      const listed = entitlement.type === 'list' ? entitlement.accessGroups : []
      const wider = { type: 'list', accessGroups: [...listed, miss.accessGroup] } as const
      return [{ commands: [{ type: 'UpdateOrganization', organization: miss.organization, entitlement: wider }] }]
    }
    case 'teamSuspended':
      return [{ commands: activationsOf(miss.team, state) }]
    default:
      return []
  }
}

/**
 * Returns a candidate that assigns a group to a holder. `expiresAt` is set to the start of the next assignment, if one
 * will begin.
 */
function assignment(accessGroup: string, principal: Holder, expiresAt?: number): Candidate {
  const body: CommandBody = { type: 'AssignAccessGroup', accessGroup, principal }
  return { commands: [expiresAt === undefined ? body : { ...body, expiresAt }] }
}

function roleCandidates(trace: DecisionTrace): readonly Candidate[] {
  const accounts = new Set(trace.resolved?.targets.map(({ providerAccount }) => providerAccount))
  const principals = holdersOf(trace).map(holderOf).filter(isPrincipal).slice(0, principalLimit)
  return [...accounts].slice(0, accountLimit).flatMap((providerAccount) =>
    principals.map((principal): Candidate => {
      return { commands: [{ type: 'GrantRole', principal, providerAccount, role: 'user' }] }
    }),
  )
}
