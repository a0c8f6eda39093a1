import type { Assignment } from '../noun/holding.ts'
import type { Membership } from '../noun/user.ts'
import { freeze } from '../value/freeze.ts'
import { emptyList } from '../value/list.ts'
import { type Actor, type Agent, isSamePrincipal, type Principal } from '../value/principal.ts'
import { forever, isForever } from '../value/window.ts'
import type { Kind, Rows } from './state.ts'

/**
 * For each kind, a function that copies a row with all keys of the kind in a fixed order. Absent keys become
 * `undefined`. Engines read objects of one shape several times faster than objects of many shapes, and a decision reads
 * a dozen rows.
 */
const shapes: { readonly [K in Kind]: (row: Rows[K]) => Rows[K] } = {
  organizations: (row) => {
    const { id, name, status, suspendedBy, entitlement, admins, createdAt, incarnation } = row
    const accessGroups = sharing(row.accessGroups)
    return { id, name, status, suspendedBy, entitlement, admins, accessGroups, createdAt, incarnation }
  },
  users: (row) => {
    const { id, name, status, suspendedBy, metered, defaultTeam, roleGrants, createdAt, incarnation } = row
    const teams = sharingMemberships(row.teams)
    const accessGroups = sharing(row.accessGroups)
    return {
      id,
      name,
      status,
      suspendedBy,
      metered,
      teams,
      defaultTeam,
      accessGroups,
      roleGrants,
      createdAt,
      incarnation,
    }
  },
  teams: (row) => {
    const {
      id,
      name,
      organization,
      status,
      suspendedBy,
      metered,
      plan,
      creditedPlans,
      roleGrants,
      invitations,
      createdAt,
      incarnation,
    } = row
    const accessGroups = sharing(row.accessGroups)
    return {
      id,
      name,
      organization,
      status,
      suspendedBy,
      metered,
      plan,
      creditedPlans,
      accessGroups,
      roleGrants,
      invitations,
      createdAt,
      incarnation,
    }
  },
  virtualAccounts: (row) => {
    const { id, name, organization, status, suspendedBy, metered, roleGrants, createdAt, incarnation } = row
    const accessGroups = sharing(row.accessGroups)
    return { id, name, organization, status, suspendedBy, metered, accessGroups, roleGrants, createdAt, incarnation }
  },
  credentials: (row) => {
    const { id, name, owner, team, digest, previous, scope, operations, expiresAt, revokedAt, suspendedBy } = row
    const { createdAt, incarnation } = row
    const issuedBy = isOwner(row.issuedBy, owner) ? owner : row.issuedBy
    const made = { createdAt, incarnation }
    return {
      id,
      name,
      owner,
      team,
      issuedBy,
      digest,
      previous,
      scope,
      operations,
      expiresAt,
      revokedAt,
      suspendedBy,
      ...made,
    }
  },
  providerAccounts: ({ id, name, status, suspendedBy, anyModel, settings, models, createdAt, incarnation }) => {
    return { id, name, status, suspendedBy, anyModel, settings, models, createdAt, incarnation }
  },
  modelAliases: ({ id, description, targets, lifecycle, createdAt }) => {
    return { id, description, targets, lifecycle, createdAt }
  },
  accessGroups: ({ id, description, aliases, patterns, allAliases, models, createdAt }) => {
    return { id, description, aliases, patterns, allAliases, models, createdAt }
  },
  restrictions: ({ id, subject, selector, note, createdAt, ...row }) => {
    // Own fields, so that a polluted `Object.prototype` ends no restriction.
    const window = { startsAt: undefined, expiresAt: undefined, ...row.window }
    return { id, subject, selector, window, note, createdAt }
  },
  plans: ({ id, name, accessGroups, credits, createdAt }) => {
    return { id, name, accessGroups, credits, createdAt }
  },
  accessRequests: (row) => {
    const { id, requester, subject, organization, wanted, reason, duration, expiresAt, createdAt, outcome } = row
    return { id, requester, subject, organization, wanted, reason, duration, expiresAt, createdAt, outcome }
  },
}

