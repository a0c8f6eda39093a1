import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { apply } from '../../../../src/change/apply.ts'
import type { Command } from '../../../../src/change/message/command.ts'
import type { State } from '../../../../src/model/state/state.ts'
import { entries, findRow, getRow, idsOf, rowsOf } from '../../../../src/model/table/table.ts'
import { type Holder, isSameHolder, type Principal } from '../../../../src/model/value/principal.ts'
import { authorize } from '../../../../src/policy/authorize.ts'
import type { ManageRequest, Request, UseRequest, Who } from '../../../../src/policy/request/request.ts'
import { explain } from '../../../../src/query/explain/explain.ts'
import { editDistance } from '../../../../src/query/explain/near-miss/edit-distance.ts'
import { powersOver } from '../../../../src/query/explain/near-miss/manage-miss.ts'
import type { NearMiss, UnassignedGroup } from '../../../../src/query/explain/near-miss/near-miss.ts'
import { pathTracesOf } from '../../../../src/query/explain/trace/context-trace.ts'
import { traceDecision } from '../../../../src/query/explain/trace/decision-trace.ts'
import { arbitraryManageRequest, arbitrarySession, arbitraryUseRequest } from '../../../../src/testing/index.ts'
import { runs } from '../../runs.ts'
import { add, aliases, world } from '../../world.ts'

type Kind = NearMiss['type']
type Of<K extends Kind> = Extract<NearMiss, { readonly type: K }>
type Said<C> = C extends Command ? Omit<C, 'actor' | 'at'> : never

/** Returns the state after commands of the host. A rejected command fails the test. */
function applied(state: State, at: number, ...steps: readonly Said<Command>[]): State {
  return steps.reduce((soFar, step) => {
    const applied = apply({ actor: { type: 'system' }, at, ...step }, soFar)
    if (!applied.ok) throw new Error(`rejected: ${JSON.stringify(applied.rejection)}`)
    return applied.state
  }, state)
}

/** Whether a request gets access. Counts a denial only because of the payer or missing credits as access. */
function gives(request: Request, state: State): boolean {
  const decision = authorize(request, state)
  return decision.effect === 'allow' || ['payer_ambiguous', 'credits_exhausted'].includes(decision.reason)
}

/**
 * Returns the request with the credential's owner as its caller, so that the expiry of the credential has no effect.
 */
function inPerson(request: UseRequest, state: State): UseRequest {
  const id =
    request.who.type === 'credential'
      ? request.who.id
      : request.who.type === 'credentialDigest'
        ? findRow(state.index.digests, request.who.digest)
        : undefined
  if (id === undefined) return request
  const credential = findRow(state.credentials, id)
  if (credential === undefined) return request
  const { owner, team } = credential
  const named = request.team ?? team
  return { ...request, who: owner, ...(named === undefined ? {} : { team: named }) }
}

/** Whether a path leads from the principal to the model through this group or this provider account. */
function hasPath(request: UseRequest, state: State, principal: Holder, by: Readonly<Record<string, string>>): boolean {
  const asked = inPerson(request, state)
  const paths = pathTracesOf(traceDecision(asked, state, authorize(asked, state)))
  return paths.some(
    ({ path }) =>
      isSameHolder(path.principal, principal) &&
      Object.entries(by).every(([key, value]) => Reflect.get(path, key) === value),
  )
}

/** The default team of a user; `undefined` for another caller. */
function defaultTeamOf(who: Who, state: State): string | undefined {
  return who.type === 'user' ? findRow(state.users, who.id)?.defaultTeam : undefined
}

type Check<K extends Kind, R extends Request> = (miss: Of<K>, request: R, state: State) => void

