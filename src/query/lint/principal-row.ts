import { wordOf } from '../../change/reference.ts'
import type { Organization } from '../../model/organization.ts'
import type { Principal } from '../../model/principal.ts'
import { quote } from '../../model/quote.ts'
import type { State } from '../../model/state.ts'
import { find } from '../../model/table.ts'
import type { Team } from '../../model/team.ts'
import type { User } from '../../model/user.ts'
import type { VirtualAccount } from '../../model/virtual-account.ts'

/** A principal with its row. */
export type Subject =
  | { readonly type: 'user'; readonly row: User }
  | { readonly type: 'team'; readonly row: Team }
  | { readonly type: 'virtualAccount'; readonly row: VirtualAccount }

/** A principal with its row, if it is there. */
export function findSubject({ type, id }: Principal, state: State): Subject | undefined {
  if (type === 'user') {
    const row = find(state.users, id)
    return row && { type, row }
  }
  if (type === 'team') {
    const row = find(state.teams, id)
    return row && { type, row }
  }
  const row = find(state.virtualAccounts, id)
  return row && { type, row }
}

/** A reference to a principal. */
export function principalOf({ type, row }: Subject): Principal {
  return { type, id: row.id }
}

/** The organization that a team or a virtual account is in. */
export function findOrganizationOf(subject: Subject, state: State): Organization | undefined {
  return subject.type === 'user' ? undefined : find(state.organizations, subject.row.organization)
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
