/**
 * A value that is made when it is first asked for. What reads a question is made so, and a bundle in which nobody asks
 * that question leaves it out.
 */
export function lazy<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
