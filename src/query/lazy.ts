/**
 * Returns a function that makes a value on the first call and returns the same value on later calls. The schema of each
 * query is lazy: a bundle without the query leaves the schema out, and importing the package costs nothing.
 */
export function lazy<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
