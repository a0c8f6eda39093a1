import fc from 'fast-check'
import { expect, test } from 'vitest'
import { putRow } from '../../../../src/model/state/put-row.ts'
import type { State } from '../../../../src/model/state/state.ts'
import { findRow, getRow } from '../../../../src/model/table/table.ts'
import type { Agent } from '../../../../src/model/value/principal.ts'
import { authorize } from '../../../../src/policy/authorize.ts'
import { type AccessDiff, diffAccess } from '../../../../src/query/diff/diff-access.ts'
import { lint } from '../../../../src/query/lint/lint.ts'
import { rowsIn } from '../../../../src/testing/arbitrary/state.ts'
import { applyUnguarded } from '../../command.ts'
import { knownNames } from '../../query/access.ts'
import { runs } from '../../runs.ts'
import { arbitraryBoundedGiven, organizationsOf, requestsOf } from './bounded-command.ts'

/** Whether an actor is the user, or has power in an organization to which the user has consented. */
function hasPowerOver(actor: Agent, user: string, state: State): boolean {
  if (actor.type === 'user' && actor.id === user) return true
  const consented = organizationsOf(user, state)
  const isAdmin = rowsIn(state, 'organizations').some(
    ({ id, admins }) => consented.has(id) && admins.some(({ type, id: of }) => type === actor.type && of === actor.id),
  )
  if (isAdmin || actor.type !== 'user') return isAdmin
  const places = findRow(state.users, actor.id)?.teams ?? []
  return places.some(({ team, role }) => role === 'manager' && consented.has(getRow(state.teams, team).organization))
}

/** Returns the provider accounts on which an actor has the manager role, in any window, itself or by a team. */
function accountsOf(actor: Agent, state: State): Set<string> {
  const own = actor.type === 'user' ? findRow(state.users, actor.id) : findRow(state.virtualAccounts, actor.id)
  const places = actor.type === 'user' ? (findRow(state.users, actor.id)?.teams ?? []) : []
  const holders = [own, ...places.map(({ team }) => findRow(state.teams, team))]
  const grants = holders.flatMap((holder) => holder?.roleGrants ?? [])
  return new Set(grants.flatMap(({ role, providerAccount }) => (role === 'manager' ? [providerAccount] : [])))
}

/** Returns the provider accounts on the way of a model name. */
function accountsOn(name: string, state: State): string[] {
  const targets = findRow(state.modelAliases, name)?.targets
  return targets?.map(({ providerAccount }) => providerAccount) ?? [name.slice(0, name.indexOf('/'))]
}

test('an actor without power over a user, its organizations or an account on the way changes no decision of the user', () => {
  const accepted = new Map<string, number>()
  fc.assert(
    fc.property(arbitraryBoundedGiven, ({ state, commands, at }) => {
      for (const command of commands) {
        const applied = applyUnguarded(command, state)
        const { actor } = command
        if (!applied.ok || applied.events.length === 0 || actor.type === 'system') continue
        const managed = accountsOf(actor, state)
        const names = knownNames(state).filter((name) => !accountsOn(name, state).some((id) => managed.has(id)))
        for (const { id } of rowsIn(state, 'users').filter((row) => !hasPowerOver(actor, row.id, state))) {
          accepted.set(command.type, (accepted.get(command.type) ?? 0) + 1)
          for (const request of names.flatMap((name) => requestsOf(id, name, at, state))) {
            const before = { ...authorize(request, state), version: 0 }
            const after = { ...authorize(request, applied.state), version: 0 }
            expect(after, JSON.stringify([command, request])).toEqual(before)
          }
        }
      }
    }),
    runs(900),
  )
  const types = ['InviteTeamMember', 'AddTeamMember', 'GrantRole', 'AssignAccessGroup', 'DeleteTeam']
  expect([...accepted.keys()]).toEqual(expect.arrayContaining(types))
})

test('invitations change no decision, no diff and no finding', () => {
  fc.assert(
    fc.property(arbitraryBoundedGiven, ({ state, at }) => {
      const bare = rowsIn(state, 'teams').reduce(
        (soFar, row) => putRow(soFar, 'teams', { ...row, invitations: [] }),
        state,
      )
      for (const { id } of rowsIn(state, 'users')) {
        for (const request of knownNames(state).flatMap((name) => requestsOf(id, name, at, state))) {
          expect(authorize(request, state)).toEqual(authorize(request, bare))
        }
      }
      const { ok, direction, ...rest } = diffAccess(bare, state, { at }) as AccessDiff
      expect([ok, direction]).toEqual([true, 'same'])
      expect(Object.values(rest).flatMap((list) => (Array.isArray(list) ? list : []))).toEqual([])
      expect(lint(state, { at })).toEqual(lint(bare, { at }))
    }),
    runs(100),
  )
})
