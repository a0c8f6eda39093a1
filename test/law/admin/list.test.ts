import { afterAll, describe, expect, test } from 'vitest'
import { faultOf } from './rig.ts'
import { own, startWorld } from './world.ts'

/** The world of tests that change nothing. */
const world = await startWorld(afterAll)

describe('pages of a list', () => {
  const lists: readonly (readonly [path: string, field: string])[] = [
    ['/users', 'users'],
    ['/organizations', 'organizations'],
    ['/teams', 'teams'],
    ['/virtual-accounts', 'virtual_accounts'],
    ['/provider-accounts', 'provider_accounts'],
    ['/model-aliases', 'model_aliases'],
    ['/model-access-groups', 'access_groups'],
    ['/plans', 'plans'],
    ['/restrictions', 'restrictions'],
    ['/access-requests', 'access_requests'],
    ['/tokens?owner_type=user&owner_id=root', 'tokens'],
    ['/who-can-use?model=fast', 'principals'],
    ['/audit-log', 'events'],
    [`/wallets/teams/${own('dev')}/statement`, 'entries'],
  ]

  test.each(lists)('%s, put together, are the whole', async (path, field) => {
    const separator = path.includes('?') ? '&' : '?'
    const whole = (await world.call('GET', `${path}${separator}limit=1000`)).body
    expect(whole).toMatchObject({ has_more: false })
    expect(whole).not.toHaveProperty('next')
    const entries = whole[field] as readonly unknown[]
    expect(entries.length).toBeGreaterThan(0)
    for (const limit of new Set([1, 2, entries.length - 1, entries.length, entries.length + 1].filter((n) => n > 0))) {
      const pages: unknown[] = []
      for (let after: string | undefined; ; ) {
        const query = new URLSearchParams({ limit: String(limit), ...(after === undefined ? {} : { after }) })
        const { body } = await world.call('GET', `${path}${separator}${query}`)
        const page = body[field] as readonly unknown[]
        expect(page.length).toBeLessThanOrEqual(limit)
        pages.push(...page)
        expect(body['has_more']).toBe(body['next'] !== undefined)
        if (body['next'] === undefined) break
        after = String(body['next'])
      }
      expect(pages).toEqual(entries)
    }
  })

  test.each(['0', '1001', '-1', '1.5', 'x', '', '1e2', ' 1'])('`limit=%s` is a 400', async (limit) => {
    for (const [path] of lists) {
      const separator = path.includes('?') ? '&' : '?'
      const answer = await world.call('GET', `${path}${separator}limit=${encodeURIComponent(limit)}`)
      expect({ path, ...faultOf(answer) }).toMatchObject({ path, status: 400, param: 'limit' })
    }
  })
})
