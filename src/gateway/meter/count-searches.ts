import type { CallUsage } from '../price/pricer.ts'

/** The searches of a call. */
export type Searches = Pick<CallUsage, 'webSearches' | 'fileSearches'>

/**
 * Counts the searches among the output items of the Responses API, whose usage leaves them out. Failed ones, and opening or
 * scanning a page, are not searches.
 */
export function countSearches(items: unknown): Searches {
  if (!Array.isArray(items)) return none
  let webSearches = 0
  let fileSearches = 0
  for (const item of items) {
    const { type, status, action } = Object(item) as Readonly<Record<string, unknown>>
    if (status === 'failed') continue
    if (type === 'file_search_call') fileSearches += 1
    if (type === 'web_search_call' && !pageActions.has(Object(action).type)) webSearches += 1
  }
  return webSearches + fileSearches === 0 ? none : { webSearches, fileSearches }
}

const none: Searches = Object.freeze({})
const pageActions = new Set(['open_page', 'find_in_page', 'find'])

export function addSearches(one: Searches, other: Searches): Searches {
  return join(one, other, (a, b) => a + b)
}

/** Returns the greater number of each kind of search. */
export function mostSearches(one: Searches, other: Searches): Searches {
  return join(one, other, Math.max)
}

function join(one: Searches, other: Searches, combine: (a: number, b: number) => number): Searches {
  return {
    webSearches: combine(one.webSearches ?? 0, other.webSearches ?? 0),
    fileSearches: combine(one.fileSearches ?? 0, other.fileSearches ?? 0),
  }
}
