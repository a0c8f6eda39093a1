import type { State } from '../../model/state/state.ts'
import { quote } from '../../model/value/quote.ts'
import { covers, type Window } from '../../model/value/window.ts'
import { freeWindows, managedWindows } from '../../policy/manage.ts'
import type { GrantRole } from '../message/command/provider-account.ts'
import { type Rejection, rejection } from '../message/rejection.ts'
import { findBounded } from './actor.ts'
import { wordOf } from './reference.ts'
import { findPrincipalRow } from './row.ts'

/**
 * Refuses to give a role to an unmetered principal if the actor itself may not use the account for free in the whole
 * window. Otherwise the actor could make calls free that are not free for itself. Never refuses `system` or an
 * administrator. Ignores a window in which the actor does not manage the account, since `refuseWindowExceeded` refuses
 * it.
 */
export function refuseFreeUse(command: GrantRole, window: Window, state: State): Rejection | undefined {
  const { principal, providerAccount } = command
  const actor = findBounded(command.actor, state)
  if (actor === undefined || findPrincipalRow(state, principal)?.metered !== false) return undefined
  const isWithin = (windows: readonly Window[]): boolean => windows.some((outer) => covers(outer, window))
  if (!isWithin(managedWindows(actor, providerAccount, state))) return undefined
  if (isWithin(freeWindows(actor, providerAccount, state))) return undefined
  const [giver, holder] = [actor, principal].map(({ type, id }) => `${wordOf(type)} ${quote(id)}`)
  const message = `calls of ${holder} are free, and ${giver} has no free use of provider account ${quote(providerAccount)} in that time, ask an administrator`
  return rejection('power_exceeded', ['principal'], message, { reference: { type: principal.type, id: principal.id } })
}
