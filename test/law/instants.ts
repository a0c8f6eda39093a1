import { isInstant } from '../../src/model/value/instant.ts'

/** The path of a leaf in a plain value. */
export type Path = readonly (string | number)[]

/** The path and the value of every instant in a plain value: every number in the accepted range. */
export function* instantsIn(value: unknown, path: Path = []): Generator<readonly [path: Path, instant: number]> {
  if (isInstant(value)) yield [path, value]
  if (typeof value !== 'object' || value === null) return
  for (const [key, part] of Object.entries(value))
    yield* instantsIn(part, [...path, Array.isArray(value) ? Number(key) : key])
}

/** A copy of a plain value with another leaf at a path. */
export function withLeaf(value: unknown, [key, ...rest]: Path, leaf: unknown): unknown {
  if (key === undefined) return leaf
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string | number, unknown>
  copy[key] = withLeaf(copy[key], rest, leaf)
  return copy
}

/** An instant by another unit, and the messages of its refusal. */
export const units = [
  ['seconds', (instant: number) => Math.floor(instant / 1000), /looks like seconds: multiply by 1000/],
  ['microseconds', (instant: number) => instant * 1000, /looks like microseconds: divide by 1000/],
] as const
