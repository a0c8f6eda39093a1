import { describe, expect, test } from 'vitest'
import { client, goodBody, paths, pdp, read } from './fixture.ts'

const { handler, post } = client()

const alice = { type: 'user', id: 'alice' }
const bob = { type: 'user', id: 'bob' }
const admin = { ...bob, properties: { role: 'admin' } }
const one = { type: 'record', id: 'record-1' }
const two = { type: 'record', id: 'record-2' }
const active = { ...one, properties: { status: 'active' } }
const archived = { ...two, properties: { status: 'archived' } }
const readAction = { name: 'read' }
const write = { name: 'write' }
const context = { time: '2025-06-27T18:03-07:00', ip: '192.168.1.1' }

const isUnknown = { foo: 'bar', futureField: { nested: true } }
/** The valid body of every endpoint with unknown fields everywhere. */
const extended = {
  ...isUnknown,
  subject: { ...alice, ...isUnknown },
  action: { ...readAction, ...isUnknown },
  resource: { ...one, ...isUnknown },
  page: { ...isUnknown },
}

describe('Basic: access evaluation', () => {
  test.each([
    ['rule 1: alice reads record-1', alice, readAction, one, true],
    ['rule 2: alice writes record-1', alice, write, one, true],
    ['rule 3: bob reads record-1', bob, readAction, one, true],
    ['rule 4: bob may not write record-1', bob, write, one, false],
    ['rule 5: alice may not write what is archived', alice, write, archived, false],
    ['rule 6: an admin writes what is archived', admin, write, archived, true],
    ['rule 7: alice deletes softly', alice, { name: 'delete', properties: { soft: true } }, one, true],
    ['rule 8: alice may not delete for good', alice, { name: 'delete', properties: { soft: false } }, one, false],
  ])('%s', async (_, subject, action, resource, decision) => {
    for (const more of [{}, { context }]) {
      const answered = await post('/access/v1/evaluation', { subject, action, resource, ...more })
      expect([answered.status, answered.body]).toEqual([200, { decision }])
    }
  })

  test('additional properties and unknown fields are accepted', async () => {
    const properties = { department: 'Sales', role: 'manager', list: [1, { a: null }] }
    const body = {
      subject: { ...alice, properties },
      action: { ...readAction, properties: { method: 'GET' } },
      resource: { ...one, properties: { status: 'active', owner: 'bob' } },
    }
    expect((await post('/access/v1/evaluation', body)).body).toEqual({ decision: true })
    expect((await post('/access/v1/evaluation', extended)).body).toEqual({ decision: true })
  })

  test.each([
    ['no subject', { subject: undefined }],
    ['no action', { action: undefined }],
    ['no resource', { resource: undefined }],
    ['no type of the subject', { subject: { id: 'alice' } }],
    ['no id of the subject', { subject: { type: 'user' } }],
    ['no name of the action', { action: {} }],
    ['no type of the resource', { resource: { id: 'record-1' } }],
    ['no id of the resource', { resource: { type: 'record' } }],
    ['a string as the subject', { subject: 'alice' }],
    ['a list as the subject', { subject: [] }],
    ['a number as the name of the action', { action: { name: 123 } }],
    ['a number as an id', { subject: { type: 'user', id: 1 } }],
    ['a string as properties', { subject: { ...alice, properties: 'admin' } }],
    ['a list as the context', { context: [] }],
    ['null as the context', { context: null }],
  ])('%s is a bad request, also of the evaluations endpoint', async (_, change) => {
    for (const path of ['/access/v1/evaluation', '/access/v1/evaluations']) {
      expect((await post(path, { ...goodBody, ...change })).status).toBe(400)
    }
  })
})

