import type { Command, CommandOf } from '../../../src/change/message/command.ts'
import type { Event } from '../../../src/change/message/event.ts'
import type { Credential } from '../../../src/model/noun/credential.ts'
import type { State } from '../../../src/model/state/state.ts'
import { findRow } from '../../../src/model/table/table.ts'
import type { Authority } from '../../../src/model/value/authority.ts'
import type { ActingAgent, Actor, Holder } from '../../../src/model/value/principal.ts'
import { isWithin } from '../../../src/model/value/window.ts'
import { rowsIn } from '../../../src/testing/arbitrary/state.ts'

/** An accepted command of a bounded actor, with the states around it, and the instant at which the laws are checked. */
export interface Act {
  readonly before: State
  readonly after: State
  readonly command: Command
  readonly events: readonly Event[]
  /** The instant of the questions: that of the command, or a later one. */
  readonly at: number
}

/*
 * The powers of section 4 of the contract, written again from its table: these functions share nothing with `findPower`.
 */

const tokenTeam = (actor: Actor): string | undefined =>
  actor.type === 'user' && actor.team !== undefined ? actor.team : undefined

/** Whether an actor that is no administrator is an admin of an organization that is active. */
export function isOrgAdmin(actor: Actor, organization: string | undefined, state: State): boolean {
  if (actor.type === 'system' || tokenTeam(actor) !== undefined || organization === undefined) return false
  const row = findRow(state.organizations, organization)
  return row?.status === 'active' && row.admins.some(({ type, id }) => type === actor.type && id === actor.id)
}

export const organizationOfTeam = (team: string, state: State): string | undefined =>
  findRow(state.teams, team)?.organization

/** Whether a team and its organization are active. */
function isTeamActive(team: string, state: State): boolean {
  const row = findRow(state.teams, team)
  return row?.status === 'active' && findRow(state.organizations, row.organization)?.status === 'active'
}

/** Whether an actor manages the members and keys of a team. */
export function isMemberManager(actor: Actor, team: string, state: State): boolean {
  if (actor.type === 'system') return true
  if (isOrgAdmin(actor, organizationOfTeam(team, state), state)) return true
  if (actor.type !== 'user' || (tokenTeam(actor) ?? team) !== team || !isTeamActive(team, state)) return false
  return findRow(state.users, actor.id)?.teams.some((one) => one.team === team && one.role === 'manager') === true
}

/** Whether an actor manages a provider account at an instant, itself or by one of its teams. */
export function isAccountManager(actor: Actor, account: string, at: number, state: State): boolean {
  if (actor.type === 'system') return true
  const own = actor.type === 'user' ? findRow(state.users, actor.id) : findRow(state.virtualAccounts, actor.id)
  const places = actor.type === 'user' ? (findRow(state.users, actor.id)?.teams ?? []) : []
  const token = tokenTeam(actor)
  const teams = places.filter(({ team }) => (token === undefined || token === team) && isTeamActive(team, state))
  const holders = [token === undefined ? own : undefined, ...teams.map(({ team }) => findRow(state.teams, team))]
  return holders.some((holder) => hasRole(holder, account, at))
}

interface RoleHolder {
  readonly roleGrants: readonly {
    readonly providerAccount: string
    readonly role: string
    readonly windows: readonly { readonly startsAt?: number | undefined; readonly expiresAt?: number | undefined }[]
  }[]
}

/** Whether a holder has the manager role on an account at an instant. */
export function hasRole(holder: RoleHolder | undefined, account: string, at: number): boolean {
  return (
    holder?.roleGrants.some(
      ({ providerAccount, role, windows }) =>
        providerAccount === account &&
        role === 'manager' &&
        windows.some(({ startsAt = 0, expiresAt = Number.POSITIVE_INFINITY }) => startsAt <= at && at < expiresAt),
    ) === true
  )
}

