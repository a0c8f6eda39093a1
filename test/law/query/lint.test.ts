import fc from 'fast-check'
import { expect, test } from 'vitest'
import { emptyState } from '../../../src/model/state/state.ts'
import { findingCodes } from '../../../src/query/lint/finding.ts'
import { lint } from '../../../src/query/lint/lint.ts'
import { arbitraryAnything } from '../../../src/testing/index.ts'
import { runs } from '../runs.ts'
import {
  arbitraryScene,
  everyQuestion,
  expectMended,
  isAllowed,
  linted,
  lostOf,
  mended,
  powersIn,
} from './lint-world.ts'

const usageCodes = ['assignment_unused', 'role_unused', 'access_group_unused', 'model_refused']

test('a fix removes its finding and adds none', () => {
  const met = new Map<string, number>()
  fc.assert(
    fc.property(arbitraryScene, ({ state, at }) => {
      const found = linted(state, { at })
      for (const finding of found) {
        if (finding.fix === undefined) continue
        expectMended(found, mended(state, finding), finding, { at })
        met.set(finding.code, (met.get(finding.code) ?? 0) + 1)
      }
    }),
    runs(90),
  )
  const missed = findingCodes.filter(
    (code) => ![...usageCodes, 'manager_role_discouraged'].includes(code) && (met.get(code) ?? 0) < 3,
  )
  expect(missed).toEqual([])
})

test('without a usage log no fix takes access or a power', () => {
  let compared = 0
  fc.assert(
    fc.property(arbitraryScene, ({ state, at }) => {
      const questions = [...everyQuestion(state)].filter((question) => isAllowed(question, at, state))
      const powers = powersIn(state, at)
      for (const finding of linted(state, { at })) {
        if (finding.fix === undefined) continue
        const after = mended(state, finding)
        expect(questions.filter((question) => !isAllowed(question, at, after))).toEqual([])
        expect(lostOf(powers, at, after)).toEqual([])
        compared += questions.length
      }
    }),
    runs(90),
  )
  expect(compared).toBeGreaterThan(1000)
})

test('without a usage log a fix changes no access at any later time, but where it opens the successor of a deprecated model', () => {
  fc.assert(
    fc.property(arbitraryScene, fc.integer({ min: 0, max: 1500 }), ({ state, at }, wait) => {
      const later = Math.min(at + wait, 8.64e15)
      for (const finding of linted(state, { at })) {
        if (finding.fix === undefined || finding.code === 'access_group_successor_missing') continue
        const after = mended(state, finding)
        for (const question of everyQuestion(state)) {
          expect([finding, question, isAllowed(question, later, after)]).toEqual([
            finding,
            question,
            isAllowed(question, later, state),
          ])
        }
      }
    }),
    runs(50),
  )
})

test('applying one fix after another comes to an end, after as many as there were findings', () => {
  fc.assert(
    fc.property(arbitraryScene, ({ state, at }) => {
      let now = state
      let left = linted(now, { at }).filter(({ fix }) => fix !== undefined)
      for (let steps = linted(now, { at }).length; left[0] !== undefined; steps -= 1) {
        expect(steps).toBeGreaterThan(0)
        now = mended(now, left[0])
        left = linted(now, { at }).filter(({ fix }) => fix !== undefined)
      }
    }),
    runs(100),
  )
})

test('findings are plain data, in the order of their codes, and the same again', () => {
  fc.assert(
    fc.property(arbitraryScene, ({ state, at }) => {
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

test('nothing is found where nothing is', () => {
  expect(lint(emptyState, { at: 0 })).toEqual({ ok: true, findings: [], version: 0 })
})

test('any state and any options get an answer', () => {
  fc.assert(
    fc.property(arbitraryAnything, arbitraryAnything, (one, other) => {
      expect(lint(emptyState, one() as never).ok).toBeTypeOf('boolean')
      expect(lint(one() as never, { at: 0 }).ok).toBe(false)
      expect(lint(emptyState, { at: 0, usage: other() } as never).ok).toBeTypeOf('boolean')
    }),
    runs(300),
  )
})
