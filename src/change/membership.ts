import { produce } from 'immer'
import { putRow } from '../model/put-row.ts'
import { quote } from '../model/quote.ts'
import type { State } from '../model/state.ts'
import { find, get } from '../model/table.ts'
import type { Membership } from '../model/user.ts'
import { isUnbounded } from './actor.ts'
import { refusePowerExceeded } from './ceiling.ts'
import type { AddTeamMember, ChangeTeamMemberRole, RemoveTeamMember } from './command/team.ts'
import { tokensDeleted } from './consequence.ts'
import { accept, acceptAll, type Decided, happened, reject, unchanged } from './decided.ts'
import type { TeamMemberAdded, TeamMemberRemoved, TeamMemberRoleChanged } from './event/team.ts'
import type { Event } from './event.ts'
import type { Heading } from './heading.ts'
import { refuseUnknown } from './reference.ts'
import { type Rejection, rejection } from './rejection.ts'

interface Place {
  readonly user: string
  readonly team: string
}

/** A user's membership in a team, if it has one. */
export function findMembership({ user, team }: Place, state: State): Membership | undefined {
  return find(state.users, user)?.teams.find((membership) => membership.team === team)
}

/**
 * Refuses a team that is not there, if it may be told: since anybody may ask of its own tokens, only administrators learn
 * which teams there are. Others are told by `refuseNotMember` that it is none of theirs.
 */
export function refuseUnknownTeam({ actor }: Heading, team: string, state: State): Rejection | undefined {
  return isUnbounded(actor, state) ? refuseUnknown('team', team, ['team'], state) : undefined
}

/** Refuses a team that the user is not in. */
export function refuseNotMember({ user, team }: Place, state: State): Rejection | undefined {
  if (findMembership({ user, team }, state)) return undefined
  const message = `user ${quote(user)} is not in team ${quote(team)}, name one of its teams`
  return rejection('team_not_member', ['team'], message, { reference: { type: 'team', id: team } })
}

export function addTeamMember(command: AddTeamMember, state: State): Decided {
  const { team, user, role = 'member' } = command
  const refused =
    refusePowerExceeded(command, { type: 'team', id: team }, ['team'], state) ??
    refuseUnknown('user', user, ['user'], state) ??
    refuseUnknown('team', team, ['team'], state)
  if (refused) return reject(refused)
  const membership = findMembership(command, state)
  if (membership?.role === role) return unchanged
  if (membership === undefined) return accept(happened(command, 'TeamMemberAdded', { team, user, role }))
  const message = `user ${quote(user)} is in team ${quote(team)} as ${membership.role} already, change its role instead`
  return reject(rejection('team_member_exists', ['role'], message, { reference: { type: 'user', id: user } }))
}

export function teamMemberAdded(state: State, { team, user, role }: TeamMemberAdded): State {
  const row = get(state.users, user)
  return putRow(state, 'users', { ...row, teams: [...row.teams, { team, role }] })
}

export function changeTeamMemberRole(command: ChangeTeamMemberRole, state: State): Decided {
  const { team, user, role } = command
  const refused =
    refuseUnknown('user', user, ['user'], state) ??
    refuseUnknown('team', team, ['team'], state) ??
    refuseNotMember({ user, team }, state)
  if (refused) return reject(refused)
  return findMembership(command, state)?.role === role
    ? unchanged
    : accept(happened(command, 'TeamMemberRoleChanged', { team, user, role }))
}

export function teamMemberRoleChanged(state: State, { team, user, role }: TeamMemberRoleChanged): State {
  const row = get(state.users, user)
  const teams = row.teams.map((membership) => (membership.team === team ? { team, role } : membership))
  return putRow(state, 'users', { ...row, teams })
}

export function removeTeamMember(command: RemoveTeamMember, state: State): Decided {
  const { team, user } = command
  const refused = refuseUnknown('user', user, ['user'], state) ?? refuseUnknown('team', team, ['team'], state)
  if (refused) return reject(refused)
  return findMembership(command, state) ? acceptAll(membershipEnd(command, state)) : unchanged
}

/** What a user's leaving a team comes to. */
export function* membershipEnd(command: Heading & Place, state: State): IterableIterator<Event> {
  const { team, user } = command
  yield* tokensDeleted(command, user, team, state)
  yield happened(command, 'TeamMemberRemoved', { team, user })
}

export function teamMemberRemoved(state: State, { team, user }: TeamMemberRemoved): State {
  return withoutMember(state, { team, user })
}

/** The state in which a user is not in a team, which is its default team no more. */
export function withoutMember(state: State, { team, user }: Place): State {
  const row = get(state.users, user)
  const teams = row.teams.filter((membership) => membership.team !== team)
  const next = produce({ ...row, teams }, (draft) => {
    if (draft.defaultTeam === team) delete draft.defaultTeam
  })
  return putRow(state, 'users', next)
}
