import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { putRow } from '../../../src/model/state/put-row.ts'
import type { Rows, State } from '../../../src/model/state/state.ts'
import { getRow } from '../../../src/model/table/table.ts'
import { isSamePrincipal, type Principal } from '../../../src/model/value/principal.ts'
import { authorize } from '../../../src/policy/authorize.ts'
import { answerCaller } from '../../../src/policy/decision/caller-answer.ts'
import type { Reach, UseAllowed, UseDecision } from '../../../src/policy/decision/decision.ts'
import { formatDecision } from '../../../src/policy/decision/format-decision.ts'
import type { UseRequest } from '../../../src/policy/request/request.ts'
import { arbitrarySession, arbitraryUseRequest } from '../../../src/testing/index.ts'
import { runs } from '../runs.ts'
import { add, aliases, answer, holding, memberOf, role, routesOf, type World, world } from '../world.ts'

const at = 1_700_000_000_000
const ann = { type: 'user', id: 'ann' } as const

/** The principals of which one is the payer of an allowed call: the one that pays, or each that lets the call be free. */
function payersOf({ payer, team, principal }: UseAllowed, state: State): Principal[] {
  if (payer.type === 'wallet') return [{ type: payer.wallet.type, id: payer.wallet.id }]
  if (team !== undefined) return [{ type: 'team', id: team }]
  if (principal.type !== 'user') return [principal]
  const { metered, teams } = getRow(state.users, principal.id)
  const free = teams.filter((place) => !getRow(state.teams, place.team).metered)
  return [...(metered ? [] : [principal]), ...free.map((place): Principal => ({ type: 'team', id: place.team }))]
}

/** Whether the holder of a path is the payer, the caller's membership in it, or the organization that it is in. */
function isOf(
  payer: Principal,
  { principal: holder }: Reach,
  { principal: caller }: UseAllowed,
  state: State,
): boolean {
  if (holder.type === 'member') return payer.type === 'team' && payer.id === holder.team && caller.id === holder.user
  if (holder.type !== 'organization') return isSamePrincipal(payer, holder)
  if (payer.type === 'user') return false
  const row = payer.type === 'team' ? getRow(state.teams, payer.id) : getRow(state.virtualAccounts, payer.id)
  return row.organization === holder.id
}

/** The routes that a payer is allowed itself, without a credential, if it holds what the caller's membership in it holds. */
function ownRoutesOf(payer: Principal, { model, at }: UseRequest, caller: Principal, state: State): readonly string[] {
  const request = { type: 'use', who: payer, model, at } as const
  const user = caller.type === 'user' ? getRow(state.users, caller.id) : undefined
  if (payer.type === 'user') {
    const { defaultTeam: _, ...row } = getRow(state.users, payer.id)
    return routesOf(authorize(request, putRow(state, 'users', { ...row, teams: [] })))
  }
  const membership = payer.type === 'team' ? user?.teams.find(({ team }) => team === payer.id) : undefined
  if (membership === undefined) return routesOf(authorize(request, state))
  const row = getRow(state.teams, payer.id)
  return [row.accessGroups, membership.accessGroups].flatMap((accessGroups) =>
    routesOf(authorize(request, putRow(state, 'teams', { ...row, accessGroups }))),
  )
}

test('every route of an allow is reached by, and not denied to, its payer or the membership', () => {
  let byMembership = 0
  fc.assert(
    fc.property(arbitrarySession(arbitraryUseRequest), ({ state, requests }) => {
      for (const request of requests) {
        const decision = authorize(request, state)
        if (decision.effect === 'deny') continue
        const payers = payersOf(decision, state)
        for (const path of decision.reach) {
          expect(payers.some((payer) => isOf(payer, path, decision, state))).toBe(true)
          if (path.principal.type === 'member') byMembership += 1
        }
        const own = payers.flatMap((payer) => ownRoutesOf(payer, request, decision.principal, state))
        expect(own).toEqual(expect.arrayContaining(routesOf(decision)))
      }
    }),
    runs(1_500),
  )
  expect(byMembership).toBeGreaterThan(10)
})

/** The aliases `cheap` and `dear`, the user ann, and metered teams that she is in, in the order of their ids. */
const base = world({
  users: [{ id: 'ann', metered: true, ...memberOf('one', 'two') }],
  teams: [
    { id: 'one', metered: true },
    { id: 'two', metered: true },
  ],
  modelAliases: [{ id: 'cheap' }, { id: 'dear' }],
  accessGroups: [
    { id: 'cheap', ...aliases('cheap') },
    { id: 'dear', ...aliases('dear') },
  ],
})

function use(model: string, rows: World, change: Partial<UseRequest> = {}): UseDecision {
  return authorize({ type: 'use', who: ann, model, at, ...change }, add(base, rows))
}