describe('Batch: access evaluations', () => {
  const evaluations = async (body: unknown) => {
    const answered = await post('/access/v1/evaluations', body)
    expect(answered.status).toBe(200)
    const list = answered.body['evaluations'] as readonly { readonly decision: boolean }[]
    return list.map(({ decision }) => decision)
  }

  test.each([
    [
      'defaults',
      { subject: bob, resource: one, evaluations: [{ action: readAction }, { action: write }] },
      [true, false],
    ],
    [
      'properties',
      { subject: alice, action: write, evaluations: [{ resource: active }, { resource: archived }] },
      [true, false],
    ],
    [
      'properties of subjects',
      { action: write, resource: archived, evaluations: [{ subject: alice }, { subject: admin }] },
      [false, true],
    ],
    [
      'no defaults',
      {
        evaluations: [
          { subject: alice, action: readAction, resource: one },
          { subject: bob, action: write, resource: one },
        ],
      },
      [true, false],
    ],
    [
      'an empty entry, and an entry that replaces the whole default',
      { subject: alice, action: write, resource: active, evaluations: [{}, { resource: archived }] },
      [true, false],
    ],
    [
      'a context of an entry',
      { subject: alice, action: readAction, context, evaluations: [{ resource: one }, { resource: one, context: {} }] },
      [true, true],
    ],
    [
      'unknown fields in entries and options',
      { ...extended, options: { another: 1 }, evaluations: [{ foo: 1 }, { subject: { ...alice, ...isUnknown } }] },
      [true, true],
    ],
  ])('with %s', async (_, body, decisions) => {
    expect(await evaluations(body)).toEqual(decisions)
  })

  test('an entity of an entry is not merged with the default', async () => {
    const body = {
      subject: admin,
      action: write,
      resource: archived,
      evaluations: [{ subject: bob }, { resource: two }],
    }
    expect(await evaluations(body)).toEqual([false, false])
  })

  test.each([
    ['execute_all', [true, false, true], [true, false, true]],
    ['deny_on_first_deny', [true, false, true], [true, false]],
    ['deny_on_first_deny', [true, true], [true, true]],
    ['permit_on_first_permit', [false, true, false], [false, true]],
    ['permit_on_first_permit', [false, false], [false, false]],
  ])('%s of %j answers %j', async (semantic, decisions, answered) => {
    const items = decisions.map((isGood) => ({ action: { name: isGood ? 'read' : 'write' } }))
    const options = { evaluations_semantic: semantic }
    expect(await evaluations({ subject: bob, resource: one, options, evaluations: items })).toEqual(answered)
  })

  test('an entry that is wrong is denied with an error, and ends `deny_on_first_deny`', async () => {
    const body = { subject: alice, action: readAction, evaluations: [{ resource: one }, {}, 'x', { resource: one }] }
    const all = await post('/access/v1/evaluations', { ...body, options: { evaluations_semantic: 'execute_all' } })
    const error = { status: 400, message: 'at `resource`: expected an object for `resource`' }
    expect(all.body).toEqual({
      evaluations: [
        { decision: true },
        { decision: false, context: { error } },
        { decision: false, context: { error: { status: 400, message: 'expected an object' } } },
        { decision: true },
      ],
    })
    expect(await evaluations({ ...body, options: { evaluations_semantic: 'deny_on_first_deny' } })).toEqual([
      true,
      false,
    ])
  })

  test('without a subject anywhere, every entry is denied', async () => {
    expect(await evaluations({ action: readAction, evaluations: [{ resource: one }] })).toEqual([false])
  })

  test('a missing or empty list is answered as one evaluation', async () => {
    for (const more of [{}, { evaluations: [] }, { evaluations: [], options: {} }]) {
      const answered = await post('/access/v1/evaluations', { ...goodBody, ...more })
      expect([answered.status, answered.body]).toEqual([200, { decision: true }])
    }
  })

  test.each([
    ['an unknown semantic', { options: { evaluations_semantic: 'deny_all' } }],
    ['a semantic of another type', { options: { evaluations_semantic: 1 } }],
    ['options that are no object', { options: 'execute_all' }],
    ['evaluations that are no list', { evaluations: { 0: {} } }],
    ['a default that is wrong', { subject: { type: 'user' } }],
  ])('%s is a bad request', async (_, change) => {
    expect((await post('/access/v1/evaluations', { ...goodBody, evaluations: [{}], ...change })).status).toBe(400)
  })
})

