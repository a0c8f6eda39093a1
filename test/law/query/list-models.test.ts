import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { groupMembersOf } from '../../../src/model/noun/access-group.ts'
import type { Credential } from '../../../src/model/noun/credential.ts'
import type { Model } from '../../../src/model/noun/provider-account.ts'
import { findCredentialByDigest } from '../../../src/model/state/find-credential.ts'
import { putRow } from '../../../src/model/state/put-row.ts'
import type { State } from '../../../src/model/state/state.ts'
import { emptyTable, findRow, idsOf, rowsOf } from '../../../src/model/table/table.ts'
import type { Operation } from '../../../src/model/value/operation.ts'
import { authorize } from '../../../src/policy/authorize.ts'
import type { UseRequest, Who } from '../../../src/policy/request/request.ts'
import {
  type ListedModel,
  listModels,
  type ModelList,
  modelsFor,
  type OpenAccount,
} from '../../../src/query/list-models.ts'
import { isAmongModels } from '../../../src/query/open-class.ts'
import type { QueryFailure } from '../../../src/query/query-fault.ts'
import {
  arbitraryAnything,
  arbitraryEvaluationTime,
  arbitraryState,
  deepFreeze,
  instantsOf,
} from '../../../src/testing/index.ts'
import { runs } from '../runs.ts'
import { aliases, holding, memberOf, role, world } from '../world.ts'
import { everyWho, givesAccess, isUnlisted, knownNames, otherNames } from './access.ts'
import { arbitraryHistory } from './state-at.ts'

/** Generates a state, an instant at which a decision may change, and a caller, sometimes on behalf of a team. */
const arbitraryAsking = fc
  .oneof({ weight: 3, arbitrary: arbitraryState }, { weight: 1, arbitrary: arbitraryHistory })
  .chain((state) => {
    const who = everyWho(state)
    const teams = [...idsOf(state.teams)]
    return fc.record({
      state: fc.constant(state),
      who: fc.constantFrom<Who>(...who, { type: 'user', id: 'nobody' }),
      team: fc.oneof(
        { weight: 3, arbitrary: fc.constant(undefined) },
        { weight: 1, arbitrary: fc.constantFrom(...teams, 'no-team') },
      ),
      at: arbitraryEvaluationTime(state),
      operation: fc.oneof(
        { weight: 3, arbitrary: fc.constant(undefined) },
        { weight: 1, arbitrary: fc.constantFrom('chat' as const, 'audio' as const) },
      ),
    })
  })

type Asked = typeof arbitraryAsking extends fc.Arbitrary<infer Value> ? Value : never

/** The request for a model: for the operation of the list, or else for one that the credential permits. */
const requestOf = ({ who, team, at, operation, state }: Asked, model: string): UseRequest => ({
  type: 'use',
  who,
  model,
  at,
  ...(team === undefined ? {} : { team }),
  operation: operation ?? permittedOf(who, state),
})

function permittedOf(who: Who, state: State): Operation | undefined {
  const id = who.type === 'credentialDigest' ? findRow(state.index.digests, who.digest) : who.id
  const row =
    who.type === 'credential' || who.type === 'credentialDigest' ? findRow(state.credentials, id ?? '') : undefined
  return row?.operations.type === 'list' ? row.operations.operations[0] : undefined
}

type Listed = ModelList | QueryFailure

/**
 * Lists models like `listModels`, but does not turn exceptions into faults. So a bug fails the law with its own error.
 */
const listOf = ({ who, team, at, operation, state }: Asked): Listed => modelsFor(who, state, { at, team, operation })

function namesIn(list: Listed): string[] {
  return list.ok ? list.models.map(({ name }) => name) : []
}

/** The open accounts of a list that cover an unlisted model. */
function openFor(list: ModelList, name: string): readonly OpenAccount[] {
  const account = name.slice(0, Math.max(name.indexOf('/'), 0))
  return list.openAccounts.filter((open) => open.providerAccount === account && isAmongModels(open, name))
}

/** Whether a list allows a model name, with an entry for the name or with an entry for an account with `anyModel`. */
function covers(list: Listed, name: string, state: State): boolean {
  if (!list.ok) return false
  if (list.models.some((line) => line.name === name)) return true
  return isUnlisted(name, state) && openFor(list, name).length > 0
}

