import { afterAll, describe, expect, test } from 'vitest'
import { type Documented, exampleOf, isWrite, operationsOf, urlOf } from './example.ts'
import { faultOf, startRig } from './rig.ts'
import { own, secretOf, startWorld } from './world.ts'

/** The world of tests that change nothing. */
const world = await startWorld(afterAll)
const operations = operationsOf(world.api)
const writes = operations.filter(isWrite).map((operation): [string, Documented] => [operation.id, operation])
const user = (user_id: string) => ({ user_id })

describe('`ETag` and `If-Match`', () => {
  test('a change with the tag of an earlier version is refused with 412, and one with the present tag is made', async () => {
    const { call } = await startRig()
    const stale = (await call('GET', '/users')).headers.get('etag') ?? ''
    const created = await call('POST', '/users/create', user('ann'), { 'if-match': stale })
    expect(created.status).toBe(200)
    const refused = await call('POST', '/users/create', user('bob'), { 'if-match': stale })
    expect(refused.status).toBe(412)
    const tag = created.headers.get('etag') ?? ''
    expect((await call('POST', '/users/create', user('bob'), { 'if-match': tag })).status).toBe(200)
    expect((await call('POST', '/users/create', user('cyd'), { 'if-match': '*' })).status).toBe(200)
  })

  test('of two writers with one tag, exactly one wins', async () => {
    const { call } = await startRig()
    const tag = (await call('GET', '/users')).headers.get('etag') ?? ''
    const racers = ['ann', 'bob', 'cyd'].map((id) => call('POST', '/users/create', user(id), { 'if-match': tag }))
    expect((await Promise.all(racers)).map(({ status }) => status).sort()).toEqual([200, 412, 412])
  })

  test('the tag of every change is that of the next change', async () => {
    const { call } = await startWorld()
    const team = { organization_id: own('acme'), team_id: 'next' }
    const created = await call('POST', '/teams/create', team)
    const issued = await call(
      'POST',
      '/tokens/create',
      { token_id: 'next', owner: { type: 'team', id: 'next' } },
      { 'if-match': created.headers.get('etag') ?? '' },
    )
    const rotated = await call(
      'POST',
      '/tokens/next/rotate',
      { overlap_ms: 0 },
      { 'if-match': issued.headers.get('etag') ?? '' },
    )
    expect([created.status, issued.status, rotated.status]).toEqual([200, 200, 200])
  })

  test('a tag that a proxy weakened is the same tag', async () => {
    const { call, engine } = await startRig()
    const { version } = engine.status()
    const weak = { 'if-match': `W/"${version}"` }
    expect((await call('POST', '/users/create', user('ann'), weak)).status).toBe(200)
    expect((await call('POST', '/users/create', user('bob'), weak)).status).toBe(412)
  })

  test.each(['12', 'W/12', 'w/"12"', 'W/ "12"', '"1", "2"', '"x"', '""', '"1e3"', '"-1"'])(
    '`If-Match: %s` is a 400',
    async (header) => {
      const answer = await world.call('POST', '/users/create', user('new'), { 'if-match': header })
      expect(answer).toMatchObject({ status: 400, body: { error: { code: 'header_invalid' } } })
    },
  )
})

