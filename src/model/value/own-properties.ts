/** The maximum depth of nested values that `ownData` copies. No schema of the library is deeper. */
const depthLimit = 8

/**
 * Copies plain data. Each object in the copy has the own properties of the original and no prototype, so that nothing
 * is read from a polluted `Object.prototype`. Values of other classes, such as dates and maps, are returned as they
 * are.
 * @throws the error that a getter or a proxy in the value throws
 */
export function ownData(value: unknown, depth: number = depthLimit): unknown {
  if (typeof value !== 'object' || value === null || depth === 0) return value
  if (Array.isArray(value)) return value.map((entry) => ownData(entry, depth - 1))
  if (Object.prototype.toString.call(value) !== '[object Object]') return value
  const copy: Record<string, unknown> = Object.create(null)
  for (const key of Object.keys(value)) copy[key] = ownData(Reflect.get(value, key), depth - 1)
  return copy
}

/**
 * Copies an object of known shape to an object without a prototype. There an absent field reads as `undefined`, even if
 * `Object.prototype` is polluted.
 */
export function withoutPrototype<T extends object>(fields: T): T {
  return Object.assign(Object.create(null) as object, fields) as T
}
