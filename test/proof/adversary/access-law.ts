import type { Command } from '../../../src/change/message/command.ts'
import { putRow } from '../../../src/model/state/put-row.ts'
import type { State } from '../../../src/model/state/state.ts'
import { findRow } from '../../../src/model/table/table.ts'
import type { Holder, Principal } from '../../../src/model/value/principal.ts'
import { rowsIn } from '../../../src/testing/arbitrary/state.ts'
import {
  type Act,
  isAccountManager,
  isListed,
  isMemberManager,
  isOf,
  isOrgAdmin,
  organizationOfHolder,
  organizationOfTeam,
} from './judge.ts'
import { type Cell, keyOf, routesOf, teamOf, viewOf } from './view.ts'

type View = ReadonlyMap<string, Cell>

/** Whether what a holder is given counts in a cell: in the context of the holder, or of a team or an account that it covers. */
function isGivenIn(cell: Cell, holder: Holder, state: State): boolean {
  const { principal, context } = cell
  const team = teamOf(cell, state)
  if (holder.type === 'member') return principal.type === 'user' && principal.id === holder.user && team === holder.team
  if (holder.type === 'organization') {
    const place: Principal = team === undefined ? principal : { type: 'team', id: team }
    return organizationOfHolder(place, state) === holder.id && place.type !== 'user'
  }
  if (holder.type === 'team') return team === holder.id
  return team === undefined && context.type !== 'team' && principal.type === holder.type && principal.id === holder.id
}

/** The holder of an event that gives access, the accounts or groups that it gives, and whether the table permits it. */
function isGiftPermitted(act: Act, cell: Cell, gained: readonly string[]): boolean {
  const { command, events, before, after, at } = act
  const decision = cell.decision
  if (decision.effect !== 'allow') return false
  if (isOf(command, 'GrantRole')) {
    const isManaged = isAccountManager(command.actor, command.providerAccount, at, before)
    const isOnAccount = gained.every((route) => route.startsWith(`${command.providerAccount}/`))
    return isManaged && isOnAccount && isGivenIn(cell, command.principal, after)
  }
  for (const event of events) {
    if (event.type !== 'AccessGroupAssigned' && event.type !== 'AccessGroupsSet') continue
    const added = event.type === 'AccessGroupAssigned' ? [event.accessGroup] : event.added
    const organization = organizationOfHolder(event.principal, before)
    const isBy = decision.reach.some((path) => path.type === 'accessGroup' && added.includes(path.accessGroup))
    const isPermitted = isOrgAdmin(command.actor, organization, before)
    if (
      isBy &&
      isPermitted &&
      added.every((group) => isListed(organization, group, before)) &&
      isGivenIn(cell, event.principal, after)
    )
      return true
  }
  return false
}

/** Whether a cell is about a credential that a command of its manager makes, widens, rotates or activates. */
function isOpened({ command, before, after }: Act, { credential, principal }: Cell): boolean {
  if (!isOf(command, 'IssueCredential', 'UpdateCredential', 'RotateCredential', 'ActivateCredential')) return false
  if (credential !== command.credential) return false
  const { actor } = command
  const state = command.type === 'IssueCredential' ? after : before
  if (principal.type === 'user') return actor.type === 'user' && actor.id === principal.id && actor.team === undefined
  if (principal.type === 'team') return isMemberManager(actor, principal.id, state)
  return isOrgAdmin(actor, organizationOfHolder(principal, state), state)
}

/** Whether the table of the contract permits the growth of a cell by the act. */
function mayGrow(act: Act, cell: Cell, gained: readonly string[]): boolean {
  const { command, before, after } = act
  const { actor } = command
  const team = teamOf(cell, after)
  if (isGiftPermitted(act, cell, gained) || isOpened(act, cell)) return true
  if (isOf(command, 'AddTeamMember', 'AcceptInvitation')) {
    return cell.principal.type === 'user' && cell.principal.id === command.user && team === command.team
  }
  if (isOf(command, 'ActivateTeam'))
    return team === command.team && isOrgAdmin(actor, organizationOfTeam(command.team, before), before)
  if (isOf(command, 'ActivateVirtualAccount'))
    return cell.principal.type === 'virtualAccount' && cell.principal.id === command.virtualAccount
  if (isOf(command, 'CreateTeam')) return team === command.team && isAdmitted(command, before)
  if (isOf(command, 'CreateVirtualAccount')) {
    return (
      cell.principal.type === 'virtualAccount' &&
      cell.principal.id === command.virtualAccount &&
      isAdmitted(command, before)
    )
  }
  if (isOf(command, 'AddModels', 'ActivateModel')) {
    const models = command.type === 'AddModels' ? command.models : [command.model]
    return gained.every((route) => models.some((model) => route === `${command.providerAccount}/${model}`))
  }
  return false
}

function isAdmitted(
  command: Command & { readonly organization: string; readonly accessGroups?: readonly string[] | undefined },
  state: State,
): boolean {
  const { organization, accessGroups = [], actor } = command
  return isOrgAdmin(actor, organization, state) && accessGroups.every((one) => isListed(organization, one, state))
}

