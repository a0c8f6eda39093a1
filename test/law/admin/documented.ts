import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { expect } from 'vitest'
import { openApiOf } from '../../../src/admin/open-api.ts'
import type { Operation } from '../../../src/admin/operation.ts'
import { findOperation, operationTable } from '../../../src/admin/operation-table.ts'
import type { Schema } from './example.ts'

/** The OpenAPI document of the API. */
const document = openApiOf('/api')
const ajv = new Ajv2020({
  ...{ strict: false, discriminator: false, allErrors: false },
  formats: { 'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/ },
})
ajv.addSchema(document, 'api')
const validators = new Map<string, ValidateFunction>()

/** Returns the validator of the schema at a place of the document. */
function validatorAt(path: readonly string[]): ValidateFunction {
  const pointer = path.map((step) => encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')
  const known = validators.get(pointer)
  if (known !== undefined) return known
  const made = ajv.compile({ $ref: `api#/${pointer}` })
  validators.set(pointer, made)
  return made
}

/** Returns the part of the document that a path of names leads to. */
function rawPartAt(path: readonly string[]): Schema | undefined {
  return path.reduce<Schema | undefined>((part, step) => part?.[step] as Schema | undefined, document)
}

/** Returns the part of the document that a path of names leads to, through references. */
function partAt(path: readonly string[]): Schema | undefined {
  return path.reduce<Schema | undefined>((part, step) => resolve(part?.[step] as Schema | undefined), document)
}

/** Returns the schema that a schema refers to, if it is a reference. */
function resolve(schema: Schema | undefined): Schema | undefined {
  const reference = schema?.['$ref']
  return typeof reference === 'string' ? partAt(reference.slice(2).split('/')) : schema
}

const compiled = new WeakMap<object, ValidateFunction>()

/** Whether a value has a schema of the document, which may refer to named ones. */
export function hasSchema(schema: Schema, value: unknown): boolean {
  const validate = compiled.get(schema) ?? ajv.compile(withAbsoluteReferences(schema) as object)
  compiled.set(schema, validate)
  return validate(value)
}

function withAbsoluteReferences(schema: unknown): unknown {
  return JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#', '"$ref":"api#'))
}

/** An answer to check. */
interface Checked {
  readonly status: number
  readonly headers: Headers
  readonly body: unknown
}

/** Returns the operation that a request is for, unless it has no operation. */
function operationOf(method: string, url: string): Operation | undefined {
  const found = findOperation(method, new URL(url, 'http://gateway').pathname)
  return 'operation' in found ? found.operation : undefined
}

const responsesOf = ({ path, method }: Operation) => ['paths', `/api${path}`, method.toLowerCase(), 'responses']

/** Asserts that an answer of an operation has a documented status and media type, and the documented schema. */
export function expectDocumented(method: string, url: string, { status, headers, body }: Checked): void {
  const operation = operationOf(method, url)
  if (operation === undefined) return
  const { id } = operation
  const place = [...responsesOf(operation), String(status)]
  const reference = rawPartAt(place)?.['$ref']
  const response = partAt(place)
  expect({ id, status, isDocumented: response !== undefined }).toEqual({ id, status, isDocumented: true })
  const mediaType = (headers.get('content-type') ?? '').split(';')[0] ?? ''
  expect(Object.keys(response?.['content'] ?? {})).toContain(mediaType)
  if (!mediaType.endsWith('json')) return
  const start = typeof reference === 'string' ? reference.slice(2).split('/') : place
  const validate = validatorAt([...start, 'content', mediaType, 'schema'])
  const isValid = validate(body)
  expect({ id, status, errors: validate.errors, body: isValid ? null : body }).toEqual({
    ...{ id, status, errors: null, body: null },
  })
}

/** The documented schema of the JSON that an operation answers with status 200. */
const answerSchema = (operation: Operation): Schema =>
  partAt([...responsesOf(operation), '200', 'content', 'application/json']) as Schema

/** The fields that a JSON answer with status 200 shows, each with the named schema or the operation that has it. */
export function fieldsShown(method: string, url: string, { body }: Checked): readonly string[] {
  const operation = operationOf(method, url)
  return operation === undefined ? [] : [...fieldsIn(answerSchema(operation)['schema'] as Schema, operation.id, body)]
}

/** The fields that a value shows of a named schema. */
export const fieldsOfNamed = (name: string, value: unknown): Iterable<string> =>
  fieldsIn({ $ref: `#/components/schemas/${name}` }, name, value)

/** The fields of all JSON answers with status 200. */
export function fieldsOfAnswers(): ReadonlySet<string> {
  const seen = new Set<string>()
  return new Set(operationTable.flatMap((one) => [...everyField(answerSchema(one)['schema'] as Schema, one.id, seen)]))
}

function* fieldsIn(schema: Schema, place: string, value: unknown): IterableIterator<string> {
  const [whole, within] = follow(schema, place)
  if (Array.isArray(value)) {
    for (const one of value) yield* fieldsIn((whole['items'] ?? {}) as Schema, within, one)
    return
  }
  if (typeof value !== 'object' || value === null) return
  for (const [option, name] of optionsOf(whole, within)) {
    if (hasConstants(option, value) && hasSchema(option, value)) yield* fieldsIn(option, name, value)
  }
  for (const [field, part] of Object.entries(value)) {
    const of = whole.properties?.[field]
    if (of === undefined) continue
    yield `${within}.${field}`
    yield* fieldsIn(of, `${within}.${field}`, part)
  }
}

function* everyField(schema: Schema, place: string, seen: Set<string>): IterableIterator<string> {
  const [whole, within] = follow(schema, place)
  if (whole !== schema) {
    if (seen.has(within)) return
    seen.add(within)
  }
  for (const [option, name] of optionsOf(whole, within)) yield* everyField(option, name, seen)
  if (whole['items'] !== undefined) yield* everyField(whole['items'] as Schema, within, seen)
  for (const [field, of] of Object.entries(whole.properties ?? {})) {
    yield `${within}.${field}`
    yield* everyField(of, `${within}.${field}`, seen)
  }
}

/** Returns the schema behind a reference, with its name. */
function follow(schema: Schema, place: string): readonly [Schema, string] {
  const reference = schema['$ref']
  return typeof reference === 'string' ? [resolve(schema) ?? {}, reference.split('/').at(-1) ?? ''] : [schema, place]
}

/** The members of a union, each with its place: its `type`, if it has one. */
function optionsOf({ oneOf, anyOf }: Schema, place: string): readonly (readonly [Schema, string])[] {
  return ((oneOf ?? anyOf ?? []) as readonly Schema[]).map((option) => {
    const type = option.properties?.['type']?.['const']
    return [option, type === undefined ? place : `${place}(${type})`]
  })
}

/** Whether an object has the constants of a schema: a quick test before a slow one. */
function hasConstants(schema: Schema, value: object): boolean {
  return Object.entries(resolve(schema)?.properties ?? {}).every(
    ([field, of]) => of['const'] === undefined || (value as Record<string, unknown>)[field] === of['const'],
  )
}
