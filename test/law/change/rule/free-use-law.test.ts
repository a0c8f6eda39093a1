import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Command } from '../../../../src/change/message/command.ts'
import type { State } from '../../../../src/model/state/state.ts'
import { findRow } from '../../../../src/model/table/table.ts'
import type { Actor } from '../../../../src/model/value/principal.ts'
import { authorize } from '../../../../src/policy/authorize.ts'
import type { Payer, UseAllowed } from '../../../../src/policy/decision/decision.ts'
import { rowsIn } from '../../../../src/testing/arbitrary/state.ts'
import { applyUnguarded } from '../../command.ts'
import { knownNames } from '../../query/access.ts'
import { runs } from '../../runs.ts'
import { arbitraryBoundedGiven, requestsOf } from './bounded-command.ts'

/** The commands that grant, assign, or make a membership. */
const giving = ['GrantRole', 'AssignAccessGroup', 'AddTeamMember', 'ChangeTeamMemberRole', 'AcceptInvitation']

/** Whether a command is the user's own act: it joins a team itself. */
function isOwnAct(command: Command, user: string): boolean {
  const { type, actor } = command
  if (type !== 'AddTeamMember' && type !== 'AcceptInvitation') return false
  return actor.type === 'user' && actor.id === user
}

/** Whether an unmetered team gives the model by a group that the listed entitlement of its organization admits. */
function isEntitled({ reach }: UseAllowed, team: string, state: State): boolean {
  const row = findRow(state.teams, team)
  const entitlement = findRow(state.organizations, row?.organization ?? '')?.entitlement
  if (row === undefined || row.metered || entitlement?.type !== 'list') return false
  return reach.some(
    ({ principal, ...path }) =>
      path.type === 'accessGroup' &&
      (principal.type === 'member'
        ? principal.team === team
        : principal.id === (principal.type === 'organization' ? row.organization : team)) &&
      entitlement.accessGroups.includes(path.accessGroup),
  )
}

/** Whether an actor has a role on an account itself or by a team, where no wallet pays for the actor's own calls. */
function hasFreeUse(actor: Actor, account: string, state: State): boolean {
  if (actor.type === 'system') return true
  const places = actor.type === 'user' ? (findRow(state.users, actor.id)?.teams ?? []) : []
  const own = actor.type === 'user' ? findRow(state.users, actor.id) : findRow(state.virtualAccounts, actor.id)
  const holders = [own, ...places.map(({ team }) => findRow(state.teams, team))]
  return holders.some(
    (holder) =>
      holder?.metered === false && holder.roleGrants.some(({ providerAccount }) => providerAccount === account),
  )
}

/** The team that a command gives a group to: directly, by one of its memberships, or by its organization. */
function isGivenTo(
  { principal }: Command & { readonly type: 'AssignAccessGroup' | 'GrantRole' },
  team: string,
  state: State,
) {
  if (principal.type === 'member') return principal.team === team
  if (principal.type === 'organization') return findRow(state.teams, team)?.organization === principal.id
  return principal.type === 'team' && principal.id === team
}

/** Whether a command may make a call unpaid, by section "Free use" of the contract. */
function mayMakeUnpaid(command: Command, after: UseAllowed, state: State): boolean {
  if (command.type === 'GrantRole') return hasFreeUse(command.actor, command.providerAccount, state)
  if (command.type === 'AddTeamMember') return isEntitled(after, command.team, state)
  if (command.type !== 'AssignAccessGroup') return false
  return rowsIn(state, 'teams').some(({ id }) => isGivenTo(command, id, state) && isEntitled(after, id, state))
}

/** Whether a command gives a model to the metered team that pays afterwards. Such a team pays before its members do. */
function isGivenToPayer(command: Command, payer: Payer, state: State): boolean {
  if (command.type !== 'GrantRole' && command.type !== 'AssignAccessGroup') return false
  return payer.type === 'wallet' && payer.wallet.type === 'team' && isGivenTo(command, payer.wallet.id, state)
}

test('no grant, assignment or membership by a bounded actor makes a paid call unpaid or moves it to another wallet', () => {
  const seen = new Map<string, number>()
  fc.assert(
    fc.property(arbitraryBoundedGiven, ({ state, commands, at }) => {
      for (const command of commands.filter(({ type }) => giving.includes(type))) {
        const applied = applyUnguarded(command, state)
        if (!applied.ok || applied.events.length === 0) continue
        const then = Math.max(at, command.at)
        for (const { id } of rowsIn(state, 'users').filter((row) => !isOwnAct(command, row.id))) {
          for (const request of knownNames(state).flatMap((name) => requestsOf(id, name, then, state))) {
            const before = authorize(request, state)
            if (before.effect === 'deny' || before.payer.type === 'none') continue
            seen.set(command.type, (seen.get(command.type) ?? 0) + 1)
            const after = authorize(request, applied.state)
            if (after.effect === 'deny') continue
            const isAllowed =
              after.payer.type === 'none'
                ? mayMakeUnpaid(command, after, state)
                : isGivenToPayer(command, after.payer, state)
            if (!isAllowed) expect(after.payer, JSON.stringify([command, request])).toEqual(before.payer)
          }
        }
      }
    }),
    runs(2_000),
  )
  expect([...seen.keys()].sort()).toEqual(
    expect.arrayContaining(['AddTeamMember', 'AssignAccessGroup', 'ChangeTeamMemberRole', 'GrantRole']),
  )
})
