/**
 * A value that is made on the first call. The schema of each query is lazy, so that a bundle without that query leaves the
 * schema out, and importing the package costs nothing.
 */
export function lazy<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
