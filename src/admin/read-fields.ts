import type { z } from 'zod'
import { issuesOf } from '../model/value/issue.ts'
import { invalidField } from './admin-fault.ts'
import type { QueryParameter } from './operation.ts'

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

/** The parameters of every list in pages. */
export const pageParameters: readonly QueryParameter[] = [
  { name: 'limit', description: 'The most entries of the page: 1 to 1,000. Default: 100.' },
  { name: 'after', description: 'The `next` of the previous page.' },
]
