import type { Credential } from '../noun/credential.ts'
import { type ModelAlias, type Target, targetLimit } from '../noun/model-alias.ts'
import type { Team } from '../noun/team.ts'
import type { User } from '../noun/user.ts'
import { active, everything, isOwner } from '../state/shape.ts'
import type { Kind, Rows } from '../state/state.ts'
import { isDigest } from '../value/id.ts'
import { isInstant } from '../value/instant.ts'
import { emptyList } from '../value/list.ts'
import { type Scope, type Selector, scopeLimit } from '../value/selector.ts'
import type { PartPool } from './part-pool.ts'
import { readActor, readAssignments, readMemberships, readPrincipal, readRoles } from './read-holding.ts'
import {
  hasOnly,
  isAccountId,
  isCount,
  isEmptyList,
  isIdText,
  isOnly,
  isOptionalAuthority,
  isOptionalId,
  isOptionalInstant,
  isOptionalLabel,
  isStatus,
  type Loose,
  readList,
} from './read-value.ts'

/**
 * Parses a user, team, credential or model alias much faster than the schema and `shapeRow` do, with the same result,
 * keys in the same order. Returns `undefined` for any other kind and for unusual shapes, which the caller must parse with
 * the schema. Such rows make up nearly all of a large snapshot.
 */
export function readRow<K extends Kind>(kind: K, input: unknown, pool: PartPool): Rows[K] | undefined {
  if (typeof input !== 'object' || input === null) return undefined
  const read = readers[kind] as ((input: object, pool: PartPool) => Rows[K] | undefined) | undefined
  return read?.(input, pool)
}

const readers: { readonly [K in Kind]?: (input: Loose<Rows[K]>, pool: PartPool) => Rows[K] | undefined } = {
  users: readUser,
  teams: readTeam,
  credentials: readCredential,
  modelAliases: readAlias,
}

const principalKeys = ['id', 'name', 'status', 'suspendedBy', 'metered', 'accessGroups', 'roleGrants'] as const
const versionKeys = ['createdAt', 'incarnation'] as const
const userKeys = new Set<string>([...principalKeys, 'teams', 'defaultTeam', ...versionKeys])
const teamKeys = new Set<string>([
  ...principalKeys,
  ...['organization', 'plan', 'creditedPlans', 'invitations'],
  ...versionKeys,
])
const credentialKeys = new Set<string>([
  ...['id', 'name', 'owner', 'team', 'issuedBy', 'digest', 'previous', 'scope', 'operations'],
  ...['expiresAt', 'revokedAt', 'suspendedBy'],
  ...versionKeys,
])
const aliasKeys = new Set<string>(['id', 'description', 'targets', 'lifecycle', 'createdAt'])

function readUser(input: Loose<User>, pool: PartPool): User | undefined {
  const { id, name, status, suspendedBy, metered, defaultTeam, createdAt, incarnation } = input
  if (!hasOnly(input, userKeys) || !isIdText(id) || !isOptionalLabel(name) || !isOptionalId(defaultTeam))
    return undefined
  if (!isStatus(status) || !isOptionalAuthority(suspendedBy) || typeof metered !== 'boolean') return undefined
  if (!isInstant(createdAt) || !isCount(incarnation)) return undefined
  const teams = readMemberships(input.teams, pool)
  const accessGroups = readAssignments(input.accessGroups, pool)
  const roleGrants = readRoles(input.roleGrants, pool)
  if (teams === undefined || accessGroups === undefined || roleGrants === undefined) return undefined
  return Object.freeze({
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
  })
}

function readTeam(input: Loose<Team>, pool: PartPool): Team | undefined {
  const { id, name, organization, status, suspendedBy, metered, plan, creditedPlans, createdAt, incarnation } = input
  if (!hasOnly(input, teamKeys) || !isIdText(id) || !isOptionalLabel(name) || !isIdText(organization)) return undefined
  if (!isStatus(status) || !isOptionalAuthority(suspendedBy) || typeof metered !== 'boolean') return undefined
  if (!isOptionalId(plan) || !isEmptyList(creditedPlans) || !isEmptyList(input.invitations)) return undefined
  if (!isInstant(createdAt) || !isCount(incarnation)) return undefined
  const accessGroups = readAssignments(input.accessGroups, pool)
  const roleGrants = readRoles(input.roleGrants, pool)
  if (accessGroups === undefined || roleGrants === undefined) return undefined
  return Object.freeze({
    id: pool.id(id),
    name,
    organization: pool.id(organization),
    status,
    suspendedBy,
    metered,
    plan,
    creditedPlans: emptyList,
    accessGroups,
    roleGrants,
    invitations: emptyList,
    createdAt,
    incarnation,
  })
}

