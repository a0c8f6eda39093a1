import fc from 'fast-check'

/**
 * A function that creates a test value. Generators produce functions and not values, because the test runner must not
 * inspect the values and some values can be used only once.
 */
export type Maker = () => unknown

/**
 * Generates functions that create any JavaScript value, including hostile values: proxies and getters that throw,
 * cycles and deep nesting.
 */
export const arbitraryAnything: fc.Arbitrary<Maker> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .anything({
        withBigInt: true,
        withBoxedValues: true,
        withDate: true,
        withMap: true,
        withNullPrototype: true,
        withObjectString: true,
        withSet: true,
        withSparseArray: true,
        withTypedArray: true,
      })
      .map((value) => () => value),
  },
  { weight: 1, arbitrary: fc.jsonValue().map((value) => () => value) },
  { weight: 2, arbitrary: fc.constantFrom(...hostileMakers()) },
)

/**
 * Returns functions that create hostile values: proxies and getters that throw, cycles, deep nesting, huge and odd
 * values.
 */
export function hostileMakers(): readonly Maker[] {
  const throwing = (): never => {
    throw new Error('hostile')
  }
  return [
    () => new Proxy({}, allTraps(throwing)),
    () => new Proxy([], allTraps(throwing)),
    () => new Proxy(() => undefined, allTraps(throwing)),
    () => new Proxy({}, { get: () => new Proxy({}, allTraps(throwing)) }),
    () => new Proxy({}, { get: throwing }),
    () => new Proxy({}, { ownKeys: throwing }),
    () => new Proxy({}, { has: throwing, getOwnPropertyDescriptor: throwing }),
    () => new Proxy({ type: 'use' }, { get: (target, key) => (key === 'type' ? target.type : throwing()) }),
    () => {
      const { proxy, revoke } = Proxy.revocable({}, {})
      revoke()
      return proxy
    },
    () => Object.defineProperty({}, 'type', { get: throwing, enumerable: true }),
    () => Object.defineProperty({ type: 'use' }, 'who', { get: throwing, enumerable: true }),
    () => cycle(),
    () => ({ type: 'use', who: cycle(), model: cycle(), at: cycle() }),
    () => nested(20_000),
    () => ({ type: 'use', who: nested(20_000) }),
    () => ({ toString: throwing, valueOf: throwing, toJSON: throwing, [Symbol.toPrimitive]: throwing }),
    () => JSON.parse('{"__proto__": {"type": "use"}, "constructor": {"prototype": {}}}'),
    () => Symbol('use'),
    () => throwing,
    () => 10n ** 400n,
    () => Number.NaN,
    () => -0,
    () => 'x'.repeat(100_000),
    () => new Array(100_000).fill(0),
  ]
}

function allTraps(trap: () => never): ProxyHandler<object> {
  const names = Object.getOwnPropertyNames(Reflect).filter((name) => typeof Reflect.get(Reflect, name) === 'function')
  return Object.fromEntries(names.map((name) => [name, trap]))
}

function cycle(): unknown {
  const value: Record<string, unknown> = { type: 'use' }
  value['self'] = value
  value['who'] = value
  return value
}

function nested(depth: number): unknown {
  let value: unknown = {}
  for (let i = 0; i < depth; i += 1) value = { who: value }
  return value
}

/**
 * Generates functions that create damaged copies of valid values. A damaged copy has one nested value replaced by any
 * value, one extra key, or one missing key.
 */
export function arbitraryDamage<T extends object>(valid: fc.Arbitrary<T>): fc.Arbitrary<Maker> {
  return fc.tuple(valid, fc.nat(), arbitraryAnything, fc.constantFrom('replace', 'add', 'remove')).map(
    ([value, choice, make, how]) =>
      () =>
        damaged(value, choice, make, how),
  )
}

function damaged(value: object, choice: number, make: Maker, how: 'replace' | 'add' | 'remove'): unknown {
  const places = placesIn(value)
  const path = places[choice % places.length] ?? []
  return changeAt(value, path, (old) => {
    if (how === 'add' && typeof old === 'object' && old !== null) return { ...old, extra: make() }
    return how === 'remove' ? undefined : make()
  })
}

/** Returns the paths of all values nested in a plain value, including the empty path of the value itself. */
function placesIn(value: unknown): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [[]]
  return [[], ...Object.entries(value).flatMap(([key, inner]) => placesIn(inner).map((path) => [key, ...path]))]
}

function changeAt(value: unknown, [key, ...rest]: readonly string[], change: (old: unknown) => unknown): unknown {
  if (key === undefined || typeof value !== 'object' || value === null) return change(value)
  const inner = changeAt(Reflect.get(value, key), rest, change)
  return Array.isArray(value) ? value.with(Number(key), inner) : { ...value, [key]: inner }
}
