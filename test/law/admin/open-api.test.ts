import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, describe, expect, test } from 'vitest'
import { hasSchema } from './documented.ts'
import { bodySchema, type Documented, exampleOf, operationsOf, type Schema } from './example.ts'
import { startRig } from './rig.ts'

const rig = await startRig([], {}, afterAll)
const document = rig.api.openApi
const operations = operationsOf(rig.api)
const withBody = operations
  .filter((operation) => bodySchema(operation) !== undefined)
  .map((operation): [string, Documented] => [operation.id, operation])

/** The schema that the OpenAPI Initiative publishes for documents of version 3.1. */
const official = JSON.parse(readFileSync(new URL('schema/openapi-3.1.json', import.meta.url), 'utf8'))
const ajv = new Ajv2020({ strict: false, validateFormats: false })

test('the document is valid by the official schema of OpenAPI 3.1, and needs no token', async () => {
  const validate = ajv.compile(official)
  expect({ valid: validate(document), errors: validate.errors }).toEqual({ valid: true, errors: null })
  expect(validate({ ...document, unknown: true })).toBe(false)
  const answer = await rig.as(undefined)('GET', '/openapi.json')
  expect(answer.status).toBe(200)
  expect(answer.body).toEqual(document)
})

test('operations have unique ids, and their parameters in the path are those of the path', () => {
  expect(new Set(operations.map(({ id }) => id)).size).toBe(operations.length)
  for (const { id, template, description } of operations) {
    const named = [...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
    const described = (description.parameters ?? []).filter((one) => one.in === 'path').map(({ name }) => name)
    expect({ id, described }).toEqual({ id, described: named })
    expect(new Set((description.parameters ?? []).map(({ name }) => name)).size).toBe(
      description.parameters?.length ?? 0,
    )
  }
  const shapes = operations.map(({ method, template }) => `${method} ${template.replace(/\{\w+\}/g, '{}')}`)
  expect(new Set(shapes).size).toBe(shapes.length)
})

test('every reference of the document has a target', () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#([^"]+)"/g)].map(([, pointer = '']) => pointer)
  expect(references.length).toBeGreaterThan(1)
  for (const pointer of references) {
    const target = pointer
      .slice(1)
      .split('/')
      .reduce<unknown>((part, step) => (part as Record<string, unknown> | undefined)?.[step], document)
    expect({ pointer, type: typeof target }).toEqual({ pointer, type: 'object' })
  }
})

describe.each(withBody)('the body of %s', (_, operation) => {
  const schema = bodySchema(operation) ?? {}
  const { body, otherBody } = exampleOf(operation)

  test('has a valid schema, which accepts the examples and no unknown field', () => {
    for (const example of [body, otherBody]) {
      if (example === undefined) continue
      expect({ example, isValid: hasSchema(schema, example) }).toEqual({ example, isValid: true })
      expect(hasSchema(schema, { ...example, unknown: true })).toBe(false)
    }
  })

  test('has objects with the documented fields only', () => {
    for (const [path, part] of objectsIn(schema, ''))
      if (!/\/settings$/.test(path))
        expect({ path, closed: part['additionalProperties'] }).toEqual({ path, closed: false })
  })

  test('has instants in the format of ISO 8601', () => {
    for (const [path, part] of objectsIn(schema, ''))
      for (const [field, of] of Object.entries(part.properties ?? {}))
        if (field.endsWith('_at'))
          expect({ path, field, of: JSON.stringify(of) }).toMatchObject({
            of: expect.stringContaining('"format":"date-time"'),
          })
  })

  test('a required field that is left out is a 400 that names it', async () => {
    const required = schema['required'] as readonly string[] | undefined
    for (const field of required ?? []) {
      const { [field]: _left, ...rest } = body ?? {}
      const path = operation.template.replace(/\{\w+\}/g, 'x')
      const answer = await rig.call(operation.method, path, rest)
      expect({ field, status: answer.status, param: answer.body.error?.['param'] }).toEqual({
        ...{ field, status: 400, param: field },
      })
    }
  })
})

/** Yields the schemas of objects in a schema, with their paths. */
function* objectsIn(schema: unknown, path: string): IterableIterator<readonly [string, Schema]> {
  if (typeof schema !== 'object' || schema === null) return
  if ('type' in schema && schema.type === 'object') yield [path, schema as Schema]
  for (const [key, part] of Object.entries(schema))
    yield* objectsIn(part, key === 'properties' ? path : `${path}/${key}`)
}
