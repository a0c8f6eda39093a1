import type { z } from 'zod'
import { wireSchema } from './wire-schema.ts'

const schemas = new Map<string, z.ZodType>()

/** The named schemas of the OpenAPI document, by name. */
export const components: ReadonlyMap<string, z.ZodType> = schemas

/** Names a schema in the document. Every use of it is a reference. */
export function named<Schema extends z.ZodType>(name: string, schema: Schema): Schema {
  if (schemas.has(name)) throw new TypeError(`two schemas have the name \`${name}\``)
  schemas.set(name, schema)
  return schema
}

/** Names the wire form of a schema of the library. */
export function namedWire(name: string, schema: z.ZodType): z.ZodType {
  return named(name, wireSchema(schema))
}