describe('Search', () => {
  const found = async (path: string, body: unknown) => {
    const answered = await post(`/access/v1/search/${path}`, body)
    expect(answered.status).toBe(200)
    expect(Object.keys(answered.body)).toEqual(['page', 'results'])
    expect(answered.body['page']).toEqual({ next_token: '', count: (answered.body['results'] as []).length })
    return answered.body['results']
  }

  test('S1: subjects that read record-1, also with a context, an id and unknown fields', async () => {
    const search = { subject: { type: 'user' }, action: readAction, resource: one }
    for (const more of [{}, { context }, { subject: alice }, { subject: { type: 'user', id: 7 } }, { foo: 1 }])
      expect(await found('subject', { ...search, ...more })).toEqual([alice, bob])
  })

  test('S2: resources that alice reads, also with a context and an id', async () => {
    const search = { subject: alice, action: readAction, resource: { type: 'record' } }
    for (const more of [{}, { context }, { resource: one }]) {
      expect(await found('resource', { ...search, ...more })).toEqual([one, two])
    }
  })

  test('S3: actions of alice on record-1, also with a context and an action', async () => {
    for (const more of [{}, { context }, { action: { name: 'delete' } }, { action: 7 }])
      expect(await found('action', { subject: alice, resource: one, ...more })).toEqual([
        { name: 'read' },
        { name: 'write' },
      ])
  })

  test('S4 to S6: with properties', async () => {
    expect(await found('subject', { subject: { type: 'user' }, action: write, resource: archived })).toEqual([bob])
    const resources = await found('resource', { subject: admin, action: write, resource: { type: 'record' } })
    expect(resources).toEqual([two])
    expect(await found('action', { subject: admin, resource: archived })).toEqual([{ name: 'read' }, { name: 'write' }])
  })

  test.each([
    ['subject', { ...goodBody, subject: { type: 'spaceship' } }],
    ['subject', { ...goodBody, resource: { type: 'record', id: 'nowhere' } }],
    ['resource', { ...goodBody, subject: { type: 'user', id: 'nobody' } }],
    ['resource', { ...goodBody, resource: { type: 'spaceship' } }],
    ['action', { ...goodBody, subject: { type: 'user', id: 'nobody' } }],
    ['action', { ...goodBody, resource: { type: 'spaceship', id: 'x' } }],
  ])('the %s search finds nothing for an unknown entity', async (path, body) => {
    expect(await found(path, body)).toEqual([])
  })

  test.each([
    ['subject', { action: undefined }],
    ['subject', { resource: undefined }],
    ['subject', { subject: undefined }],
    ['subject', { subject: {} }],
    ['subject', { resource: { type: 'record' } }],
    ['resource', { subject: undefined }],
    ['resource', { resource: { id: 'record-1' } }],
    ['resource', { subject: { type: 'user' } }],
    ['action', { resource: undefined }],
    ['action', { subject: { type: 'user' } }],
    ['action', { resource: { type: 'record' } }],
    ['subject', { page: 1 }],
    ['subject', { page: { limit: -1 } }],
    ['subject', { page: { limit: 1.5 } }],
    ['subject', { page: { limit: '1' } }],
    ['subject', { page: { token: 1 } }],
    ['subject', { page: { properties: [] } }],
  ])('the %s search refuses %j', async (path, change) => {
    expect((await post(`/access/v1/search/${path}`, { ...goodBody, ...change })).status).toBe(400)
  })
})

describe.each(paths)('on every endpoint: %s', (path) => {
  test.each(['GET', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS'])('%s is not allowed', async (method) => {
    const response = await handler(new Request(`${pdp}${path}`, { method, headers: { 'x-request-id': 'a' } }))
    expect([response.status, response.headers.get('allow'), response.headers.get('x-request-id')]).toEqual([
      405,
      'POST',
      'a',
    ])
  })

  test.each([
    ['a list', '[]'],
    ['a list with a good body', JSON.stringify([goodBody])],
    ['an empty body', ''],
    ['white space', ' \n'],
    ['malformed JSON', '{"subject":'],
    ['a string', '"x"'],
    ['null', 'null'],
    ['a number', '1e999'],
    ['an empty object', '{}'],
    ['two objects', '{}{}'],
  ])('%s is a bad request', async (_, body) => {
    expect((await post(path, body)).status).toBe(400)
  })

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/json; charset=utf-16',
    'application/jsonp',
    'a, b',
  ])('a body of `%s` is a bad request', async (type) => {
    expect((await post(path, goodBody, { 'content-type': type })).status).toBe(400)
  })

  test('a body without a type is a bad request', async () => {
    const request = new Request(`${pdp}${path}`, { method: 'POST', body: JSON.stringify(goodBody) })
    request.headers.delete('content-type')
    expect((await read(await handler(request))).status).toBe(400)
  })

  test.each(['application/json; charset=utf-8', 'Application/JSON;charset="UTF-8"'])(
    '`%s` is accepted',
    async (type) => {
      expect((await post(path, goodBody, { 'content-type': type })).status).toBe(200)
    },
  )

  test('unknown fields are ignored', async () => {
    expect((await post(path, extended)).text).toBe((await post(path, goodBody)).text)
  })

  test('the same request three times has the same answer', async () => {
    const answers = await Promise.all([1, 2, 3].map(() => post(path, goodBody)))
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
  })

  test('the id of a request is repeated, also with an error, and none is made', async () => {
    const id = 'bfe9eb29 ab87/+é'
    for (const body of [goodBody, '[]']) {
      expect((await post(path, body, { 'x-request-id': id })).headers.get('x-request-id')).toBe(id)
      expect((await post(path, body)).headers.has('x-request-id')).toBe(false)
    }
  })
})

describe('Discovery: metadata', () => {
  test('names the identifier and the endpoints, without values that are empty', async () => {
    const request = new Request(`${pdp}/.well-known/authzen-configuration`, { headers: { 'x-request-id': 'a' } })
    const { status, body, headers } = await read(await handler(request))
    expect([status, headers.get('x-request-id'), headers.get('cache-control')]).toEqual([200, 'a', 'max-age=3600'])
    expect(body).toEqual({
      policy_decision_point: pdp,
      access_evaluation_endpoint: `${pdp}/access/v1/evaluation`,
      access_evaluations_endpoint: `${pdp}/access/v1/evaluations`,
      search_subject_endpoint: `${pdp}/access/v1/search/subject`,
      search_resource_endpoint: `${pdp}/access/v1/search/resource`,
      search_action_endpoint: `${pdp}/access/v1/search/action`,
    })
  })
})
