/** Two values differ that must be the same. Thrown by the conformance suites, so that any runner reports it. */
export class DifferenceError extends Error {
  override readonly name = 'Difference'
}

/** @throws {DifferenceError} unless both are deeply the same; a field that is `undefined` is absent, and bigint is no number */
export function expectSame(actual: unknown, expected: unknown, what = 'answer'): void {
  if (isSame(actual, expected)) return
  throw new DifferenceError(`${what}: expected ${show(expected)}, but it is ${show(actual)}`)
}

/** @throws {DifferenceError} unless the actual value has every field of the expected one, and each is deeply the same */
export function expectLike(actual: unknown, expected: object, what = 'answer'): void {
  if (isObject(actual)) {
    const shown = Object.fromEntries(Object.keys(expected).map((key) => [key, Reflect.get(actual, key)]))
    if (isSame(shown, expected)) return
  }
  throw new DifferenceError(`${what}: expected ${show(expected)} in it, but it is ${show(actual)}`)
}

/** @throws {DifferenceError} unless it is so */
export function expectTrue(isSo: boolean, what: string): asserts isSo {
  if (!isSo) throw new DifferenceError(what)
}

function isSame(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true
  if (!isObject(one) || !isObject(other) || Array.isArray(one) !== Array.isArray(other)) return false
  const keys = new Set([...Object.keys(one), ...Object.keys(other)])
  return [...keys].every((key) => isSame(Reflect.get(one, key), Reflect.get(other, key)))
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function show(value: unknown): string {
  const text = JSON.stringify(value, (_, field) => (typeof field === 'bigint' ? `${field}n` : field))
  return text ?? String(value)
}
