import { kinds, type State } from '../../../src/model/state/state.ts'
import { findRow, idsOf } from '../../../src/model/table/table.ts'
import type { Authority } from '../../../src/model/value/authority.ts'
import type { Principal } from '../../../src/model/value/principal.ts'
import { rowsIn } from '../../../src/testing/arbitrary/state.ts'
import {
  type Act,
  isAccountManager,
  isMemberManager,
  isOf,
  isOrgAdmin,
  liftable,
  organizationOfHolder,
  organizationOfTeam,
} from './judge.ts'
import { type Cell, routesOf, teamOf } from './view.ts'

type View = ReadonlyMap<string, Cell>

/** Whether the table of the contract lets the act take a route away from a cell. */
function mayLose(act: Act, cell: Cell, lost: readonly string[]): boolean {
  const { command, before, at } = act
  const { actor } = command
  const team = teamOf(cell, before)
  const { principal } = cell
  if (isOf(command, 'SuspendTeam', 'DeleteTeam'))
    return team === command.team && isOrgAdmin(actor, organizationOfTeam(team, before), before)
  if (isOf(command, 'RemoveTeamMember')) {
    if (principal.type !== 'user' || principal.id !== command.user || team !== command.team) return false
    const isOwnAct = actor.type === 'user' && actor.id === command.user && actor.team === undefined
    return isOwnAct || isMemberManager(actor, command.team, before)
  }
  if (isOf(command, 'SuspendVirtualAccount', 'DeleteVirtualAccount')) {
    const isIts = principal.type === 'virtualAccount' && principal.id === command.virtualAccount
    return isIts && isOrgAdmin(actor, organizationOfHolder(principal, before), before)
  }
  if (isOf(command, 'UnassignAccessGroup', 'SetAccessGroups')) {
    const place: Principal = team === undefined ? principal : { type: 'team', id: team }
    return place.type !== 'user' && isOrgAdmin(actor, organizationOfHolder(place, before), before)
  }
  if (isOf(command, 'RevokeRole', 'RemoveModels', 'SuspendModel')) {
    const isOnAccount = lost.every((route) => route.startsWith(`${command.providerAccount}/`))
    return isOnAccount && isAccountManager(actor, command.providerAccount, command.at, before)
  }
  if (isOf(command, 'RevokeCredential', 'SuspendCredential', 'UpdateCredential', 'RotateCredential')) {
    if (cell.credential !== command.credential) return false
    if (principal.type === 'team') return isMemberManager(actor, principal.id, before)
    if (principal.type === 'user') return actor.type === 'user' && actor.id === principal.id && at >= command.at
    return isOrgAdmin(actor, organizationOfHolder(principal, before), before)
  }
  return false
}

/** The law of loss: routes shrink only where the table of the contract gives the actor that power over the subject. */
export function* accessLosses(act: Act, before: View, after: View): IterableIterator<string> {
  for (const [key, cell] of before) {
    if (cell.context.type === 'unnamed' && cell.principal.type === 'user' && teamOf(cell, act.before) === undefined)
      continue
    const has = routesOf(after.get(key)?.decision)
    const lost = routesOf(cell.decision).filter((route) => !has.includes(route))
    if (lost.length > 0 && !mayLose(act, cell, lost)) yield `loss: ${key} lost ${lost.join(', ')}`
  }
}

interface Suspended {
  readonly thing: { readonly type: string; readonly id: string }
  readonly by: Authority
}

/** Every suspension of a state, by the text of its row. */
function suspensions(state: State): Map<string, Suspended> {
  const found = new Map<string, Suspended>()
  const put = (type: string, id: string, by: Authority | undefined): void => {
    if (by !== undefined) found.set(`${type} ${id}`, { thing: { type, id }, by })
  }
  for (const { id, suspendedBy } of rowsIn(state, 'organizations')) put('organization', id, suspendedBy)
  for (const { id, suspendedBy } of rowsIn(state, 'users')) put('user', id, suspendedBy)
  for (const { id, suspendedBy } of rowsIn(state, 'teams')) put('team', id, suspendedBy)
  for (const { id, suspendedBy } of rowsIn(state, 'virtualAccounts')) put('virtualAccount', id, suspendedBy)
  for (const { id, suspendedBy } of rowsIn(state, 'credentials')) put('credential', id, suspendedBy)
  for (const account of rowsIn(state, 'providerAccounts')) {
    put('providerAccount', account.id, account.suspendedBy)
    for (const id of idsOf(account.models))
      put('model', `${account.id}/${id}`, findRow(account.models, id)?.suspendedBy)
  }
  return found
}

