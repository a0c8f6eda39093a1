import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { State } from '../../../../src/model/state/state.ts'
import { idsOf } from '../../../../src/model/table/table.ts'
import type { Principal } from '../../../../src/model/value/principal.ts'
import { authorize } from '../../../../src/policy/authorize.ts'
import type { Reach, UseDecision } from '../../../../src/policy/decision/decision.ts'
import type { UseRequest } from '../../../../src/policy/request/request.ts'
import { modelsFor } from '../../../../src/query/list-models.ts'
import type { QueryFailure } from '../../../../src/query/query-fault.ts'
import {
  type AccessKind,
  type AccessMatrix,
  accessKinds,
  accessMatrix,
  type MatrixCell,
  type MatrixOptions,
  matrixLimit,
  matrixOf,
} from '../../../../src/query/view/matrix/access-matrix.ts'
import { arbitraryAnything, instantsOf } from '../../../../src/testing/index.ts'
import { runs } from '../../runs.ts'
import { aliases, holding, memberOf, role, world } from '../../world.ts'
import { isUnlisted, knownNames, otherNames } from '../access.ts'
import { arbitraryStateAt, everyPrincipal } from '../state-at.ts'

function matrixAt(state: State, options: MatrixOptions): AccessMatrix {
  const matrix = matrixOf(state, options)
  if (!matrix.ok) throw new Error(matrix.fault.message)
  return matrix
}

/** Returns the kind of access that a list of paths gives. Computed independently of the library. */
function kindBy(reach: readonly Reach[]): AccessKind {
  const isGroup = reach.every((path) => path.type === 'accessGroup' && path.plan === undefined)
  const isPlan = reach.every((path) => path.type === 'accessGroup' && path.plan !== undefined)
  const isUser = reach.every((path) => path.type === 'role' && path.role === 'user')
  const isManager = reach.every((path) => path.type === 'role' && path.role === 'manager')
  if (isGroup) return 'accessGroup'
  if (isPlan) return 'plan'
  if (isUser) return 'userRole'
  return isManager ? 'managerRole' : 'several'
}

/**
 * Returns the expected matrix cell for a decision. Omits the kind of access for an ambiguous payer, since the decision
 * has no paths.
 */
function cellBy(decision: UseDecision): object {
  if (decision.effect === 'allow') {
    const { routes, payer, reach, until } = decision
    return { kind: kindBy(reach), routes, payer, reach, until }
  }
  const [remedy] = decision.remedies
  if (remedy?.type === 'name_team') return { payer: { type: 'ambiguous', teams: remedy.teams } }
  return { kind: 'none', reason: decision.reason }
}

function expectCell(cell: MatrixCell, decision: UseDecision): void {
  if (decision.effect === 'allow') expect({ until: undefined, ...cell }).toEqual(cellBy(decision))
  else expect(cell).toMatchObject(cellBy(decision))
}

const useBy = (who: Principal, model: string, at: number): UseRequest => ({ type: 'use', who, model, at })

test('the open accounts of a row are those of the model list of its principal', () => {
  let met = 0
  fc.assert(
    fc.property(arbitraryStateAt, ({ state, at }) => {
      for (const { principal, openAccounts } of matrixAt(state, { at }).rows) {
        const list = modelsFor(principal, state, { at })
        expect(openAccounts).toEqual(list.ok ? list.openAccounts : [])
        met += openAccounts.length
      }
    }),
    runs(150),
  )
  expect(met).toBeGreaterThan(100)
})

