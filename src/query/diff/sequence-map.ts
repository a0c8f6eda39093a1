interface Branch<Key, Value> {
  readonly branches: Map<Key, Branch<Key, Value>>
  entry?: { readonly value: Value }
}

/**
 * A map whose keys are sequences, compared element by element. A lookup costs time proportional to the length of the
 * sequence.
 */
export class SequenceMap<Key, Value> {
  readonly #root: Branch<Key, Value> = { branches: new Map() }

  /** Returns the value of a sequence of keys. The first lookup makes the value. */
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