function readCredential(input: Loose<Credential>): Credential | undefined {
  const { id, name, team, digest, expiresAt, revokedAt, suspendedBy, createdAt, incarnation } = input
  if (!hasOnly(input, credentialKeys) || !isIdText(id) || !isOptionalLabel(name) || !isOptionalId(team))
    return undefined
  if (typeof digest !== 'string' || !isDigest(digest) || !isEmptyList(input.previous)) return undefined
  if (!isOptionalInstant(expiresAt) || !isOptionalInstant(revokedAt) || !isOptionalAuthority(suspendedBy))
    return undefined
  if (!isInstant(createdAt) || !isCount(incarnation)) return undefined
  const scope = readScope(input.scope)
  if (scope === undefined || !isOnly('all', input.operations)) return undefined
  const owner = readPrincipal(input.owner)
  const issuer = readActor(input.issuedBy)
  if (owner === undefined || issuer === undefined) return undefined
  return Object.freeze({
    id,
    name,
    owner,
    team,
    issuedBy: isOwner(issuer, owner) ? owner : issuer,
    digest,
    previous: emptyList,
    scope,
    operations: everything,
    expiresAt,
    revokedAt,
    suspendedBy,
    createdAt,
    incarnation,
  })
}

function readScope(input: unknown): Scope | undefined {
  if (isOnly('all', input)) return everything
  if (typeof input !== 'object' || input === null) return undefined
  const { type, selectors } = input as Loose<Extract<Scope, { type: 'list' }>>
  for (const key in input) if (key !== 'type' && key !== 'selectors') return undefined
  const list = type === 'list' ? readList(selectors, readSelector, scopeLimit.selectors) : undefined
  return list === undefined ? undefined : Object.freeze({ type: 'list', selectors: Object.freeze(list) })
}

const selectorKeys = {
  alias: new Set(['type', 'alias']),
  model: new Set(['type', 'providerAccount', 'model']),
  providerAccount: new Set(['type', 'providerAccount']),
} as const

function readSelector(input: object): Selector | undefined {
  const { type, alias, providerAccount, model } = input as Loose<Record<string, unknown>>
  if (type === 'alias') {
    return hasOnly(input, selectorKeys.alias) && isIdText(alias) ? Object.freeze({ type, alias }) : undefined
  }
  if (!isAccountId(providerAccount)) return undefined
  if (type === 'providerAccount') {
    return hasOnly(input, selectorKeys.providerAccount) ? Object.freeze({ type, providerAccount }) : undefined
  }
  if (type !== 'model' || !hasOnly(input, selectorKeys.model) || !isIdText(model)) return undefined
  return Object.freeze({ type, providerAccount, model })
}

function readAlias(input: Loose<ModelAlias>, pool: PartPool): ModelAlias | undefined {
  const { id, description, createdAt } = input
  if (!hasOnly(input, aliasKeys) || !isIdText(id) || !isOptionalLabel(description)) return undefined
  if (!isOnly('active', input.lifecycle) || !isInstant(createdAt)) return undefined
  const targets = readList(input.targets, (entry) => readTarget(entry, pool), targetLimit)
  return targets === undefined
    ? undefined
    : Object.freeze({ id, description, targets: Object.freeze(targets), lifecycle: active, createdAt })
}

function readTarget(input: Loose<Target>, pool: PartPool): Target | undefined {
  const { providerAccount, model } = input
  for (const key in input) if (key !== 'providerAccount' && key !== 'model') return undefined
  if (!isAccountId(providerAccount) || !isIdText(model)) return undefined
  return Object.freeze({ providerAccount: pool.id(providerAccount), model })
}
