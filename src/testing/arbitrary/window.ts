import fc from 'fast-check'
import { firstInstant, lastInstant } from '../../model/value/instant.ts'
import { always, forever, type Window, type Windows } from '../../model/value/window.ts'

/** The base instant of all generated instants, in November 2023. */
export const origin = 1_700_000_000_000

/** Generates an instant. Few different instants, so that the bounds of windows coincide. */
export const arbitraryInstant: fc.Arbitrary<number> = fc.oneof(
  { weight: 30, arbitrary: fc.integer({ min: 10, max: 20 }).map((n) => origin + n * 100) },
  { weight: 1, arbitrary: fc.constantFrom(firstInstant, lastInstant) },
)

/** Generates a window that ends after it starts. Half of the windows are `always`. */
export const arbitraryWindow: fc.Arbitrary<Window> = fc.oneof(
  fc.constant(always),
  fc.uniqueArray(arbitraryInstant, { minLength: 2, maxLength: 2 }).chain(([one = 0, other = 0]) => {
    const [startsAt, expiresAt] = one < other ? [one, other] : [other, one]
    return fc.constantFrom<Window>({ startsAt, expiresAt }, { startsAt }, { expiresAt })
  }),
)

/** Generates windows in normal form. Two in three results are `forever`. */
export const arbitraryWindows: fc.Arbitrary<Windows> = fc.oneof(
  { weight: 2, arbitrary: fc.constant(forever) },
  {
    weight: 1,
    arbitrary: fc
      .record({
        instants: fc.uniqueArray(arbitraryInstant, { minLength: 1, maxLength: 5 }),
        isOpen: fc.boolean(),
      })
      .map(({ instants, isOpen }) => windowsBetween(instants, isOpen)),
  },
)

/** Returns windows that alternately start and end at these instants. With `isOpen`, the first window has no start. */
function windowsBetween(instants: readonly number[], isOpen: boolean): Windows {
  const ordered = [...instants].sort((a, b) => a - b)
  const bounds: (number | undefined)[] = isOpen ? [undefined, ...ordered] : ordered
  const windows: Window[] = []
  for (let i = 0; i < bounds.length; i += 2) {
    const [startsAt, expiresAt] = [bounds[i], bounds[i + 1]]
    windows.push({
      ...(startsAt === undefined ? {} : { startsAt }),
      ...(expiresAt === undefined ? {} : { expiresAt }),
    })
  }
  return windows
}
