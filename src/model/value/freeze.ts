/** Freezes a small tree of plain data, in place. What is frozen already is left as it is, with all below it. */
export function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.freeze(value)
  if (Array.isArray(value)) for (const entry of value) freeze(entry)
  else for (const key of Object.keys(value)) freeze((value as Record<string, unknown>)[key])
  return value
}
