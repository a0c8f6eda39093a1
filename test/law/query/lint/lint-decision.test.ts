import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { outcomeAt } from '../../../../src/model/noun/access-request.ts'
import { holdsModel } from '../../../../src/model/noun/group-models.ts'
import type { State } from '../../../../src/model/state/state.ts'
import { getRow } from '../../../../src/model/table/table.ts'
import type { AccessGroupMember, Selector } from '../../../../src/model/value/selector.ts'
import { authorize } from '../../../../src/policy/authorize.ts'
import type { UseRequest } from '../../../../src/policy/request/request.ts'
import type { FindingCode } from '../../../../src/query/lint/finding.ts'
import { lint } from '../../../../src/query/lint/lint.ts'
import { rowsIn } from '../../../../src/testing/arbitrary/state.ts'
import { instantsOf } from '../../../../src/testing/index.ts'
import { decideUnguarded } from '../../command.ts'
import { alias, createGroup, enact, noon, route, type Step, team } from '../../document/world.ts'
import { runs } from '../../runs.ts'
import { cases, cleanState } from './lint-case.ts'
import { arbitraryInput, everyCall, linted } from './lint-world.ts'

const allows = (request: Omit<UseRequest, 'type'>, state: State): boolean => {
  const decision = authorize({ type: 'use', ...request }, state)
  return decision.effect === 'allow' || decision.reason === 'payer_ambiguous'
}

/** Runs a check for each finding with a code over generated states, and returns how many findings there were. */
function forEachFound(
  code: FindingCode,
  check: (subject: { readonly type: string }, state: State, at: number) => void,
): number {
  let met = 0
  fc.assert(
    fc.property(arbitraryInput, ({ state, at }) => {
      for (const finding of linted(state, { at })) {
        if (finding.code !== code) continue
        check(finding.subject, state, at)
        met += 1
      }
    }),
    runs(200),
  )
  return met
}

const idOf = (subject: { readonly type: string }): string => ('id' in subject ? String(subject.id) : '')

test('a credential with the finding `credential_scope_idle` is allowed no call, now or later', () => {
  const met = forEachFound('credential_scope_idle', (subject, state, at) => {
    const who = { type: 'credential', id: idOf(subject) } as const
    const models = new Set([...everyCall(state)].map(({ model }) => model))
    const { expiresAt = Number.POSITIVE_INFINITY, scope } = getRow(state.credentials, who.id)
    expect(scope.type).toBe('list')
    const instants = [at, ...instantsOf(state).filter((one) => one > at && one < expiresAt)]
    for (const model of models) {
      for (const instant of instants) {
        expect([model, instant, allows({ who, model, at: instant }, state)]).toEqual([model, instant, false])
      }
    }
  })
  expect(met).toBeGreaterThan(10)
})

test('a pending access request has the finding `access_request_undecidable` if and only if no agent may deny or approve it', () => {
  const met = { found: 0, decidable: 0 }
  fc.assert(
    fc.property(arbitraryInput, ({ state, at }) => {
      const found = linted(state, { at }).filter(({ code }) => code === 'access_request_undecidable')
      const expected = rowsIn(state, 'accessRequests').filter((row) => outcomeAt(row, at) === undefined)
      const agents = [
        ...rowsIn(state, 'users').map(({ id }) => ({ type: 'user', id }) as const),
        ...rowsIn(state, 'virtualAccounts').map(({ id }) => ({ type: 'virtualAccount', id }) as const),
      ]
      const groups = rowsIn(state, 'accessGroups').map(({ id }) => id)
      const undecidable = expected.filter(({ id: request }) =>
        agents.every((actor) => {
          const denial = { type: 'DenyAccess', actor, at, request } as const
          const approvals = groups.map(
            (accessGroup) => ({ type: 'ApproveAccess', actor, at, request, accessGroup }) as const,
          )
          return [denial, ...approvals].every((command) => !decideUnguarded(command, state).ok)
        }),
      )
      expect(found.map(({ subject }) => idOf(subject)).sort()).toEqual(undecidable.map(({ id }) => id).sort())
      met.found += found.length
      met.decidable += expected.length - found.length
    }),
    runs(200),
  )
  expect(met.found).toBeGreaterThan(10)
  expect(met.decidable).toBeGreaterThan(10)
})

