import { wordOf } from '../../../change/rule/reference.ts'
import type { Organization } from '../../../model/noun/organization.ts'
import type { Team } from '../../../model/noun/team.ts'
import type { User } from '../../../model/noun/user.ts'
import type { VirtualAccount } from '../../../model/noun/virtual-account.ts'
import type { State } from '../../../model/state/state.ts'
import { findRow } from '../../../model/table/table.ts'
import type { Principal } from '../../../model/value/principal.ts'
import { quote } from '../../../model/value/quote.ts'

/** A principal with its row. */
export type Subject =
  | { readonly type: 'user'; readonly row: User }
  | { readonly type: 'team'; readonly row: Team }
  | { readonly type: 'virtualAccount'; readonly row: VirtualAccount }

/** A principal with its row, if it is there. */
export function findSubject({ type, id }: Principal, state: State): Subject | undefined {
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

/** A reference to a principal. */
export function principalOf({ type, row }: Subject): Principal {
  return { type, id: row.id }
}

/** The organization that a team or a virtual account is in. */
export function findOrganizationOf(subject: Subject, state: State): Organization | undefined {
  return subject.type === 'user' ? undefined : findRow(state.organizations, subject.row.organization)
}

/** Whether a principal may ask for anything at all: it is active, and so is the organization above it. */
export function isActive(subject: Subject, state: State): boolean {
  if (subject.row.status !== 'active') return false
  return subject.type === 'user' || findOrganizationOf(subject, state)?.status === 'active'
}

/** A principal as a sentence names it. */
export function nameOf({ type, id }: { readonly type: Principal['type']; readonly id: string }): string {
  return `${wordOf(type)} ${quote(id)}`
}