/** Whether a credential was issued by its owner. If so, the row stores one object for both fields. */
export function isOwner(issuedBy: Actor, owner: Principal): owner is Agent {
  return issuedBy.type !== 'system' && isSamePrincipal(issuedBy, owner)
}

/**
 * Returns the assignments with less memory: every assignment that is always in force shares the list `forever` as its
 * windows.
 */
function sharing(accessGroups: readonly Assignment[]): readonly Assignment[] {
  const isOwn = ({ windows }: Assignment): boolean => windows !== forever && isForever(windows)
  if (!accessGroups.some(isOwn)) return accessGroups
  return accessGroups.map((held) => (isOwn(held) ? { accessGroup: held.accessGroup, windows: forever } : held))
}

/**
 * Returns equal memberships with less memory. Their assignments share windows as in `sharing`, and all empty lists are
 * one object.
 */
function sharingMemberships(memberships: readonly Membership[]): readonly Membership[] {
  const isOwn = ({ accessGroups }: Membership): boolean =>
    accessGroups.length === 0 ? accessGroups !== emptyList : sharing(accessGroups) !== accessGroups
  if (!memberships.some(isOwn)) return memberships
  return memberships.map((one) => {
    if (!isOwn(one)) return one
    const { team, role, accessGroups } = one
    return { team, role, accessGroups: accessGroups.length === 0 ? emptyList : sharing(accessGroups) }
  })
}

/** For each kind, the fields that hold objects to freeze. Tables are not among them: no code changes a table in place. */
const parts: { readonly [K in Kind]: readonly (keyof Rows[K])[] } = {
  organizations: ['entitlement', 'admins', 'accessGroups'],
  users: ['teams', 'accessGroups', 'roleGrants'],
  teams: ['creditedPlans', 'accessGroups', 'roleGrants', 'invitations'],
  virtualAccounts: ['accessGroups', 'roleGrants'],
  credentials: ['owner', 'issuedBy', 'previous', 'scope', 'operations'],
  providerAccounts: ['settings'],
  modelAliases: ['targets', 'lifecycle'],
  accessGroups: ['patterns'],
  restrictions: ['subject', 'selector', 'window'],
  plans: ['accessGroups', 'credits'],
  accessRequests: ['subject', 'wanted', 'outcome'],
}

/** Returns a frozen copy of the row with all keys of its kind in a fixed order. */
export function shapeRow<K extends Kind>(kind: K, row: Rows[K]): Rows[K] {
  const shaped = shapes[kind](row) as Record<string, unknown>
  for (const field of parts[kind] as readonly string[]) {
    const value = shaped[field]
    if (typeof value === 'object' && value !== null && value !== emptyList) {
      shaped[field] = commonOf(value) ?? freeze(value)
    }
  }
  return Object.freeze(shaped) as unknown as Rows[K]
}

/** The scope and the operations of a credential without limits, shared by all rows. */
export const everything: Rows['credentials']['scope'] & Rows['credentials']['operations'] = freeze({ type: 'all' })
/** The lifecycle of an alias in use, shared by all rows. */
export const active: Rows['modelAliases']['lifecycle'] = freeze({ type: 'active' })
/** The actor of the host's own code, shared by all rows. */
export const system: Actor = freeze({ type: 'system' })

const common: Readonly<Record<string, object>> = {
  all: everything,
  unlimited: freeze({ type: 'unlimited' }),
  active,
  system,
}

/**
 * Returns the shared object for a common value, otherwise `undefined`. Common values are the empty list, `all`,
 * `unlimited`, `active` and `system`. Sharing saves memory and keeps the object in the processor's cache.
 */
function commonOf(value: object): object | undefined {
  if (Array.isArray(value)) return value.length === 0 ? emptyList : undefined
  const { type } = value as { readonly type?: unknown }
  const found = typeof type === 'string' && Object.hasOwn(common, type) ? common[type] : undefined
  return found !== undefined && Object.keys(value).length === 1 ? found : undefined
}
