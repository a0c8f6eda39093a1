import * as z from 'zod'
import type { QueryParameter } from './operation.ts'

const limit: QueryParameter = {
  name: 'limit',
  description: 'The most entries of the page.',
  schema: z.int().min(1).max(1_000).meta({ default: 100 }),
}
const after: QueryParameter = { name: 'after', description: 'The `next` of the previous page.' }

/** The parameters of every list in pages. */
export const pageParameters: readonly QueryParameter[] = [limit, after]

/** The parameters of a list whose cursor is a position in a log or a statement. */
export const positionParameters: readonly QueryParameter[] = [
  limit,
  { ...after, schema: z.string().regex(/^\d{1,15}$/) },
]

/** The schema of a page: its entries under the name of the list, and other fields. */
export function pageSchema(
  name: string,
  entry: z.ZodType,
  fields: Readonly<Record<string, z.ZodType>> = {},
): z.ZodType {
  return z.strictObject({
    ...fields,
    [name]: z.array(entry),
    next: z.string().optional().meta({ description: 'The `after` of the next page; absent on the last one.' }),
    has_more: z.boolean(),
  })
}

/** Returns the body of a page: its entries under the name of the list. `next` is the cursor; absent on the last page. */
export function pageBody(name: string, entries: unknown, next: string | undefined): object {
  return { [name]: entries, ...(next === undefined ? {} : { next }), has_more: next !== undefined }
}

/** Reads a cursor that is a position in a log or a statement. */
export function readPosition(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined
}