test('a restriction with the finding `restriction_bypassed` denies an alias of which a route stays usable by another name', () => {
  const met = forEachFound('restriction_bypassed', (subject, state, at) => {
    const { selector } = getRow(state.restrictions, idOf(subject))
    expect(['alias', 'pattern']).toContain(selector.type)
    if (selector.type !== 'alias') return
    const routes = getRow(state.modelAliases, selector.alias).targets.map((target) => JSON.stringify(target))
    const others = [...everyCall(state)].filter(({ model }) => model !== selector.alias)
    const isBypassed = others.some((call) => {
      const decision = authorize({ type: 'use', ...call, at }, state)
      if (decision.effect === 'deny') return decision.reason === 'payer_ambiguous'
      return decision.routes.some((route) => routes.includes(JSON.stringify(route)))
    })
    expect(isBypassed).toBe(true)
  })
  expect(met).toBeGreaterThan(3)
})

test('the alias of a finding `model_hidden` does not lead to the model, which a role or a group would give', () => {
  const met = forEachFound('model_hidden', (subject, state, at) => {
    const id = idOf(subject)
    const route = { providerAccount: id.slice(0, id.indexOf('/')), model: id.slice(id.indexOf('/') + 1) }
    for (const call of everyCall(state)) {
      if (call.model !== id) continue
      const decision = authorize({ type: 'use', ...call, at }, state)
      if (decision.effect === 'allow') expect(decision.routes).not.toContainEqual(route)
    }
    const holders = [...rowsIn(state, 'users'), ...rowsIn(state, 'teams'), ...rowsIn(state, 'virtualAccounts')]
    const grants = holders.flatMap(({ roleGrants }) => roleGrants)
    const isByRole = grants.some(({ providerAccount }) => providerAccount === route.providerAccount)
    const isByGroup = rowsIn(state, 'accessGroups').some((group) => holdsModel(group.models, route))
    expect([id, isByRole || isByGroup]).toEqual([id, true])
  })
  expect(met).toBeGreaterThan(3)
})

describe('`endsWithinDays`', () => {
  const ending = ['assignment_ending', 'role_ending', 'credential_expiring', 'model_alias_retiring'] as const
  test.each(ending)('of 0 reports no %s, and of fewer days only what ends in them', (code) => {
    const { state, at = noon } = cases[code].found
    const codes = (endsWithinDays: number) => linted(state, { at, endsWithinDays }).map((finding) => finding.code)
    expect(codes(7)).toContain(code)
    expect(codes(0)).not.toContain(code)
    expect(codes(3_660)).toContain(code)
  })

  test('is an integer from 0 to 3,660', () => {
    const isAccepted = (endsWithinDays: number) => lint(cleanState, { at: noon, endsWithinDays }).ok
    expect([0, 3_660, -1, 3_661, 1.5].map(isAccepted)).toEqual([true, true, false, false, false])
  })

  test('does not report what a suspended holder loses', () => {
    const { state } = cases.role_ending.found
    const suspended = enact(state, { type: 'SuspendTeam', team: 'acme-prod' })
    expect(linted(suspended, { at: noon }).map(({ code }) => code)).not.toContain('role_ending')
  })
})

test('an alias of which the only account is suspended says which power suspended it', () => {
  const { state } = cases.model_alias_unserved.found
  const [finding] = linted(state, { at: noon })
  expect(finding?.message).toContain(
    'has no available target, because provider account `anthropic` is suspended by the platform, retire it',
  )
})

test('a deny on a team is bypassed by a membership that has another alias of the route', () => {
  const ann = { type: 'member', team: 'acme-prod', user: 'ann' } as const
  const state = enact(
    cleanState,
    { type: 'CreateModelAlias', alias: 'four', targets: [route('openai', 'gpt-4')] },
    createGroup('four-models', 'Another name', 'four'),
    { type: 'AssignAccessGroup', accessGroup: 'four-models', principal: ann },
    { type: 'CreateRestriction', restriction: 'no', subject: team('acme-prod'), selector: alias('gpt-4') },
  )
  const [finding] = linted(state, { at: noon }).filter(({ code }) => code === 'restriction_bypassed')
  expect(finding?.message).toBe(
    'restriction `no` denies model alias `gpt-4` by its name, but user `ann` in team `acme-prod` can request its route `openai/gpt-4` as `four`, deny the model to deny every name of it',
  )
})