describe('`Idempotency-Key`', () => {
  test('a retry gets the same answer and has one effect; another body under the key is 422', async () => {
    const { call, engine } = await startRig()
    const key = { 'idempotency-key': 'key-1' }
    const first = await call('POST', '/users/create', user('ann'), key)
    const { version } = engine.status()
    const again = await call('POST', '/users/create', user('ann'), key)
    expect(again.status).toBe(200)
    expect(again.body).toEqual({ ...first.body, replayed: true })
    expect(again.headers.get('etag')).toBe(first.headers.get('etag'))
    expect(engine.status().version).toBe(version)
    expect(faultOf(await call('POST', '/users/create', user('bob'), key))).toMatchObject({
      ...{ status: 422, code: 'command_id_reused' },
    })
    expect(engine.status().version).toBe(version)
  })

  test('a retry with the tag that the first request had is a replay, and no 412', async () => {
    const { call } = await startRig()
    const tag = (await call('GET', '/users')).headers.get('etag') ?? ''
    const headers = { 'idempotency-key': 'key-1', 'if-match': tag }
    expect((await call('POST', '/users/create', user('ann'), headers)).body).toMatchObject({ replayed: false })
    expect((await call('POST', '/users/create', user('ann'), headers)).body).toMatchObject({ replayed: true })
  })

  test('the key of one caller and one operation is not that of another', async () => {
    const { as } = await startWorld()
    const key = { 'idempotency-key': '"key-1"' }
    const issue = (caller: 'ann' | 'eve', token_id: string) =>
      as(secretOf(caller))('POST', '/tokens/create', { token_id, owner: { type: 'user', id: caller } }, key)
    expect((await issue('ann', 'one')).body['token']).toMatch(/^pc_/)
    expect((await issue('eve', 'two')).body['token']).toMatch(/^pc_/)
    expect((await as(secretOf('ann'))('POST', '/tokens/one/revoke', {}, key)).status).toBe(200)
  })

  test('requests that race with one key have one effect, and one of them shows the token', async () => {
    const { call, engine } = await startRig()
    const { version } = engine.status()
    const body = { token_id: 'new', owner: { type: 'user', id: 'root' } }
    const send = () => call('POST', '/tokens/create', body, { 'idempotency-key': 'key-1' })
    const all = await Promise.all([send(), send(), send()])
    expect(all.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(all.filter((one) => one.body['token'] !== null).length).toBe(1)
    expect(engine.status().version).toBe(version + 1)
    expect((await send()).body).toMatchObject({ token_id: 'new', token: null, replayed: true })
  })

  test('a retried rotation shows no token, and a retried creation of a team no key', async () => {
    const { call, engine } = await startWorld()
    const key = { 'idempotency-key': 'key-1' }
    const rotate = () => call('POST', `/tokens/${own('key')}/rotate`, { overlap_ms: 0 }, key)
    expect((await rotate()).body).toMatchObject({ replayed: false, token: expect.stringMatching(/^pc_/) })
    const { version } = engine.status()
    expect((await rotate()).body).toMatchObject({ replayed: true, token: null })
    expect(engine.status().version).toBe(version)
    const create = () => call('POST', '/teams/create', { organization_id: own('acme'), team_id: 'new' }, key)
    const first = await create()
    expect(first.body['virtual_key']).toMatch(/^pc_/)
    const again = await create()
    expect(again.body).toMatchObject({ virtual_key: null, token_id: first.body['token_id'], team_id: 'new' })
    expect(again.headers.get('etag')).toBe(first.headers.get('etag'))
  })

  test.each(['', 'a b', 'a, b', '"a', 'a'.repeat(256), '"a", "b"'])(
    '`Idempotency-Key: %s` is a 400',
    async (header) => {
      const answer = await world.call('POST', '/users/create', user('new'), { 'idempotency-key': header })
      expect(answer).toMatchObject({ status: 400, body: { error: { code: 'header_invalid' } } })
    },
  )
})

describe('`dryRun`', () => {
  test.each(writes)('of %s shows the steps and changes nothing', async (_, operation) => {
    const before = world.policy()
    const { body } = exampleOf(operation)
    const answer = await world.call(operation.method, urlOf(operation, { dryRun: 'true' }), body)
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({ accepted: true })
    expect(answer.headers.get('etag')).toBe(`"${world.engine.status().version}"`)
    expect(world.policy()).toBe(before)
  })

  test.each(writes)('of %s is refused with the tag of another version, as the change is', async (_, operation) => {
    const { version = 0 } = world.engine.status()
    const send = (tag: number) =>
      world.call(operation.method, urlOf(operation, { dryRun: 'true' }), exampleOf(operation).body, {
        'if-match': `"${tag}"`,
      })
    expect(faultOf(await send(version - 1))).toMatchObject({ status: 412, code: 'version_conflict' })
    expect(await send(version)).toMatchObject({ status: 200, body: { accepted: true } })
  })

  test('shows the rejection of each command with the field of the body', async () => {
    const team = { organization_id: 'nowhere', team_id: 'new', access_groups: ['nothing'] }
    const { body } = await world.call('POST', '/teams/create?dryRun=true', team)
    expect(body).toMatchObject({ accepted: false, rejected_count: 1 })
    expect(JSON.stringify(body['steps'])).toMatch(/"param":"(organization_id|access_groups\.0)"/)
    const asked = await world.as(secretOf('eve'))('POST', '/users/create?dryRun=true', user('new'))
    expect(asked.body).toMatchObject({
      steps: [{ ok: false, rejection: { code: 'management_not_granted', param: null } }],
    })
    expect(asked.body).not.toHaveProperty('effects')
  })

  test('another value than `true` and `false` is a 400', async () => {
    expect(faultOf(await world.call('POST', '/users/create?dryRun=1', user('new')))).toMatchObject({
      ...{ status: 400, param: 'dryRun' },
    })
    expect(faultOf(await world.call('DELETE', '/plans/starter?cascade=yes'))).toMatchObject({
      ...{ status: 400, param: 'cascade' },
    })
  })
})

test('the log has a retried change once', async () => {
  const { call } = await startRig([{ type: 'CreateUser', user: 'ann' }])
  const key = { 'idempotency-key': 'once' }
  for (let turn = 0; turn < 3; turn += 1) await call('PUT', '/users/ann', { name: 'Ann' }, key)
  const { body } = await call('GET', '/audit-log?limit=1000')
  const events = body['events'] as readonly { readonly type?: string }[]
  expect(JSON.stringify(events).split('"Ann"').length - 1).toBe(1)
})
