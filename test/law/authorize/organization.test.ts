import fc from 'fast-check'
import { expect, test } from 'vitest'
import { dropRow, putRow } from '../../../src/model/state/put-row.ts'
import type { State } from '../../../src/model/state/state.ts'
import { findRow, hasRow } from '../../../src/model/table/table.ts'
import { authorize } from '../../../src/policy/authorize.ts'
import type { Request } from '../../../src/policy/request/request.ts'
import { arbitraryRequest, arbitrarySession } from '../../../src/testing/index.ts'
import { runs } from '../runs.ts'
import { all, credentialOf } from './edit.ts'

/**
 * Returns the organizations that a request concerns: those of the caller, the caller's teams, the named team, and the
 * managed thing.
 */
function concerned(request: Request, state: State): Set<string | undefined> {
  const { who } = request
  const caller = who.type === 'credential' || who.type === 'credentialDigest' ? credentialOf(state, who)?.owner : who
  const ofTeam = (id: string | undefined) => (id === undefined ? undefined : findRow(state.teams, id)?.organization)
  const ofVirtualAccount = (id: string) => findRow(state.virtualAccounts, id)?.organization
  const own =
    caller?.type === 'user' ? (findRow(state.users, caller.id)?.teams ?? []).map(({ team }) => ofTeam(team)) : []
  const thing = request.type === 'manage' && request.thing.type !== 'platform' ? request.thing : undefined
  return new Set([
    ...own,
    caller?.type === 'team' ? ofTeam(caller.id) : undefined,
    caller?.type === 'virtualAccount' ? ofVirtualAccount(caller.id) : undefined,
    request.type === 'use' ? ofTeam(request.team) : undefined,
    thing?.type === 'organization' ? thing.id : undefined,
    thing?.type === 'team' || thing?.type === 'teamMembers' ? ofTeam(thing.id) : undefined,
    thing?.type === 'virtualAccount' ? ofVirtualAccount(thing.id) : undefined,
  ])
}

/** Removes an organization and all rows that belong to the organization from a state. */
function withoutOrganization(state: State, organization: string): State {
  const teams = all(state, 'teams').filter((row) => row.organization === organization)
  const accounts = all(state, 'virtualAccounts').filter((row) => row.organization === organization)
  const gone = ({ type, id }: { readonly type: string; readonly id: string }) =>
    (type === 'team' && teams.some((team) => team.id === id)) ||
    (type === 'virtualAccount' && accounts.some((account) => account.id === id)) ||
    (type === 'organization' && id === organization)
  const steps: ((state: State) => State)[] = [
    ...teams.map(
      ({ id }) =>
        (now: State) =>
          dropRow(now, 'teams', id),
    ),
    ...accounts.map(
      ({ id }) =>
        (now: State) =>
          dropRow(now, 'virtualAccounts', id),
    ),
    ...all(state, 'credentials')
      .filter(({ owner }) => gone(owner))
      .map(
        ({ id }) =>
          (now: State) =>
            dropRow(now, 'credentials', id),
      ),
    ...all(state, 'restrictions')
      .filter(({ subject }) => {
        if (subject.type === 'member') return gone({ type: 'team', id: subject.team })
        return subject.type !== 'everyone' && gone(subject)
      })
      .map(
        ({ id }) =>
          (now: State) =>
            dropRow(now, 'restrictions', id),
      ),
    ...all(state, 'users').map((row) => (now: State) => {
      const { defaultTeam, ...user } = row
      const stay = row.teams.filter(({ team }) => !gone({ type: 'team', id: team }))
      const keeps = stay.some(({ team }) => team === defaultTeam) && defaultTeam !== undefined
      return putRow(now, 'users', { ...user, teams: stay, ...(keeps ? { defaultTeam } : {}) })
    }),
    (now) => ({ ...now, administrators: now.administrators.filter((agent) => !gone(agent)) }),
    (now) => dropRow(now, 'organizations', organization),
  ]
  return steps.reduce((now, step) => step(now), state)
}

test('other organizations are irrelevant: without one, or with it suspended, each decision is the same', () => {
  let compared = 0
  fc.assert(
    fc.property(arbitrarySession(arbitraryRequest), ({ state, requests }) => {
      for (const request of requests) {
        const near = concerned(request, state)
        const decision = authorize(request, state)
        for (const organization of all(state, 'organizations').filter(({ id }) => !near.has(id))) {
          const suspended = putRow(state, 'organizations', { ...organization, status: 'suspended', admins: [] })
          expect(authorize(request, suspended)).toStrictEqual(decision)
          const without = withoutOrganization(state, organization.id)
          expect(hasRow(without.organizations, organization.id)).toBe(false)
          expect(authorize(request, without)).toStrictEqual(decision)
          compared += decision.effect === 'allow' ? 1 : 0
        }
      }
    }),
    runs(400),
  )
  expect(compared).toBeGreaterThan(100)
})
