/** The error of a failed conformance case: the actual value differs from the expected value. */
export class DifferenceError extends Error {
  override readonly name = 'DifferenceError'
}

/**
 * Asserts that two values are deeply equal. A field that is `undefined` equals an absent field. `1n` differs from `1`.
 * @throws {DifferenceError} when the values differ
 */
export function expectSame(actual: unknown, expected: unknown, what = 'result'): void {
  if (isSame(actual, expected)) return
  throw new DifferenceError(`${what}: expected ${show(expected)}, got ${show(actual)}`)
}

/**
 * Asserts that the actual value has every field of the expected value, with a deeply equal value.
 * @throws {DifferenceError} when a field differs
 */
export function expectLike(actual: unknown, expected: object, what = 'result'): void {
  if (isObject(actual)) {
    const shown = Object.fromEntries(Object.keys(expected).map((key) => [key, Reflect.get(actual, key)]))
    if (isSame(shown, expected)) return
  }
  throw new DifferenceError(`${what}: expected at least ${show(expected)}, got ${show(actual)}`)
}

/**
 * Asserts that a condition holds.
 * @throws {DifferenceError} with the given message when the condition does not hold
 */
export function expectTrue(condition: boolean, message: string): asserts condition {
  if (!condition) throw new DifferenceError(message)
}

/**
 * Asserts that a call rejects with a `TypeError`.
 * @throws {DifferenceError} when the call succeeds, or rejects with another error
 */
export async function expectTypeError(call: () => Promise<unknown>, what: string): Promise<void> {
  const error = await call().then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expectTrue(error instanceof TypeError, `${what}: expected a TypeError, got ${show(error)}`)
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
