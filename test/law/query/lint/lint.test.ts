import fc from 'fast-check'
import { expect, expectTypeOf, test } from 'vitest'
import { emptyState } from '../../../../src/model/state/state.ts'
import { lastInstant } from '../../../../src/model/value/instant.ts'
import { findingCodes } from '../../../../src/query/lint/finding.ts'
import { lint } from '../../../../src/query/lint/lint.ts'
import type { describeGroup } from '../../../../src/query/view/directory/describe-group.ts'
import type { describeTeam } from '../../../../src/query/view/directory/describe-team.ts'
import type { listGroups } from '../../../../src/query/view/directory/list-groups.ts'
import type { accessGraph } from '../../../../src/query/view/graph/access-graph.ts'
import type { accessMatrix } from '../../../../src/query/view/matrix/access-matrix.ts'
import { arbitraryAnything } from '../../../../src/testing/index.ts'
import { runs } from '../../runs.ts'
import { afterFix, arbitraryInput, everyCall, expectFixed, isAllowed, linted, lostOf, powersIn } from './lint-world.ts'

/** The codes of findings that never have a fix, because an operator has to decide. */
const undecided = [
  'model_alias_retiring',
  'model_hidden',
  'assignment_ending',
  'role_ending',
  'manager_role_discouraged',
  'role_giver_powerless',
  'restriction_bypassed',
  'credential_expiring',
  'credential_scope_idle',
  'access_request_undecidable',
  'access_universal',
]
const usageCodes = ['assignment_unused', 'role_unused', 'access_group_unused', 'model_refused']

test('a fix removes its finding and adds none', () => {
  const met = new Map<string, number>()
  fc.assert(
    fc.property(arbitraryInput, fc.constantFrom(0, undefined), ({ state, at }, endsWithinDays) => {
      const options = { at, endsWithinDays }
      const found = linted(state, options)
      for (const finding of found) {
        expect([finding, undecided.includes(finding.code) && finding.fix !== undefined]).toEqual([finding, false])
        if (finding.fix === undefined && !undecided.includes(finding.code)) continue
        if (finding.fix !== undefined) expectFixed(found, afterFix(state, finding), finding, options)
        met.set(finding.code, (met.get(finding.code) ?? 0) + 1)
      }
    }),
    runs(600),
  )
  const missed = findingCodes.filter((code) => !usageCodes.includes(code) && (met.get(code) ?? 0) < 3)
  expect(missed).toEqual([])
})

test('without a usage log no fix takes access or a power', () => {
  let compared = 0
  fc.assert(
    fc.property(arbitraryInput, ({ state, at }) => {
      const calls = [...everyCall(state)].filter((call) => isAllowed(call, at, state))
      const powers = powersIn(state, at)
      for (const finding of linted(state, { at })) {
        if (finding.fix === undefined) continue
        const after = afterFix(state, finding)
        expect(calls.filter((call) => !isAllowed(call, at, after))).toEqual([])
        expect(lostOf(powers, at, after)).toEqual([])
        compared += calls.length
      }
    }),
    runs(600),
  )
  expect(compared).toBeGreaterThan(1000)
})

test('without a usage log no fix changes access at a later time, except by adding the successor of a deprecated alias', () => {
  fc.assert(
    fc.property(arbitraryInput, fc.integer({ min: 0, max: 1500 }), ({ state, at }, wait) => {
      const later = Math.min(at + wait, lastInstant)
      for (const finding of linted(state, { at })) {
        if (finding.fix === undefined || finding.code === 'access_group_successor_missing') continue
        const after = afterFix(state, finding)
        for (const call of everyCall(state)) {
          expect([finding, call, isAllowed(call, later, after)]).toEqual([finding, call, isAllowed(call, later, state)])
        }
      }
    }),
    runs(50),
  )
})

test('applying one fix after another ends after at most as many fixes as there were findings', () => {
  fc.assert(
    fc.property(arbitraryInput, ({ state, at }) => {
      let now = state
      let left = linted(now, { at }).filter(({ fix }) => fix !== undefined)
      for (let steps = linted(now, { at }).length; left[0] !== undefined; steps -= 1) {
        expect(steps).toBeGreaterThan(0)
        now = afterFix(now, left[0])
        left = linted(now, { at }).filter(({ fix }) => fix !== undefined)
      }
    }),
    runs(100),
  )
})

test('findings are JSON, sorted by code, and equal in a second run', () => {
  fc.assert(
    fc.property(arbitraryInput, ({ state, at }) => {
      const found = lint(state, { at })
      expect(JSON.parse(JSON.stringify(found))).toStrictEqual(found)
      expect(lint(state, { at })).toStrictEqual(found)
      const places = linted(state, { at }).map(({ code }) => findingCodes.indexOf(code))
      expect(places).toEqual([...places].sort((a, b) => a - b))
      expect(linted(state, { at }).filter(({ code }) => usageCodes.includes(code))).toEqual([])
    }),
    runs(100),
  )
})

test('the empty state has no findings', () => {
  expect(lint(emptyState, { at: 1_700_000_000_000 })).toEqual({ ok: true, findings: [], version: 0 })
})

test('lint never throws, for any state and any options', () => {
  fc.assert(
    fc.property(arbitraryAnything, arbitraryAnything, (one, other) => {
      expect(lint(emptyState, one() as never).ok).toBeTypeOf('boolean')
      expect(lint(one() as never, { at: 1_700_000_000_000 }).ok).toBe(false)
      expect(lint(emptyState, { at: 1_700_000_000_000, usage: other() } as never).ok).toBeTypeOf('boolean')
    }),
    runs(300),
  )
})

test('the compiler rejects options of unknown type', () => {
  expectTypeOf<unknown>().not.toExtend<Parameters<typeof lint>[1]>()
  expectTypeOf<unknown>().not.toExtend<Parameters<typeof accessMatrix>[1]>()
  expectTypeOf<unknown>().not.toExtend<Parameters<typeof accessGraph>[3]>()
  expectTypeOf<unknown>().not.toExtend<Parameters<typeof listGroups>[1]>()
  expectTypeOf<unknown>().not.toExtend<Parameters<typeof describeGroup>[2]>()
  expectTypeOf<unknown>().not.toExtend<Parameters<typeof describeTeam>[2]>()
})
