import { type Assignment, assignmentLimit, type RoleGrant, roleLimit } from '../noun/holding.ts'
import { type Membership, membershipLimit } from '../noun/user.ts'
import { system } from '../state/shape.ts'
import { freeze } from '../value/freeze.ts'
import type { Actor, Agent, Principal } from '../value/principal.ts'
import { forever, isForward, isNormal, type Window, type Windows, windowLimit } from '../value/window.ts'
import type { PartPool } from './part-pool.ts'
import { isAccountId, isIdText, isOnly, isOptionalInstant, type Loose, readList } from './read-value.ts'

/** Reads memberships. Returns `undefined` for unusual or invalid ones. */
export function readMemberships(input: unknown, pool: PartPool): readonly Membership[] | undefined {
  const list = readList(input, (entry) => readMembership(entry, pool), membershipLimit)
  return list === undefined ? undefined : pool.list(list)
}

/** Reads assigned access groups. Returns `undefined` for unusual or invalid ones. */
export function readAssignments(input: unknown, pool: PartPool): readonly Assignment[] | undefined {
  const list = readList(input, readAssignment, assignmentLimit)
  return list === undefined ? undefined : pool.assignments(list)
}

/** Reads roles. Returns `undefined` for unusual or invalid ones. */
export function readRoles(input: unknown, pool: PartPool): readonly RoleGrant[] | undefined {
  const list = readList(input, readRole, roleLimit)
  return list === undefined ? undefined : pool.roles(list)
}

function readMembership(input: Loose<Membership>, pool: PartPool): Membership | undefined {
  const { team, role } = input
  for (const key in input) if (key !== 'team' && key !== 'role' && key !== 'accessGroups') return undefined
  if (!isIdText(team) || (role !== 'member' && role !== 'manager')) return undefined
  const accessGroups = readList(input.accessGroups, readAssignment, assignmentLimit)
  return accessGroups === undefined ? undefined : pool.membership({ team, role, accessGroups })
}

const plainGroup = /^[a-z0-9]{1,100}(?:[-.][a-z0-9]{1,20}){0,5}$/

function readAssignment(input: Loose<Assignment>): Assignment | undefined {
  const { accessGroup } = input
  for (const key in input) if (key !== 'accessGroup' && key !== 'windows') return undefined
  if (typeof accessGroup !== 'string' || !plainGroup.test(accessGroup)) return undefined
  const windows = readWindows(input.windows)
  return windows === undefined ? undefined : { accessGroup, windows }
}

function readRole(input: Loose<RoleGrant>): RoleGrant | undefined {
  const { providerAccount, role } = input
  for (const key in input) {
    if (key !== 'providerAccount' && key !== 'role' && key !== 'windows' && key !== 'grantedBy') return undefined
  }
  if (!isAccountId(providerAccount) || (role !== 'manager' && role !== 'user')) return undefined
  const windows = readWindows(input.windows)
  if (windows === undefined) return undefined
  if (!Object.hasOwn(input, 'grantedBy')) return { providerAccount, role, windows }
  const grantedBy = readAgent(input.grantedBy)
  return grantedBy === undefined ? undefined : { providerAccount, role, windows, grantedBy }
}

function readWindows(input: unknown): Windows | undefined {
  const windows = readList(input, readWindow, windowLimit)
  const [first] = windows ?? []
  if (windows === undefined || first === undefined || !isNormal(windows)) return undefined
  return first.startsAt === undefined && first.expiresAt === undefined ? forever : freeze(windows)
}

function readWindow(input: Loose<Window>): Window | undefined {
  const { startsAt, expiresAt } = input
  if (Array.isArray(input) || !isOptionalInstant(startsAt) || !isOptionalInstant(expiresAt)) return undefined
  const window: { startsAt?: number; expiresAt?: number } = {}
  for (const key in input) {
    if (key === 'startsAt' && startsAt !== undefined) window.startsAt = startsAt
    else if (key === 'expiresAt' && expiresAt !== undefined) window.expiresAt = expiresAt
    else return undefined
  }
  return isForward(window) ? window : undefined
}

/** Reads a reference to a principal. Returns `undefined` for any other value. */
export function readPrincipal(input: unknown): Principal | undefined {
  if (typeof input !== 'object' || input === null) return undefined
  const { type, id } = input as Loose<Principal>
  for (const key in input) if (key !== 'type' && key !== 'id') return undefined
  if (type !== 'user' && type !== 'team' && type !== 'virtualAccount') return undefined
  return isIdText(id) ? Object.freeze({ type, id }) : undefined
}

function readAgent(input: unknown): Agent | undefined {
  const principal = readPrincipal(input)
  return principal === undefined || principal.type === 'team' ? undefined : principal
}

/** Reads an actor that acts for no single team. Returns `undefined` for any other value. */
export function readActor(input: unknown): Actor | undefined {
  return isOnly('system', input) ? system : readAgent(input)
}