/** The law of access: routes grow only where the table of the contract gives the actor that right over that subject. */
export function* accessViolations(act: Act, before: View, after: View): IterableIterator<string> {
  for (const [key, cell] of after) {
    if (cell.context.type === 'unnamed' && cell.principal.type === 'user' && teamOf(cell, act.after) === undefined)
      continue
    const had = routesOf(before.get(key)?.decision)
    const gained = routesOf(cell.decision).filter((route) => !had.includes(route))
    if (gained.length === 0 || mayGrow(act, cell, gained)) continue
    yield `access: ${key} gained ${gained.join(', ')}`
  }
}

/** The law of unnamed requests: what a user gets without naming a team, it gets alone or for one of its teams. */
export function* unionViolations(view: View): IterableIterator<string> {
  for (const [key, cell] of view) {
    if (cell.context.type !== 'unnamed' || cell.principal.type !== 'user') continue
    const routes = routesOf(cell.decision)
    if (routes.length === 0 || !view.has(keyOf({ ...cell, context: { type: 'own' } }))) continue
    const prefix = key.split('|')
    const reachable = new Set<string>()
    for (const other of cellsOfBearer(cell, view)) for (const route of routesOf(other.decision)) reachable.add(route)
    if (routes.some((route) => !reachable.has(route))) yield `union: ${prefix.join('|')} is allowed beyond its contexts`
  }
}

function* cellsOfBearer(cell: Cell, view: View): IterableIterator<Cell> {
  const own = view.get(keyOf({ ...cell, context: { type: 'own' } }))
  if (own) yield own
  for (const team of teamsIn(view, cell.principal.id)) {
    const one = view.get(keyOf({ ...cell, context: { type: 'team', team } }))
    if (one) yield one
  }
}

const teamCache = new WeakMap<View, Map<string, Set<string>>>()
function teamsIn(view: View, user: string): Iterable<string> {
  const known = teamCache.get(view) ?? new Map<string, Set<string>>()
  if (!teamCache.has(view)) {
    teamCache.set(view, known)
    for (const { principal, context } of view.values()) {
      if (principal.type !== 'user' || context.type !== 'team') continue
      const set = known.get(principal.id) ?? new Set()
      known.set(principal.id, set.add(context.team))
    }
  }
  return known.get(user) ?? []
}

/** The law of owners: a credential reaches nothing that its owner does not reach in the same context. */
export function* ownerViolations(view: View): IterableIterator<string> {
  for (const [key, cell] of view) {
    if (cell.credential === undefined || cell.decision.effect !== 'allow') continue
    if (cell.context.type === 'unnamed' && cell.principal.type === 'user') continue
    const owner = view.get(keyOf({ ...cell, credential: undefined, operation: undefined }))
    const held = routesOf(owner?.decision)
    if (routesOf(cell.decision).some((route) => !held.includes(route)))
      yield `owner: ${key} reaches more than its owner`
  }
}

/**
 * The law of issuers: a key that a bounded actor opens reaches nothing that a restriction in force denies to the actor. Puts
 * the restrictions on the actor, and on its memberships in the owner or the owner's organization, on the owner, and expects
 * that the key's routes stay as they are.
 */
export function* issuerViolations({ command, events, after, before }: Act): IterableIterator<string> {
  if (!isOf(command, 'IssueCredential', 'UpdateCredential', 'RotateCredential', 'ActivateCredential')) return
  const { actor, at } = command
  const row = findRow(after.credentials, command.credential)
  if (row === undefined || row.owner.type === 'user' || actor.type === 'system') return
  if (!events.some(({ type }) => /^Credential(Issued|Rotated|Activated)$/.test(type))) return
  const { owner } = row
  let bound = after
  for (const restriction of rowsIn(before, 'restrictions')) {
    const { subject, window } = restriction
    if ((window.startsAt ?? 0) > at || (window.expiresAt ?? Number.POSITIVE_INFINITY) <= at) continue
    const isOwn = subject.type === actor.type && subject.id === actor.id
    const isMember =
      subject.type === 'member' &&
      actor.type === 'user' &&
      subject.user === actor.id &&
      (owner.type === 'team'
        ? subject.team === owner.id
        : organizationOfTeam(subject.team, before) === organizationOfHolder(owner, before))
    if (isOwn || isMember)
      bound = putRow(bound, 'restrictions', { ...restriction, id: `copy ${restriction.id}`, subject: owner })
  }
  if (bound === after) return
  const [free, denied] = [viewOf(after, at), viewOf(bound, at)]
  for (const [key, cell] of free) {
    if (cell.credential !== command.credential) continue
    const kept = routesOf(denied.get(key)?.decision)
    const lost = routesOf(cell.decision).filter((route) => !kept.includes(route))
    if (lost.length > 0) yield `issuer: ${key} reaches ${lost.join(', ')}, which is denied to its issuer`
  }
}
