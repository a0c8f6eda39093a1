import * as z from 'zod'
import { components } from './component.ts'

export type JsonSchema = Readonly<Record<string, unknown>>

/** Returns where the document has a named schema. */
const referenceTo = (name: string): string => `#/components/schemas/${name}`

/** Leaves out the bounds of the integers that JavaScript represents exactly: they say nothing about a field. */
function withoutSafeBounds({ jsonSchema }: { readonly jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
}

/** JSON schemas, and the named schemas that they refer to. */
interface JsonSchemas {
  readonly named: Readonly<Record<string, JsonSchema>>
  of(schema: z.ZodType): JsonSchema
}

/** Converts schemas to JSON schemas that refer to the named ones. */
export function jsonSchemasOf(schemas: Iterable<z.ZodType>): JsonSchemas {
  const registry = z.registry<{ id: string }>()
  const names = new Map<z.ZodType, string>()
  const add = (name: string, schema: z.ZodType) => {
    names.set(schema, name)
    registry.add(schema, { id: name })
  }
  for (const [name, schema] of components) add(name, schema)
  for (const schema of schemas) if (!names.has(schema)) add(`#${names.size}`, schema)
  const converted = z.toJSONSchema(registry, {
    io: 'input',
    unrepresentable: 'any',
    uri: referenceTo,
    override: withoutSafeBounds,
  }).schemas
  const find = (name: string): JsonSchema => {
    const { $id: _, $schema: __, ...rest } = converted[name] ?? {}
    return rest
  }
  return {
    named: Object.fromEntries([...components.keys()].sort().map((name) => [name, find(name)])),
    of: (schema) => {
      const name = names.get(schema) ?? ''
      return components.has(name) ? { $ref: referenceTo(name) } : find(name)
    },
  }
}
