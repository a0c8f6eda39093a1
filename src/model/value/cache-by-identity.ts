/**
 * A function that computes a value from an immutable object and remembers it under the object's identity, for as long as
 * the object lives. `isCurrent` says whether a remembered value still holds for another input, such as a later state.
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