/** The assertions for each kind of near miss of a use request. */
const useChecks: { readonly [K in Kind]?: Check<K, UseRequest> } = {
  assignmentEnded: ({ principal, accessGroup, endedAt }, request, state) => {
    expect(hasPath(request, state, principal, { accessGroup })).toBe(false)
    expect(endedAt).toBeLessThanOrEqual(request.at)
    expect(hasPath({ ...request, at: endedAt - 1 }, state, principal, { accessGroup })).toBe(true)
  },
  assignmentNotBegun: ({ principal, accessGroup, startsAt }, request, state) => {
    expect(hasPath(request, state, principal, { accessGroup })).toBe(false)
    expect(startsAt).toBeGreaterThan(request.at)
    expect(hasPath({ ...request, at: startsAt }, state, principal, { accessGroup })).toBe(true)
  },
  roleEnded: ({ principal, providerAccount, role, endedAt }, request, state) => {
    expect(hasPath(request, state, principal, { providerAccount, role })).toBe(false)
    expect(hasPath({ ...request, at: endedAt - 1 }, state, principal, { providerAccount, role })).toBe(true)
  },
  roleNotBegun: ({ principal, providerAccount, role, startsAt }, request, state) => {
    expect(hasPath(request, state, principal, { providerAccount, role })).toBe(false)
    expect(hasPath({ ...request, at: startsAt }, state, principal, { providerAccount, role })).toBe(true)
  },
  groupNotEntitled: ({ principal, accessGroup, organization }, request, state) => {
    expect(hasPath(request, state, principal, { accessGroup })).toBe(false)
    const { entitlement } = getRow(state.organizations, organization)
    const accessGroups = entitlement.type === 'list' ? [...entitlement.accessGroups, accessGroup] : []
    const wider = { type: 'UpdateOrganization', organization, entitlement: { type: 'list', accessGroups } } as const
    expect(hasPath(request, applied(state, request.at, wider), principal, { accessGroup })).toBe(true)
  },
  memberMissing: ({ principal, accessGroup, member }, request, state) => {
    expect(hasPath(request, state, principal, { accessGroup })).toBe(false)
    const members = [member]
    const fuller = applied(state, request.at, { type: 'AddAccessGroupMembers', accessGroup, members })
    expect(hasPath(request, fuller, principal, { accessGroup })).toBe(true)
  },
  groupsUnassigned: ({ total, groups }, request, state) => {
    expect(groups.length).toBe(Math.min(total, 10))
    const sizeOf = ({ isOpen, aliasCount, modelCount }: UnassignedGroup): number =>
      isOpen ? 1000 + aliasCount + modelCount : aliasCount + modelCount
    const counts = groups.map(sizeOf)
    expect(counts).toEqual([...counts].sort((a, b) => a - b))
    for (const { accessGroup, principals, aliasCount } of groups) {
      expect(principals).not.toEqual([])
      for (const principal of principals) {
        expect(hasPath(request, state, principal, { accessGroup })).toBe(false)
        const assigned = applied(state, request.at, { type: 'AssignAccessGroup', accessGroup, principal })
        expect(hasPath(request, assigned, principal, { accessGroup })).toBe(true)
      }
      const [principal] = principals
      if (principal?.type !== 'user') continue
      const alone = applied(state, request.at, { type: 'AssignAccessGroup', accessGroup, principal })
      const opened = [...idsOf(state.modelAliases)].filter((model) =>
        hasPath({ ...request, model }, alone, principal, { accessGroup }),
      )
      expect(opened.length).toBe(aliasCount)
    }
  },
  groupsNotEntitled: ({ organization, total, accessGroups }, request, state) => {
    expect(accessGroups.length).toBe(Math.min(total, 10))
    const { who, team } = inPerson(request, state)
    // Only for a caller whose every context is in the organization: a user in no team's name could hold the group itself.
    const principal = who.type === 'user' && team !== undefined ? ({ type: 'team', id: team } as const) : who
    if (principal.type !== 'team' && principal.type !== 'virtualAccount')
      return expect.fail('no user is held by a ceiling')
    const { entitlement } = getRow(state.organizations, organization)
    const listed = entitlement.type === 'list' ? entitlement.accessGroups : []
    for (const accessGroup of accessGroups) {
      const assigned = applied(state, request.at, { type: 'AssignAccessGroup', accessGroup, principal })
      expect(hasPath(request, assigned, principal, { accessGroup })).toBe(false)
      const wider = { type: 'list', accessGroups: [...listed, accessGroup] } as const
      const entitled = applied(assigned, request.at, { type: 'UpdateOrganization', organization, entitlement: wider })
      expect(hasPath(request, entitled, principal, { accessGroup })).toBe(true)
    }
  },
  teamSuspended: ({ team, organization, suspended, suspendedBy }, request, state) => {
    const rows = { team: getRow(state.teams, team), organization: getRow(state.organizations, organization) }
    expect(suspendedBy).toEqual(suspended.map((kind) => rows[kind].suspendedBy ?? 'platform'))
    const { who, team: acting = defaultTeamOf(who, state) } = inPerson(request, state)
    const named = request.team === undefined && acting === team ? request : { ...request, team }
    expect(gives(request, state)).toBe(false)
    expect(gives(named, state)).toBe(false)
    const steps = suspended.map((kind) =>
      kind === 'team'
        ? ({ type: 'ActivateTeam', team } as const)
        : ({ type: 'ActivateOrganization', organization } as const),
    )
    expect(gives(named, applied(state, request.at, ...steps))).toBe(true)
  },
  teamNotNamed: ({ team }, request, state) => {
    expect(gives({ ...request, team }, state)).toBe(true)
  },
  teamNamed: ({ team }, request, state) => {
    expect(request.team).toBe(team)
    const { team: _, ...unnamed } = request
    expect(gives(unnamed, state)).toBe(true)
  },
  modelHidden: ({ alias, route: { providerAccount, model }, by }, request, state) => {
    expect([alias, `${providerAccount}/${model}`]).toEqual([request.model, request.model])
    expect(gives(request, state)).toBe(false)
    const shown = applied(state, request.at, { type: 'DeleteModelAlias', alias, cascade: true })
    expect(gives(request, shown)).toBe(true)
    const decision = authorize(request, shown)
    if (decision.effect === 'allow') expect(decision).toMatchObject({ reach: expect.arrayContaining([by]) })
  },
  aliasOfModel: ({ alias }, request, state) => {
    expect(gives({ ...request, model: alias }, state)).toBe(true)
    const routes = getRow(state.modelAliases, alias).targets.map(
      ({ providerAccount, model }) => `${providerAccount}/${model}`,
    )
    expect(routes).toContain(request.model)
  },
  restrictionWins: ({ restriction, subject, selector, until, note }, request, state) => {
    const row = getRow(state.restrictions, restriction)
    expect([row.subject, row.selector, row.window.expiresAt, row.note]).toEqual([subject, selector, until, note])
    expect((row.window.startsAt ?? 0) <= request.at && request.at < (row.window.expiresAt ?? 1e16)).toBe(true)
    const lifted = applied(state, request.at, { type: 'DeleteRestriction', restriction })
    const others = (of: State) => explain(request, of).contexts.map((context) => context.restrictions)
    expect(others(state).flat().includes(restriction)).toBe(true)
    expect(others(lifted).flat().includes(restriction)).toBe(false)
  },
  operationMissing: ({ credential, operations, operation }, request, state) => {
    expect([getRow(state.credentials, credential).operations, request.operation]).toEqual([operations, operation])
    const wider = applied(state, request.at, { type: 'UpdateCredential', credential, operations: { type: 'all' } })
    for (const [asked, of] of [
      [request, wider],
      ...(operations.type === 'list' ? operations.operations : []).map(
        (one) => [{ ...request, operation: one }, state] as const,
      ),
    ] as const) {
      const decision = authorize(asked, of)
      expect('reason' in decision && decision.reason).not.toBe('operation_out_of_scope')
    }
  },
  selectorMissing: ({ credential, selector }, request, state) => {
    const { scope } = getRow(state.credentials, credential)
    if (scope.type === 'all') throw new Error('a scope that passes all lacks nothing')
    const wider = { type: 'list', selectors: [...scope.selectors, selector] } as const
    const next = applied(state, request.at, { type: 'UpdateCredential', credential, scope: wider })
    const decision = authorize(request, next)
    if (selector.type === 'alias') expect('reason' in decision && decision.reason).not.toBe('credential_out_of_scope')
  },
  otherTeamNamed: ({ team, named }, request, state) => {
    expect(request.team).toBe(named)
    expect(team).not.toBe(named)
    expect(explain({ ...request, team }, state).nearMisses.some(({ type }) => type === 'otherTeamNamed')).toBe(false)
  },
  routeUnavailable: ({ route: { providerAccount, model }, availability }, _request, state) => {
    const account = findRow(state.providerAccounts, providerAccount)
    const status = account && findRow(account.models, model)?.status
    const expected = {
      accountAbsent: account === undefined,
      accountSuspended: account?.status === 'suspended',
      modelNotListed: status === undefined && account?.anyModel === false,
      modelSuspended: status === 'suspended',
    }
    expect(expected[availability]).toBe(true)
  },
  targetsMissing: ({ alias }, request, state) => {
    expect(alias).toBe(request.model)
    const [account] = [...rowsOf(state.providerAccounts)]
    expect(getRow(state.modelAliases, alias).targets).toEqual([])
    if (account === undefined) return
    const targets = [{ providerAccount: account.id, model: 'any' }]
    const served = applied(
      state,
      request.at,
      { type: 'UpdateProviderAccount', providerAccount: account.id, anyModel: true },
      { type: 'SetModelAliasTargets', alias, targets },
    )
    expect(explain(request, served).nearMisses).not.toContainEqual({ type: 'targetsMissing', alias })
  },
  aliasRetired: ({ alias, successor, isUsable }, request, state) => {
    expect(alias).toBe(request.model)
    expect(successor !== undefined && gives({ ...request, model: successor }, state)).toBe(isUsable)
  },
  similarName: ({ name, isUsable }, request, state) => {
    expect(gives({ ...request, model: name }, state)).toBe(isUsable)
    const decision = authorize({ ...request, model: name }, state)
    expect('reason' in decision && decision.reason).not.toBe('model_unknown')
  },
  overlapEnded: ({ endedAt }, request, state) => {
    expect(authorize(request, state)).toMatchObject({ reason: 'credential_expired' })
    const earlier = authorize({ ...request, at: endedAt - 1 }, state)
    const isOver = 'reason' in earlier && earlier.reason === 'credential_expired'
    const row = [...rowsOf(state.credentials)].find(({ previous }) =>
      previous.some(({ digest }) => request.who.type === 'credentialDigest' && digest === request.who.digest),
    )
    if (row?.expiresAt === undefined || row.expiresAt >= endedAt) expect(isOver).toBe(false)
  },
  credentialNamesTeam: ({ credential, team }, request, state) => {
    expect(request.team).toBe(undefined)
    expect(getRow(state.credentials, credential).team).toBe(team)
  },
}