/** Returns the fields of a decision that a list entry also has. */
function lineOf(decision: ReturnType<typeof authorize>): unknown {
  if (decision.effect === 'deny' || decision.type !== 'use') return undefined
  const { routes, payer, reach, notices, team, until } = decision
  return { routes, payer, reach, notices, team, until }
}

const pick = ({ routes, payer, reach, notices, team, until }: ListedModel): unknown => ({
  routes,
  payer,
  reach,
  notices,
  team,
  until,
})

test('a name is listed if and only if a request for it is allowed or denied for money alone', () => {
  let listed = 0
  let ambiguous = 0
  fc.assert(
    fc.property(arbitraryAsking, (asked) => {
      const { state } = asked
      const list = listOf(asked)
      const names = namesIn(list)
      expect(new Set(names).size).toBe(names.length)
      expect(names).toEqual([...names].sort((a, b) => (a < b ? -1 : 1)))
      for (const name of [...knownNames(state), ...names]) {
        const decision = authorize(requestOf(asked, name), state)
        expect([name, names.includes(name)]).toEqual([name, givesAccess(decision)])
      }
      listed += names.length
      if (list.ok) ambiguous += list.models.filter(({ payer }) => payer.type === 'ambiguous').length
    }),
    runs(2_400),
  )
  expect(listed).toBeGreaterThan(400)
  expect(ambiguous).toBeGreaterThan(5)
})

test('an unlisted model is allowed if and only if an entry or an open account of the list covers it', () => {
  let open = 0
  fc.assert(
    fc.property(arbitraryAsking, (asked) => {
      const { state } = asked
      const list = listOf(asked)
      for (const name of otherNames(state)) {
        const gives = givesAccess(authorize(requestOf(asked, name), state))
        expect([name, covers(list, name, state)]).toEqual([name, gives])
        if (gives && isUnlisted(name, state)) open += 1
      }
    }),
    runs(750),
  )
  expect(open).toBeGreaterThan(100)
})

/** The state in which every provider account serves any model and lists none, so that restrictions split open accounts. */
function opened(state: State): State {
  return [...rowsOf(state.providerAccounts)].reduce(
    (soFar, row) => putRow(soFar, 'providerAccounts', { ...row, anyModel: true, models: emptyTable<Model>() }),
    state,
  )
}

/** The credential that asks; `undefined` if a principal asks by its id. */
function credentialIn({ who, state }: Asked): Credential | undefined {
  if (who.type === 'credentialDigest') return findCredentialByDigest(who.digest, state)
  return who.type === 'credential' ? findRow(state.credentials, who.id) : undefined
}

/** Whether an open account is on the same provider account as another, and another payer pays. */
function isSplitFrom({ providerAccount, payer }: OpenAccount, account: string, other: OpenAccount['payer']): boolean {
  return providerAccount === account && JSON.stringify(payer) !== JSON.stringify(other)
}

test('every name of an account with anyModel has the payer, team, reach and notices that the list says', () => {
  const met = { open: 0, pattern: 0, except: 0, own: 0, byGroup: 0, inScope: 0, split: 0 }
  fc.assert(
    fc.property(arbitraryAsking, (asking) => {
      const asked = { ...asking, state: opened(asking.state) }
      const list = listOf(asked)
      if (!list.ok) return
      const isNarrow = credentialIn(asked)?.scope.type === 'list'
      for (const name of otherNames(asked.state)) {
        if (!isUnlisted(name, asked.state)) continue
        const decision = authorize(requestOf(asked, name), asked.state)
        const entries = [...list.models.filter((line) => line.name === name), ...openFor(list, name)]
        expect([name, entries.length > 0]).toEqual([name, givesAccess(decision)])
        for (const { payer, team, reach, notices, ...entry } of entries) {
          const isOpen = 'except' in entry
          met[isOpen ? (entry.matching.length > 0 ? 'pattern' : 'open') : 'own'] += 1
          if (isOpen && entry.except.length > 0) met.except += 1
          if (isOpen && reach.some(({ type }) => type === 'accessGroup')) met.byGroup += 1
          if (isOpen && isNarrow) met.inScope += 1
          if (isOpen && list.openAccounts.some((other) => isSplitFrom(other, entry.providerAccount, payer)))
            met.split += 1
          if (payer.type === 'ambiguous') {
            expect(decision).toMatchObject({ reason: 'payer_ambiguous', remedies: [{ teams: payer.teams }] })
          } else expect(decision).toMatchObject({ effect: 'allow', payer, reach, notices, ...(team && { team }) })
        }
      }
    }),
    runs(1_000),
  )
  for (const [kind, count] of Object.entries(met)) expect([kind, count > 30 ? 'often' : count]).toEqual([kind, 'often'])
})

