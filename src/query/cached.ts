interface Cache<Key, Value> {
  get(key: Key): Value | undefined
  set(key: Key, value: Value): unknown
}

/** Returns the value that a cache stores for a key. If the cache stores none, computes the value and stores it. */
export function cached<Key, Value>(cache: Cache<Key, Value>, key: Key, compute: () => Value): Value {
  const stored = cache.get(key)
  if (stored !== undefined) return stored
  const value = compute()
  cache.set(key, value)
  return value
}