const annWith = (row: Partial<Rows['users']>) => [{ id: 'ann', metered: true, ...memberOf('one', 'two'), ...row }]

const listOf = (...accessGroups: readonly string[]) => ({ type: 'list' as const, accessGroups })

const payerOf = (decision: UseDecision): string => {
  if (decision.effect === 'deny') return decision.reason
  return decision.payer.type === 'wallet' ? decision.payer.wallet.id : 'none'
}

describe('on behalf of a team', () => {
  const dearOnOwnAccount: World = {
    users: annWith({ ...holding(['dear']), ...role('openai') }),
    teams: [{ id: 'one', metered: true, ...holding(['cheap']) }],
  }

  test('a group and a role of the member itself give nothing on the bill of a named team', () => {
    expect(answer(use('dear', dearOnOwnAccount, { team: 'one' }))).toBe('model_not_granted')
    expect(answer(use('openai/any', dearOnOwnAccount, { team: 'one' }))).toBe('model_not_granted')
    expect(payerOf(use('cheap', dearOnOwnAccount, { team: 'one' }))).toBe('one')
  })

  test('nor on the bill of a default team: the member pays for them itself', () => {
    const rows = { ...dearOnOwnAccount, users: annWith({ ...holding(['dear']), defaultTeam: 'one' }) }
    expect(payerOf(use('dear', rows))).toBe('ann')
    expect(payerOf(use('cheap', rows))).toBe('one')
  })

  test('nor on the bill of the team of a token', () => {
    const rows: World = { ...dearOnOwnAccount, credentials: [{ id: 'pat', owner: ann, team: 'one' }] }
    expect(answer(use('dear', rows, { who: { type: 'credential', id: 'pat' } }))).toBe('model_not_granted')
  })

  test('a restriction on the member still binds', () => {
    const rows: World = {
      teams: [{ id: 'one', metered: true, ...holding(['cheap']) }],
      restrictions: [{ id: 'no', subject: ann, selector: { type: 'alias', alias: 'cheap' } }],
    }
    expect(answer(use('cheap', rows, { team: 'one' }))).toBe('model_restricted')
  })

  test('a denial names the team, and the remedy grants to the membership or the team', () => {
    expect(use('dear', dearOnOwnAccount, { team: 'one' })).toMatchObject({
      level: { type: 'team', id: 'one' },
      remedies: [
        {
          type: 'grant_access',
          principals: [
            { type: 'member', team: 'one', user: 'ann' },
            { type: 'team', id: 'one' },
          ],
          model: 'dear',
        },
      ],
    })
  })
})

describe('without a named team', () => {
  const bothTeams = (one: Partial<Rows['teams']> = {}): World => ({
    teams: [
      { id: 'one', metered: true, ...holding(['cheap']), ...one },
      { id: 'two', metered: true, ...holding(['cheap']) },
    ],
  })

  test('the only metered team that yields pays before the user itself', () => {
    const rows: World = {
      users: annWith(holding(['cheap', 'dear'])),
      teams: [{ id: 'one', metered: true, ...holding(['cheap']) }],
    }
    expect(payerOf(use('cheap', rows))).toBe('one')
    expect(payerOf(use('dear', rows))).toBe('ann')
  })

  test('several metered teams that yield are ambiguous, although the user could pay itself', () => {
    const rows = { ...bothTeams(), users: annWith(holding(['cheap'])) }
    expect(use('cheap', rows)).toMatchObject({
      reason: 'payer_ambiguous',
      remedies: [{ type: 'name_team', teams: ['one', 'two'] }],
    })
  })

  test('an ambiguous payer names at most ten teams, the first by id, and the number of all', () => {
    const ids = Array.from({ length: 12 }, (_, i) => `t${String(i).padStart(2, '0')}`)
    const rows: World = {
      users: [{ id: 'ann', ...memberOf(...ids.toReversed()) }],
      teams: ids.map((id) => ({ id, metered: true, ...holding(['cheap']) })),
    }
    const decision = use('cheap', rows)
    expect(decision).toMatchObject({ remedies: [{ type: 'name_team', teams: ids.slice(0, 10), total: 12 }] })
    expect(answerCaller(decision)).toMatchObject({ message: expect.stringMatching(/`t09` and 2 more$/) })
    expect(formatDecision(decision)).toContain('`t09` and 2 more')
  })

  test('an unmetered team comes before a metered one', () => {
    expect(payerOf(use('cheap', bothTeams({ metered: false })))).toBe('none')
  })

  test.each([
    ['team_suspended', bothTeams({ status: 'suspended' })],
    [
      'organization_suspended',
      { ...bothTeams({ organization: 'off' }), organizations: [{ id: 'off', status: 'suspended' }] },
    ],
  ] as const)('a default team keeps its user from every other payer: %s', (reason, teams) => {
    const rows = { ...teams, users: annWith({ ...holding(['cheap', 'dear']), defaultTeam: 'one' }) }
    for (const model of ['cheap', 'dear', 'none']) expect(answer(use(model, rows))).toBe(reason)
    expect(payerOf(use('cheap', rows, { team: 'two' }))).toBe('two')
    const manage = { type: 'manage', who: ann, thing: { type: 'userTokens', id: 'ann' }, at } as const
    expect(authorize(manage, add(base, rows)).effect).toBe('allow')
  })

  test('another suspended team is not a candidate', () => {
    expect(payerOf(use('cheap', bothTeams({ status: 'suspended' })))).toBe('two')
  })

  test('a default team that yields no route is passed over', () => {
    const rows = { ...bothTeams({ accessGroups: [] }), users: annWith({ defaultTeam: 'one' }) }
    expect(payerOf(use('cheap', rows))).toBe('two')
  })

  test('the reason is that of the context that passed the most steps', () => {
    const rows: World = {
      ...bothTeams({ accessGroups: [] }),
      users: annWith({ defaultTeam: 'one' }),
      restrictions: [{ id: 'no', subject: { type: 'team', id: 'two' }, selector: { type: 'alias', alias: 'cheap' } }],
    }
    expect(answer(use('cheap', rows))).toBe('model_restricted')
    expect(use('dear', rows)).toMatchObject({ reason: 'model_not_granted', level: { type: 'team', id: 'one' } })
  })
})