function check<R extends Request>(checks: { readonly [K in Kind]?: Check<K, R> }, request: R, state: State): Kind[] {
  return explain(request, state).nearMisses.map((miss) => {
    const checkOne = checks[miss.type] as Check<Kind, R> | undefined
    if (checkOne === undefined) throw new Error(`no check for \`${miss.type}\``)
    checkOne(miss, request, state)
    return miss.type
  })
}

function countNearMisses<R extends Request>(
  requestOf: (state: State) => fc.Arbitrary<R>,
  checks: { readonly [K in Kind]?: Check<K, R> },
  count: number,
): Map<Kind, number> {
  const met = new Map<Kind, number>()
  fc.assert(
    fc.property(arbitrarySession(requestOf), ({ state, requests }) => {
      for (const request of requests) {
        for (const kind of check(checks, request, state)) met.set(kind, (met.get(kind) ?? 0) + 1)
      }
    }),
    runs(count),
  )
  return met
}

describe('every near miss holds', () => {
  test('of a use request: without the difference that it names, the request gets further', () => {
    const met = countNearMisses(arbitraryUseRequest, useChecks, 450)
    const rare: readonly Kind[] = ['similarName', 'aliasOfModel', 'teamNamed']
    for (const kind of Object.keys(useChecks) as Kind[]) {
      if (!rare.includes(kind)) expect([kind, (met.get(kind) ?? 0) > 2]).toEqual([kind, true])
    }
  })

  const manageChecks: { readonly [K in Kind]?: Check<K, ManageRequest> } = {
    roleEnded: ({ providerAccount, principal, role, endedAt }, request, state) => {
      const who = ownerOf(request, state)
      const thing = { type: 'providerAccount', id: providerAccount } as const
      expect(role).toBe('manager')
      expect(principal.type === 'team' || isSameHolder(principal, who)).toBe(true)
      expect(authorize({ ...request, who, thing, at: endedAt - 1 }, state).effect).toBe('allow')
    },
    roleNotBegun: ({ providerAccount, startsAt }, request, state) => {
      const thing = { type: 'providerAccount', id: providerAccount } as const
      const asked = { ...request, who: ownerOf(request, state), thing }
      expect(authorize({ ...asked, at: startsAt }, state).effect).toBe('allow')
    },
    powerSuspended: ({ team, organization, suspended, power }, request, state) => {
      const steps = suspended.map((kind) =>
        kind === 'team'
          ? ({ type: 'ActivateTeam', team: team ?? '' } as const)
          : ({ type: 'ActivateOrganization', organization } as const),
      )
      expect(authorize(request, state).effect).toBe('deny')
      expect(authorize(request, applied(state, request.at, ...steps))).toMatchObject({ effect: 'allow', power })
    },
    operationsNotAll: ({ credential }, request, state) => {
      expect(authorize(request, state)).toMatchObject({ reason: 'operation_out_of_scope' })
      expect(getRow(state.credentials, credential).operations.type).toBe('list')
    },
    restrictionWins: ({ subject, restriction }, request, state) => {
      expect(authorize(request, state)).toMatchObject({ reason: 'management_not_granted', level: subject })
      const without = (of: State) =>
        explain(request, of).nearMisses.every(
          (miss) => miss.type !== 'restrictionWins' || miss.restriction !== restriction,
        )
      expect(without(applied(state, request.at, { type: 'DeleteRestriction', restriction }))).toBe(true)
    },
    scopeNotAll: ({ credential }, request, state) => {
      expect(authorize(request, state)).toMatchObject({ reason: 'credential_out_of_scope' })
      expect(getRow(state.credentials, credential).scope.type).toBe('list')
    },
    sufficientPowers: ({ powers }, { thing, at }, state) => {
      for (const [id] of entries(state.users)) {
        const decision = authorize({ type: 'manage', who: { type: 'user', id }, thing, at }, state)
        if (decision.effect === 'allow') expect(powers).toContain(decision.power)
      }
    },
  }

  function ownerOf({ who }: ManageRequest, state: State): Principal {
    if (who.type === 'credential') return getRow(state.credentials, who.id).owner
    return who.type === 'credentialDigest'
      ? getRow(state.credentials, getRow(state.index.digests, who.digest)).owner
      : who
  }

  test('of a manage request', () => {
    const met = countNearMisses(arbitraryManageRequest, manageChecks, 350)
    for (const kind of Object.keys(manageChecks) as Kind[]) {
      expect([kind, (met.get(kind) ?? 0) > 2]).toEqual([kind, true])
    }
  })
})

