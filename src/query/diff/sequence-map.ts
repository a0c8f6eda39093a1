interface Branch<Key, Value> {
  readonly branches: Map<Key, Branch<Key, Value>>
  entry?: { readonly value: Value }
}

/** A map with sequences of keys as keys, compared key by key. Lookup costs the length of the sequence. */
export class SequenceMap<Key, Value> {
  readonly #root: Branch<Key, Value> = { branches: new Map() }

  /** The value of a sequence; the first lookup makes it. */
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