describe('a membership', () => {
  const member = (groups: readonly string[], row: Partial<Rows['users']> = {}): World => ({
    users: [
      {
        id: 'ann',
        metered: true,
        teams: [{ team: 'one', role: 'member', ...holding(groups) }, ...memberOf('two').teams],
        ...row,
      },
    ],
  })

  test('gives its groups on the bill of its team, to its user alone', () => {
    const rows: World = { ...member(['dear']), credentials: [{ id: 'key', owner: { type: 'team', id: 'one' } }] }
    expect(use('dear', rows, { team: 'one' })).toMatchObject({
      payer: { wallet: { id: 'one' } },
      reach: [{ principal: { type: 'member', team: 'one', user: 'ann' } }],
    })
    expect(payerOf(use('dear', rows))).toBe('one')
    expect(answer(use('dear', rows, { who: { type: 'credential', id: 'key' } }))).toBe('model_not_granted')
    expect(answer(use('dear', rows, { team: 'two' }))).toBe('model_not_granted')
  })

  test('has what the entitlement admits only, and the denial names the organization', () => {
    const rows = { ...member(['dear']), organizations: [{ id: 'acme', entitlement: listOf('cheap') }] }
    expect(use('dear', rows, { team: 'one' })).toMatchObject({
      reason: 'model_not_granted',
      level: { type: 'organization', id: 'acme' },
      remedies: [{ type: 'extend_entitlement', organization: 'acme', accessGroups: ['dear'] }],
    })
  })

  test('that is restricted binds its user on behalf of the team, and nowhere else', () => {
    const subject = { type: 'member', team: 'one', user: 'ann' } as const
    const rows: World = {
      ...member(['cheap'], holding(['cheap'])),
      restrictions: [{ id: 'no', subject, selector: { type: 'alias', alias: 'cheap' } }],
    }
    expect(use('cheap', rows, { team: 'one' })).toMatchObject({ reason: 'model_restricted', level: subject })
    expect(payerOf(use('cheap', rows))).toBe('ann')
  })
})

describe('an organization', () => {
  const holder = (entitlement?: Rows['organizations']['entitlement']): World => ({
    organizations: [{ id: 'acme', ...holding(['dear']), ...(entitlement && { entitlement }) }],
    virtualAccounts: [{ id: 'bot' }],
  })

  test('gives its groups to its teams and virtual accounts, and not to users themselves', () => {
    const path = { principal: { type: 'organization', id: 'acme' } }
    expect(use('dear', holder(), { who: { type: 'team', id: 'one' } })).toMatchObject({ reach: [path] })
    expect(use('dear', holder(), { who: { type: 'virtualAccount', id: 'bot' } })).toMatchObject({ reach: [path] })
    expect(payerOf(use('dear', holder(), { team: 'one' }))).toBe('one')
    expect(answer(use('dear', { ...holder(), users: annWith({ teams: [] }) }))).toBe('model_not_granted')
  })

  test('is bounded by its own entitlement', () => {
    expect(use('dear', holder(listOf('cheap')), { team: 'one' })).toMatchObject({
      reason: 'model_not_granted',
      remedies: [{ type: 'extend_entitlement', accessGroups: ['dear'] }],
    })
    expect(payerOf(use('dear', holder(listOf('dear')), { team: 'one' }))).toBe('one')
  })
})
