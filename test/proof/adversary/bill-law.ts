import type { Command } from '../../../src/change/message/command.ts'
import type { State } from '../../../src/model/state/state.ts'
import { findRow, getRow } from '../../../src/model/table/table.ts'
import type { Actor, Holder } from '../../../src/model/value/principal.ts'
import type { UseAllowed } from '../../../src/policy/decision/decision.ts'
import { type Act, isListed, isOf, organizationOfHolder, organizationOfTeam } from './judge.ts'
import { type Cell, payerOf } from './view.ts'

type View = ReadonlyMap<string, Cell>

/** The commands that take something away, or lift a suspension: the payer that remains is that of the contract's order. */
const taking = /^(Remove|Suspend|Delete|Unassign|Revoke|Activate|SetAccessGroups|Decline|Withdraw)/

/** Whether an actor has a role on an account itself or by a team of its own, in a window that is not over, and does not pay. */
function hasFreeUse(actor: Actor, account: string, at: number, state: State): boolean {
  if (actor.type === 'system') return true
  const own = actor.type === 'user' ? findRow(state.users, actor.id) : findRow(state.virtualAccounts, actor.id)
  const places = actor.type === 'user' ? (findRow(state.users, actor.id)?.teams ?? []) : []
  return [own, ...places.map(({ team }) => findRow(state.teams, team))].some(
    (holder) =>
      holder?.metered === false &&
      holder.roleGrants.some(
        (one) => one.providerAccount === account && one.windows.some(({ expiresAt = at + 1 }) => expiresAt > at),
      ),
  )
}

const covers = (holder: Holder, team: string, state: State): boolean =>
  holder.type === 'member'
    ? holder.team === team
    : holder.type === 'organization'
      ? organizationOfTeam(team, state) === holder.id
      : holder.type === 'team' && holder.id === team

/** Whether the paths of a free call are groups that the listed entitlement of an unmetered team's organization admits. */
function isEntitled({ reach }: UseAllowed, state: State): boolean {
  return reach.some(({ principal, ...path }) => {
    if (path.type !== 'accessGroup') return false
    return isListed(organizationOfHolder(principal, state), path.accessGroup, state)
  })
}

/** Whether the contract's exceptions permit that a call has another payer after a command. */
function mayChangePayer(command: Command, after: UseAllowed, { before, after: then, at }: Act): boolean {
  if (after.payer.type === 'none') {
    if (isOf(command, 'GrantRole'))
      return hasFreeUse(command.actor, command.providerAccount, Math.min(at, command.at), before)
    if (isOf(command, 'AddTeamMember', 'AssignAccessGroup', 'ApproveAccess')) return isEntitled(after, then)
    return false
  }
  const { wallet } = after.payer
  if (!isOf(command, 'GrantRole', 'AssignAccessGroup', 'ApproveAccess')) return false
  const holder = isOf(command, 'ApproveAccess')
    ? getRow(before.accessRequests, command.request).subject
    : command.principal
  return wallet.type === 'team' && covers(holder, wallet.id, then)
}

/** The law of the bill: a call that a user could make has the same payer, unless by its own act or an exception of the contract. */
export function* billViolations(act: Act, before: View, after: View): IterableIterator<string> {
  const { command } = act
  if (taking.test(command.type)) return
  for (const [key, cell] of after) {
    const old = before.get(key)
    if (cell.principal.type !== 'user' || cell.context.type === 'own' || old?.decision.effect !== 'allow') continue
    if (command.actor.type === 'user' && command.actor.id === cell.principal.id) continue
    if (cell.decision.effect !== 'allow' || payerOf(cell.decision) === payerOf(old.decision)) continue
    if (mayChangePayer(command, cell.decision, act)) continue
    yield `bill: ${key} was paid by ${payerOf(old.decision)}, now by ${payerOf(cell.decision)}`
  }
}

/** Whether a command that takes something away moves a call to another payer; these are counted, and no violations. */
export function isMovedByLoss({ command }: Act, before: View, after: View): boolean {
  if (!taking.test(command.type)) return false
  for (const [key, cell] of after) {
    const old = before.get(key)
    if (cell.principal.type !== 'user' || cell.context.type !== 'unnamed' || old?.decision.effect !== 'allow') continue
    if (command.actor.type === 'user' && command.actor.id === cell.principal.id) continue
    if (cell.decision.effect === 'allow' && payerOf(cell.decision) !== payerOf(old.decision)) return true
  }
  return false
}
