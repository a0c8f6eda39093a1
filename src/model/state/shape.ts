import type { Assignment } from '../noun/holding.ts'
import type { Membership } from '../noun/user.ts'
import { freeze } from '../value/freeze.ts'
import { forever, type Windows } from '../value/window.ts'
import type { Kind, Rows } from './state.ts'

/**
 * For each kind, the row with all of its keys in one order, absent ones as `undefined`. Engines read objects of one shape
 * several times faster than objects of many shapes, and a decision reads a dozen rows.
 */
const shapes: { readonly [K in Kind]: (row: Rows[K]) => Rows[K] } = {
  organizations: (row) => {
    const { id, name, status, entitlement, admins, createdAt, incarnation } = row
    const accessGroups = sharing(row.accessGroups)
    return { id, name, status, entitlement, admins, accessGroups, createdAt, incarnation }
  },
  users: (row) => {
    const { id, name, status, metered, defaultTeam, roleGrants, createdAt, incarnation } = row
    const teams = sharingMemberships(row.teams)
    const accessGroups = sharing(row.accessGroups)
    return { id, name, status, metered, teams, defaultTeam, accessGroups, roleGrants, createdAt, incarnation }
  },
  teams: (row) => {
    const { id, name, organization, status, metered, plan, roleGrants, createdAt, incarnation } = row
    const accessGroups = sharing(row.accessGroups)
    return { id, name, organization, status, metered, plan, accessGroups, roleGrants, createdAt, incarnation }
  },
  virtualAccounts: (row) => {
    const { id, name, organization, status, metered, roleGrants, createdAt, incarnation } = row
    const accessGroups = sharing(row.accessGroups)
    return { id, name, organization, status, metered, accessGroups, roleGrants, createdAt, incarnation }
  },
  credentials: ({ id, name, owner, team, digest, previous, scope, expiresAt, revokedAt, createdAt }) => {
    return { id, name, owner, team, digest, previous, scope, expiresAt, revokedAt, createdAt }
  },
  providerAccounts: ({ id, name, status, anyModel, settings, models, createdAt, incarnation }) => {
    return { id, name, status, anyModel, settings, models, createdAt, incarnation }
  },
  modelAliases: ({ id, description, targets, lifecycle, createdAt }) => {
    return { id, description, targets, lifecycle, createdAt }
  },
  accessGroups: ({ id, description, aliases, patterns, allAliases, createdAt }) => {
    return { id, description, aliases, patterns, allAliases, createdAt }
  },
  restrictions: ({ id, subject, selector, window, note, createdAt }) => {
    return { id, subject, selector, window, note, createdAt }
  },
  plans: ({ id, name, accessGroups, credits, createdAt }) => {
    return { id, name, accessGroups, credits, createdAt }
  },
}

/**
 * The same assignments, except that an assignment that is always in force gets the shared list `forever` as its
 * windows.
 */
function sharing(accessGroups: readonly Assignment[]): readonly Assignment[] {
  const isOwn = ({ windows }: Assignment): boolean => windows !== forever && isForever(windows)
  if (!accessGroups.some(isOwn)) return accessGroups
  return accessGroups.map((held) => (isOwn(held) ? { accessGroup: held.accessGroup, windows: forever } : held))
}

/** The same memberships, except that their assignments share their windows as in `sharing`, and empty lists are one list. */
function sharingMemberships(memberships: readonly Membership[]): readonly Membership[] {
  const isOwn = ({ accessGroups }: Membership): boolean =>
    accessGroups.length === 0 ? accessGroups !== nothing : sharing(accessGroups) !== accessGroups
  if (!memberships.some(isOwn)) return memberships
  return memberships.map((one) => {
    if (!isOwn(one)) return one
    const { team, role, accessGroups } = one
    return { team, role, accessGroups: accessGroups.length === 0 ? nothing : sharing(accessGroups) }
  })
}

function isForever([window, ...rest]: Windows): boolean {
  if (window === undefined || rest.length > 0) return false
  return window.startsAt === undefined && window.expiresAt === undefined
}

/**
 * The row with the keys of its kind in one fixed order, frozen. Tables inside the row are not frozen: no code changes a
 * table in place.
 */
export function shapeRow<K extends Kind>(kind: K, row: Rows[K]): Rows[K] {
  const shaped = shapes[kind](row) as Record<string, unknown>
  for (const field of Object.keys(shaped)) {
    const value = shaped[field]
    if (typeof value !== 'object' || value === null || 'root' in value) continue
    shaped[field] = freeze(commonOf(value) ?? value)
  }
  return Object.freeze(shaped) as unknown as Rows[K]
}

const nothing: readonly never[] = Object.freeze([])
const common: Readonly<Record<string, object>> = {
  all: freeze({ type: 'all' }),
  unlimited: freeze({ type: 'unlimited' }),
  active: freeze({ type: 'active' }),
}

/**
 * The shared object for a value that most rows have: an empty list, or `all`, `unlimited`, `active`. Sharing it saves memory,
 * and it stays in the processor's cache.
 */
function commonOf(value: object): object | undefined {
  if (Array.isArray(value)) return value.length === 0 ? nothing : undefined
  const { type } = value as { readonly type?: unknown }
  const found = typeof type === 'string' && Object.hasOwn(common, type) ? common[type] : undefined
  return found !== undefined && Object.keys(value).length === 1 ? found : undefined
}
