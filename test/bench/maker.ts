import type { Assignment, RoleGrant } from '../../src/model/noun/holding.ts'
import type { Model, ProviderAccountText } from '../../src/model/noun/provider-account.ts'
import type { Random } from './random.ts'

/** The size of a population. All other numbers follow from these. */
export interface Size {
  readonly name: string
  readonly users: number
  readonly teams: number
  readonly organizations: number
  readonly aliases: number
  readonly groups: number
  readonly providerAccounts: number
  readonly modelsPerAccount: number
  readonly plans: number
  readonly virtualAccounts: number
}

/** The first instant of the requests. */
export const morning = 1_780_000_000_000
/** The requests span ten minutes, in which a few windows open or close. */
export const requestSpan = 600_000
const hour = 3_600_000
const year = 365 * 24 * hour

/** When rows were created. */
export const founded = morning - 2 * year

/** The inputs of the functions that make a population's rows. */
export interface Maker {
  readonly size: Size
  readonly random: Random
  readonly nextIncarnation: () => number
}

/** The fields of a row's status. The platform suspended the rows that are suspended. */
export const statusOf = (isSuspended: boolean): Pick<Model, 'status' | 'suspendedBy'> =>
  isSuspended ? { status: 'suspended', suspendedBy: 'platform' } : { status: 'active' }

/** An id of one kind: its noun and a number of fixed width. */
export const idOf = (noun: string, index: number, width: number): string =>
  `${noun}-${String(index).padStart(width, '0')}`

/** Windows of one assignment: 85 % without bounds, the others in force, past, future, or ending during the requests. */
export function makeWindows(random: Random): Assignment['windows'] {
  const kind = random.below(100)
  if (kind < 85) return [{}]
  if (kind < 92) return [{ startsAt: founded, expiresAt: morning + random.between(1, 300) * 24 * hour }]
  if (kind < 96) return [{ startsAt: founded, expiresAt: morning - random.between(1, 300) * 24 * hour }]
  if (kind < 98) return [{ startsAt: morning + random.between(1, 60) * 24 * hour }]
  return [{ startsAt: founded, expiresAt: morning + random.between(1, requestSpan) }]
}

/** Assignments of these groups, each with its own windows. */
export function makeAssignments(random: Random, groups: readonly string[]): readonly Assignment[] {
  return groups.map((accessGroup) => ({ accessGroup, windows: makeWindows(random) }))
}

/** Role grants on one or two provider accounts. */
export function makeRoleGrants(random: Random, accounts: readonly ProviderAccountText[]): readonly RoleGrant[] {
  return random.sample(accounts, random.between(1, 2)).map(({ id }) => ({
    providerAccount: id,
    role: random.chance(0.2) ? 'manager' : 'user',
    windows: makeWindows(random),
  }))
}
