import * as z from 'zod'

/** The empty list that rows share. */
export const emptyList: readonly never[] = Object.freeze([])

/** The number of issues after which the entries of an invalid list are no longer read. */
const issueLimit = 100

/** The number of entries that are parsed at once. */
const chunk = 100

/**
 * Makes the schema of a list with at most `limit` entries. Default: no limit. A list that is too long is refused before
 * an entry is read, and reading stops after 100 issues: the cost of an invalid list does not depend on its length.
 */
export function listOf<Entry extends z.ZodType>(
  entry: Entry,
  limit: number = Number.POSITIVE_INFINITY,
  noun: string = 'entries',
): z.ZodType<z.output<Entry>[]> {
  const part = z.array(entry)
  const list = z.unknown().transform((input, { issues }) => {
    if (!Array.isArray(input)) {
      issues.push({ code: 'invalid_type', expected: 'array', input })
      return z.NEVER
    }
    if (input.length > limit) {
      issues.push({ code: 'custom', message: `expected at most ${limit} ${noun}`, input })
      return z.NEVER
    }
    const read: z.output<Entry>[] = []
    for (let start = 0; start < input.length && issues.length < issueLimit; start += chunk) {
      const parsed = part.safeParse(start === 0 && input.length <= chunk ? input : input.slice(start, start + chunk))
      if (parsed.success) for (const one of parsed.data) read.push(one)
      else for (const issue of parsed.error.issues) issues.push(issueAt(start, issue))
    }
    return read
  })
  lists.set(list._zod.def.out, { entry, limit })
  return list
}

/** What each list schema was made of, by its transform: a schema that is refined later keeps the transform. */
const lists = /* @__PURE__ */ new WeakMap<object, ListSchema>()

/** What a schema of `listOf` was made of. */
export interface ListSchema {
  readonly entry: z.ZodType
  readonly limit: number
}

/** Returns what a schema of `listOf` was made of, and `undefined` for every other schema. */
export function findListSchema(schema: z.core.$ZodType): ListSchema | undefined {
  return schema instanceof z.ZodPipe ? lists.get(schema._zod.def.out) : undefined
}

/** Returns an issue of a part of the list with its path in the whole list. `start` is the index of the part. */
function issueAt(start: number, issue: z.core.$ZodIssue): z.core.$ZodRawIssue {
  const [index, ...rest] = issue.path
  return { ...issue, path: [Number(index) + start, ...rest] } as z.core.$ZodRawIssue
}
