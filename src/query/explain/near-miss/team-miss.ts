import type { State } from '../../../model/state/state.ts'
import { findRow } from '../../../model/table/table.ts'
import type { Authority } from '../../../model/value/authority.ts'
import type { DecisionTrace } from '../trace/decision-trace.ts'
import { type CommandBody, stateAfterBodies, wouldHaveAccess } from '../trace/what-if.ts'
import type { NearMiss } from './near-miss.ts'

/** The maximum number of a user's teams that are examined. */
const teamLimit = 100

/** Which of a team and its organization are suspended. Empty if both are active. */
export function suspendedOf(team: string, state: State): readonly ('team' | 'organization')[] {
  const row = findRow(state.teams, team)
  if (row === undefined) return []
  const organization = findRow(state.organizations, row.organization)
  return [
    ...(row.status === 'suspended' ? (['team'] as const) : []),
    ...(organization?.status === 'suspended' ? (['organization'] as const) : []),
  ]
}

/** Returns who suspended a team and its organization: one entry for each entry of `suspendedOf`, in the same order. */
export function suspendersOf(team: string, state: State): readonly Authority[] {
  const row = findRow(state.teams, team)
  const organization = row && findRow(state.organizations, row.organization)
  return [row, organization].flatMap((one) => (one?.status === 'suspended' ? [one.suspendedBy ?? 'platform'] : []))
}

/** Returns the commands that end the suspensions of a team and its organization. Empty if both are active. */
export function activationsOf(team: string, state: State): readonly CommandBody[] {
  const organization = findRow(state.teams, team)?.organization ?? ''
  return suspendedOf(team, state).map((kind) =>
    kind === 'team' ? { type: 'ActivateTeam', team } : { type: 'ActivateOrganization', organization },
  )
}

/**
 * Returns the teams of the user that sends the request, at most 100. Leaves out the team on behalf of which the request
 * acts.
 */
function otherTeams({ principal, state, team, defaultTeam }: DecisionTrace): readonly string[] {
  const user = principal?.type === 'user' ? findRow(state.users, principal.id) : undefined
  const teams = user?.teams.map((place) => place.team).filter((id) => id !== (team ?? defaultTeam)) ?? []
  return teams.slice(0, teamLimit)
}

/**
 * Returns the near misses about teams. A suspended team or a team that the request does not name would give access. A
 * named team, a suspended default team or the credential's team prevents access.
 */
export function teamMisses(trace: DecisionTrace): readonly NearMiss[] {
  const { request, state, credential, team, defaultTeam } = trace
  const misses: NearMiss[] = []
  const own = team ?? defaultTeam
  for (const id of own === undefined ? otherTeams(trace) : [own, ...otherTeams(trace)]) {
    const suspended = suspendedOf(id, state)
    const organization = findRow(state.teams, id)?.organization
    if (suspended.length === 0 || organization === undefined) continue
    const next = stateAfterBodies(activationsOf(id, state), request.at, state)
    const change = id === own ? {} : { team: id }
    if (next !== undefined && wouldHaveAccess(request, change, next)) {
      const suspendedBy = suspendersOf(id, state)
      misses.push({ type: 'teamSuspended', team: id, organization, suspended, suspendedBy })
    }
  }
  const isKept = defaultTeam !== undefined && suspendedOf(defaultTeam, state).length > 0
  if (team === undefined && !isKept) return misses
  for (const id of otherTeams(trace)) {
    if (wouldHaveAccess(request, { team: id }, state)) misses.push({ type: 'teamNotNamed', team: id })
  }
  if (request.team !== undefined && wouldHaveAccess(request, { team: null }, state))
    misses.push({ type: 'teamNamed', team: request.team })
  if (request.team === undefined && credential?.team !== undefined)
    misses.push({ type: 'credentialNamesTeam', credential: credential.id, team: credential.team })
  return misses
}