test('an open account has the payer, paths and team of the decision on every model that it covers, and covers it once', () => {
  const met = { covered: 0, except: 0 }
  fc.assert(
    fc.property(arbitraryAsking, (asked) => {
      const list = listOf(asked)
      for (const name of list.ok ? otherNames(asked.state).filter((one) => isUnlisted(one, asked.state)) : []) {
        const account = name.slice(0, name.indexOf('/'))
        const entries = (list.ok ? list.openAccounts : []).filter(
          (open) => open.providerAccount === account && isAmongModels(open, name),
        )
        expect(entries.length).toBeLessThan(2)
        for (const { payer, reach, team, except } of entries) {
          met.covered += 1
          if (except.length > 0) met.except += 1
          const decision = authorize(requestOf(asked, name), asked.state)
          if (payer.type === 'ambiguous') expect(decision).toMatchObject({ reason: 'payer_ambiguous' })
          else
            expect(decision).toMatchObject({ effect: 'allow', payer, reach, ...(team === undefined ? {} : { team }) })
        }
      }
    }),
    runs(500),
  )
  expect(met.covered).toBeGreaterThan(100)
  expect(met.except).toBeGreaterThan(10)
})

test('an entry has the routes, payer, reach, notices, team and until of the decision', () => {
  fc.assert(
    fc.property(arbitraryAsking, (asked) => {
      const list = listOf(asked)
      for (const line of list.ok ? list.models : []) {
        const decision = authorize(requestOf(asked, line.name), asked.state)
        if (line.payer.type === 'ambiguous') {
          expect(decision).toMatchObject({ reason: 'payer_ambiguous', remedies: [{ teams: line.payer.teams }] })
        } else expect(pick(line)).toEqual(lineOf(decision))
      }
    }),
    runs(200),
  )
})

test('a denied caller gets the fault caller_denied with the denial of its requests', () => {
  let denied = 0
  fc.assert(
    fc.property(arbitraryAsking, (asked) => {
      const list = listOf(asked)
      if (list.ok) return
      denied += 1
      expect(authorize(requestOf(asked, 'no such model'), asked.state)).toEqual(
        list.fault.code === 'caller_denied' && list.fault.denial,
      )
    }),
    runs(200),
  )
  expect(denied).toBeGreaterThan(20)
})

test('a list is the same at every instant before its until', () => {
  let ending = 0
  fc.assert(
    fc.property(arbitraryAsking, (asked) => {
      const list = listOf(asked)
      if (!list.ok) return
      const until = list.until ?? Number.POSITIVE_INFINITY
      if (list.until !== undefined) ending += 1
      const later = instantsOf(asked.state).filter((at) => at > asked.at && at < until)
      for (const at of [...later, ...(list.until === undefined ? [] : [list.until - 1])]) {
        expect(listOf({ ...asked, at })).toEqual(list)
      }
    }),
    runs(200),
  )
  expect(ending).toBeGreaterThan(20)
})

test('every list is JSON', () => {
  fc.assert(
    fc.property(arbitraryAsking, (asked) => {
      const list = listOf(asked)
      expect(listModels(asked.who, asked.state, { at: asked.at, team: asked.team })).toEqual(list)
      expect(JSON.parse(JSON.stringify(list))).toEqual(list)
    }),
    runs(100),
  )
})

test('never throws, for any query and any state', () => {
  const state = world({})
  fc.assert(
    fc.property(arbitraryAnything, arbitraryAnything, arbitraryAnything, (who, options, other) => {
      const ask = listModels as (who: unknown, state: unknown, options: unknown) => Listed
      for (const list of [
        ask(who, state, options),
        ask(who, other, { at: 1_700_000_000_000 }),
        ask(who, state, { at: 1_700_000_000_000 }),
      ]) {
        if (!list.ok) expect(['query_invalid', 'caller_denied']).toContain(list.fault.code)
      }
    }),
    runs(300),
  )
})

