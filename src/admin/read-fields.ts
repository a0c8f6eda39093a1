import * as z from 'zod'
import { issuesOf } from '../model/value/issue.ts'
import { invalidField } from './admin-fault.ts'
import { instantExpected, readInstant } from './wire.ts'

/**
 * Reads a body whose fields have the names of the schema.
 * @throws {AdminFault} when the body does not match; names the field
 */
export function readBody<T extends z.ZodType>(schema: T, body: unknown): z.infer<T> {
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  const [first] = issuesOf(parsed.error)
  throw invalidField({ param: (first?.path ?? []).join('.'), message: first?.message ?? 'the body is not valid' })
}

/** An instant in a body: a string of ISO 8601 with its offset. */
export const InstantText = z
  .string()
  .meta({ format: 'date-time' })
  .transform(readInstant)
  .pipe(z.number({ error: instantExpected }))
