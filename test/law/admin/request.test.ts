import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import type { CommandBody } from '../../../src/runtime/index.ts'
import { type Documented, exampleOf, isWrite, operationsOf, pathOf, urlOf } from './example.ts'
import { type Answer, type Call, startRig } from './rig.ts'
import { own, secretOf, startWorld } from './world.ts'

/** The world of tests that change nothing. */
const world = await startWorld(afterAll)
const operations = operationsOf(world.api)
const writes = operations.filter(isWrite).map((operation): [string, Documented] => [operation.id, operation])
const user = (user_id: string) => ({ user_id })
const faultOf = ({ status, body }: Answer) => ({ status, code: body.error?.['code'], param: body.error?.['param'] })

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

  test.each(['12', 'W/"12"', '"1", "2"', '"x"', '""', '"1e3"', '"-1"'])('`If-Match: %s` is a 400', async (header) => {
    const answer = await world.call('POST', '/users/create', user('new'), { 'if-match': header })
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'header_invalid' } } })
  })
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

describe('errors', () => {
  const target = { provider_account_id: 'openai', model: 'gpt-5' }
  const alias = (...targets: object[]) => ({ alias: 'new', targets })
  const group = (...members: object[]) => ({ members })
  const later = '2040-01-31T09:00:00Z'
  const token = (more: object) => ({ token_id: 'new', owner: { type: 'user', id: 'root' }, ...more })
  const faults: readonly (readonly [method: string, path: string, body: unknown, param: string])[] = [
    ['PUT', '/model-access-groups/standard/members', group({ type: 'alias', alias: 'nothing' }), 'members.0.alias'],
    ['PUT', '/model-access-groups/standard/members', group({ type: 'alias', alias: 5 }), 'members.0.alias'],
    [
      'PUT',
      '/model-access-groups/standard/members',
      group({ type: 'alias', providerAccount: 'x' }),
      'members.0.providerAccount',
    ],
    ['POST', '/model-access-groups/create', { group_name: 'New', model_aliases: [] }, 'group_name'],
    ['POST', '/model-access-groups/create', { group_name: 'new', model_aliases: ['fast', 'no'] }, 'model_aliases.1'],
    ['POST', '/model-access-groups/create', { group_name: 'new', model_aliases: ['fast', 5] }, 'model_aliases.1'],
    ['POST', '/model-access-groups/create', { group_name: 'standard', model_aliases: [] }, 'group_name'],
    [
      'POST',
      '/model-aliases/create',
      alias(target, { ...target, provider_account_id: 'no' }),
      'targets.1.provider_account_id',
    ],
    ['POST', '/model-aliases/create', alias(target, { model: 'gpt-5' }), 'targets.1.provider_account_id'],
    ['POST', '/tokens/create', token({ expires_at: '2020-01-01T00:00:00Z' }), 'expires_at'],
    ['POST', '/tokens/create', token({ expires_at: 1_900_000_000_000 }), 'expires_at'],
    ['POST', '/tokens/create', token({ expires_at: '2040-01-31' }), 'expires_at'],
    ['POST', '/tokens/create', token({ expires_at: '2040-02-31T00:00:00Z' }), 'expires_at'],
    ['POST', '/tokens/create', token({ expires_at: '2040-01-31T00:00:00' }), 'expires_at'],
    ['POST', '/tokens/create', token({ team_id: own('nothing') }), 'team_id'],
    ['POST', '/tokens/create', token({ digest: 'f'.repeat(64) }), 'digest'],
    [
      'POST',
      '/tokens/create',
      token({ scope: { type: 'list', selectors: [{ type: 'alias' }] } }),
      'scope.selectors.0.alias',
    ],
    ['POST', `/tokens/${own('key')}/rotate`, { overlap_ms: -1 }, 'overlap_ms'],
    ['POST', `/tokens/${own('key')}/rotate`, { overlap_ms: 0, expires_at: '2020-01-01T00:00:00Z' }, 'expires_at'],
    [
      'POST',
      '/teams/create',
      { organization_id: own('acme'), team_id: 'new', credits_allocated: -1 },
      'credits_allocated',
    ],
    ['POST', '/teams/create', { organization_id: own('acme'), team_id: 'new', plan_id: 'nothing' }, 'plan_id'],
    ['POST', '/teams/create', { organization_id: own('acme'), team_id: own('dev') }, 'team_id'],
    [
      'POST',
      '/teams/create',
      { organization_id: own('acme'), team_id: 'new', team_alias: 'x'.repeat(1_025) },
      'team_alias',
    ],
    ['PUT', `/teams/${own('dev')}`, { access_groups: ['standard', 'nothing'] }, 'access_groups.1'],
    ['POST', '/organizations/create', { organization_id: 'new', entitlement: ['nothing'] }, 'entitlement'],
    ['POST', '/credits/add', { team_id: 'nothing', amount: 1 }, 'team_id'],
    ['POST', '/credits/add', { team_id: own('dev'), amount: 1e-10 }, 'amount'],
    ['POST', '/credits/add', { team_id: own('dev'), amount: 0 }, 'amount'],
    ['POST', '/credits/add', { team_id: own('dev'), amount: 1, expires_at: '2020-01-01T00:00:00Z' }, 'expires_at'],
    ['POST', '/credits/add', { amount: 1 }, 'team_id'],
    ['POST', '/credits/add', { principal: { type: 'user', id: 'nothing' }, amount: 1 }, 'principal.id'],
    [
      'POST',
      '/provider-accounts/openai/grants',
      { principal: { type: 'user', id: 'no' }, role: 'user' },
      'principal.id',
    ],
    ['POST', '/model-aliases/fast/deprecate', { sunset_at: later, successor: 'nothing' }, 'successor'],
    ['POST', '/preview', { commands: [{ type: 'CreateUser', user_id: 'x' }, { userId: 'y' }] }, 'commands.1.userId'],
    ['POST', '/explain', { principal: { type: 'user' }, model: 'fast' }, 'principal.id'],
    ['GET', '/audit-log?subject_type=team', undefined, 'subject_id'],
    ['GET', '/audit-log?subject_id=x', undefined, 'subject_type'],
    ['GET', '/audit-log?since=yesterday', undefined, 'since'],
    ['GET', '/audit-log?after=x', undefined, 'after'],
    ['GET', '/access-requests?after=x', undefined, 'after'],
    ['GET', '/matrix?format=pdf', undefined, 'format'],
    ['GET', '/tokens?owner_type=user', undefined, 'owner_id'],
    ['GET', '/who-can-use', undefined, 'model'],
    ['GET', '/who-can-use?model=fast&after=ann', undefined, 'after'],
    ['GET', '/who-can-use?model=fast&after=robot:x', undefined, 'after'],
  ]

  test.each(faults)('%s %s %j names the field `%s`', async (method, path, body, param) => {
    const before = world.policy()
    const answer = await world.call(method, path, body)
    expect(faultOf(answer)).toMatchObject({ param })
    expect([400, 404, 409, 422]).toContain(answer.status)
    expect(world.policy()).toBe(before)
  })

  test('are a problem with the same facts for a client that prefers it', async () => {
    const headers = { accept: 'application/problem+json' }
    const plain = await world.call('GET', '/teams/nothing')
    const problem = await world.call('GET', '/teams/nothing', undefined, headers)
    expect(problem.headers.get('content-type')).toBe('application/problem+json; charset=utf-8')
    const { message, code, param } = plain.body.error ?? {}
    expect(problem.body).toMatchObject({
      type: 'about:blank',
      status: 404,
      title: 'Not Found',
      detail: message,
      code,
      param,
    })
  })

  test('an unknown route is 404, and another method of a route 405 with `Allow`', async () => {
    expect((await world.call('GET', '/nothing')).status).toBe(404)
    expect((await world.call('GET', '/teams/')).status).toBe(404)
    expect((await world.call('GET', `/teams/${own('dev')}/`)).status).toBe(404)
    expect((await world.api.handle(new Request('http://gateway/other/teams'))).status).toBe(404)
    const answer = await world.call('POST', `/teams/${own('dev')}`)
    expect(answer.status).toBe(405)
    expect(answer.headers.get('allow')).toBe('DELETE, GET, PUT')
  })
})

