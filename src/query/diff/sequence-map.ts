interface Branch<Key, Value> {
  readonly branches: Map<Key, Branch<Key, Value>>
  entry?: { readonly value: Value }
}

/**
 * A map with sequences as keys, compared element by element. A lookup costs time proportional to the length of the
 * sequence.
 */
export class SequenceMap<Key, Value> {
  readonly #root: Branch<Key, Value> = { branches: new Map() }

  /** Returns the value for a sequence of keys. Calls `make` for the first lookup of a sequence. */
  getOrMake(keys: Iterable<Key>, make: () => Value): Value {
    let branch = this.#root
    for (const key of keys) {
      let next = branch.branches.get(key)
      if (next === undefined) {
        next = { branches: new Map() }
        branch.branches.set(key, next)
      }
      branch = next
    }
    branch.entry ??= { value: make() }
    return branch.entry.value
  }
}
