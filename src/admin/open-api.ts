import * as z from 'zod'
import { findListSchema } from '../model/value/list.ts'
import { bodyFields, type CommandSchema } from './command-body.ts'
import type { Operation, QueryParameter } from './operation.ts'
import { operationTable } from './operation-table.ts'
import { isInstantField, wireName } from './wire.ts'

type JsonSchema = Readonly<Record<string, unknown>>

/** Returns the OpenAPI 3.1 document of the API. The bodies come from the schemas that the API parses them with. */
export function openApiOf(basePath: string): Readonly<Record<string, unknown>> {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const operation of operationTable) {
    const path = `${basePath}${operation.path}`
    paths[path] ??= {}
    paths[path][operation.method.toLowerCase()] = describe(operation)
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Portcullis administration',
      version: '1',
      description:
        'Changes of access to models and questions about it. Instants are ISO 8601 strings, amounts of credits decimal strings. Every error has the same body, or problem+json if the request accepts it.',
    },
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: { Error: errorSchema },
      responses: {
        Error: { description: 'The request is refused.', content: { 'application/json': { schema: errorReference } } },
      },
    },
  }
}

const errorReference = { $ref: '#/components/schemas/Error' }
const errorSchema: JsonSchema = {
  type: 'object',
  required: ['type', 'error', 'request_id'],
  properties: {
    type: { const: 'error' },
    error: {
      type: 'object',
      required: ['message', 'type', 'param', 'code'],
      properties: {
        message: { type: 'string' },
        type: { type: 'string' },
        param: { type: ['string', 'null'], description: 'The field of the request at fault.' },
        code: { type: 'string', description: 'The reason, which is stable.' },
      },
    },
    request_id: { type: ['string', 'null'] },
  },
}

function describe(operation: Operation): JsonSchema {
  const { id, summary, path, query = [], body, response } = operation
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
  const isWrite = operation.kind === 'command' || operation.preview !== undefined
  const parameters = [
    ...inPath.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string', minLength: 1 } })),
    ...[...query, ...(isWrite ? [dryRun] : [])].map(parameterOf),
    ...(isWrite ? writeHeaders : []),
  ]
  const hasBody = operation.method !== 'GET' && operation.method !== 'DELETE'
  const content = { 'application/json': { schema: hasBody ? bodySchema(body, inPath) : {} } }
  const answerSchema = response === undefined ? { type: 'object' } : schemaOf(response)
  return {
    operationId: id,
    summary,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(hasBody ? { requestBody: { content } } : {}),
    responses: {
      '200': { description: 'Done.', content: { 'application/json': { schema: answerSchema } } },
      default: { $ref: '#/components/responses/Error' },
    },
  }
}

const dryRun: QueryParameter = {
  name: 'dryRun',
  description: 'With `true`, answers what would change, and changes nothing.',
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

function parameterOf({ name, description, required = false }: QueryParameter): JsonSchema {
  return { name, in: 'query', description, required, schema: { type: 'string' } }
}

function bodySchema(body: Operation['body'], inPath: readonly string[]): JsonSchema {
  if (body === undefined) return { type: 'object', additionalProperties: false }
  if ('schema' in body) return schemaOf(body.schema)
  return renameFields(schemaOf(commandFields(body.command, inPath))) as JsonSchema
}

function commandFields({ shape }: CommandSchema, inPath: readonly string[]): z.ZodType {
  const fields = bodyFields({ shape } as CommandSchema, inPath)
  return z.strictObject(Object.fromEntries(fields.map((field) => [field, shape[field] as z.ZodType])))
}

function schemaOf(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      const list = findListSchema(zodSchema)
      if (list === undefined) return
      const { entry, limit } = list
      Object.assign(jsonSchema, { type: 'array', items: schemaOf(entry) })
      if (Number.isFinite(limit)) Object.assign(jsonSchema, { maxItems: limit })
    },
  }) as JsonSchema
  return rest
}

const instant: JsonSchema = { type: 'string', format: 'date-time' }

/** Gives the fields of a command's schema their names in bodies, and instants their form there. */
function renameFields(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(renameFields)
  if (typeof schema !== 'object' || schema === null) return schema
  return Object.fromEntries(
    Object.entries(schema).map(([key, part]) => {
      if (key === 'required' && Array.isArray(part)) return [key, part.map((name) => wireName(String(name)))]
      if (key !== 'properties' || typeof part !== 'object' || part === null) return [key, renameFields(part)]
      const fields = Object.entries(part).map(([field, of]) => {
        return [wireName(field), isInstantField(field) ? instantOf(of) : renameFields(of)]
      })
      return [key, Object.fromEntries(fields)]
    }),
  )
}

function instantOf(schema: unknown): JsonSchema {
  const isNullable = JSON.stringify(schema).includes('"null"')
  return isNullable ? { type: ['string', 'null'], format: 'date-time' } : instant
}
