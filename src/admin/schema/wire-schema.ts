import * as z from 'zod'
import { CreditText, PositiveCreditText, SignedCreditText } from '../../model/value/credit.ts'
import { Instant } from '../../model/value/instant.ts'
import { findListSchema } from '../../model/value/list.ts'
import { plainName, secretFields, wireName } from '../wire.ts'

/** An instant in an answer. */
const InstantString = z.string().meta({ format: 'date-time' })

/** An amount of credits in an answer. */
const AmountString = z
  .string()
  .regex(/^-?\d{1,10}(\.\d{1,9})?$/)
  .meta({ description: 'An amount of credits: a decimal string with at most nine decimals.' })

const wireOf = new WeakMap<object, z.ZodType>([
  [Instant, InstantString],
  [CreditText, AmountString],
  [PositiveCreditText, AmountString],
  [SignedCreditText, AmountString],
])

/**
 * Returns the schema of the JSON that `toWire` makes of the values of a schema: it translates names and values, and leaves
 * out secrets. One schema has one result, which is the schema itself if nothing is to be translated. Refinements are
 * dropped: they have no form in a JSON schema.
 */
export function wireSchema(schema: z.ZodType): z.ZodType {
  const known = wireOf.get(schema)
  if (known !== undefined) return known
  const wire = convert(schema)
  wireOf.set(schema, wire)
  return wire
}

function convert(schema: z.ZodType): z.ZodType {
  const list = findListSchema(schema)
  if (list !== undefined) {
    const array = z.array(wireSchema(list.entry))
    return Number.isFinite(list.limit) ? array.max(list.limit) : array
  }
  if (schema instanceof z.ZodObject) return convertObject(schema)
  if (schema instanceof z.ZodBigInt) return AmountString
  if (schema instanceof z.ZodPipe) return wireSchema(schema.def.out as z.ZodType)
  if (schema instanceof z.ZodDefault) return wireSchema(schema.def.innerType as z.ZodType).optional()
  const parts = partsOf(schema)
  const converted = parts.map(wireSchema)
  return converted.every((part, index) => part === parts[index]) ? schema : rebuild(schema, converted)
}

function convertObject(schema: z.ZodObject): z.ZodType {
  const fields = Object.entries(schema.shape as Readonly<Record<string, z.ZodType>>)
  const converted = fields
    .filter(([field]) => !secretFields.has(field))
    .map(([field, part]) => [nameOf(field, part), wireSchema(part)] as const)
  const isSame = converted.length === fields.length && fields.every(isKept(converted))
  return isSame ? schema : schema.clone({ ...schema.def, shape: Object.fromEntries(converted), checks: [] })
}

const isKept =
  (converted: readonly (readonly [string, z.ZodType])[]) =>
  ([field, part]: readonly [string, z.ZodType], index: number): boolean =>
    converted[index]?.[0] === field && converted[index][1] === part

/** The schemas that a schema of a list, a choice or an optional value is made of. */
function partsOf(schema: z.ZodType): readonly z.ZodType[] {
  if (schema instanceof z.ZodUnion) return schema.def.options as readonly z.ZodType[]
  if (schema instanceof z.ZodArray) return [schema.def.element as z.ZodType]
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) return [schema.def.innerType as z.ZodType]
  return []
}

function rebuild(schema: z.ZodType, parts: readonly z.ZodType[]): z.ZodType {
  const [part = z.never()] = parts
  if (schema instanceof z.ZodUnion) return schema.clone({ ...schema.def, options: [...parts] } as z.ZodUnion['def'])
  if (schema instanceof z.ZodArray) return schema.clone({ ...schema.def, element: part } as z.ZodArray['def'])
  return schema instanceof z.ZodOptional ? part.optional() : part.nullable()
}

/** The name that `toWire` gives a field with values of a schema. */
function nameOf(field: string, schema: z.ZodType): string {
  return isCompound(schema) ? plainName(field) : wireName(field)
}

/** Whether the values of a schema are objects and lists. */
function isCompound(schema: z.ZodType): boolean {
  if (findListSchema(schema) !== undefined) return true
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault)
    return isCompound(schema.def.innerType as z.ZodType)
  if (schema instanceof z.ZodPipe) return isCompound(schema.def.out as z.ZodType)
  if (schema instanceof z.ZodUnion) return (schema.def.options as readonly z.ZodType[]).some(isCompound)
  return schema instanceof z.ZodObject || schema instanceof z.ZodArray || schema instanceof z.ZodRecord
}
