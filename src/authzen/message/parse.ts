import type { z } from 'zod'
import { issuesOf } from '../../model/value/issue.ts'
import { ownData } from '../../model/value/own-properties.ts'
import { quote } from '../../model/value/quote.ts'

/** A parsed value, or one line that says what is wrong with the input. */
export type Parsed<T> = { readonly ok: true; readonly value: T } | InvalidInput

export interface InvalidInput {
  readonly ok: false
  readonly message: string
}

export function invalid(message: string): InvalidInput {
  return { ok: false, message }
}

/**
 * Parses a value by a schema. The message names the first part that is wrong. The objects of the result have no prototype, so
 * that an absent field is not read from a polluted `Object.prototype`.
 */
export function parseBy<Schema extends z.ZodType>(schema: Schema, input: unknown): Parsed<z.infer<Schema>> {
  const parsed = schema.safeParse(ownData(input))
  if (parsed.success) return { ok: true, value: ownData(parsed.data) as z.infer<Schema> }
  const [first] = issuesOf(parsed.error)
  if (first === undefined || first.path.length === 0) return invalid(first?.message ?? 'expected another body')
  return invalid(`at ${quote(first.path.join('.'))}: ${first.message}`)
}

/** The maximum depth of nested lists and objects in a body. */
const depthLimit = 64

/** Whether lists and objects are nested deeper than `depthLimit`. Takes constant stack, however deep they are. */
export function isTooDeep(body: unknown): boolean {
  let level = [body]
  for (let depth = 0; depth <= depthLimit; depth += 1) {
    level = level.flatMap((value) => (typeof value === 'object' && value !== null ? Object.values(value) : []))
    if (level.length === 0) return false
  }
  return true
}
