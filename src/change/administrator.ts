import { isSamePrincipal } from '../model/principal.ts'
import type { State } from '../model/state.ts'
import { isAdministrator } from '../policy/manage.ts'
import { refuseLastAdministrator } from './actor.ts'
import type { AddAdministrator, RemoveAdministrator } from './command/administrator.ts'
import { accept, type Decided, happened, reject, unchanged } from './decided.ts'
import type { AdministratorAdded, AdministratorRemoved } from './event/administrator.ts'
import { refuseUnknownPrincipal } from './reference.ts'

export function addAdministrator(command: AddAdministrator, state: State): Decided {
  const { administrator } = command
  const refused = refuseUnknownPrincipal(administrator, ['administrator'], state)
  if (refused) return reject(refused)
  return isAdministrator(administrator, state)
    ? unchanged
    : accept(happened(command, 'AdministratorAdded', { administrator }))
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
    ? accept(happened(command, 'AdministratorRemoved', { administrator }))
    : unchanged
}

export function administratorRemoved(state: State, { administrator }: AdministratorRemoved): State {
  const administrators = state.administrators.filter((agent) => !isSamePrincipal(agent, administrator))
  return { ...state, administrators: Object.freeze(administrators) }
}
