import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { putRow } from '../../../src/model/state/put-row.ts'
import type { Rows, State } from '../../../src/model/state/state.ts'
import { findRow } from '../../../src/model/table/table.ts'
import { authorize } from '../../../src/policy/authorize.ts'
import type { Reach, UseAllowed, UseDecision } from '../../../src/policy/decision/decision.ts'
import type { UseRequest } from '../../../src/policy/request/request.ts'
import { arbitrarySession, arbitraryUseRequest } from '../../../src/testing/index.ts'
import { runs } from '../runs.ts'
import { add, aliases, answer, holding, memberOf, role, routesOf, type World, world } from '../world.ts'

const at = 1_700_000_000_000
const ann = { type: 'user', id: 'ann' } as const

/** The routes that a holder of a path is allowed by itself: on behalf of no other team, and without a credential. */
function ownRoutesOf({ principal }: Reach, { model, at }: UseRequest, state: State): readonly string[] {
  const user = principal.type === 'user' ? findRow(state.users, principal.id) : undefined
  const { defaultTeam: _, ...rest } = user ?? {}
  const alone =
    user === undefined ? state : putRow(state, 'users', { ...user, ...rest, defaultTeam: undefined, teams: [] })
  return routesOf(authorize({ type: 'use', who: principal, model, at }, alone))
}

/** Whether a holder of a path is the payer of the call, or one of the unmetered principals of a call that is free. */
function isPayer({ principal }: Reach, { payer, team }: UseAllowed, state: State): boolean {
  if (payer.type === 'wallet') return payer.wallet.type === principal.type && payer.wallet.id === principal.id
  if (team !== undefined) return principal.type === 'team' && principal.id === team
  const tables = { user: state.users, team: state.teams, virtualAccount: state.virtualAccounts }
  return findRow<{ readonly metered: boolean }>(tables[principal.type], principal.id)?.metered === false
}

test('every route of an allow is reached by, and not denied to, its payer', () => {
  fc.assert(
    fc.property(arbitrarySession(arbitraryUseRequest), ({ state, requests }) => {
      for (const request of requests) {
        const decision = authorize(request, state)
        if (decision.effect === 'deny') continue
        expect(decision.reach.every((path) => isPayer(path, decision, state))).toBe(true)
        const own = decision.reach.flatMap((path) => ownRoutesOf(path, request, state))
        expect(own).toEqual(expect.arrayContaining(routesOf(decision)))
      }
    }),
    runs(1_500),
  )
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

  test('a denial names the team, and the remedy grants to the team', () => {
    expect(use('dear', dearOnOwnAccount, { team: 'one' })).toMatchObject({
      level: { type: 'team', id: 'one' },
      remedies: [{ type: 'grant_access', principals: [{ type: 'team', id: 'one' }], model: 'dear' }],
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

  test('an ambiguous payer names at most ten teams, the first by id', () => {
    const ids = Array.from({ length: 12 }, (_, i) => `t${String(i).padStart(2, '0')}`)
    const rows: World = {
      users: [{ id: 'ann', ...memberOf(...ids.toReversed()) }],
      teams: ids.map((id) => ({ id, metered: true, ...holding(['cheap']) })),
    }
    expect(use('cheap', rows)).toMatchObject({ remedies: [{ type: 'name_team', teams: ids.slice(0, 10) }] })
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