describe('ids in a path', () => {
  const ids = [
    'a/b',
    '%2e%2e',
    '__proto__',
    'constructor',
    'ü 🎉',
    'a?b#c',
    'a+b',
    '...',
    '100%',
    'a;b=c',
    '\\',
    'create',
  ]

  test.each(ids)('`%s` is the id of a team, a user, an alias and a token', async (id) => {
    const { call } = await startRig([
      { type: 'CreateOrganization', organization: 'acme', entitlement: { type: 'unlimited' } },
      { type: 'CreateProviderAccount', providerAccount: 'openai', anyModel: true },
    ])
    await roundTrip(call, id)
  })

  test('any id, which is no step of a path, is found under its encoding', async () => {
    const { call } = await startRig([
      { type: 'CreateOrganization', organization: 'acme', entitlement: { type: 'unlimited' } },
    ])
    const isStep = (id: string) => id === '.' || id === '..'
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }).filter((id) => !isStep(id)),
        async (id) => {
          const made = await call('POST', '/users/create', user(id))
          fc.pre(made.status === 200)
          const { status, body } = await call('GET', `/users/${encodeURIComponent(id)}`)
          expect({ status, id: body['user_id'] }).toEqual({ status: 200, id })
        },
      ),
      { numRuns: 50 },
    )
  })

  test('`.` and `..`, which clients resolve, reach no operation that changes something', async () => {
    for (const id of ['.', '..']) {
      for (const operation of operations.filter(({ template }) => template.includes('{'))) {
        const path = operation.template.replace(/\{\w+\}/g, id)
        const before = world.policy()
        const { status } = await world.call(operation.method, path, exampleOf(operation).body)
        if (operation.method !== 'GET')
          expect({ path, isRefused: [400, 404, 405].includes(status) }).toEqual({ path, isRefused: true })
        expect(world.policy()).toBe(before)
      }
    }
  })
})

