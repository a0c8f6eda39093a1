import type { Agent } from '../model/principal.ts'
import { dropRow, putRow } from '../model/put-row.ts'
import type { State } from '../model/state.ts'
import { get } from '../model/table.ts'
import { refuseLastAdministrator } from './actor.ts'
import type { ActivateUser, CreateUser, DeleteUser, SetDefaultTeam, SuspendUser, UpdateUser } from './command/user.ts'
import { credentialsDeleted, powersRemoved, restrictionsDeleted } from './consequence.ts'
import { accept, acceptAll, type Decided, happened, reject, unchanged } from './decided.ts'
import type {
  DefaultTeamSet,
  UserActivated,
  UserCreated,
  UserDeleted,
  UserSuspended,
  UserUpdated,
} from './event/user.ts'
import type { Event } from './event.ts'
import type { Heading } from './heading.ts'
import { refuseNotMember, refuseUnknownTeam } from './membership.ts'
import { refuseExisting, refuseUnknown } from './reference.ts'
import type { Rejection } from './rejection.ts'
import { changesOf, patched } from './row.ts'

export function createUser(command: CreateUser, state: State): Decided {
  const { user, name, metered = false } = command
  const refused = refuseExisting('user', user, ['user'], state)
  return refused ? reject(refused) : accept(happened(command, 'UserCreated', { user, name, metered }))
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
  const changes = changesOf(get(state.users, user), { name, metered })
  return changes ? accept(happened(command, 'UserUpdated', { user, ...changes })) : unchanged
}

export function userUpdated(state: State, { user, name, metered }: UserUpdated): State {
  return putRow(state, 'users', patched(get(state.users, user), { name, metered }))
}

export function suspendUser(command: SuspendUser, state: State): Decided {
  const { user } = command
  const refused = refuseUnknown('user', user, ['user'], state) ?? refuseLast(command, state)
  if (refused) return reject(refused)
  return get(state.users, user).status === 'suspended'
    ? unchanged
    : accept(happened(command, 'UserSuspended', { user }))
}

export function userSuspended(state: State, { user }: UserSuspended): State {
  return putRow(state, 'users', { ...get(state.users, user), status: 'suspended' })
}

export function activateUser(command: ActivateUser, state: State): Decided {
  const { user } = command
  const refused = refuseUnknown('user', user, ['user'], state)
  if (refused) return reject(refused)
  return get(state.users, user).status === 'active' ? unchanged : accept(happened(command, 'UserActivated', { user }))
}

export function userActivated(state: State, { user }: UserActivated): State {
  return putRow(state, 'users', { ...get(state.users, user), status: 'active' })
}

export function deleteUser(command: DeleteUser, state: State): Decided {
  const refused = refuseUnknown('user', command.user, ['user'], state) ?? refuseLast(command, state)
  return refused ? reject(refused) : acceptAll(userDeletion(command, state))
}

/** What the deletion of a user comes to. */
export function* userDeletion(command: Heading & Pick<DeleteUser, 'user'>, state: State): IterableIterator<Event> {
  const { user } = command
  const agent: Agent = { type: 'user', id: user }
  yield* credentialsDeleted(command, agent, state)
  yield* restrictionsDeleted(command, agent, state)
  yield* powersRemoved(command, agent, state)
  yield happened(command, 'UserDeleted', { user })
}

export function userDeleted(state: State, { user }: UserDeleted): State {
  return dropRow(state, 'users', user)
}

function refuseLast({ actor, user }: SuspendUser | DeleteUser, state: State): Rejection | undefined {
  return refuseLastAdministrator(actor, (agent) => agent.type === 'user' && agent.id === user, ['user'], state)
}

export function setDefaultTeam(command: SetDefaultTeam, state: State): Decided {
  const { user, team } = command
  const refused =
    refuseUnknown('user', user, ['user'], state) ??
    (team === null ? undefined : (refuseUnknownTeam(command, team, state) ?? refuseNotMember({ user, team }, state)))
  if (refused) return reject(refused)
  return (get(state.users, user).defaultTeam ?? null) === team
    ? unchanged
    : accept(happened(command, 'DefaultTeamSet', { user, team }))
}

export function defaultTeamSet(state: State, { user, team }: DefaultTeamSet): State {
  return putRow(state, 'users', patched(get(state.users, user), { defaultTeam: team }))
}
