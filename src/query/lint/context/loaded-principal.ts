import { wordOf } from '../../../change/rule/reference.ts'
import type { Organization } from '../../../model/noun/organization.ts'
import type { Team } from '../../../model/noun/team.ts'
import type { User } from '../../../model/noun/user.ts'
import type { VirtualAccount } from '../../../model/noun/virtual-account.ts'
import type { State } from '../../../model/state/state.ts'
import { findRow } from '../../../model/table/table.ts'
import type { Principal } from '../../../model/value/principal.ts'
import { quote } from '../../../model/value/quote.ts'

/** A principal's type and its row. */
export type LoadedPrincipal =
  | { readonly type: 'user'; readonly row: User }
  | { readonly type: 'team'; readonly row: Team }
  | { readonly type: 'virtualAccount'; readonly row: VirtualAccount }

/** The principal with its row; `undefined` if the principal does not exist. */
export function findLoadedPrincipal({ type, id }: Principal, state: State): LoadedPrincipal | undefined {
  if (type === 'user') {
    const row = findRow(state.users, id)
    return row && { type, row }
  }
  if (type === 'team') {
    const row = findRow(state.teams, id)
    return row && { type, row }
  }
  const row = findRow(state.virtualAccounts, id)
  return row && { type, row }
}

/** The reference to a loaded principal. */
export function principalOf({ type, row }: LoadedPrincipal): Principal {
  return { type, id: row.id }
}

/** The organization of a team or a virtual account; `undefined` for a user. */
export function findOrganizationOf(loaded: LoadedPrincipal, state: State): Organization | undefined {
  return loaded.type === 'user' ? undefined : findRow(state.organizations, loaded.row.organization)
}

/** Whether a principal and its organization are active. */
export function isActive(loaded: LoadedPrincipal, state: State): boolean {
  if (loaded.row.status !== 'active') return false
  return loaded.type === 'user' || findOrganizationOf(loaded, state)?.status === 'active'
}

/** Formats a principal for messages, as in "team `acme`". */
export function phraseOf({ type, id }: Principal): string {
  return `${wordOf(type)} ${quote(id)}`
}
