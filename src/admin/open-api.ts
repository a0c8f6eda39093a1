import * as z from 'zod'
import { commandTable, type RefusalRow, refusalTable, statusNames } from '../gateway/refusal/refusal-table.ts'
import { bodyFields, type CommandSchema } from './command-body.ts'
import { flag, type Operation, type QueryParameter } from './operation.ts'
import { chapters, operationTable } from './operation-table.ts'
import { ErrorSchema, ProblemSchema } from './schema/error.ts'
import { type JsonSchema, jsonSchemasOf } from './schema/json-schema.ts'
import { ChangeBody, PreviewBody } from './schema/preview.ts'
import { wireSchema } from './schema/wire-schema.ts'

/**
 * Returns the OpenAPI 3.1 document of the API. The bodies come from the schemas that the API parses them with, the answers
 * from those of the model.
 */
export function openApiOf(basePath: string): Readonly<Record<string, unknown>> {
  const parts = operationTable.map(partsOf)
  const { named, of } = jsonSchemasOf([...parts.flatMap(schemasIn), ErrorSchema, ProblemSchema])
  const tags = new Map(chapters.flatMap(({ name, operations }) => operations.map((one) => [one, name] as const)))
  const paths: Record<string, Record<string, unknown>> = {}
  for (const part of parts) {
    const { operation } = part
    const path = `${basePath}${operation.path}`
    paths[path] ??= {}
    paths[path][operation.method.toLowerCase()] = { tags: [tags.get(operation)], ...describe(part, of) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Portcullis administration',
      version: '1',
      description:
        'Changes of access to models and questions about it. Instants are ISO 8601 strings, amounts of credits decimal strings. Every error has the same body, or problem+json if the request accepts it.',
    },
    servers: [{ url: '/', description: 'The server of this document.' }],
    tags: chapters.map(({ name }) => ({ name })),
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'A token of a user or of a virtual account.' },
      },
      headers,
      schemas: named,
      responses: Object.fromEntries(
        Object.entries(errorNames).map(([status, name]) => [name, errorResponse(statusNames[Number(status)], of)]),
      ),
    },
  }
}

/** An operation with the schemas of its parameters, its body and its answer. */
interface OperationParts {
  readonly operation: Operation
  readonly isWrite: boolean
  readonly inPath: readonly (QueryParameter & { readonly schema: z.ZodType })[]
  readonly inQuery: readonly (QueryParameter & { readonly schema: z.ZodType })[]
  readonly body: z.ZodType | undefined
  readonly answer: z.ZodType
}

function partsOf(operation: Operation): OperationParts {
  const { path, pathSchemas = {}, query = [], body, method } = operation
  const isWrite = operation.kind === 'command' || operation.preview !== undefined
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => {
    return { name, description: '', schema: pathSchemas[name] ?? z.string().min(1) }
  })
  const inQuery = [...query, ...(isWrite ? [dryRun] : [])].map((one) => ({ schema: z.string(), ...one }))
  const hasBody = method !== 'GET' && method !== 'DELETE'
  const names = inPath.map(({ name }) => name)
  return {
    ...{ operation, isWrite, inPath, inQuery, body: hasBody ? bodySchema(body, names) : undefined },
    answer: answerSchema(operation, isWrite),
  }
}

const schemasIn = ({ inPath, inQuery, body, answer }: OperationParts): readonly z.ZodType[] => [
  ...[...inPath, ...inQuery].map(({ schema }) => schema),
  ...(body === undefined ? [] : [body]),
  answer,
]

/** A change answers its row, its events if the row is gone or may not be shown, and a dry run its preview. */
function answerSchema({ kind, response }: Operation, isWrite: boolean): z.ZodType {
  const answers = [...(response === undefined ? [] : [response]), ...(kind === 'command' ? [ChangeBody] : [])]
  const all = isWrite ? [...answers, PreviewBody] : answers
  return all.length === 1 && all[0] !== undefined ? all[0] : z.union(all as [z.ZodType, z.ZodType])
}

function bodySchema(body: Operation['body'], inPath: readonly string[]): z.ZodType {
  if (body === undefined) return z.strictObject({})
  if ('schema' in body) return body.schema
  const { shape } = body.command
  const fields = bodyFields(body.command, inPath).map((field) => [field, shape[field]])
  return wireSchema(z.strictObject(Object.fromEntries(fields) as CommandSchema['shape']))
}

