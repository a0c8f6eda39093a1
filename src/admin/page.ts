import type { QueryParameter } from './operation.ts'

/** The parameters of every list in pages. */
export const pageParameters: readonly QueryParameter[] = [
  { name: 'limit', description: 'The most entries of the page: 1 to 1,000. Default: 100.' },
  { name: 'after', description: 'The `next` of the previous page.' },
]

/** Returns the body of a page: its entries under the name of the list. `next` is the cursor; absent on the last page. */
export function pageBody(name: string, entries: unknown, next: string | undefined): object {
  return { [name]: entries, ...(next === undefined ? {} : { next }), has_more: next !== undefined }
}

/** Reads a cursor that is a position in a log or a statement. */
export function readPosition(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined
}
