import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { emptyState, type State } from '../../../../src/model/state/state.ts'
import { findRow, idsOf } from '../../../../src/model/table/table.ts'
import { type Operation, type Operations, operations } from '../../../../src/model/value/operation.ts'
import type { Agent } from '../../../../src/model/value/principal.ts'
import { authorize } from '../../../../src/policy/authorize.ts'
import type { Thing } from '../../../../src/policy/request/request.ts'
import { type AccessDiff, compareStates, diffAccess } from '../../../../src/query/diff/diff-access.ts'
import type { AccessSubject, ModelChange, ModelKept, SubjectChange } from '../../../../src/query/diff/diff-change.ts'
import { eachChange } from '../../../../src/query/diff/diff-each.ts'
import type { PowerChange } from '../../../../src/query/diff/diff-power.ts'
import { formatDiff } from '../../../../src/query/diff/format-diff.ts'
import { rowsIn } from '../../../../src/testing/arbitrary/state.ts'
import { arbitraryAnything, arbitraryDamage, arbitraryState } from '../../../../src/testing/index.ts'
import { digest, now, office, type Step, stateAfter, team } from '../../change/story.ts'
import { runs } from '../../runs.ts'
import { arbitraryPair, type Pair } from './pair.ts'

/**
 * Compares two states like `diffAccess`, but does not turn exceptions into faults. So a bug fails a law with its own
 * error.
 */
function diff({ before, after, at }: Pair): AccessDiff {
  return compareStates(before, after, at)
}

type Change = ModelChange | ModelKept
interface Changes {
  readonly changes: readonly Change[]
  readonly kept: readonly Change[]
}

/**
 * Yields the grouped changes of a diff as single changes. The caller of each witness request is the subject of the
 * change.
 */
function* eachIn(found: AccessDiff): IterableIterator<SubjectChange> {
  const of = ({ changes, kept }: Changes, subject: AccessSubject): SubjectChange[] =>
    [...changes, ...kept].map((change) => ({
      subject,
      change: change.effect === 'kept' ? change : witnessed(change, subject),
    }))
  for (const one of found.teams) {
    yield* of(one, { type: 'team', id: one.team })
    for (const members of one.members) {
      for (const id of members.users) yield* of(members, { type: 'user', id, team: one.team })
    }
  }
  for (const one of found.users) for (const id of one.users) yield* of(one, { type: 'user', id })
  for (const one of found.virtualAccounts) yield* of(one, { type: 'virtualAccount', id: one.id })
  for (const one of found.credentials) yield* of(one, { type: 'credential', id: one.id })
}

function witnessed(change: ModelChange, { type, id }: AccessSubject): ModelChange {
  return { ...change, witness: { ...change.witness, who: { type, id } } }
}

const sorted = (list: Iterable<unknown>): string[] => [...list].map((one) => JSON.stringify(one)).sort()

