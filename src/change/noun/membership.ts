import { type Membership, membershipIn, type TeamRole } from '../../model/noun/user.ts'
import type { State } from '../../model/state/state.ts'
import { findRow } from '../../model/table/table.ts'
import { quote } from '../../model/value/quote.ts'
import type { AddTeamMember, ChangeTeamMemberRole, RemoveTeamMember } from '../message/command/team.ts'
import type { Envelope } from '../message/envelope.ts'
import type { TeamMemberAdded, TeamMemberRemoved, TeamMemberRoleChanged } from '../message/event/team.ts'
import type { Event } from '../message/event.ts'
import { type Rejection, rejection } from '../message/rejection.ts'
import { isUnbounded } from '../rule/actor.ts'
import { tokensEnded, tokensFor } from '../rule/cascade.ts'
import { refuseWithoutConsent } from '../rule/consent.ts'
import { accept, acceptAll, type Decided, eventOf, reject, unchanged } from '../rule/decided.ts'
import { refusePowerExceeded } from '../rule/delegation.ts'
import { refuseManyTeams } from '../rule/limit.ts'
import { withoutMemberRequests } from '../rule/pending-request.ts'
import { type Place, withoutInvitation } from '../rule/place.ts'
import { refuseUnknown } from '../rule/reference.ts'
import { changeRow } from '../rule/row.ts'

/** A user's membership in a team, or `undefined` if the user is not a member. */
export function findMembership({ user, team }: Place, state: State): Membership | undefined {
  return membershipIn(findRow(state.users, user)?.teams ?? [], team)
}

/**
 * Refuses a team that does not exist, if the actor is `system` or an administrator. Other actors get the rejection of
 * `refuseNotMember` instead, which does not reveal whether the team exists: every user may name a team in commands
 * about the user's own tokens.
 */
export function refuseUnknownTeam({ actor }: Envelope, team: string, state: State): Rejection | undefined {
  return isUnbounded(actor, state) ? refuseUnknown('team', team, ['team'], state) : undefined
}

/**
 * Refuses a user that does not exist, if the actor is `system` or an administrator. To other actors, a user that does not exist
 * is a user that is not in the team: they must not learn which users exist.
 */
function refuseUnknownUser({ actor, user }: Envelope & Pick<Place, 'user'>, state: State): Rejection | undefined {
  return isUnbounded(actor, state) ? refuseUnknown('user', user, ['user'], state) : undefined
}

/** Refuses a team that the user is not a member of. */
export function refuseNotMember(
  { user, team }: Place,
  state: State,
  path: Rejection['path'] = ['team'],
): Rejection | undefined {
  if (findMembership({ user, team }, state)) return undefined
  const message = `user ${quote(user)} is not in team ${quote(team)}, name one of its teams`
  return rejection('team_not_member', path, message, { reference: { type: 'team', id: team } })
}

export function addTeamMember(command: AddTeamMember, state: State): Decided {
  const { team, user, role = 'member' } = command
  const refused =
    refusePowerExceeded(command, { type: 'team', id: team }, ['team'], state) ??
    refuseWithoutConsent(command, state) ??
    refuseUnknown('user', user, ['user'], state) ??
    refuseUnknown('team', team, ['team'], state) ??
    refuseOtherRole(command, role, state)
  if (refused) return reject(refused)
  if (findMembership(command, state)) return unchanged
  const full = refuseManyTeams(user, state)
  return full ? reject(full) : accept(eventOf(command, 'TeamMemberAdded', { team, user, role }))
}

/** Refuses a user who is in the team already with another role than `role`. */
export function refuseOtherRole(place: Place, role: TeamRole, state: State): Rejection | undefined {
  const { user, team } = place
  const membership = findMembership(place, state)
  if (membership === undefined || membership.role === role) return undefined
  const message = `user ${quote(user)} is in team ${quote(team)} as ${membership.role} already, change its role instead`
  return rejection('team_member_exists', ['role'], message, { reference: { type: 'user', id: user } })
}

export function teamMemberAdded(state: State, { team, user, role }: TeamMemberAdded): State {
  return changeRow(withoutInvitation(state, { team, user }), 'users', user, (draft, { teams }) => {
    draft.teams = [...teams, { team, role, accessGroups: [] }]
  })
}

export function changeTeamMemberRole(command: ChangeTeamMemberRole, state: State): Decided {
  const { team, user, role } = command
  const refused =
    refuseUnknownUser(command, state) ??
    refuseUnknown('team', team, ['team'], state) ??
    refuseNotMember({ user, team }, state)
  if (refused) return reject(refused)
  return findMembership(command, state)?.role === role
    ? unchanged
    : accept(eventOf(command, 'TeamMemberRoleChanged', { team, user, role }))
}

export function teamMemberRoleChanged(state: State, { team, user, role }: TeamMemberRoleChanged): State {
  return changeRow(state, 'users', user, (draft, { teams }) => {
    draft.teams = teams.map((membership) => (membership.team === team ? { ...membership, role } : membership))
  })
}

export function removeTeamMember(command: RemoveTeamMember, state: State): Decided {
  const { team } = command
  // A user may name any team to leave, and must not learn whether the team exists.
  const refused = refuseUnknownUser(command, state) ?? refuseUnknownTeam(command, team, state)
  if (refused) return reject(refused)
  return findMembership(command, state) ? acceptAll(membershipEnd(command, state)) : unchanged
}

/** The events that remove a user from a team. */
export function* membershipEnd(command: Envelope & Place, state: State): IterableIterator<Event> {
  const { team, user } = command
  yield* tokensEnded(command, user, team, state)
  yield eventOf(command, 'TeamMemberRemoved', { team, user })
}

export function teamMemberRemoved(state: State, event: TeamMemberRemoved): State {
  return withoutMember(withoutMemberRequests(state, event, event.at), event)
}

/**
 * The state after a user leaves a team: without the membership, and without the team as the user's default team and as the
 * team of the user's tokens. Such a token is revoked.
 */
export function withoutMember(state: State, { team, user }: Place): State {
  let next = changeRow(state, 'users', user, (draft, { teams, defaultTeam }) => {
    draft.teams = teams.filter((membership) => membership.team !== team)
    if (defaultTeam === team) draft.defaultTeam = undefined
  })
  for (const { id } of tokensFor(user, team, state)) {
    next = changeRow(next, 'credentials', id, (draft) => {
      draft.team = undefined
    })
  }
  return next
}