async function roundTrip(call: Call, id: string): Promise<void> {
  const at = encodeURIComponent(id)
  const expectOk = async (method: string, path: string, body?: unknown) => {
    const answer = await call(method, path, body)
    expect({ path, status: answer.status, error: answer.body.error }).toEqual({ path, status: 200, error: undefined })
    return answer.body
  }
  await expectOk('POST', '/users/create', { user_id: id })
  expect(await expectOk('GET', `/users/${at}`)).toMatchObject({ user_id: id })
  await expectOk('POST', '/teams/create', { organization_id: 'acme', team_id: id, virtual_key: false })
  await expectOk('POST', `/teams/${at}/members`, { user_id: id })
  await expectOk('PUT', `/teams/${at}/members/${at}`, { role: 'manager' })
  expect(await expectOk('GET', `/teams/${at}`)).toMatchObject({ team_id: id, organization_id: 'acme' })
  expect((await expectOk('GET', `/audit-log?subject_type=team&subject_id=${at}`))['events']).toHaveLength(3)
  await expectOk('POST', '/model-aliases/create', {
    alias: id,
    targets: [{ provider_account_id: 'openai', model: 'gpt-5' }],
  })
  expect(await expectOk('GET', `/model-aliases/${at}`)).toMatchObject({ alias: id, targets: [{ model: 'gpt-5' }] })
  await expectOk('POST', '/tokens/create', { token_id: id, owner: { type: 'team', id } })
  expect((await expectOk('GET', `/tokens?owner_type=team&owner_id=${at}`))['tokens']).toMatchObject([{ token_id: id }])
  await expectOk('POST', `/tokens/${at}/revoke`)
  await expectOk('DELETE', `/teams/${at}`)
}