describe('mistakes of other gateways', () => {
  const at = 1_700_000_001_000
  const state = deepFreeze(
    world({
      modelAliases: [
        { id: 'gpt-4' },
        { id: 'claude-3' },
        { id: 'old', lifecycle: { type: 'retired', successor: 'gpt-4' } },
        { id: 'going', lifecycle: { type: 'deprecated', sunsetAt: 1_700_000_002_000 } },
      ],
      accessGroups: [
        { id: 'gpt-models', ...aliases('gpt-4', 'old', 'going') },
        { id: 'everything', allAliases: true },
      ],
      restrictions: [{ id: 'no', subject: { type: 'team', id: 'kept' }, selector: { type: 'alias', alias: 'gpt-4' } }],
      teams: [
        { id: 'dev', ...holding(['gpt-models']) },
        { id: 'kept', ...holding(['everything']) },
        { id: 'none' },
        { id: 'paying', metered: true, ...holding(['gpt-models']) },
      ],
      users: [{ id: 'ann', ...memberOf('dev') }, { id: 'bob' }, { id: 'cat', ...role('openai') }],
    }),
  )
  const listed = (who: Who): string[] => namesIn(listModels(who, state, { at }))

  test('names of groups, teams and accounts are not listed', () => {
    expect(listed({ type: 'team', id: 'dev' })).toEqual(['going', 'gpt-4'])
    expect(listed({ type: 'user', id: 'ann' })).toEqual(['going', 'gpt-4'])
  })

  test('a caller without grants gets an empty list, not every model', () => {
    expect(listed({ type: 'team', id: 'none' })).toEqual([])
    expect(listed({ type: 'user', id: 'bob' })).toEqual([])
  })

  test('restricted names and retired aliases are not listed, even with a group of all aliases', () => {
    expect(listed({ type: 'team', id: 'kept' })).toEqual(['claude-3', 'going'])
  })

  test('an empty wallet does not empty the list', () => {
    expect(listed({ type: 'team', id: 'paying' })).toEqual(['going', 'gpt-4'])
  })

  test('a restriction on a team inside an open account names the payer that a call has for that model', () => {
    const state = world({
      teams: [{ id: 'dev', metered: true, ...role('openai') }],
      users: [{ id: 'ann', metered: true, ...memberOf('dev'), defaultTeam: 'dev', ...role('openai') }],
      restrictions: [
        {
          id: 'no-o1',
          subject: { type: 'team', id: 'dev' },
          selector: { type: 'model', providerAccount: 'openai', model: 'o1' },
        },
      ],
    })
    const user = { type: 'user', id: 'ann' } as const
    expect(listModels(user, state, { at })).toMatchObject({
      models: [],
      openAccounts: [
        { team: 'dev', payer: { wallet: { type: 'team', id: 'dev' } }, matching: [], except: [{ text: 'openai/o1' }] },
        { payer: { wallet: { type: 'user', id: 'ann' } }, matching: [{ text: 'openai/o1' }], except: [] },
      ],
    })
    expect(listModels({ type: 'team', id: 'dev' }, state, { at })).toMatchObject({
      models: [],
      openAccounts: [{ providerAccount: 'openai', matching: [], except: [{ text: 'openai/o1' }] }],
    })
  })

  test('a restriction on one of two teams with the same paths splits an open account by its payer', () => {
    const everything = { type: 'modelPattern', providerAccount: 'openai', pattern: '*' } as const
    const state = world({
      accessGroups: [{ id: 'every', ...groupMembersOf([everything]) }],
      organizations: [{ id: 'shared', ...holding(['every']) }],
      teams: ['first', 'second'].map((id) => ({ id, organization: 'shared', metered: true })),
      users: [{ id: 'ann', metered: true, ...memberOf('first', 'second'), defaultTeam: 'first' }],
      restrictions: [
        {
          id: 'no-o1',
          subject: { type: 'team', id: 'first' },
          selector: { type: 'pattern', pattern: 'openai/o1*' },
        },
      ],
    })
    const list = listModels({ type: 'user', id: 'ann' }, state, { at })
    const payers = list.ok
      ? list.openAccounts.map(({ matching, team }) => [matching.map(({ text }) => text), team])
      : []
    expect(payers).toEqual([
      [[], 'first'],
      [['openai/o1*'], 'second'],
    ])
  })

  test('patterns of groups over an account with anyModel are open accounts with conditions on names', () => {
    const pattern = (of: string) => ({ type: 'modelPattern', providerAccount: 'openai', pattern: of }) as const
    const state = world({
      accessGroups: [
        { id: 'gpt', ...groupMembersOf([pattern('gpt-*')]) },
        {
          id: 'four',
          ...groupMembersOf([pattern('gpt-4*'), { type: 'model', providerAccount: 'openai', model: 'o1' }]),
        },
      ],
      teams: [{ id: 'dev', ...holding(['gpt', 'four']) }],
    })
    const list = listModels({ type: 'team', id: 'dev' }, state, { at })
    expect(namesIn(list)).toEqual(['openai/o1'])
    const said = list.ok
      ? list.openAccounts.map(({ matching, except, reach }) => [
          matching.map(({ text }) => text),
          except.map(({ text }) => text),
          reach.length,
        ])
      : []
    expect(said).toEqual([
      [['openai/gpt-*'], ['openai/gpt-4*'], 1],
      [['openai/gpt-*', 'openai/gpt-4*'], [], 2],
    ])
  })

  test('a pattern of a group matches no account name, even if the id of the account has a `*`', () => {
    const pattern = { type: 'modelPattern', providerAccount: 'a*', pattern: 'gpt-*' } as const
    const state = world({
      providerAccounts: [{ id: 'a*', anyModel: true }],
      accessGroups: [{ id: 'gpt', ...groupMembersOf([pattern]) }],
      teams: [{ id: 'dev', ...holding(['gpt']) }],
    })
    const list = listModels({ type: 'team', id: 'dev' }, state, { at })
    const [open] = list.ok ? list.openAccounts : []
    if (open === undefined) return expect.fail('no open account')
    for (const [name, effect] of [
      ['a*/gpt-4', 'allow'],
      ['a*/o1', 'deny'],
      ['a*/x/gpt-4', 'deny'],
      ['a*/a/gpt-4', 'deny'],
    ] as const) {
      const decision = authorize({ type: 'use', who: { type: 'team', id: 'dev' }, model: name, at }, state)
      expect([name, decision.effect, isAmongModels(open, name)]).toEqual([name, effect, effect === 'allow'])
    }
  })

  test('an account with anyModel is an open account, with its denied models as exceptions', () => {
    const list = listModels({ type: 'user', id: 'cat' }, state, { at })
    expect(list).toMatchObject({ ok: true, openAccounts: [{ providerAccount: 'openai', except: [] }] })
    expect(namesIn(list)).toEqual(['claude-3', 'going', 'gpt-4'])
  })

  test('models that a restriction denies in one team are open in another, by an entry of their own', () => {
    const split = world({
      teams: [
        { id: 'dev', ...role('openai') },
        { id: 'ops', metered: true, ...role('openai') },
      ],
      users: [{ id: 'ann', ...memberOf('dev', 'ops') }],
      modelAliases: [{ id: 'openai/o1-house' }],
      restrictions: [
        { id: 'no', subject: { type: 'team', id: 'dev' }, selector: { type: 'pattern', pattern: 'openai/O1*' } },
        { id: 'ever', selector: { type: 'model', providerAccount: 'openai', model: 'O1-Pro' } },
      ],
    })
    const list = listModels({ type: 'user', id: 'ann' }, split, { at })
    const o1 = { type: 'pattern', text: 'openai/o1*', isAnyCase: true }
    const pro = { type: 'name', text: 'openai/o1-pro', isAnyCase: true }
    const house = { type: 'name', text: 'openai/o1-house', isAnyCase: false }
    expect(list).toMatchObject({
      openAccounts: [
        { providerAccount: 'openai', payer: { type: 'none' }, matching: [], except: [o1] },
        { providerAccount: 'openai', payer: { wallet: { id: 'ops' } }, matching: [o1], except: [pro, house] },
      ],
    })
  })
})
