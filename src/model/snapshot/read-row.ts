import type { Credential } from '../noun/credential.ts'
import { type Assignment, assignmentLimit, type RoleGrant } from '../noun/holding.ts'
import { type Membership, membershipLimit, type User } from '../noun/user.ts'
import { shapeRow } from '../state/shape.ts'
import type { Kind, Rows } from '../state/state.ts'
import { freeze } from '../value/freeze.ts'
import { idLimit, isDigest, isId, isPrintable } from '../value/id.ts'
import { isInstant } from '../value/instant.ts'
import { emptyList } from '../value/list.ts'
import type { Actor, Principal } from '../value/principal.ts'
import { forever, type Windows } from '../value/window.ts'
import type { PartPool } from './part-pool.ts'

/**
 * Parses a user or a credential much faster than the schema does, with the same result. Returns `undefined` for any
 * other kind and for unusual shapes, which the caller must parse with the schema. Users and credentials make up nearly
 * all of a large snapshot.
 */
export function readRow<K extends Kind>(kind: K, input: unknown, pool: PartPool): Rows[K] | undefined {
  if (typeof input !== 'object' || input === null) return undefined
  if (kind === 'users') return readUser(input, pool) as Rows[K] | undefined
  if (kind === 'credentials') return readCredential(input) as Rows[K] | undefined
  return undefined
}

type Loose<T> = { readonly [K in keyof T]?: unknown }

const system: Actor = Object.freeze({ type: 'system' })
const everything: Credential['scope'] & Credential['operations'] = Object.freeze({ type: 'all' })

const userKeys = new Set<string>([
  ...[
    'id',
    'name',
    'status',
    'metered',
    'teams',
    'defaultTeam',
    'accessGroups',
    'roleGrants',
    'createdAt',
    'incarnation',
  ],
])
const credentialKeys = new Set<string>([
  ...['id', 'name', 'owner', 'team', 'issuedBy', 'digest', 'previous'],
  ...['scope', 'operations', 'expiresAt', 'revokedAt', 'createdAt', 'incarnation'],
])

function readUser(input: Loose<User>, pool: PartPool): User | undefined {
  const { id, name, status, metered, defaultTeam, createdAt, incarnation } = input
  if (!hasOnly(input, userKeys) || !isIdText(id) || !isOptionalLabel(name)) return undefined
  if ((status !== 'active' && status !== 'suspended') || typeof metered !== 'boolean') return undefined
  if ((defaultTeam !== undefined && !isIdText(defaultTeam)) || !isInstant(createdAt) || !isCount(incarnation))
    return undefined
  const memberships = readList(input.teams, (entry) => readMembership(entry, pool), membershipLimit)
  const accessGroups = readList(input.accessGroups, readAssignment)
  const roleGrants = readList<RoleGrant>(input.roleGrants, () => undefined)
  if (memberships === undefined || accessGroups === undefined || roleGrants === undefined) return undefined
  return shapeRow('users', {
    id,
    name,
    status,
    metered,
    teams: pool.list(memberships),
    defaultTeam,
    accessGroups: pool.assignments(accessGroups),
    roleGrants,
    createdAt,
    incarnation,
  })
}

function readCredential(input: Loose<Credential>): Credential | undefined {
  const { id, name, team, digest, expiresAt, revokedAt, createdAt, incarnation } = input
  if (!hasOnly(input, credentialKeys) || !isIdText(id) || !isOptionalLabel(name)) return undefined
  if ((team !== undefined && !isIdText(team)) || typeof digest !== 'string' || !isDigest(digest)) return undefined
  if (!isInstant(createdAt) || !isOptionalInstant(expiresAt) || !isOptionalInstant(revokedAt)) return undefined
  if (!isCount(incarnation)) return undefined
  const previous = readList<Credential['previous'][number]>(input.previous, () => undefined)
  const owner = readOwner(input.owner)
  const issuedBy = readActor(input.issuedBy)
  if (previous === undefined || owner === undefined || issuedBy === undefined) return undefined
  if (!isOnly('all', input.scope) || !isOnly('all', input.operations)) return undefined
  const limits = { scope: everything, operations: everything, expiresAt, revokedAt }
  const rest = { digest, previous, ...limits, createdAt, incarnation }
  return shapeRow('credentials', { id, name, owner, team, issuedBy, ...rest })
}

function readList<T>(
  input: unknown,
  read: (entry: object) => T | undefined,
  limit: number = assignmentLimit,
): readonly T[] | undefined {
  if (!Array.isArray(input) || input.length > limit) return undefined
  if (input.length === 0) return emptyList
  const list: T[] = []
  for (let i = 0; i < input.length; i += 1) {
    const entry: unknown = input[i]
    const found = typeof entry === 'object' && entry !== null ? read(entry) : undefined
    if (found === undefined) return undefined
    list.push(found)
  }
  return list
}

function readMembership(input: Loose<Membership>, pool: PartPool): Membership | undefined {
  const { team, role } = input
  for (const key in input) if (key !== 'team' && key !== 'role' && key !== 'accessGroups') return undefined
  if (!isIdText(team) || (role !== 'member' && role !== 'manager')) return undefined
  const accessGroups = readList(input.accessGroups, readAssignment)
  return accessGroups === undefined ? undefined : pool.membership({ team, role, accessGroups })
}

function readAssignment(input: Loose<Assignment>): Assignment | undefined {
  const { accessGroup, windows } = input
  for (const key in input) if (key !== 'accessGroup' && key !== 'windows') return undefined
  if (typeof accessGroup !== 'string' || !plainGroup.test(accessGroup) || !isForever(windows)) return undefined
  return freeze({ accessGroup, windows: forever })
}

const plainGroup = /^[a-z0-9]{1,100}(?:[-.][a-z0-9]{1,20}){0,5}$/

function isForever(input: unknown): input is Windows {
  if (!Array.isArray(input) || input.length !== 1) return false
  const window: unknown = input[0]
  return typeof window === 'object' && window !== null && !Array.isArray(window) && hasOnly(window, noKeys)
}

function readOwner(input: unknown): Principal | undefined {
  if (typeof input !== 'object' || input === null) return undefined
  const { type, id } = input as Loose<Principal>
  for (const key in input) if (key !== 'type' && key !== 'id') return undefined
  if (type !== 'user' && type !== 'team' && type !== 'virtualAccount') return undefined
  return isIdText(id) ? Object.freeze({ type, id }) : undefined
}

function readActor(input: unknown): Actor | undefined {
  if (isOnly('system', input)) return system
  const principal = readOwner(input)
  return principal === undefined || principal.type === 'team' ? undefined : principal
}

/** Whether a value is exactly the object `{ type }` with the given type. */
function isOnly(type: string, input: unknown): boolean {
  if (typeof input !== 'object' || input === null) return false
  for (const key in input) if (key !== 'type') return false
  return (input as { readonly type?: unknown }).type === type
}

const noKeys = new Set<string>()

function hasOnly(input: object, keys: ReadonlySet<string>): boolean {
  for (const key in input) if (!keys.has(key)) return false
  return true
}

function isIdText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= idLimit && isId(value)
}

function isOptionalLabel(value: unknown): value is string | undefined {
  return value === undefined || (typeof value === 'string' && value.length <= 1024 && isPrintable(value))
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && !Object.is(value, -0)
}

function isOptionalInstant(value: unknown): value is number | undefined {
  return value === undefined || isInstant(value)
}