describe('bodies', () => {
  const create = (body: unknown, headers: Readonly<Record<string, string>> = {}) =>
    world.call('POST', '/users/create?dryRun=true', body, headers)

  test.each([
    'application/json',
    'application/json; charset=utf-8',
    'APPLICATION/JSON',
    'application/x-www-form-urlencoded',
  ])('the content type `%s` is read as JSON', async (type) => {
    expect((await create(user('new'), { 'content-type': type })).status).toBe(200)
  })

  test.each(['text/plain', 'multipart/form-data; boundary=x', 'application/json; charset=latin1', 'application/jsonp'])(
    'the content type `%s` is refused',
    async (type) => {
      expect((await create(user('new'), { 'content-type': type })).status).toBe(415)
    },
  )

  test('a body of more than 1 MiB is refused, with and without a length', async () => {
    const large = `{"user_id":"${'x'.repeat(2_097_152)}"}`
    expect((await create(large)).status).toBe(413)
    expect((await create('{}', { 'content-length': '2097152' })).status).toBe(413)
    const padded = `${' '.repeat(1_048_576 - 17)}{"user_id":"new"}`
    expect((await create(padded)).status).toBe(200)
    expect((await create(` ${padded}`)).status).toBe(413)
  })

  test('a compressed body is refused', async () => {
    expect((await create(user('new'), { 'content-encoding': 'gzip' })).status).toBe(415)
  })

  test.each(['{', 'user_id=new', '{"user_id":"new"}x', "{'user_id':'new'}"])('`%s` is not JSON', async (text) => {
    expect(faultOf(await create(text))).toEqual({ status: 400, code: 'body_invalid', param: null })
  })

  test('bytes that are not UTF-8 are refused', async () => {
    const bytes = new Uint8Array([...new TextEncoder().encode('{"user_id":"'), 0xff, ...new TextEncoder().encode('"}')])
    expect(faultOf(await create(bytes))).toEqual({ status: 400, code: 'body_invalid', param: null })
  })

  test.each(['null', '[]', '"x"', '5', 'true'])('`%s` is not an object', async (text) => {
    for (const [, operation] of writes) {
      if (operation.method === 'DELETE') continue
      const answer = await world.call(operation.method, pathOf(operation), text)
      expect({ id: operation.id, ...faultOf(answer) }).toEqual({
        ...{ id: operation.id, status: 400, code: 'body_invalid', param: null },
      })
    }
  })

  test('no body, an empty body and an empty object are the same to an operation without required fields', async () => {
    for (const body of [undefined, '', {}]) {
      const answer = await world.call('POST', `/teams/${own('dev')}/activate?dryRun=true`, body)
      expect(answer.body).toMatchObject({ accepted: true })
      expect(faultOf(await create(body))).toEqual({ status: 400, code: 'body_invalid', param: 'user_id' })
    }
  })

  test('a body that is nested deeply is refused', async () => {
    const deep = `{"members":${'['.repeat(5_000)}${']'.repeat(5_000)}}`
    const answer = await world.call('PUT', '/model-access-groups/standard/members', deep)
    expect(answer.status).toBe(400)
  })
})

describe('no answer has a digest or the secret of a token, except the one that made it', () => {
  test('all operations, read by an administrator after every change', async () => {
    const rig = await startWorld()
    const texts: string[] = []
    for (const operation of operations.filter(({ id }) => !/^(delete|remove|suspend)/.test(id))) {
      const { body } = exampleOf(operation)
      const answer = await rig.call(operation.method, urlOf(operation), body)
      const { token, virtual_key: key } = answer.body
      const made = typeof token === 'string' ? token : typeof key === 'string' ? key : undefined
      if (made !== undefined) expect(answer.text.split(made).length).toBe(2)
      texts.push(made === undefined ? answer.text : answer.text.replace(made, ''))
      if (made !== undefined) secrets.push(made)
    }
    const gets = operations.filter(({ method }) => method === 'GET')
    for (const operation of gets) texts.push((await rig.call('GET', pathOf(operation))).text)
    texts.push((await rig.call('GET', '/audit-log?limit=1000')).text)
    const log = await rig.engine.readLog({ limit: 1_000 })
    const digests = [...JSON.stringify(log).matchAll(/"([0-9a-f]{64})"/g)].map(([, digest = '']) => digest)
    expect(digests.length).toBeGreaterThan(10)
    expect(secrets.length).toBeGreaterThan(2)
    for (const text of texts) {
      expect(text).not.toMatch(/[0-9a-f]{64}/)
      for (const secret of [...secrets, ...digests]) expect(text.includes(secret)).toBe(false)
    }
    expect(rig.errors).toEqual([])
  })
  const secrets: string[] = []
})

test('the log has a retried change once', async () => {
  const { call } = await startRig([{ type: 'CreateUser', user: 'ann' } satisfies CommandBody])
  const key = { 'idempotency-key': 'once' }
  for (let turn = 0; turn < 3; turn += 1) await call('PUT', '/users/ann', { name: 'Ann' }, key)
  const { body } = await call('GET', '/audit-log?limit=1000')
  const events = body['events'] as readonly { readonly type?: string }[]
  expect(JSON.stringify(events).split('"Ann"').length - 1).toBe(1)
})