describe('diffAccess', () => {
  test('finds no difference between a state and itself', () => {
    fc.assert(
      fc.property(arbitraryPair, ({ before, at }) => {
        const { version } = before
        const none = { teams: [], users: [], virtualAccounts: [], credentials: [], powers: [], operations: [] }
        expect(diff({ before, after: before, at })).toEqual({
          ok: true,
          at,
          direction: 'same',
          otherPayer: false,
          ...none,
          version: { before: version, after: version },
        })
      }),
      runs(50),
    )
  })

  test('the inverse diff is the same with gained and lost exchanged', () => {
    const turned: Record<ModelChange['effect'], ModelChange['effect']> = {
      gained: 'lost',
      lost: 'gained',
      wider: 'narrower',
      narrower: 'wider',
      rerouted: 'rerouted',
      ambiguous: 'ambiguous',
    }
    const turn = ({ subject, change }: SubjectChange): unknown => {
      const { model, gainedReach, lostReach, payer } = change
      const paid = payer === undefined ? undefined : [payer.after, payer.before]
      const reach = [[...lostReach], [...gainedReach]]
      if (change.effect === 'kept') return [subject, 'kept', model, paid, reach]
      const { before, after } = change.ambiguous ?? {}
      return [subject, turned[change.effect], model, paid, [after, before], reach, change.lost, change.gained]
    }
    const keep = ({ subject, change }: SubjectChange): unknown => {
      const { model, gainedReach, lostReach, payer } = change
      const paid = payer === undefined ? undefined : [payer.before, payer.after]
      const reach = [[...gainedReach], [...lostReach]]
      if (change.effect === 'kept') return [subject, 'kept', model, paid, reach]
      const { before, after } = change.ambiguous ?? {}
      return [subject, change.effect, model, paid, [before, after], reach, change.gained, change.lost]
    }
    const directions = { same: 'same', wider: 'narrower', narrower: 'wider', both: 'both' }
    fc.assert(
      fc.property(arbitraryPair, ({ before, after, at }) => {
        const [there, back] = [diff({ before, after, at }), diff({ before: after, after: before, at })]
        expect(sorted([...eachIn(there)].map(turn))).toEqual(sorted([...eachIn(back)].map(keep)))
        expect(back.direction).toBe(directions[there.direction])
        const powers = (of: AccessDiff, gained: string) =>
          sorted(of.powers.map(({ agent, thing, effect }) => [agent, thing, effect === gained]))
        expect(powers(there, 'gained')).toEqual(powers(back, 'lost'))
      }),
      runs(150),
    )
  })

  test('has exactly the changes of eachChange, with each subject in one group', () => {
    let [met, together] = [0, 0]
    fc.assert(
      fc.property(arbitraryPair, (pair) => {
        const found = diff(pair)
        const changes = [...eachChange(pair.before, pair.after, pair.at)]
        expect(sorted(eachIn(found))).toEqual(sorted(changes))
        const groups = [...found.users, ...found.teams.flatMap(({ members }) => members)]
        together += groups.filter(({ users }) => users.length > 1).length
        met += changes.length
        const listed = found.teams.map(({ team }) => team)
        expect(listed).toEqual([...listed].sort())
        for (const { users, teams } of found.users) {
          for (const user of users) {
            const its = [pair.before, pair.after].flatMap((state) => findRow(state.users, user)?.teams ?? [])
            expect(teams).toEqual(listed.filter((team) => its.some((place) => place.team === team)))
          }
        }
      }),
      runs(200),
    )
    expect(met).toBeGreaterThan(2000)
    expect(together).toBeGreaterThan(20)
  })

  test('groups users if and only if they have the same changes', () => {
    fc.assert(
      fc.property(arbitraryPair, (pair) => {
        const found = diff(pair)
        const content = ({ changes, kept }: Changes) =>
          JSON.stringify([changes.map((change) => ({ ...change, witness: 0 })), kept])
        for (const { members } of found.teams) {
          expect(new Set(members.map(content)).size).toBe(members.length)
          for (const { users } of members) expect(users).toEqual([...new Set(users)].sort())
        }
        expect(new Set(found.users.map((one) => JSON.stringify([content(one), one.teams]))).size).toBe(
          found.users.length,
        )
      }),
      runs(100),
    )
  })

  test('its direction depends on gained and lost routes, powers and operations alone, and `otherPayer` on the payers', () => {
    const directions = new Set<string>()
    const moved = new Set<string>()
    fc.assert(
      fc.property(arbitraryPair, (pair) => {
        const found = diff(pair)
        const every = [...eachIn(found)].map(({ change }) => change)
        expect(found.otherPayer).toBe(every.some(({ payer }) => payer !== undefined))
        if (found.otherPayer) moved.add(found.direction)
        const changes = every.filter((change) => change.effect !== 'kept')
        const gains = [
          ...changes.flatMap(({ gained }) => gained),
          ...found.powers.filter(({ effect }) => effect === 'gained'),
          ...found.operations.flatMap(({ gained }) => gained),
        ]
        const losses = [
          ...changes.flatMap(({ lost }) => lost),
          ...found.powers.filter(({ effect }) => effect === 'lost'),
          ...found.operations.flatMap(({ lost }) => lost),
        ]
        const expected =
          gains.length > 0 ? (losses.length > 0 ? 'both' : 'wider') : losses.length > 0 ? 'narrower' : 'same'
        expect(found.direction).toBe(expected)
        directions.add(found.direction)
      }),
      runs(100),
    )
    expect([...directions].sort()).toEqual(['both', 'narrower', 'same', 'wider'])
    expect(moved.size).toBeGreaterThan(1)
  })

  test('names every credential of both states that permits other operations, with exactly those', () => {
    let met = 0
    fc.assert(
      fc.property(arbitraryPair, (pair) => {
        const expected = rowsIn(pair.before, 'credentials').flatMap(({ id, operations: old }) => {
          const now = rowsIn(pair.after, 'credentials').find((row) => row.id === id)?.operations
          if (now === undefined || JSON.stringify(old) === JSON.stringify(now)) return []
          const has = (permitted: Operations, one: Operation): boolean =>
            permitted.type === 'all' || permitted.operations.some((other) => other === one)
          const gained = operations.filter((one) => has(now, one) && !has(old, one))
          const lost = operations.filter((one) => has(old, one) && !has(now, one))
          return [{ credential: id, before: old, after: now, gained, lost }]
        })
        expect(new Set(diff(pair).operations)).toEqual(new Set(expected))
        met += expected.length
      }),
      runs(100),
    )
    expect(met).toBeGreaterThan(10)
  })

  test('tells a credential that is narrowed to other operations, whose models stay the same', () => {
    const issued = stateAfter(office, {
      type: 'IssueCredential',
      credential: 'key',
      owner: team('dev'),
      digest: digest('9'),
    })
    const narrow: Step = {
      type: 'UpdateCredential',
      credential: 'key',
      operations: { type: 'list', operations: ['chat'] },
    }
    const found = diffAccess(issued, stateAfter(issued, narrow), { at: now })
    if (!found.ok) throw new Error('expected a diff')
    expect(found).toMatchObject({
      direction: 'narrower',
      credentials: [],
      operations: [{ credential: 'key', gained: [] }],
    })
    expect(formatDiff(found)).toContain('credential `key` is now for the operations `chat`, before for all')
  })

  test('is plain JSON', () => {
    fc.assert(
      fc.property(arbitraryPair, (pair) => {
        const found = diff(pair)
        expect(JSON.parse(JSON.stringify(found))).toStrictEqual(found)
      }),
      runs(50),
    )
  })

  test('returns a fault for any other input, and never throws', () => {
    fc.assert(
      fc.property(arbitraryAnything, arbitraryAnything, arbitraryAnything, (before, after, options) => {
        const found = diffAccess(before() as State, after() as State, options() as { at: number })
        expect(found.ok ? 'ok' : found.fault.code).toBe('query_invalid')
      }),
      runs(150),
    )
    fc.assert(
      fc.property(arbitraryState, arbitraryAnything, (state, options) => {
        const found = diffAccess(state, emptyState, options() as { at: number })
        expect(found.ok ? 'ok' : found.fault.code).toBe('query_invalid')
      }),
      runs(50),
    )
    for (const options of [{}, { at: -1 }, { at: 1.5 }, { at: 1_700_000_000_001, more: 1 }, undefined]) {
      expect(diffAccess(emptyState, emptyState, options as { at: number })).toMatchObject({ ok: false })
    }
  })

  test('never throws for a corrupt state', () => {
    fc.assert(
      fc.property(arbitraryState, arbitraryDamage(arbitraryState), (before, make) => {
        const damaged = make()
        for (const pair of [
          [before, damaged],
          [damaged, before],
        ]) {
          const found = diffAccess(pair[0] as State, pair[1] as State, { at: 1_700_000_001_500 })
          expect(typeof found.ok).toBe('boolean')
        }
      }),
      runs(100),
    )
  })
})

