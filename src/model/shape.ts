import { freeze } from './freeze.ts'
import type { Kind, Rows } from './state.ts'

/**
 * Every kind's row written out with all of its keys in one order, absent ones as `undefined`. Engines read objects of one
 * shape several times faster than objects of many, and a decision reads a dozen rows.
 */
const shapes: { readonly [K in Kind]: (row: Rows[K]) => Rows[K] } = {
  organizations: ({ id, name, status, entitlement, admins, createdAt, incarnation }) => {
    return { id, name, status, entitlement, admins, createdAt, incarnation }
  },
  users: ({ id, name, status, metered, teams, defaultTeam, accessGroups, roleGrants, createdAt, incarnation }) => {
    return { id, name, status, metered, teams, defaultTeam, accessGroups, roleGrants, createdAt, incarnation }
  },
  teams: ({ id, name, organization, status, metered, plan, accessGroups, roleGrants, createdAt, incarnation }) => {
    return { id, name, organization, status, metered, plan, accessGroups, roleGrants, createdAt, incarnation }
  },
  virtualAccounts: ({ id, name, organization, status, metered, accessGroups, roleGrants, createdAt, incarnation }) => {
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

/** The row in its kind's one shape, frozen. Tables in it are left alone: nothing changes them in place. */
export function shapeRow<K extends Kind>(kind: K, row: Rows[K]): Rows[K] {
  const shaped = shapes[kind](row)
  for (const value of Object.values(shaped)) if (!isTable(value)) freeze(value)
  return Object.freeze(shaped) as Rows[K]
}

function isTable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'root' in value
}
