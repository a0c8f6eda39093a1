import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AuthZenEvaluator, AuthZenPageRequest } from '../../../src/authzen/index.ts'
import { runs } from '../runs.ts'
import { client, goodBody } from './fixture.ts'

const path = '/access/v1/search/subject'

interface Page {
  readonly page: { readonly next_token: string; readonly count: number }
  readonly results: readonly { readonly id: string }[]
}

/** An evaluator that finds subjects with these ids, in order. Records each page request. */
function listing(ids: readonly string[], asked: AuthZenPageRequest[] = []): AuthZenEvaluator {
  return {
    evaluate: () => ({ decision: false }),
    searchSubjects: ({ subject: { type } }, page) => {
      asked.push(page)
      const start = page.after === undefined ? 0 : ids.indexOf(page.after) + 1
      const results = ids.slice(start, start + page.limit).map((id) => ({ type, id }))
      const isLast = start + page.limit >= ids.length
      return isLast ? { results } : { results, next: results.at(-1)?.id }
    },
  }
}

/** Sends a search, and returns its answer. */
async function search(post: ReturnType<typeof client>['post'], page: unknown, change: object = {}): Promise<Page> {
  const { status, body } = await post(path, { ...goodBody, ...change, page })
  expect(status).toBe(200)
  return body as unknown as Page
}

test('the pages of a search are the whole result, in order, for any limit and any ids', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.string({ unit: 'grapheme' }), { maxLength: 20 }),
      fc.integer({ min: 1, max: 8 }),
      fc.boolean(),
      async (ids, limit, repeats) => {
        const { post } = client({ evaluator: listing(ids) })
        const found: string[] = []
        let token = ''
        do {
          const page = token === '' || repeats ? { limit, token } : { token }
          const answer = await search(post, page)
          expect(answer.page.count).toBe(answer.results.length)
          expect(answer.results.length).toBeLessThanOrEqual(limit)
          found.push(...answer.results.map(({ id }) => id))
          token = answer.page.next_token
        } while (token !== '')
        expect(found).toEqual(ids)
      },
    ),
    runs(200),
  )
})

describe('a token', () => {
  const ids = ['a', 'b', 'c']
  const { post } = client({ evaluator: listing(ids) })

  test('is good with the same entities in another order, and with another id of what is searched for', async () => {
    const { page } = await search(post, { limit: 1 }, { context: { a: 1, b: { c: 2, d: 3 } } })
    const { subject, action, resource } = goodBody
    const same = { resource: { id: resource.id, type: resource.type }, action, context: { b: { d: 3, c: 2 }, a: 1 } }
    const next = await search(post, { token: page.next_token }, { ...same, subject: { ...subject, id: 'other' } })
    expect(next.results).toEqual([{ type: 'user', id: 'b' }])
  })

  test.each<readonly [what: string, change: { readonly page?: object; readonly [name: string]: unknown }]>([
    ['another subject', { subject: { type: 'team' } }],
    ['another action', { action: { name: 'write' } }],
    ['another resource', { resource: { type: 'record', id: 'record-2' } }],
    ['a context', { context: {} }],
    ['another limit', { page: { limit: 2 } }],
    ['properties of the page', { page: { properties: {} } }],
  ])('is refused with %s', async (_, change) => {
    const { page } = await search(post, { limit: 1 })
    const body = { ...goodBody, ...change, page: { token: page.next_token, ...change.page } }
    const answered = await post(path, body)
    expect([answered.status, answered.text]).toEqual([
      400,
      'at `page.token`: expected the `next_token` of the previous page, with the same search and limit; start again without a token',
    ])
  })

  test('of another endpoint is refused', async () => {
    const both = client({ evaluator: { ...listing(ids), searchResources: () => ({ results: [], next: 'x' }) } })
    const { body } = await both.post('/access/v1/search/resource', { ...goodBody, page: { limit: 1 } })
    const { next_token: token } = body['page'] as { next_token: string }
    expect((await both.post(path, { ...goodBody, page: { token } })).status).toBe(400)
  })

  test.each(['x', 'AAAA', 'bnVsbA', 'W10', 'WzFd', '%', '[1,null,"b"]'])('such as `%s` is refused', async (token) => {
    expect((await post(path, { ...goodBody, page: { token } })).status).toBe(400)
  })
})

describe('a limit', () => {
  test('of zero finds no result, and whether there is one', async () => {
    const { post } = client({ evaluator: listing(['a', 'b']) })
    const { page, results } = await search(post, { limit: 0 })
    expect([page.count, results]).toEqual([0, []])
    expect(page.next_token).not.toBe('')
    const empty = await search(client({ evaluator: listing([]) }).post, { limit: 0 })
    expect(empty).toEqual({ page: { next_token: '', count: 0 }, results: [] })
  })

  test('above 1,000, and none, are 1,000 for the evaluator', async () => {
    const asked: AuthZenPageRequest[] = []
    const { post } = client({ evaluator: listing(['a'], asked) })
    for (const limit of [undefined, 1_001, 2 ** 40, 999]) await search(post, { limit })
    expect(asked).toEqual([{ limit: 1_000 }, { limit: 1_000 }, { limit: 1_000 }, { limit: 999 }])
  })
})
