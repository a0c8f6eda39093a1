import { afterAll, describe, expect, test } from 'vitest'
import { type Documented, isWrite, operationsOf, pathOf } from './example.ts'
import { faultOf } from './rig.ts'
import { own, startWorld } from './world.ts'

/** The world of tests that change nothing. */
const world = await startWorld(afterAll)
const operations = operationsOf(world.api)
const writes = operations.filter(isWrite).map((operation): [string, Documented] => [operation.id, operation])
const user = (user_id: string) => ({ user_id })

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