const below: { readonly [A in Authority]: readonly Authority[] } = {
  platform: ['platform'],
  organization: ['organization', 'platform'],
  team: ['team', 'organization', 'platform'],
  owner: ['owner', 'team', 'organization', 'platform'],
  providerAccount: ['providerAccount', 'platform'],
}

/** Whether an act ends the membership that a user's own suspended token for a team depends on. The team is above the owner. */
function isEndedToken({ command, before }: Act, { thing, by }: Suspended): boolean {
  if (thing.type !== 'credential' || by !== 'owner' || !isOf(command, 'RemoveTeamMember', 'DeleteTeam')) return false
  return findRow(before.credentials, thing.id)?.team === command.team
}

/** The law of suspensions: a suspension is lifted, lowered or deleted by the power that set it, or by a higher one, only. */
export function* suspensionViolations(act: Act): IterableIterator<string> {
  const { command, before, after } = act
  const later = suspensions(after)
  for (const [text, suspended] of suspensions(before)) {
    const { thing, by } = suspended
    const now = later.get(text)?.by
    const isKept = now !== undefined && below[by].includes(now)
    const isLifted = now === undefined && liftable(command.actor, thing, command.at, before).includes(by)
    if (isKept || isLifted || isEndedToken(act, suspended)) continue
    yield `suspension: ${text} was suspended by ${by}, now ${now ?? 'not suspended or deleted'}`
  }
}

/** The kinds of rows that only administrators make, change and delete. */
const guarded = ['modelAliases', 'accessGroups', 'plans'] as const

/** The law of the platform's rows: no bounded actor makes, changes or deletes them, nor users, organizations, or restrictions in force. */
export function* platformViolations({ command, before, after }: Act): IterableIterator<string> {
  for (const kind of guarded) if (before[kind] !== after[kind]) yield `platform: ${kind} changed`
  if (before.administrators !== after.administrators && !command.type.startsWith('Delete'))
    yield 'platform: administrators changed'
  for (const kind of kinds) {
    if (kind !== 'users' && kind !== 'organizations' && kind !== 'providerAccounts') continue
    const [was, is] = [[...idsOf<unknown>(before[kind])], [...idsOf<unknown>(after[kind])]]
    if (was.sort().join() !== is.sort().join()) yield `platform: ${kind} changed`
  }
  for (const { id, subject, window } of rowsIn(before, 'restrictions')) {
    const isOver = (window.expiresAt ?? Number.POSITIVE_INFINITY) <= command.at
    if (isOver || findRow(after.restrictions, id) !== undefined) continue
    if (subject.type !== 'credential') yield `platform: restriction ${id} on ${JSON.stringify(subject)} is deleted`
  }
  if ([...idsOf(after.restrictions)].some((id) => findRow(before.restrictions, id) === undefined))
    yield 'platform: a restriction is created'
  for (const team of rowsIn(after, 'teams')) {
    const was = findRow(before.teams, team.id)
    if (
      was?.incarnation === team.incarnation
        ? was.metered !== team.metered || was.plan !== team.plan
        : !team.metered || team.plan !== undefined
    )
      yield `platform: metering or plan of team ${team.id} changed`
  }
  for (const row of rowsIn(after, 'virtualAccounts')) {
    const was = findRow(before.virtualAccounts, row.id)
    if (was?.incarnation === row.incarnation ? was.metered !== row.metered : !row.metered)
      yield `platform: metering of ${row.id} changed`
  }
}

/** The law of consent: a user joins a team of an organization that it is in no team of only by its own act. */
export function* consentViolations({ command, before, after }: Act): IterableIterator<string> {
  for (const { id, teams, defaultTeam } of rowsIn(after, 'users')) {
    const { actor } = command
    if (actor.type === 'user' && actor.id === id) continue
    const was = findRow(before.users, id)
    const known = new Set(was?.teams.map(({ team }) => organizationOfTeam(team, before)))
    for (const { team } of teams) {
      if (was?.teams.some((one) => one.team === team)) continue
      if (!known.has(organizationOfTeam(team, after))) yield `consent: ${id} is put into ${team}`
    }
    if (was?.defaultTeam !== defaultTeam && defaultTeam !== undefined) yield `consent: the default team of ${id} is set`
  }
}
