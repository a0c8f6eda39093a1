import { getRow } from '../../../model/table/table.ts'
import type { Principal } from '../../../model/value/principal.ts'
import type { NearMiss } from '../near-miss/near-miss.ts'
import { grantMisses } from '../near-miss/near-miss-grant.ts'
import { aliasMisses } from '../near-miss/near-miss-name.ts'
import { activationsOf, teamMisses } from '../near-miss/near-miss-team.ts'
import type { DecisionTrace } from '../trace/decision-trace.ts'
import { membersOf } from '../trace/held-group.ts'
import type { Step } from '../trace/trial.ts'
import type { Candidate } from './candidate.ts'

/** The most principals that are given one thing, and the most provider accounts that are opened. */
const principalLimit = 3
const accountLimit = 5

/** What would grant a name: everything that is nearly there, and a role on the account of a route. */
export function grantCandidates(inquiry: DecisionTrace): readonly Candidate[] {
  const misses = [...aliasMisses(inquiry), ...grantMisses(inquiry), ...teamMisses(inquiry)]
  return [...misses.flatMap((miss) => movesOf(miss, inquiry)), ...roleMoves(inquiry)]
}

function movesOf(miss: NearMiss, { state }: DecisionTrace): readonly Candidate[] {
  switch (miss.type) {
    case 'aliasOfModel':
      return [{ steps: [], change: { model: miss.alias } }]
    case 'assignmentEnded':
      return [assignment(miss.accessGroup, miss.principal)]
    case 'assignmentNotBegun':
      return [assignment(miss.accessGroup, miss.principal, miss.startsAt)]
    case 'groupsUnassigned':
      return miss.groups.flatMap(({ accessGroup, principals }) =>
        principals.slice(0, principalLimit).map((principal) => assignment(accessGroup, principal)),
      )
    case 'memberMissing': {
      const { accessGroup, alias } = miss
      return [{ steps: [{ type: 'AddAccessGroupMembers', accessGroup, members: [{ type: 'alias', alias }] }] }]
    }
    case 'groupNotEntitled': {
      const { entitlement } = getRow(state.organizations, miss.organization)
      const listed = entitlement.type === 'list' ? entitlement.accessGroups : []
      const wider = { type: 'list', accessGroups: [...listed, miss.accessGroup] } as const
      return [{ steps: [{ type: 'UpdateOrganization', organization: miss.organization, entitlement: wider }] }]
    }
    case 'teamSuspended':
      return [{ steps: activationsOf(miss.team, state) }]
    default:
      return []
  }
}

/** An assignment, for good or until the one that is still to begin does. */
function assignment(accessGroup: string, principal: Principal, expiresAt?: number): Candidate {
  const step: Step = { type: 'AssignAccessGroup', accessGroup, principal }
  return { steps: [expiresAt === undefined ? step : { ...step, expiresAt }] }
}

function roleMoves(inquiry: DecisionTrace): readonly Candidate[] {
  const accounts = new Set(inquiry.resolved?.targets.map(({ providerAccount }) => providerAccount))
  const members = membersOf(inquiry).slice(0, principalLimit)
  return [...accounts].slice(0, accountLimit).flatMap((providerAccount) =>
    members.map(({ type, row }): Candidate => {
      const principal = { type, id: row.id }
      return { steps: [{ type: 'GrantRole', principal, providerAccount, role: 'user' }] }
    }),
  )
}