test('every cell agrees with `authorize`: kind of access, routes, payer and paths, or the reason of the denial', () => {
  const met = new Map<string, number>()
  let ambiguous = 0
  fc.assert(
    fc.property(arbitraryStateAt, ({ state, at }) => {
      const principals = everyPrincipal(state)
      const models = knownNames(state)
      const matrix = matrixAt(state, { at, principals, models })
      expect(matrix.rows.map(({ principal }) => principal)).toEqual(principals)
      expect(matrix.columns.map(({ name }) => name)).toEqual(models)
      for (const { principal, cells } of matrix.rows) {
        expect(cells.length).toBe(models.length)
        for (const [i, cell] of cells.entries()) {
          expectCell(cell, authorize(useBy(principal, models[i] ?? '', at), state))
          const key = cell.kind === 'none' ? cell.reason : cell.kind
          met.set(key, (met.get(key) ?? 0) + 1)
          if (cell.kind !== 'none' && cell.payer.type === 'ambiguous') ambiguous += 1
        }
      }
    }),
    runs(800),
  )
  const suspensions = ['principal_suspended', 'team_suspended', 'organization_suspended']
  const reasons = ['model_not_granted', 'model_restricted', 'model_unavailable', 'model_retired', ...suspensions]
  for (const key of [...accessKinds, ...reasons]) expect([key, (met.get(key) ?? 0) > 10]).toEqual([key, true])
  expect([...met.keys()].length).toBe(accessKinds.length + reasons.length)
  expect(ambiguous).toBeGreaterThan(3)
})

test('every cell of a model that an account with anyModel serves without listing it agrees with `authorize`', () => {
  const met = { allowed: 0, byGroup: 0, restricted: 0 }
  fc.assert(
    fc.property(arbitraryStateAt, ({ state, at }) => {
      const models = otherNames(state)
        .filter((name) => isUnlisted(name, state))
        .slice(0, matrixLimit.models)
      if (models.length === 0) return
      const principals = everyPrincipal(state)
      for (const { principal, cells } of matrixAt(state, { at, principals, models }).rows) {
        expect(cells.length).toBe(models.length)
        for (const [i, cell] of cells.entries()) {
          expectCell(cell, authorize(useBy(principal, models[i] ?? '', at), state))
          if (cell.kind === 'none') met.restricted += cell.reason === 'model_restricted' ? 1 : 0
          else {
            met.allowed += 1
            if (cell.reach.some(({ type }) => type === 'accessGroup')) met.byGroup += 1
          }
        }
      }
    }),
    runs(200),
  )
  for (const [kind, count] of Object.entries(met)) expect([kind, count > 30 ? 'often' : count]).toEqual([kind, 'often'])
})

test('by default a matrix has every principal, teams first, and every alias, sorted by id', () => {
  fc.assert(
    fc.property(arbitraryStateAt, ({ state, at }) => {
      const matrix = matrixAt(state, { at })
      const teams = [...idsOf(state.teams)].sort()
      const virtualAccounts = [...idsOf(state.virtualAccounts)].sort()
      const users = [...idsOf(state.users)].sort()
      expect(matrix.rows.map(({ principal }) => principal)).toEqual([
        ...teams.map((id) => ({ type: 'team', id })),
        ...virtualAccounts.map((id) => ({ type: 'virtualAccount', id })),
        ...users.map((id) => ({ type: 'user', id })),
      ])
      expect(matrix.columns.map(({ name }) => name)).toEqual([...idsOf(state.modelAliases)].sort())
      expect(matrix.omitted).toEqual({ principals: 0, models: 0 })
    }),
    runs(100),
  )
})

test('a matrix with smaller limits is a prefix of a larger one, and counts what it omits', () => {
  const limits = fc.record({ principals: fc.integer({ min: 1, max: 8 }), models: fc.integer({ min: 1, max: 4 }) })
  let cut = 0
  fc.assert(
    fc.property(arbitraryStateAt, limits, ({ state, at }, limit) => {
      const whole = matrixAt(state, { at })
      const { rows, columns, omitted } = matrixAt(state, { at, limit })
      expect(columns).toEqual(whole.columns.slice(0, limit.models))
      expect(rows).toEqual(
        whole.rows.slice(0, limit.principals).map((row) => ({ ...row, cells: row.cells.slice(0, limit.models) })),
      )
      expect(omitted).toEqual({
        principals: whole.rows.length - rows.length,
        models: whole.columns.length - columns.length,
      })
      cut += omitted.principals + omitted.models
    }),
    runs(150),
  )
  expect(cut).toBeGreaterThan(50)
})

