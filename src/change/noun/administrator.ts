import type { State } from '../../model/state/state.ts'
import { isSamePrincipal } from '../../model/value/principal.ts'
import { isAdministrator } from '../../policy/manage.ts'
import type { AddAdministrator, RemoveAdministrator } from '../message/command/administrator.ts'
import type { AdministratorAdded, AdministratorRemoved } from '../message/event/administrator.ts'
import { refuseLastAdministrator } from '../rule/actor.ts'
import { accept, type Decided, eventOf, reject, unchanged } from '../rule/decided.ts'
import { refuseManyAdministrators } from '../rule/limit.ts'
import { refuseUnknownPrincipal } from '../rule/reference.ts'

export function addAdministrator(command: AddAdministrator, state: State): Decided {
  const { administrator } = command
  const refused = refuseUnknownPrincipal(administrator, ['administrator'], state)
  if (refused) return reject(refused)
  if (isAdministrator(administrator, state)) return unchanged
  const full = refuseManyAdministrators(state)
  return full ? reject(full) : accept(eventOf(command, 'AdministratorAdded', { administrator }))
}

export function administratorAdded(state: State, { administrator }: AdministratorAdded): State {
  return { ...state, administrators: Object.freeze([...state.administrators, administrator]) }
}

export function removeAdministrator(command: RemoveAdministrator, state: State): Decided {
  const { actor, administrator } = command
  const refused =
    refuseUnknownPrincipal(administrator, ['administrator'], state) ??
    refuseLastAdministrator(actor, (agent) => isSamePrincipal(agent, administrator), ['administrator'], state)
  if (refused) return reject(refused)
  return isAdministrator(administrator, state)
    ? accept(eventOf(command, 'AdministratorRemoved', { administrator }))
    : unchanged
}

export function administratorRemoved(state: State, { administrator }: AdministratorRemoved): State {
  const administrators = state.administrators.filter((agent) => !isSamePrincipal(agent, administrator))
  return { ...state, administrators: Object.freeze(administrators) }
}