test('a deny by a pattern of names is bypassed by the name of a route that the pattern does not match', () => {
  const deny = (pattern: string): Step => ({
    type: 'CreateRestriction',
    restriction: 'no-gpt',
    subject: { type: 'everyone' },
    selector: { type: 'pattern', pattern },
  })
  const role: Step = { type: 'GrantRole', principal: team('acme-prod'), providerAccount: 'openai', role: 'user' }
  const codesOf = (pattern: string) =>
    linted(enact(cleanState, role, deny(pattern)), { at: noon }).map(({ code }) => code)
  expect(codesOf('gpt-4*')).toContain('restriction_bypassed')
  expect(codesOf('*gpt-4*')).not.toContain('restriction_bypassed')
})

describe('a group that has models of a provider account as members', () => {
  const prod = team('acme-prod')
  const modelsOf = (...members: AccessGroupMember[]): Step[] => [
    { type: 'CreateAccessGroup', accessGroup: 'gpt-members', members },
    { type: 'AssignAccessGroup', accessGroup: 'gpt-members', principal: prod },
  ]
  const member = { type: 'model', providerAccount: 'openai', model: 'gpt-4' } as const
  const open = { type: 'modelPattern', providerAccount: 'router', pattern: 'gpt-*' } as const
  const router: Step = { type: 'CreateProviderAccount', providerAccount: 'router', anyModel: true }
  const codesIn = (state: State) => linted(state, { at: noon }).map(({ code }) => code)

  test('loses a model to an alias of the same name', () => {
    const hiding: Step = {
      type: 'CreateModelAlias',
      alias: 'openai/gpt-4',
      targets: [route('openai', 'gpt-3.5-turbo')],
    }
    const found = linted(enact(cleanState, ...modelsOf(member), hiding), { at: noon })
    expect(found.find(({ code }) => code === 'model_hidden')?.message).toBe(
      'model alias `openai/gpt-4` hides the model of the same name, which access group `gpt-members` would give, replace the alias by one with another name',
    )
    const [unassigned] = modelsOf(member)
    expect(codesIn(enact(cleanState, ...(unassigned ? [unassigned] : []), hiding))).not.toContain('model_hidden')
  })

  test('is reported when its assignment ends soon', () => {
    const [create] = modelsOf(member)
    const assign: Step = {
      type: 'AssignAccessGroup',
      accessGroup: 'gpt-members',
      principal: prod,
      expiresAt: noon + 1000,
    }
    expect(codesIn(enact(cleanState, ...(create ? [create] : []), assign))).toContain('assignment_ending')
  })

  test('gives the models that a scope passes', () => {
    const token = (selector: Selector): Step => ({
      type: 'IssueCredential',
      credential: 'key',
      owner: prod,
      digest: 'd'.repeat(64),
      scope: { type: 'list', selectors: [selector] },
    })
    const state = enact(
      cleanState,
      router,
      ...modelsOf(open, { type: 'model', providerAccount: 'router', model: 'o1' }),
    )
    const idle = (selector: Selector) => codesIn(enact(state, token(selector))).includes('credential_scope_idle')
    expect(idle({ type: 'pattern', pattern: 'router/gpt-*' })).toBe(false)
    expect(idle({ type: 'providerAccount', providerAccount: 'router' })).toBe(false)
    const named = enact(cleanState, router, ...modelsOf({ type: 'model', providerAccount: 'router', model: 'o1' }))
    for (const [pattern, isIdle] of [
      ['router/o*', false],
      ['router/x*', true],
    ] as const) {
      const codes = codesIn(enact(named, token({ type: 'pattern', pattern })))
      expect([pattern, codes.includes('credential_scope_idle')]).toEqual([pattern, isIdle])
    }
  })
})
