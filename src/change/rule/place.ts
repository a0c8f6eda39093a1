import type { Invitation } from '../../model/noun/invitation.ts'
import type { State } from '../../model/state/state.ts'
import { findRow } from '../../model/table/table.ts'
import { changeRow } from './row.ts'

/** A user and a team. The user may or may not be a member of the team. */
export interface Place {
  readonly user: string
  readonly team: string
}

/**
 * Returns a team's invitation of a user, even if it has ended. `undefined` if the invitation or the team does not
 * exist.
 */
export function findInvitation({ user, team }: Place, state: State): Invitation | undefined {
  return findRow(state.teams, team)?.invitations.find((invitation) => invitation.user === user)
}

/** Returns the state without a team's invitation of a user. Returns the same state if the invitation does not exist. */
export function withoutInvitation(state: State, place: Place): State {
  const ended = findInvitation(place, state)
  if (ended === undefined) return state
  return changeRow(state, 'teams', place.team, (draft, { invitations }) => {
    draft.invitations = invitations.filter((invitation) => invitation !== ended)
  })
}
