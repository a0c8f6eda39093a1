import { afterAll, describe, expect, test } from 'vitest'
import {
  bodySchema,
  type Documented,
  exampleOf,
  examples,
  isWrite,
  operationsOf,
  pathOf,
  urlOf,
  worldFor,
} from './example.ts'
import { startWorld } from './world.ts'

/** The world of tests that change nothing. */
const world = await startWorld(afterAll)
const operations = operationsOf(world.api)
const byId = operations.map((operation): [string, Documented] => [operation.id, operation])

test('every operation has an example, and every example an operation', () => {
  expect(Object.keys(examples).sort()).toEqual(operations.map(({ id }) => id).sort())
})

describe.each(byId)('%s', (_, operation) => {
  const { method } = operation
  const { body, otherBody, query = {} } = exampleOf(operation)
  const bodies = [body, otherBody].filter((one) => one !== undefined)

  test('answers its example with 200, an entity tag and a request id; a write changes the policy', async () => {
    const { engine, call } = await worldFor(operation, world)
    const { version } = engine.status()
    const answer = await call(method, urlOf(operation), body, { 'x-request-id': 'r-1' })
    expect({ status: answer.status, error: answer.body.error }).toEqual({ status: 200, error: undefined })
    expect(answer.headers.get('x-request-id')).toBe('r-1')
    const after = engine.status().version
    expect(answer.headers.get('etag')).toBe(`"${after}"`)
    expect(after > version).toBe(isWrite(operation) && !/^activate(?!Model)/.test(operation.id))
    for (const other of otherBody === undefined ? [] : [otherBody])
      expect((await call(method, urlOf(operation), other)).status).toBe(200)
  })

  if (method === 'GET')
    test('answers `HEAD` with the headers of `GET`, and no body', async () => {
      const headers = { 'x-request-id': 'r-1' }
      const [whole, head] = [
        await world.call('GET', urlOf(operation), undefined, headers),
        await world.call('HEAD', urlOf(operation), undefined, headers),
      ]
      expect([head.status, [...head.headers], head.text]).toEqual([200, [...whole.headers], ''])
      const refused = await world.as(undefined)('HEAD', urlOf(operation))
      expect([refused.status, refused.text]).toEqual([401, ''])
    })

  test('its example has every documented field and query parameter', () => {
    const documented = Object.keys(bodySchema(operation)?.properties ?? {})
    expect([...new Set(bodies.flatMap((one) => Object.keys(one)))].sort()).toEqual(documented.sort())
    const parameters = (operation.description.parameters ?? []).filter((one) => one.in === 'query')
    expect([...Object.keys(query), ...(isWrite(operation) ? ['dryRun'] : [])].sort()).toEqual(
      parameters
        .map(({ name }) => name)
        .filter((name) => name !== 'after' || name in query)
        .sort(),
    )
  })

  test('an unknown field, the envelope of a command and an unknown parameter are a 400 that names them', async () => {
    const before = world.policy()
    for (const name of ['unknown_field', 'actor', 'at', 'type', 'teamId', '__proto__', 'constructor']) {
      if (method === 'GET') break
      const extra = JSON.parse(`{ ${JSON.stringify(name)}: { "type": "system" } }`)
      const sent = JSON.stringify(Object.defineProperties({}, Object.getOwnPropertyDescriptors({ ...body, ...extra })))
      const answer = await world.call(method, urlOf(operation), sent)
      expect({ name, status: answer.status, param: answer.body.error?.['param'] }).toEqual({
        ...{ name, status: 400, param: name },
      })
    }
    for (const name of ['unknown', 'DryRun', '__proto__', ...(isWrite(operation) ? [] : ['dryRun'])]) {
      const answer = await world.call(method, urlOf(operation, { [name]: 'true' }), body)
      if (name === '__proto__') continue
      expect({ name, status: answer.status, param: answer.body.error?.['param'] }).toEqual({
        ...{ name, status: 400, param: name },
      })
    }
    const repeated = isWrite(operation) ? 'dryRun' : Object.keys(query)[0]
    if (repeated !== undefined) {
      const answer = await world.call(method, `${pathOf(operation)}?${repeated}=true&${repeated}=true`, body)
      expect(answer).toMatchObject({ status: 400, body: { error: { param: repeated } } })
    }
    expect(world.policy()).toBe(before)
  })
})
