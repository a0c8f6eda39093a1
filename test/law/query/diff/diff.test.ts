import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { authorize } from '../../../../src/policy/authorize.ts'
import type { Route } from '../../../../src/policy/decision/decision.ts'
import { byCodeUnits } from '../../../../src/query/diff/affected-subjects.ts'
import type { AccessSubject, SubjectChange } from '../../../../src/query/diff/diff-change.ts'
import { eachChange } from '../../../../src/query/diff/diff-each.ts'
import { isAmongModels } from '../../../../src/query/open-class.ts'
import { runs } from '../../runs.ts'
import { accessOf, allChanges, allProbes, ambiguousTeamsOf, decisionOf, type Told } from './diff-oracle.ts'
import {
  arbitraryGraft,
  arbitraryPair,
  arbitraryPayment,
  arbitraryStep,
  arbitraryStrangers,
  type Pair,
} from './pair.ts'

const changesOf = ({ before, after, at }: Pair): SubjectChange[] => [...eachChange(before, after, at)]

/** A change in the oracle's form. The routes of an open account name no model. */
function tell({ subject, change }: SubjectChange): Told {
  const { model, gainedReach, lostReach, payer } = change
  const { gained, lost, ambiguous } = change.effect === 'kept' ? { gained: [], lost: [], ambiguous: undefined } : change
  const jsonOf = (teams: readonly string[] | undefined): string => JSON.stringify(teams ?? null)
  const write = (list: readonly unknown[]): string[] => list.map((one) => JSON.stringify(one)).sort()
  const named = (routes: readonly Route[]): string[] =>
    write(routes.map((route) => (model.type === 'openAccount' ? { ...route, model: '' } : route)))
  const withoutEnds = (reach: typeof gainedReach): string[] => write(reach.map(({ until: _, ...path }) => path))
  return {
    subject,
    model,
    gained: named(gained),
    lost: named(lost),
    payer: payer === undefined ? [] : [JSON.stringify(payer.before), JSON.stringify(payer.after)],
    ambiguous: ambiguous === undefined ? [] : [ambiguous.before, ambiguous.after].map(jsonOf),
    gainedReach: withoutEnds(gainedReach),
    lostReach: withoutEnds(lostReach),
  }
}

/** Whether a change of an open account is about this subject and this name. */
function isAbout({ subject, change }: SubjectChange, of: AccessSubject, account: string, name: string): boolean {
  const { model } = change
  if (model.type !== 'openAccount' || model.providerAccount !== account) return false
  const { matching = [], except = [] } = model
  return JSON.stringify(subject) === JSON.stringify(of) && isAmongModels({ matching, except }, name)
}

const inOrder = (told: readonly Told[]): string[] => told.map((one) => JSON.stringify(one)).sort(byCodeUnits)

describe('eachChange finds every difference and nothing else', () => {
  const met = { lost: 0, gained: 0, kept: 0, both: 0, open: 0, credential: 0, probed: 0 }
  /** The changes that concern who pays, by kind. */
  const paid = { payer: 0, becameAmbiguous: 0, wasAmbiguous: 0, stillAmbiguous: 0, defaultTeamSuspended: 0 }

  test.each([
    ['between a state and the state after a few commands', arbitraryStep, 250],
    ['between states that differ in a few rows or fields', arbitraryGraft, 1000],
    ['between two states that share only their names', arbitraryStrangers, 150],
    ['between states that differ in who pays for a user', arbitraryPayment, 250],
  ] as const)('%s, by deciding every subject and name', (_, arbitrary, count) => {
    fc.assert(
      fc.property(arbitrary, (pair) => {
        const changes = changesOf(pair)
        const named = changes.filter(({ change }) => change.model.type !== 'openAccount')
        expect(inOrder(named.map(tell))).toEqual(inOrder(allChanges(pair)))
        for (const probe of allProbes(pair)) {
          const { providerAccount, name, subject } = probe
          const covering = changes.filter((one) => isAbout(one, subject, providerAccount, name)).map(tell)
          const model = { type: 'openAccount', providerAccount }
          expect([name, covering.map((told) => ({ ...told, model }))]).toEqual([name, probe.told ? [probe.told] : []])
          if (probe.told !== undefined) met.probed += 1
        }
        for (const { subject, change } of changes) {
          countPayer(subject, change, pair)
          if (change.effect === 'kept') met.kept += 1
          else if (change.effect === 'ambiguous') paid.stillAmbiguous += 1
          else if (change.gained.length > 0 && change.lost.length > 0) met.both += 1
          else met[change.gained.length > 0 ? 'gained' : 'lost'] += 1
          if (change.model.type === 'openAccount') met.open += 1
          if (subject.type === 'credential') met.credential += 1
        }
      }),
      runs(count),
    )
  })

  /** Counts a change of the payer, an ambiguous payer, and a loss by the suspension of a default team. */
  function countPayer(subject: AccessSubject, change: SubjectChange['change'], { after, at }: Pair): void {
    if (change.payer !== undefined) paid.payer += 1
    if (change.effect === 'gained' && change.ambiguous?.before !== undefined) paid.wasAmbiguous += 1
    if (change.effect !== 'lost') return
    if (change.ambiguous?.after !== undefined) paid.becameAmbiguous += 1
    const decision = decisionOf(subject, change.witness.model, after, at, change.witness.operation)
    const isSuspended = decision.effect === 'deny' && /^(team|organization)_suspended$/.test(decision.reason)
    if (subject.type === 'user' && subject.team === undefined && isSuspended) paid.defaultTeamSuspended += 1
  }

  test('the laws met gains, losses, other routes, kept models, open accounts and credentials, and each change of who pays', () => {
    for (const [kind, count] of Object.entries({ ...met, ...paid }))
      expect([kind, count > 20 ? 'often' : count]).toEqual([kind, 'often'])
  })
})