/** The organization whose entitlement bounds what a holder holds. */
export function organizationOfHolder(holder: Holder, state: State): string | undefined {
  if (holder.type === 'organization') return holder.id
  if (holder.type === 'member') return organizationOfTeam(holder.team, state)
  if (holder.type === 'team') return organizationOfTeam(holder.id, state)
  return holder.type === 'virtualAccount' ? findRow(state.virtualAccounts, holder.id)?.organization : undefined
}

/** Whether the entitlement of an organization is a list that has an access group. */
export function isListed(organization: string | undefined, accessGroup: string, state: State): boolean {
  const entitlement = organization === undefined ? undefined : findRow(state.organizations, organization)?.entitlement
  return entitlement?.type === 'list' && entitlement.accessGroups.includes(accessGroup)
}

/** The things over which an agent may have power, as texts, with those of them that it has at an instant. */
export function powersOf(actor: ActingAgent, at: number, state: State): ReadonlySet<string> {
  const powers = new Set<string>()
  const row = actor.type === 'user' ? findRow(state.users, actor.id) : findRow(state.virtualAccounts, actor.id)
  if (row === undefined || row.status !== 'active') return powers
  if ('organization' in row && findRow(state.organizations, row.organization)?.status !== 'active') return powers
  for (const { id } of rowsIn(state, 'organizations'))
    if (isOrgAdmin(actor, id, state)) powers.add(`organization ${id}`)
  for (const { id, organization } of rowsIn(state, 'teams')) {
    if (isOrgAdmin(actor, organization, state)) powers.add(`team ${id}`)
    if (isMemberManager(actor, id, state)) powers.add(`teamMembers ${id}`)
  }
  for (const { id, organization } of rowsIn(state, 'virtualAccounts')) {
    if (isOrgAdmin(actor, organization, state)) powers.add(`virtualAccount ${id}`)
  }
  for (const { id } of rowsIn(state, 'providerAccounts')) {
    if (isAccountManager(actor, id, at, state)) powers.add(`providerAccount ${id}`)
  }
  if (actor.type === 'user' && tokenTeam(actor) === undefined) powers.add(`userTokens ${actor.id}`)
  return powers
}

/** The authorities that a suspension's author may have for the actor to lift it, by the order of the contract. */
export function liftable(
  actor: Actor,
  thing: { readonly type: string; readonly id: string },
  at: number,
  state: State,
): readonly Authority[] {
  if (actor.type === 'system') return ['platform', 'organization', 'team', 'owner', 'providerAccount']
  if (thing.type === 'team')
    return isOrgAdmin(actor, organizationOfTeam(thing.id, state), state) ? ['organization', 'team', 'owner'] : []
  if (thing.type === 'virtualAccount') {
    const isAdmin = isOrgAdmin(actor, findRow(state.virtualAccounts, thing.id)?.organization, state)
    return isAdmin ? ['organization', 'team', 'owner'] : []
  }
  if (thing.type === 'model') {
    return isAccountManager(actor, thing.id.slice(0, thing.id.indexOf('/')), at, state) ? ['providerAccount'] : []
  }
  const credential = findRow(state.credentials, thing.id)
  const owner = credential?.owner
  if (owner === undefined) return []
  if (owner.type === 'user') {
    return actor.type === 'user' && actor.id === owner.id && tokenTeam(actor) === undefined ? ['owner'] : []
  }
  const organization = organizationOfHolder(owner, state)
  if (isOrgAdmin(actor, organization, state)) return ['organization', 'team', 'owner']
  return owner.type === 'team' && isMemberManager(actor, owner.id, state) ? ['team', 'owner'] : []
}

/** Narrows a command to a type. */
export function isOf<T extends Command['type']>(command: Command, ...types: readonly T[]): command is CommandOf<T> {
  return (types as readonly string[]).includes(command.type)
}

/** Whether a credential manages what its owner manages: neither its scope, nor its operations, nor a restriction in force narrows it. */
export function isWhole({ id, scope, operations }: Credential, at: number, state: State): boolean {
  const isRestricted = rowsIn(state, 'restrictions').some(
    ({ subject, window }) => subject.type === 'credential' && subject.id === id && isWithin(window, at),
  )
  return scope.type === 'all' && operations.type === 'all' && !isRestricted
}
