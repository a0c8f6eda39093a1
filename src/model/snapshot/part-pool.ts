import type { Assignment, RoleGrant } from '../noun/holding.ts'
import type { Membership } from '../noun/user.ts'
import type { Kind, Rows } from '../state/state.ts'
import { freeze } from '../value/freeze.ts'
import { forever, isForever } from '../value/window.ts'

/**
 * Returns one object for all equal parts of a snapshot: for ids, for permanent assignments and for permanent roles. The
 * parser makes a new string for each occurrence of an id, and a decision waits for memory at each copy that it reads.
 */
export class PartPool {
  readonly #ids = new Map<string, string>()
  readonly #assignments = new Map<string, Assignment>()
  readonly #roles = { manager: new Map<string, RoleGrant>(), user: new Map<string, RoleGrant>() }

  /** Returns the first string equal to `id` that the pool was given. */
  id(id: string): string {
    const known = this.#ids.get(id)
    if (known !== undefined) return known
    this.#ids.set(id, id)
    return id
  }

  /** Returns an equal list of memberships that shares its ids and assignments. */
  memberships(teams: readonly Membership[]): readonly Membership[] {
    return teams.map((one) => ({
      team: this.id(one.team),
      role: one.role,
      accessGroups: this.assignments(one.accessGroups),
    }))
  }

  /** Returns an equal list of assignments that shares its permanent assignments. */
  assignments(assigned: readonly Assignment[]): readonly Assignment[] {
    return assigned.map((one) => this.#assignment(one))
  }

  #assignment({ accessGroup, windows }: Assignment): Assignment {
    const known = this.#assignments.get(accessGroup)
    const isPermanent = isForever(windows)
    if (known !== undefined && isPermanent) return known
    const made = freeze({ accessGroup: this.id(accessGroup), windows: isPermanent ? forever : windows })
    if (isPermanent) this.#assignments.set(made.accessGroup, made)
    return made
  }

  /** Returns an equal list of roles that shares its permanent roles. */
  roles(roleGrants: readonly RoleGrant[]): readonly RoleGrant[] {
    return roleGrants.map((one) => this.#role(one))
  }

  #role(one: RoleGrant): RoleGrant {
    const { role, grantedBy, windows } = one
    const providerAccount = this.id(one.providerAccount)
    if (grantedBy !== undefined || !isForever(windows)) return { ...one, providerAccount }
    const known = this.#roles[role].get(providerAccount)
    if (known !== undefined) return known
    const made = freeze({ ...one, providerAccount, windows: forever })
    this.#roles[role].set(providerAccount, made)
    return made
  }
}

/** For each kind, a function that returns an equal row whose parts are those of a pool. */
const pooledRows: { readonly [K in Kind]: (row: Rows[K], pool: PartPool) => Rows[K] } = {
  organizations: (row, pool) => ({ ...row, id: pool.id(row.id), accessGroups: pool.assignments(row.accessGroups) }),
  users: (row, pool) => ({
    ...row,
    teams: pool.memberships(row.teams),
    accessGroups: pool.assignments(row.accessGroups),
    roleGrants: pool.roles(row.roleGrants),
  }),
  teams: (row, pool) => ({
    ...row,
    id: pool.id(row.id),
    organization: pool.id(row.organization),
    accessGroups: pool.assignments(row.accessGroups),
    roleGrants: pool.roles(row.roleGrants),
  }),
  virtualAccounts: (row) => row,
  credentials: (row) => row,
  providerAccounts: (row, pool) => ({ ...row, id: pool.id(row.id) }),
  modelAliases: (row, pool) => ({
    ...row,
    id: pool.id(row.id),
    targets: row.targets.map(({ providerAccount, model }) => ({ providerAccount: pool.id(providerAccount), model })),
  }),
  accessGroups: (row, pool) => ({ ...row, id: pool.id(row.id) }),
  restrictions: (row) => row,
  plans: (row) => row,
}

/** Returns an equal row that shares its ids, assignments and roles with other rows of the pool. */
export function withPooledParts<K extends Kind>(kind: K, row: Rows[K], pool: PartPool): Rows[K] {
  return pooledRows[kind](row, pool)
}
