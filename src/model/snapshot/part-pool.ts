import type { Assignment, RoleGrant } from '../noun/holding.ts'
import type { Membership } from '../noun/user.ts'
import type { Kind, Rows } from '../state/state.ts'
import { freeze } from '../value/freeze.ts'
import { emptyList } from '../value/list.ts'
import { forever, isForever } from '../value/window.ts'

/**
 * Returns one frozen object for all equal parts of a snapshot: ids, permanent assignments and roles, memberships without
 * groups, and lists of one part. `JSON.parse` makes a new object for each occurrence, and a decision waits for memory at
 * each object that it reads.
 */
export class PartPool {
  readonly #ids = new Map<string, string>()
  readonly #assignments = new Map<string, Assignment>()
  readonly #roles = { manager: new Map<string, RoleGrant>(), user: new Map<string, RoleGrant>() }
  readonly #memberships = { manager: new Map<string, Membership>(), member: new Map<string, Membership>() }
  readonly #lists = new Map<object, readonly object[]>()

  /** Returns the first equal string that the pool was given. */
  id(id: string): string {
    return shared(this.#ids, id, () => id)
  }

  assignments(assigned: readonly Assignment[]): readonly Assignment[] {
    return this.list(assigned.map((one) => this.#assignment(one)))
  }

  roles(roleGrants: readonly RoleGrant[]): readonly RoleGrant[] {
    return this.list(roleGrants.map((one) => this.#role(one)))
  }

  memberships(teams: readonly Membership[]): readonly Membership[] {
    return this.list(teams.map((one) => this.membership(one)))
  }

  membership({ team, role, accessGroups }: Membership): Membership {
    if (accessGroups.length > 0)
      return freeze({ team: this.id(team), role, accessGroups: this.assignments(accessGroups) })
    return shared(this.#memberships[role], team, () =>
      Object.freeze({ team: this.id(team), role, accessGroups: emptyList }),
    )
  }

  /** Returns the list frozen or, if it is empty or has one part only, a list that all such lists share. */
  list<Part extends object>(parts: readonly Part[]): readonly Part[] {
    const [first] = parts
    if (first === undefined) return emptyList
    if (parts.length > 1) return Object.freeze(parts)
    return shared<object, readonly object[]>(this.#lists, first, () => Object.freeze(parts)) as readonly Part[]
  }

  #assignment({ accessGroup, windows }: Assignment): Assignment {
    if (!isForever(windows)) return freeze({ accessGroup: this.id(accessGroup), windows })
    return shared(this.#assignments, accessGroup, () =>
      Object.freeze({ accessGroup: this.id(accessGroup), windows: forever }),
    )
  }

  #role(one: RoleGrant): RoleGrant {
    const providerAccount = this.id(one.providerAccount)
    if (one.grantedBy !== undefined || !isForever(one.windows)) return freeze({ ...one, providerAccount })
    return shared(this.#roles[one.role], providerAccount, () => freeze({ ...one, providerAccount, windows: forever }))
  }
}

/** Returns the value of a key. Makes the value at the first call. */
function shared<Key, Value>(values: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = values.get(key)
  if (known !== undefined) return known
  const made = make()
  values.set(key, made)
  return made
}

/** For each kind, a function that returns an equal row with the ids and lists of a pool. */
const pooled: { readonly [K in Kind]: (row: Rows[K], pool: PartPool) => Rows[K] } = {
  organizations: (row, pool) => ({ ...row, id: pool.id(row.id), accessGroups: pool.assignments(row.accessGroups) }),
  users: (row, pool) => ({
    ...row,
    teams: pool.memberships(row.teams),
    accessGroups: pool.assignments(row.accessGroups),
    roleGrants: pool.roles(row.roleGrants),
  }),
  teams: (row, pool) => ({ ...row, ...ofOrganization(row, pool) }),
  virtualAccounts: (row, pool) => ({ ...row, ...ofOrganization(row, pool) }),
  credentials: (row) => row,
  providerAccounts: (row, pool) => ({ ...row, id: pool.id(row.id) }),
  modelAliases: (row, pool) => {
    const targets = row.targets.map(({ providerAccount, model }) => ({
      providerAccount: pool.id(providerAccount),
      model,
    }))
    return { ...row, targets }
  },
  accessGroups: (row, pool) => ({ ...row, id: pool.id(row.id) }),
  restrictions: (row) => row,
  plans: (row, pool) => ({ ...row, accessGroups: row.accessGroups.map((id) => pool.id(id)) }),
  accessRequests: (row) => row,
}

function ofOrganization(row: Rows['teams' | 'virtualAccounts'], pool: PartPool) {
  return {
    id: pool.id(row.id),
    organization: pool.id(row.organization),
    accessGroups: pool.assignments(row.accessGroups),
    roleGrants: pool.roles(row.roleGrants),
  }
}

/** Returns an equal row that shares its parts with the other rows of the pool. */
export function withSharedParts<K extends Kind>(kind: K, row: Rows[K], pool: PartPool): Rows[K] {
  return pooled[kind](row, pool)
}
