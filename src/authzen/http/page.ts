import { hashOf } from '../../model/table/hash.ts'
import { withoutPrototype } from '../../model/value/own-properties.ts'
import { isObject } from '../message/entity.ts'
import type { AuthZenPageRequest, AuthZenUnavailable } from '../message/evaluator.ts'
import { invalid, type Parsed } from '../message/parse.ts'
import type { PageBody } from '../message/search.ts'
import { isUnavailable } from './evaluate.ts'

/** The maximum and the default number of results on a page. */
const pageLimit = 1_000

/** Which page a search wants. `search` identifies the search that the token of the next page belongs to. */
export interface WantedPage {
  readonly search: number
  /** The limit of the first request of the search, as the client sent it. */
  readonly limit?: number | undefined
  readonly after?: string | undefined
}

/** The answer to a search. `page` is its first key. */
export interface SearchAnswer {
  readonly page: { readonly next_token: string; readonly count: number }
  readonly results: readonly unknown[]
}

/**
 * Reads which page a search wants. A token is valid only with the entities, the context and the limit of the request that it
 * continues; a limit may be left out. An empty token is none.
 */
export function readPage(endpoint: string, entities: object, page: PageBody | undefined): Parsed<WantedPage> {
  const { token = '', limit, properties }: PageBody = withoutPrototype({ ...page })
  const search = hashOf(`${endpoint} ${canonical({ ...entities, properties })}`)
  if (token === '') return { ok: true, value: { search, limit } }
  const read = readToken(token)
  if (read === undefined || read.search !== search || (limit !== undefined && limit !== read.limit)) return otherSearch
  return { ok: true, value: read }
}

const otherSearch = invalid(
  'at `page.token`: expected the `next_token` of the previous page, with the same search and limit; start again without a token',
)

/**
 * Asks an evaluator for a page, and makes the answer.
 * @throws {TypeError} when the evaluator returns no page
 */
export async function answerPage(
  wanted: WantedPage,
  search: (page: AuthZenPageRequest) => unknown,
): Promise<SearchAnswer | AuthZenUnavailable> {
  const { limit = pageLimit, after } = wanted
  // A limit of zero asks only whether there are results.
  const bounded = Math.min(Math.max(limit, 1), pageLimit)
  const found: unknown = await search(after === undefined ? { limit: bounded } : { limit: bounded, after })
  if (isUnavailable(found)) return found
  if (!isObject(found) || !Array.isArray(found['results'])) throw new TypeError('the evaluator returned no page')
  const { results, next } = found as { readonly results: readonly unknown[]; readonly next?: unknown }
  if (limit === 0) {
    const position = results.length === 0 ? '' : tokenOf(wanted)
    return { page: { next_token: position, count: 0 }, results: [] }
  }
  const token = typeof next === 'string' ? tokenOf({ ...wanted, after: next }) : ''
  return { page: { next_token: token, count: results.length }, results }
}

/** Returns the JSON of a value with the keys of each object in order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    isObject(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part,
  )
}

/** Returns the token of a page: its fields as JSON, in base64url. */
function tokenOf({ search, limit, after }: WantedPage): string {
  const bytes = new TextEncoder().encode(JSON.stringify([search, limit ?? null, after ?? null]))
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

function readToken(token: string): WantedPage | undefined {
  try {
    const text = atob(token.replaceAll('-', '+').replaceAll('_', '/'))
    const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0))
    const fields: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    if (!Array.isArray(fields)) return undefined
    const [search, limit, after] = fields as readonly unknown[]
    if (typeof search !== 'number') return undefined
    return {
      search,
      ...(typeof limit === 'number' && Number.isSafeInteger(limit) && limit >= 0 ? { limit } : undefined),
      ...(typeof after === 'string' ? { after } : undefined),
    }
  } catch {
    return undefined
  }
}