describe('the sufficient powers', () => {
  test('are exactly the powers by which any agent manages a thing of that kind', () => {
    const met = new Map<string, Set<string>>(Object.keys(powersOver).map((type) => [type, new Set()]))
    fc.assert(
      fc.property(arbitrarySession(arbitraryManageRequest), ({ state, requests }) => {
        const users = [...idsOf(state.users)].map((id) => ({ type: 'user', id }) as const)
        const accounts = [...idsOf(state.virtualAccounts)].map((id) => ({ type: 'virtualAccount', id }) as const)
        for (const { thing, at } of requests) {
          for (const who of [...users, ...accounts]) {
            const decision = authorize({ type: 'manage', who, thing, at }, state)
            if (decision.effect === 'allow') met.get(thing.type)?.add(decision.power)
          }
        }
      }),
      runs(150),
    )
    for (const [type, powers] of Object.entries(powersOver))
      expect([...(met.get(type) ?? [])].sort()).toEqual([...powers].sort())
  })
})

describe('no near miss of a team is left out', () => {
  test('every team of the user that would give access if the request named it is listed', () => {
    let met = 0
    fc.assert(
      fc.property(arbitrarySession(arbitraryUseRequest), ({ state, requests }) => {
        for (const request of requests) {
          const { decision, nearMisses } = explain(request, state)
          const who = inPerson(request, state)
          const reasons = ['model_not_granted', 'model_restricted', 'model_unavailable', 'team_not_member']
          if (decision.effect === 'allow' || !reasons.includes(decision.reason) || who.who.type !== 'user') continue
          const teams = findRow(state.users, who.who.id)?.teams.map(({ team }) => team) ?? []
          const would = teams.filter((team) => gives({ ...request, team }, state))
          const said = nearMisses.flatMap((miss) => (miss.type === 'teamNotNamed' ? [miss.team] : []))
          met += would.length
          expect(said.sort()).toEqual(would.sort())
        }
      }),
      runs(300),
    )
    expect(met).toBeGreaterThan(8)
  })
})

