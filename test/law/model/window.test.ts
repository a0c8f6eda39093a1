import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { firstInstant, lastInstant } from '../../../src/model/value/instant.ts'
import {
  always,
  covers,
  findWindow,
  forever,
  isForward,
  isWithin,
  uniteWindow,
  Window,
  Windows,
} from '../../../src/model/value/window.ts'
import { origin } from '../../../src/testing/arbitrary/window.ts'
import { arbitraryWindow, arbitraryWindows } from '../../../src/testing/index.ts'
import { runs } from '../runs.ts'

/** The instants to test: each boundary of the generated windows, and the instants just before and just after it. */
const instants = [
  firstInstant,
  firstInstant + 1,
  ...Array.from({ length: 12 }, (_, i) => origin + (i + 10) * 100).flatMap((at) => [at - 1, at, at + 1]),
  lastInstant,
]

const holds = (
  { startsAt = Number.NEGATIVE_INFINITY, expiresAt = Number.POSITIVE_INFINITY }: Window,
  at: number,
): boolean => startsAt <= at && at < expiresAt

describe('a window', () => {
  test('is in force from its start to just before its end', () => {
    const window = { startsAt: 1_700_000_000_010, expiresAt: 1_700_000_000_020 }
    expect([9, 10, 19, 20].map((at) => isWithin(window, origin + at))).toEqual([false, true, true, false])
    fc.assert(
      fc.property(arbitraryWindow, (each) => {
        for (const at of instants) expect(isWithin(each, at)).toBe(holds(each, at))
      }),
      runs(200),
    )
  })

  test('that ends before it starts is refused', () => {
    for (const window of [
      { startsAt: 1_700_000_000_020, expiresAt: 1_700_000_000_020 },
      { startsAt: 1_700_000_000_020, expiresAt: 1_700_000_000_010 },
    ]) {
      expect(isForward(window)).toBe(false)
      expect(Window.safeParse(window).error?.issues).toMatchObject([{ path: ['expiresAt'] }])
    }
    for (const window of [
      {},
      { startsAt: 1_700_000_000_000 },
      { expiresAt: 1_700_000_000_000 },
      { startsAt: 1_700_000_000_010, expiresAt: 1_700_000_000_011 },
    ]) {
      expect(Window.safeParse(window).success).toBe(true)
    }
    for (const window of [
      { startsAt: origin + 0.5 },
      { startsAt: `${origin}` },
      { startsAt: -1 },
      { startsAt: null },
      { from: origin },
    ]) {
      expect(Window.safeParse(window).success).toBe(false)
    }
  })

  test('covers another when it is in force wherever the other is', () => {
    fc.assert(
      fc.property(arbitraryWindow, arbitraryWindow, (outer, inner) => {
        if (covers(outer, inner)) for (const at of instants) if (holds(inner, at)) expect(holds(outer, at)).toBe(true)
        expect(covers(always, inner)).toBe(true)
        expect(covers(inner, inner)).toBe(true)
      }),
      runs(300),
    )
  })
})

describe('windows', () => {
  test('united with one more are the union of the sets of instants, in normal form', () => {
    fc.assert(
      fc.property(arbitraryWindows, arbitraryWindow, (windows, added) => {
        const united = uniteWindow(windows, added)
        expect(Windows.safeParse(united).success).toBe(true)
        for (const at of instants) {
          expect(united.some((window) => holds(window, at))).toBe(
            holds(added, at) || windows.some((window) => holds(window, at)),
          )
        }
      }),
      runs(1_000),
    )
  })

  test('united in any order are equal', () => {
    fc.assert(
      fc.property(fc.array(arbitraryWindow, { minLength: 1, maxLength: 5 }), (list) => {
        const [first = always, ...rest] = list
        const [last = always, ...others] = list.toReversed()
        expect(rest.reduce<Windows>(uniteWindow, [first])).toStrictEqual(others.reduce<Windows>(uniteWindow, [last]))
      }),
      runs(500),
    )
  })

  test('united with a window that they cover are the same array', () => {
    fc.assert(
      fc.property(arbitraryWindows, fc.nat(), (windows, choice) => {
        const window = windows[choice % windows.length] ?? always
        expect(uniteWindow(windows, window)).toBe(windows)
        expect(uniteWindow(forever, window)).toBe(forever)
      }),
      runs(200),
    )
  })

  test('have a window at an instant exactly when one of them is in force', () => {
    fc.assert(
      fc.property(arbitraryWindows, (windows) => {
        for (const at of instants) expect(findWindow(windows, at)).toBe(windows.find((window) => holds(window, at)))
      }),
      runs(300),
    )
  })

  test('out of order, touching, overlapping or empty are refused', () => {
    const refused = [
      [],
      [{ startsAt: 1_700_000_000_030 }, { startsAt: 1_700_000_000_010, expiresAt: 1_700_000_000_020 }],
      [{ expiresAt: 1_700_000_000_020 }, { startsAt: 1_700_000_000_020 }],
      [{ expiresAt: 1_700_000_000_030 }, { startsAt: 1_700_000_000_020 }],
      [{}, {}],
    ]
    for (const windows of refused) expect(Windows.safeParse(windows).success).toBe(false)
  })
})