function describe(parts: OperationParts, of: (schema: z.ZodType) => JsonSchema): JsonSchema {
  const { operation, isWrite, inPath, inQuery, body, answer } = parts
  const { id, summary, rawTypes = [] } = operation
  const parameters = [
    ...inPath.map(({ name, schema }) => ({ name, in: 'path', required: true, schema: of(schema) })),
    ...inQuery.map(({ name, description, required = false, schema }) => {
      return { name, in: 'query', description, required, schema: of(schema) }
    }),
    ...(isWrite ? writeHeaders : []),
  ]
  const raw = rawTypes.map((type) => [type, { schema: { type: 'string' } }])
  return {
    operationId: id,
    summary,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: requestBodyOf(of(body)) }),
    responses: {
      '200': {
        description: isWrite ? 'Done; with `dryRun`, what would change.' : 'The answer.',
        headers: answerHeaders,
        content: { 'application/json': { schema: of(answer) }, ...Object.fromEntries(raw) },
      },
      ...Object.fromEntries([...statusesOf(parts)].map((status) => [status, referTo('responses', errorNames[status])])),
      default: referTo('responses', 'Error'),
    },
  }
}

/** A body without required fields may be left out. */
function requestBodyOf(schema: JsonSchema): JsonSchema {
  return { required: 'required' in schema, content: { 'application/json': { schema } } }
}

/** The rows of the refusals that every operation can have, and that names of things, a body and a change add. */
const refusals: Readonly<Record<'all' | 'named' | 'body' | 'change', readonly RefusalRow[]>> = {
  all: [
    ...[refusalTable.header_invalid, refusalTable.token_missing, refusalTable.management_not_granted],
    refusalTable.policy_unavailable,
  ],
  named: [commandTable.missing],
  body: [refusalTable.body_too_large, refusalTable.media_type_unsupported],
  change: [commandTable.versionConflict, commandTable.impossible, commandTable.contended],
}

function statusesOf({ isWrite, inPath, inQuery, body }: OperationParts): Iterable<number> {
  const namesThings = inPath.length > 0 || body !== undefined || inQuery.some(({ required }) => required)
  const rows = [
    ...refusals.all,
    ...(namesThings ? refusals.named : []),
    ...(body === undefined ? [] : refusals.body),
    ...(isWrite ? refusals.change : []),
  ]
  return new Set(rows.map(({ status }) => status).sort())
}

/** The names of error responses in the document, by status. */
const errorNames: Readonly<Record<string, string>> = Object.fromEntries([
  ...Object.values(refusals).flatMap((rows) =>
    rows.map(({ status }) => [status, (statusNames[status] ?? '').replaceAll(' ', '')]),
  ),
  ['default', 'Error'],
])

const referTo = (kind: string, name = ''): JsonSchema => ({ $ref: `#/components/${kind}/${name}` })

function errorResponse(description: string | undefined, of: (schema: z.ZodType) => JsonSchema): JsonSchema {
  return {
    description: description ?? 'The request is refused.',
    headers: { 'x-request-id': referTo('headers', 'RequestId') },
    content: {
      'application/json': { schema: of(ErrorSchema) },
      'application/problem+json': { schema: of(ProblemSchema) },
    },
  }
}

const headers: JsonSchema = {
  ETag: {
    description: 'The version of the policy that the answer shows, or that the change made. Absent if it is not JSON.',
    schema: { type: 'string' },
  },
  RequestId: { description: 'The `x-request-id` of the request, or a new id.', schema: { type: 'string' } },
}
const answerHeaders = { ETag: referTo('headers', 'ETag'), 'x-request-id': referTo('headers', 'RequestId') }

const dryRun: QueryParameter = {
  name: 'dryRun',
  description: 'With `true`, answers what would change, and changes nothing.',
  schema: flag,
}
const writeHeaders = [
  {
    ...{ name: 'Idempotency-Key', in: 'header', schema: { type: 'string', maxLength: 257 } },
    description: 'A retry with the same key and body takes effect once; another body is refused.',
  },
  {
    ...{ name: 'If-Match', in: 'header', schema: { type: 'string' } },
    description: 'The `ETag` of an answer: the change is refused with 412 if the policy has another version.',
  },
]