describe('similar names', () => {
  const state = add(
    world({
      users: [{ id: 'ann', accessGroups: [{ accessGroup: 'all', windows: [{}] }] }],
      modelAliases: [{ id: 'gpt-4o' }, { id: 'gpt-4' }, { id: 'claude-3-opus' }, { id: 'x' }],
      accessGroups: [{ id: 'all', ...aliases('gpt-4o') }],
    }),
    {},
  )
  const alike = (model: string) =>
    explain({ type: 'use', who: { type: 'user', id: 'ann' }, model, at: 1_700_000_000_001 }, state).nearMisses.map(
      (miss) => (miss.type === 'similarName' ? [miss.name, miss.differsIn, miss.isUsable] : [miss.type]),
    )

  test('differ in case, separators or spelling, the most similar first', () => {
    expect(alike('GPT-4o')).toEqual([['gpt-4o', 'case', true]])
    expect(alike('gpt_4o')[0]).toEqual(['gpt-4o', 'separators', true])
    expect(alike('Claude 3 Opus')).toEqual([['claude-3-opus', 'separators', false]])
    expect(alike('gtp-4')).toEqual([['gpt-4', 'spelling', false]])
    expect(alike('y')).toEqual([])
    expect(alike('nothing like it')).toEqual([])
  })

  test('the edit distance is the least number of edits, and is not computed beyond its limit', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 7 })
    const naive = (a: string, b: string): number => {
      if (a === '' || b === '') return a.length + b.length
      if (a[0] === b[0]) return naive(a.slice(1), b.slice(1))
      return 1 + Math.min(naive(a.slice(1), b), naive(a, b.slice(1)), naive(a.slice(1), b.slice(1)))
    }
    fc.assert(
      fc.property(letters, letters, fc.integer({ min: 0, max: 4 }), (a, b, limit) => {
        const distance = naive(a, b)
        expect(editDistance(a, b, limit)).toBe(distance <= limit ? distance : undefined)
      }),
      runs(300),
    )
  })
})
