/**
 * Returns a function that computes a value from an immutable object and caches the value by the object's identity, for
 * as long as the object lives. `isCurrent` tells whether a cached value is still valid for another `input`, such as a
 * later state.
 */
export function cacheByIdentity<Key extends object, Value extends object, Input = void>(
  compute: (key: Key, input: Input) => Value,
  isCurrent: (value: Value, input: Input) => boolean = always,
): (key: Key, input: Input) => Value {
  const cache = new WeakMap<Key, Value>()
  return (key, input) => {
    const remembered = cache.get(key)
    if (remembered !== undefined && isCurrent(remembered, input)) return remembered
    const value = compute(key, input)
    cache.set(key, value)
    return value
  }
}

const always = (): boolean => true