describe('power changes', () => {
  const agentsOf = (state: State): Agent[] => [
    ...[...idsOf(state.users)].map((id): Agent => ({ type: 'user', id })),
    ...[...idsOf(state.virtualAccounts)].map((id): Agent => ({ type: 'virtualAccount', id })),
  ]
  const thingsOf = (state: State): Thing[] => [
    { type: 'platform' },
    ...[...idsOf(state.organizations)].map((id): Thing => ({ type: 'organization', id })),
    ...[...idsOf(state.teams)].map((id): Thing => ({ type: 'teamMembers', id })),
    ...[...idsOf(state.virtualAccounts)].map((id): Thing => ({ type: 'virtualAccount', id })),
    ...[...idsOf(state.providerAccounts)].map((id): Thing => ({ type: 'providerAccount', id })),
    ...[...idsOf(state.users)].map((id): Thing => ({ type: 'userTokens', id })),
  ]
  const unique = <T>(list: readonly T[]): T[] => [...new Map(list.map((one) => [JSON.stringify(one), one])).values()]
  const organizationsOf = (thing: Thing, state: State): string[] =>
    thing.type === 'teamMembers'
      ? rowsIn(state, 'teams')
          .filter(({ id }) => id === thing.id)
          .map(({ organization }) => organization)
      : thing.type === 'virtualAccount'
        ? rowsIn(state, 'virtualAccounts')
            .filter(({ id }) => id === thing.id)
            .map(({ organization }) => organization)
        : []

  /**
   * Returns every management power that exists in only one of the two states. Excludes users' powers over their own
   * tokens, and powers that a larger power includes.
   */
  function expected({ before, after, at }: Pair): unknown[] {
    const has = (who: Agent, thing: Thing, state: State) => {
      const decision = authorize({ type: 'manage', who, thing, at }, state)
      return decision.effect === 'allow' ? decision.power : undefined
    }
    const things = unique([...thingsOf(before), ...thingsOf(after)])
    return unique([...agentsOf(before), ...agentsOf(after)]).flatMap((agent) =>
      things.flatMap((thing) => {
        const [was, is] = [has(agent, thing, before), has(agent, thing, after)]
        if ((was === undefined) === (is === undefined) || (was ?? is) === 'self') return []
        const bigger: Thing[] = [
          ...(thing.type === 'platform' ? [] : [{ type: 'platform' as const }]),
          ...organizationsOf(thing, was === undefined ? after : before).map(
            (id): Thing => ({ type: 'organization', id }),
          ),
        ]
        const isNew = ![before, after].every((state) =>
          thingsOf(state).some((one) => JSON.stringify(one) === JSON.stringify(thing)),
        )
        const isBrought = bigger.some((one) => {
          const [had, holds] = [has(agent, one, before) !== undefined, has(agent, one, after) !== undefined]
          return (had === (was !== undefined) && holds === (is !== undefined)) || (had && holds && isNew)
        })
        return isBrought ? [] : [{ agent, thing, effect: was === undefined ? 'gained' : 'lost', power: was ?? is }]
      }),
    )
  }

  test('are exactly those found by deciding every agent and thing, except what a larger power includes', () => {
    const met = new Map<string, number>()
    fc.assert(
      fc.property(arbitraryPair, (pair) => {
        const { powers } = diff(pair)
        const told = powers.map(({ witness: _, ...power }): Omit<PowerChange, 'witness'> => power)
        expect(sorted(told)).toEqual(sorted(expected(pair)))
        for (const { thing } of powers) met.set(thing.type, (met.get(thing.type) ?? 0) + 1)
        for (const { witness, effect } of powers) {
          const [was, is] = [pair.before, pair.after].map((state) => authorize(witness, state).effect)
          expect([was, is]).toEqual(effect === 'gained' ? ['deny', 'allow'] : ['allow', 'deny'])
        }
      }),
      runs(300),
    )
    for (const type of ['platform', 'organization', 'teamMembers', 'virtualAccount', 'providerAccount']) {
      expect([type, (met.get(type) ?? 0) > 1]).toEqual([type, true])
    }
  })
})