describe('each change', () => {
  test('has a witness that `authorize` gives a route in one state only, or that is ambiguous among other teams', () => {
    let met = 0
    fc.assert(
      fc.property(arbitraryPair, (pair) => {
        for (const { subject, change } of changesOf(pair)) {
          if (change.effect === 'kept') continue
          const { witness, gained, lost } = change
          expect({ ...witness.who, ...(witness.team === undefined ? {} : { team: witness.team }) }).toEqual(subject)
          const [before, after] = [authorize(witness, pair.before), authorize(witness, pair.after)]
          const routes = (decision: typeof before): readonly Route[] =>
            decision.effect === 'allow' ? decision.routes : []
          const [had, has] = [routes(before), routes(after)]
          if (change.effect === 'ambiguous') {
            expect([before.effect, after.effect, gained, lost]).toEqual(['deny', 'deny', [], []])
            expect(ambiguousTeamsOf(before)).not.toEqual(ambiguousTeamsOf(after))
            continue
          }
          for (const route of gained) expect(has).toContainEqual(route)
          for (const route of gained) expect(had).not.toContainEqual(route)
          for (const route of lost) expect(had).toContainEqual(route)
          for (const route of lost) expect(has).not.toContainEqual(route)
          expect(gained.length + lost.length).toBeGreaterThan(0)
          met += 1
        }
      }),
      runs(150),
    )
    expect(met).toBeGreaterThan(500)
  })

  test('has the effect that its routes imply', () => {
    const effects = new Set<string>()
    fc.assert(
      fc.property(arbitraryPair, (pair) => {
        for (const { subject, change } of changesOf(pair)) {
          effects.add(change.effect)
          if (change.effect === 'kept') continue
          const { witness, gained, lost, effect } = change
          const [had, has] = [pair.before, pair.after].map((state) =>
            accessOf(subject, witness.model, state, pair.at, witness.operation),
          )
          const expected =
            had === undefined
              ? has === undefined
                ? 'ambiguous'
                : 'gained'
              : has === undefined
                ? 'lost'
                : gained.length === 0
                  ? 'narrower'
                  : lost.length === 0
                    ? 'wider'
                    : 'rerouted'
          expect(effect).toBe(expected)
        }
      }),
      runs(150),
    )
    expect([...effects].sort()).toEqual(['ambiguous', 'gained', 'kept', 'lost', 'narrower', 'rerouted', 'wider'])
  })

  test('comes once, sorted by subject and then by name', () => {
    fc.assert(
      fc.property(arbitraryPair, (pair) => {
        const keys = changesOf(pair).map(({ subject, change: { model } }) => [
          ['team', 'virtualAccount', 'user', 'credential'].indexOf(subject.type),
          subject.id,
          ...('team' in subject ? [1, subject.team] : [0, '']),
          ...(model.type === 'openAccount'
            ? [1, model.providerAccount, JSON.stringify([model.matching, model.except])]
            : [0, model.name]),
        ])
        const order = (a: readonly unknown[], b: readonly unknown[]): number => {
          const i = a.findIndex((part, j) => part !== b[j])
          return i < 0 ? 0 : (a[i] as string) < (b[i] as string) ? -1 : 1
        }
        expect(keys).toEqual([...keys].sort(order))
        expect(keys.every((key, i) => i === 0 || order(keys[i - 1] ?? [], key) < 0)).toBe(true)
      }),
      runs(100),
    )
  })
})
