import { dropRow, putRow } from '../../model/state/put-row.ts'
import type { State } from '../../model/state/state.ts'
import { related } from '../../model/table/relation.ts'
import { getRow } from '../../model/table/table.ts'
import type { CreateUser, DeleteUser, SetDefaultTeam, UpdateUser } from '../message/command/user.ts'
import type { Envelope } from '../message/envelope.ts'
import type { DefaultTeamSet, UserCreated, UserDeleted, UserUpdated } from '../message/event/user.ts'
import type { Event } from '../message/event.ts'
import type { Rejection } from '../message/rejection.ts'
import { refuseLastAdministrator } from '../rule/actor.ts'
import { credentialsDeleted, memberRestrictionsDeleted, powersRemoved, restrictionsDeleted } from '../rule/cascade.ts'
import { accept, acceptAll, type Decided, eventOf, reject, unchanged } from '../rule/decided.ts'
import { withoutRequestsOf } from '../rule/pending-request.ts'
import { withoutInvitation } from '../rule/place.ts'
import { refuseExisting, refuseUnknown } from '../rule/reference.ts'
import { assign, changeRow, changesOf } from '../rule/row.ts'
import { activate, suspend, withoutSuspension, withSuspension } from '../rule/status.ts'
import { refuseNotMember, refuseUnknownTeam } from './membership.ts'

export function createUser(command: CreateUser, state: State): Decided {
  const { user, name, metered = false } = command
  const refused = refuseExisting('user', user, ['user'], state)
  return refused ? reject(refused) : accept(eventOf(command, 'UserCreated', { user, name, metered }))
}

export function userCreated(state: State, { at, user, name, metered }: UserCreated): State {
  return putRow(state, 'users', {
    id: user,
    name,
    status: 'active',
    metered,
    teams: [],
    accessGroups: [],
    roleGrants: [],
    createdAt: at,
    incarnation: state.version + 1,
  })
}

export function updateUser(command: UpdateUser, state: State): Decided {
  const { user, name, metered } = command
  const refused = refuseUnknown('user', user, ['user'], state)
  if (refused) return reject(refused)
  const changes = changesOf(getRow(state.users, user), { name, metered })
  return changes ? accept(eventOf(command, 'UserUpdated', { user, ...changes })) : unchanged
}

export function userUpdated(state: State, { user, name, metered }: UserUpdated): State {
  return changeRow(state, 'users', user, (draft) => assign(draft, { name, metered }))
}

export const suspendUser = suspend('user', refuseLast)
export const userSuspended = withSuspension('user')
export const activateUser = activate('user')
export const userActivated = withoutSuspension('user')

export function deleteUser(command: DeleteUser, state: State): Decided {
  const refused = refuseUnknown('user', command.user, ['user'], state) ?? refuseLast(command, state)
  return refused ? reject(refused) : acceptAll(userDeletion(command, state))
}

type Named = Envelope & Pick<DeleteUser, 'user'>

/** The events that delete a user. */
export function* userDeletion(command: Named, state: State): IterableIterator<Event> {
  const { user } = command
  const agent = { type: 'user', id: user } as const
  yield* credentialsDeleted(command, agent, state)
  yield* restrictionsDeleted(command, agent, state)
  yield* memberRestrictionsDeleted(command, agent, state)
  yield* powersRemoved(command, agent, state)
  yield eventOf(command, 'UserDeleted', { user })
}

export function userDeleted(state: State, { user }: UserDeleted): State {
  let next = withoutRequestsOf(state, user)
  for (const team of related(state.index.userInvitations, user)) next = withoutInvitation(next, { team, user })
  return dropRow(next, 'users', user)
}

function refuseLast({ actor, user }: Named, state: State): Rejection | undefined {
  return refuseLastAdministrator(actor, ({ type, id }) => type === 'user' && id === user, ['user'], state)
}

export function setDefaultTeam(command: SetDefaultTeam, state: State): Decided {
  const { user, team } = command
  const refused =
    refuseUnknown('user', user, ['user'], state) ??
    (team === null ? undefined : (refuseUnknownTeam(command, team, state) ?? refuseNotMember({ user, team }, state)))
  if (refused) return reject(refused)
  return (getRow(state.users, user).defaultTeam ?? null) === team
    ? unchanged
    : accept(eventOf(command, 'DefaultTeamSet', { user, team }))
}

export function defaultTeamSet(state: State, { user, team }: DefaultTeamSet): State {
  return changeRow(state, 'users', user, (draft) => {
    draft.defaultTeam = team ?? undefined
  })
}