test('a matrix is JSON, and neither it nor a cell changes before its `until`', () => {
  const timeless = ({ at: _, ...matrix }: AccessMatrix) => matrix
  let ending = 0
  fc.assert(
    fc.property(arbitraryStateAt, ({ state, at }) => {
      const matrix = matrixAt(state, { at })
      expect(JSON.parse(JSON.stringify(matrix))).toEqual(matrix)
      const until = matrix.until ?? Number.POSITIVE_INFINITY
      const instants = instantsOf(state).flatMap((instant) => [instant - 1, instant])
      for (const later of instants.filter((instant) => instant > at)) {
        const next = matrixAt(state, { at: later })
        if (later < until) expect(timeless(next)).toEqual(timeless(matrix))
        for (const [i, { cells }] of matrix.rows.entries()) {
          for (const [j, cell] of cells.entries()) {
            if (later >= (cell.until ?? Number.POSITIVE_INFINITY)) continue
            expect(next.rows[i]?.cells[j]).toEqual(cell)
            ending += 1
          }
        }
      }
    }),
    runs(100),
  )
  expect(ending).toBeGreaterThan(100)
})

describe('an invalid query', () => {
  const state = world({ teams: [{ id: 'dev' }], modelAliases: [{ id: 'gpt-4' }] })
  const ask = accessMatrix as (state: unknown, options: unknown) => AccessMatrix | QueryFailure

  test.each<[string, unknown, string, readonly (string | number)[], string]>([
    [
      'an unknown user',
      { principals: [{ type: 'user', id: 'x' }] },
      'user_unknown',
      ['principals', 0],
      'user `x` does not exist',
    ],
    [
      'an unknown team',
      {
        principals: [
          { type: 'team', id: 'dev' },
          { type: 'team', id: 'ops' },
        ],
      },
      'team_unknown',
      ['principals', 1],
      'team `ops` does not exist',
    ],
    [
      'an unknown virtual account',
      { principals: [{ type: 'virtualAccount', id: 'x' }] },
      'virtual_account_unknown',
      ['principals', 0],
      'virtual account `x` does not exist',
    ],
    [
      'an unknown model',
      { models: ['gpt-4', 'openai/any', 'gpt-5'] },
      'model_unknown',
      ['models', 2],
      'no alias and no concrete model is named `gpt-5`',
    ],
    [
      'a limit of zero',
      { limit: { principals: 0 } },
      'query_invalid',
      ['limit', 'principals'],
      'expected at least 1 for `principals`',
    ],
    [
      'too many models',
      { models: Array.from({ length: 251 }, () => 'gpt-4') },
      'query_invalid',
      ['models'],
      'expected at most 250 entries for `models`',
    ],
  ])('%s', (_, options, code, path, message) => {
    expect(ask(state, { at: 1_700_000_000_000, ...(options as object) })).toMatchObject({
      ok: false,
      fault: { code, path: ['options', ...path], message },
    })
  })

  test('never throws, for any arguments and any state', () => {
    fc.assert(
      fc.property(arbitraryAnything, arbitraryAnything, (one, other) => {
        const matrices = [
          ask(one, other),
          ask(state, one),
          ask(one, { at: 1_700_000_000_000 }),
          ask(state, { at: 1_700_000_000_000, principals: one }),
        ]
        for (const matrix of matrices) if (!matrix.ok) expect(typeof matrix.fault.code).toBe('string')
      }),
      runs(300),
    )
  })
})

test('the kind of a cell tells how access is given', () => {
  const state = world({
    modelAliases: [{ id: 'gpt-4' }],
    accessGroups: [{ id: 'gpt-models', ...aliases('gpt-4') }],
    plans: [{ id: 'pro', accessGroups: ['gpt-models'] }],
    teams: [
      { id: 'both', plan: 'pro', ...holding(['gpt-models']) },
      { id: 'by-group', ...holding(['gpt-models']) },
      { id: 'by-plan', plan: 'pro' },
    ],
    virtualAccounts: [{ id: 'manager', ...role('openai', 'manager') }],
    users: [
      { id: 'ann', ...memberOf('by-plan') },
      { id: 'bob', ...role('openai') },
    ],
  })
  const { rows } = matrixAt(state, { at: 1_700_000_000_000 })
  expect(rows.map(({ principal, cells }) => [principal.id, cells[0]?.kind])).toEqual([
    ['both', 'several'],
    ['by-group', 'accessGroup'],
    ['by-plan', 'plan'],
    ['manager', 'managerRole'],
    ['ann', 'plan'],
    ['bob', 'userRole'],
  ])
})
