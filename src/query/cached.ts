interface Cache<Key, Value> {
  get(key: Key): Value | undefined
  set(key: Key, value: Value): unknown
}

/** The value that a cache has for a key; computed and stored if it has none. */
export function cached<Key, Value>(cache: Cache<Key, Value>, key: Key, compute: () => Value): Value {
  const stored = cache.get(key)
  if (stored !== undefined) return stored
  const value = compute()
  cache.set(key, value)
  return value
}
