import type { State } from '../../../model/state/state.ts'
import { findRow } from '../../../model/table/table.ts'
import type { DecisionTrace } from '../trace/decision-trace.ts'
import { type Step, stateAfterSteps, wouldGive } from '../trace/trial.ts'
import type { NearMiss } from './near-miss.ts'

/** The most teams of a user that are tried. */
const teamLimit = 100

/** What is suspended of a team and its organization. */
export function suspendedOf(team: string, state: State): readonly ('team' | 'organization')[] {
  const row = findRow(state.teams, team)
  if (row === undefined) return []
  const organization = findRow(state.organizations, row.organization)
  return [
    ...(row.status === 'suspended' ? (['team'] as const) : []),
    ...(organization?.status === 'suspended' ? (['organization'] as const) : []),
  ]
}

/** What ends the suspension of a team. */
export function activationsOf(team: string, state: State): readonly Step[] {
  const organization = findRow(state.teams, team)?.organization ?? ''
  return suspendedOf(team, state).map((kind) =>
    kind === 'team' ? { type: 'ActivateTeam', team } : { type: 'ActivateOrganization', organization },
  )
}

/** The caller's teams, those that it did not name. */
function otherTeams({ principal, state, team }: DecisionTrace): readonly string[] {
  const user = principal?.type === 'user' ? findRow(state.users, principal.id) : undefined
  const teams = user?.teams.map((place) => place.team).filter((id) => id !== team) ?? []
  return teams.slice(0, teamLimit)
}

/** The teams of a user that would give what it is refused: suspended ones, and ones that it did not name. */
export function teamMisses(inquiry: DecisionTrace): readonly NearMiss[] {
  const { request, state, credential, team } = inquiry
  const misses: NearMiss[] = []
  const named = team === undefined ? [] : [team]
  for (const id of [...named, ...otherTeams(inquiry)]) {
    const suspended = suspendedOf(id, state)
    const organization = findRow(state.teams, id)?.organization
    if (suspended.length === 0 || organization === undefined) continue
    const next = stateAfterSteps(activationsOf(id, state), request.at, state)
    const change = id === team ? {} : { team: id }
    if (next !== undefined && wouldGive(request, change, next))
      misses.push({ type: 'teamSuspended', team: id, organization, suspended })
  }
  if (team === undefined) return misses
  for (const id of otherTeams(inquiry)) {
    if (wouldGive(request, { team: id }, state)) misses.push({ type: 'teamNotNamed', team: id })
  }
  if (request.team !== undefined && wouldGive(request, { team: null }, state))
    misses.push({ type: 'teamNamed', team: request.team })
  if (request.team === undefined && credential?.team !== undefined)
    misses.push({ type: 'credentialNamesTeam', credential: credential.id, team: credential.team })
  return misses
}
