import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { putRow } from '../../../src/model/state/put-row.ts'
import type { State } from '../../../src/model/state/state.ts'
import { findRow } from '../../../src/model/table/table.ts'
import { authorize } from '../../../src/policy/authorize.ts'
import type { ManageRequest, UseRequest } from '../../../src/policy/request/request.ts'
import { origin } from '../../../src/testing/arbitrary/window.ts'
import { arbitraryManageRequest, arbitrarySession, arbitraryUseRequest } from '../../../src/testing/index.ts'
import { runs } from '../runs.ts'
import { add, aliases, answer, holding, memberOf, routesOf, world } from '../world.ts'
import { credentialOf } from './edit.ts'

/** Returns every route that a user can use: alone, or on behalf of one of the user's teams. */
function everyRouteOf(request: UseRequest, user: string, state: State): string[] {
  const row = findRow(state.users, user)
  if (row === undefined) return []
  const { defaultTeam: _, ...rest } = row
  const alone = putRow(state, 'users', { ...rest, teams: [] })
  return [
    ...routesOf(authorize(request, alone)),
    ...row.teams.flatMap(({ team }) => routesOf(authorize({ ...request, team }, state))),
  ]
}

function withoutMoney({ credits: _, ...request }: UseRequest): UseRequest {
  return request
}

describe('a credential never reaches more than its owner reaches at that instant', () => {
  test('for a team or a virtual account, its owner is allowed on the same routes', () => {
    fc.assert(
      fc.property(arbitrarySession(arbitraryUseRequest), ({ state, requests }) => {
        for (const asked of requests) {
          const request = withoutMoney(asked)
          const credential = credentialOf(state, request.who)
          const decision = authorize(request, state)
          if (credential === undefined || decision.effect === 'deny') continue
          const { owner } = credential
          const team = request.team ?? credential.team
          if (owner.type === 'user' && team === undefined) continue
          const own = authorize({ ...request, who: owner, ...(team === undefined ? {} : { team }) }, state)
          expect(own).toMatchObject({
            effect: 'allow',
            principal: owner,
            payer: decision.payer,
            cacheScope: decision.cacheScope,
          })
          expect(routesOf(own)).toEqual(expect.arrayContaining(routesOf(decision)))
        }
      }),
      runs(800),
    )
  })

  test('for a user without a named team, the user reaches each route in one of its contexts', () => {
    fc.assert(
      fc.property(arbitrarySession(arbitraryUseRequest), ({ state, requests }) => {
        for (const asked of requests) {
          const request = withoutMoney(asked)
          const credential = credentialOf(state, request.who)
          const decision = authorize(request, state)
          if (credential?.owner.type !== 'user' || decision.effect === 'deny') continue
          if (request.team !== undefined || credential.team !== undefined) continue
          const asOwner = { ...request, who: credential.owner }
          expect(['allow', 'payer_ambiguous']).toContain(answer(authorize(asOwner, state)))
          expect(everyRouteOf(asOwner, credential.owner.id, state)).toEqual(expect.arrayContaining(routesOf(decision)))
        }
      }),
      runs(800),
    )
  })

  test('its owner may manage each thing that it may manage, and by the same power unless it is for a team', () => {
    fc.assert(
      fc.property(arbitrarySession(arbitraryManageRequest), ({ state, requests }) => {
        for (const request of requests) {
          const credential = credentialOf(state, request.who)
          const decision = authorize(request, state)
          if (credential === undefined || decision.effect === 'deny') continue
          const own: ManageRequest = { ...request, who: credential.owner }
          const power = credential.team === undefined ? { power: decision.power } : {}
          expect(authorize(own, state)).toMatchObject({ effect: 'allow', ...power })
        }
      }),
      runs(500),
    )
  })
})

describe('a credential', () => {
  const state = world({
    users: [{ id: 'ann', ...memberOf('dev', 'ops') }],
    teams: [
      { id: 'dev', ...holding(['gpt']) },
      { id: 'ops', ...holding(['gpt']) },
    ],
    modelAliases: [{ id: 'gpt-4' }],
    accessGroups: [{ id: 'gpt', ...aliases('gpt-4') }],
    credentials: [
      {
        id: 'pat',
        team: 'dev',
        digest: 'd'.repeat(64),
        previous: [{ digest: 'e'.repeat(64), expiresAt: 1_700_000_000_200 }],
      },
    ],
  })
  const use = (change: Partial<UseRequest>, now = state) =>
    authorize(
      {
        type: 'use',
        who: { type: 'credential', id: 'pat' },
        model: 'gpt-4',
        at: 1_700_000_000_100,
        ...change,
      } as UseRequest,
      now,
    )

  test('acts for its own team when no team is named', () => {
    expect(use({})).toMatchObject({ effect: 'allow', team: 'dev' })
  })

  test('passes nothing when the request names another team of its owner', () => {
    expect(use({ team: 'ops' })).toMatchObject({
      reason: 'credential_out_of_scope',
      remedies: [{ type: 'name_own_team' }],
    })
  })

  test('gives nothing after its owner left the team', () => {
    expect(answer(use({}, add(state, { users: [{ id: 'ann', ...memberOf('ops') }] })))).toBe('team_not_member')
  })

  test('works by its digest, and by a replaced digest until the overlap ends', () => {
    const by = (letter: string, at: number) =>
      answer(use({ who: { type: 'credentialDigest', digest: letter.repeat(64) }, at: origin + at }))
    expect([by('d', 300), by('e', 199), by('e', 200), by('f', 0)]).toEqual([
      'allow',
      'allow',
      'credential_expired',
      'credential_unknown',
    ])
  })

  test('a revoked one is denied at every instant, and revocation is reported before expiry', () => {
    const [row] = [findRow(state.credentials, 'pat')]
    const revoked = add(state, {
      credentials: [{ ...row, id: 'pat', revokedAt: 1_700_000_000_500, expiresAt: 1_700_000_000_050 }],
    })
    expect(answer(use({}, revoked))).toBe('credential_revoked')
  })
})
