import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, describe, expect, test } from 'vitest'
import { hasSchema } from './documented.ts'
import { bodySchema, type Documented, exampleOf, isWrite, operationsOf, type Schema } from './example.ts'
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

/** The media type with the schema of each answer. */
const contentsOf = ({ description }: Documented) =>
  (description.responses['200'] as { content: Readonly<Record<string, { readonly schema: Schema }>> }).content

test('every answer in JSON has a schema that names its fields', () => {
  for (const operation of operations) {
    const { schema = {} } = contentsOf(operation)['application/json'] ?? {}
    const { $ref, anyOf, oneOf, properties } = schema
    const fields = Object.keys(properties ?? {}).length
    expect({ id: operation.id, isTyped: [$ref, anyOf, oneOf].some((one) => one !== undefined) || fields > 0 }).toEqual({
      ...{ id: operation.id, isTyped: true },
    })
  }
  expect(Object.keys(contentsOf(operations.find(({ id }) => id === 'accessMatrix') as Documented))).toEqual([
    ...['application/json', 'image/svg+xml', 'text/csv'],
  ])
})

test('every change answers a dry run with a preview', () => {
  for (const operation of operations) {
    const schema = contentsOf(operation)['application/json']?.schema
    const previews = JSON.stringify(schema?.['anyOf'] ?? []).includes('"#/components/schemas/Preview"')
    expect({ id: operation.id, previews }).toEqual({ id: operation.id, previews: isWrite(operation) })
  }
})

test('named schemas have the documented fields only, and instants in the format of ISO 8601', () => {
  const { schemas } = document['components'] as { readonly schemas: Readonly<Record<string, Schema>> }
  // Settings have the names that the host gives them, and the body of a remedy is that of another operation.
  const open = /\/(settings|body)$/
  for (const [name, schema] of Object.entries(schemas))
    for (const [path, part] of objectsIn(schema, name)) {
      if (!open.test(path)) expect({ path, closed: part['additionalProperties'] }).toEqual({ path, closed: false })
      for (const [field, of] of Object.entries(part.properties ?? {}))
        if (/_(at|from|until)$|^(at|until)$/.test(field))
          expect({ path, field, of: JSON.stringify(of) }).toMatchObject({ of: expect.stringMatching(/date-time/) })
    }
})

test('no schema has a field for a secret, but for those of the answer that shows it and of the command that sets it', () => {
  const { schemas } = document['components'] as { readonly schemas: Readonly<Record<string, Schema>> }
  const holders = Object.entries(schemas).flatMap(([name, schema]) =>
    [...objectsIn(schema, name)].flatMap(([, { properties = {} }]) =>
      Object.keys(properties)
        .filter((field) => /digest|^previous|^token$|^virtual_key$/.test(field))
        .map((field) => `${name}.${field}`),
    ),
  )
  expect(holders).toEqual([
    ...['CreatedTeam.virtual_key', 'IssueCredential.digest', 'IssuedToken.token', 'RotateCredential.digest'],
  ])
})

test('query parameters have the types that the API reads', () => {
  const schemaOf = (id: string, name: string) =>
    operations.find((one) => one.id === id)?.description.parameters?.find((one) => one.name === name)?.schema
  expect(schemaOf('listUsers', 'limit')).toEqual({ type: 'integer', minimum: 1, maximum: 1_000, default: 100 })
  expect(schemaOf('createUser', 'dryRun')).toEqual({ type: 'boolean', default: false })
  expect(schemaOf('deletePlan', 'cascade')).toEqual({ type: 'boolean', default: false })
  expect(schemaOf('accessMatrix', 'format')).toMatchObject({ enum: ['json', 'svg', 'csv'], default: 'json' })
  expect(schemaOf('listTokens', 'owner_type')).toMatchObject({ enum: ['user', 'team', 'virtualAccount'] })
  expect(schemaOf('readAuditLog', 'since')).toEqual({ type: 'string', format: 'date-time' })
  expect(schemaOf('getWallet', 'kind')).toMatchObject({ enum: ['users', 'teams', 'virtual-accounts'] })
  for (const { id, description } of operations)
    for (const { name, schema } of description.parameters ?? [])
      expect({ id, name, isTyped: 'type' in schema || '$ref' in schema }).toEqual({ id, name, isTyped: true })
})

test('every operation has a tag of the document, a default error, and the errors of what it does', () => {
  const tags = (document['tags'] as readonly { readonly name: string }[]).map(({ name }) => name)
  for (const { id, description } of operations) {
    expect({ id, tags: description.tags?.filter((tag) => !tags.includes(tag)) }).toEqual({ id, tags: [] })
    expect(Object.keys(description.responses)).toEqual(
      expect.arrayContaining(['200', '400', '401', '403', '503', 'default']),
    )
  }
  const statusesOf = (id: string) => Object.keys(operations.find((one) => one.id === id)?.description.responses ?? {})
  expect(statusesOf('listUsers')).toEqual(['200', '400', '401', '403', '503', 'default'])
  expect(statusesOf('updateTeam')).toEqual([
    ...['200', '400', '401', '403', '404', '412', '413', '415', '422', '503', 'default'],
  ])
})

/** Yields the schemas of objects in a schema, with their paths. */
function* objectsIn(schema: unknown, path: string): IterableIterator<readonly [string, Schema]> {
  if (typeof schema !== 'object' || schema === null) return
  if ('type' in schema && schema.type === 'object') yield [path, schema as Schema]
  for (const [key, part] of Object.entries(schema))
    yield* objectsIn(part, key === 'properties' ? path : `${path}/${key}`)
}
