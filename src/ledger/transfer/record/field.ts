import * as z from 'zod'
import { creditLimit } from '../../../model/value/credit.ts'
import { freeze } from '../../../model/value/freeze.ts'
import { Id } from '../../../model/value/id.ts'
import { faultOfInstant, Instant, isInstant, lastInstant } from '../../../model/value/instant.ts'
import { holdLimit } from '../../operation/reserve.ts'
import { Tags } from '../../read-request.ts'
import type { Place } from './place.ts'

/** Converts one field of a record from and to JSON. If `write` returns `undefined`, the record omits the field. */
export interface Field<Value> {
  /** The name of the field in JSON. Default: the name of the field in the row. */
  readonly name?: string
  readonly schema: z.ZodType<Value>
  readonly write: (value: Value) => unknown
}

/** The codecs of a row's fields, in the order of the fields in a record. */
export type Fields<Row> = { readonly [Name in keyof Required<Row>]: Field<Row[Name]> }

const decimal = 'expected an amount as a decimal string, from zero to 2^63 - 1'
const amountOf = (pattern: RegExp) =>
  z
    .string({ error: decimal })
    .regex(pattern, { error: decimal })
    .transform((text) => BigInt(text))
    .refine((value) => value <= creditLimit, { error: decimal })

/** The codec of an amount above zero. */
export const amount: Field<bigint> = { schema: amountOf(/^[1-9][0-9]{0,18}$/), write: String }
/** The codec of an amount of zero or more. */
export const cost: Field<bigint> = { schema: amountOf(/^(?:0|[1-9][0-9]{0,18})$/), write: String }
/** The codec of an amount of zero or more. The record omits zero. */
export const sum: Field<bigint> = orDefault(amount, 0n)
/** The codec of the place of a wallet or lot: an integer from 1. */
export const place: Field<Place> = plain(
  z.int({ error: 'expected a place, from 1 on' }).min(1, { error: 'expected a place, from 1 on' }),
)
/** The codec of an integer from 0. */
export const count: Field<number> = plain(
  z.int({ error: 'expected an integer' }).min(0, { error: 'expected an integer from 0' }),
)
export const text: Field<string> = plain(z.string())
export const flag: Field<boolean> = plain(z.boolean())
export const id: Field<string> = plain(Id)
export const instant: Field<Instant> = plain(Instant)
/**
 * The codec of the expiry of a hold. A hold that is made at the last instant expires up to `holdLimit` later, which no clock
 * reaches.
 */
export const expiry: Field<Instant> = plain(
  z
    .unknown()
    .refine((value) => isInstant(value) || isAfterLast(value), { error: ({ input }) => faultOfInstant(input) })
    .transform((value) => value as Instant),
)

function isAfterLast(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) > lastInstant && (value as number) <= lastInstant + holdLimit
}

/** The codec of an instant that may be infinite. The record omits an infinite instant. */
export const instantOrNever: Field<number> = orDefault(instant, Number.POSITIVE_INFINITY)
export const tags: Field<readonly string[] | undefined> = optional(
  plain(Tags.transform((all): readonly string[] => freeze(all))),
)

/** Creates the codec of a value that needs no conversion between the row and JSON. */
export function plain<Value>(schema: z.ZodType<Value>): Field<Value> {
  return { schema, write: (value) => value }
}

/** Creates the codec of a string that must be one of `values`. */
export function oneOf<const Value extends string>(values: readonly Value[]): Field<Value> {
  return plain(z.enum(values) as unknown as z.ZodType<Value>)
}

/** Creates the codec of an optional field. The record omits `undefined`. */
export function optional<Value>(field: Field<Value>): Field<Value | undefined> {
  return {
    schema: field.schema.optional(),
    write: (value) => (value === undefined ? undefined : field.write(value)),
  }
}

/** Creates the codec of a field with the default `value`. The record omits a field that equals the default. */
export function orDefault<Value>(field: Field<Value>, value: Value): Field<Value> {
  return {
    schema: field.schema.optional().transform((found) => found ?? value),
    write: (one) => (one === value ? undefined : field.write(one)),
  }
}

export function list<Value>(field: Field<Value>): Field<readonly Value[]> {
  return { schema: z.array(field.schema), write: (values) => values.map(field.write) }
}

/** Creates the codec of a list that may be empty. The record omits an empty list. */
export function listOrNone<Value>(field: Field<Value>): Field<readonly Value[]> {
  const { schema, write } = list(field)
  return {
    schema: schema.optional().transform((values) => values ?? []),
    write: (values) => (values.length === 0 ? undefined : write(values)),
  }
}

/** Creates the codec of a field that has the name `name` in JSON. */
export function named<Value>(name: string, field: Field<Value>): Field<Value> {
  return { ...field, name }
}

/**
 * Creates the codec of a value that must also pass `schema`. This schema receives the output of the field's own schema.
 */
export function checked<Value>(field: Field<Value>, schema: z.ZodType): Field<Value> {
  return { ...field, schema: field.schema.pipe(schema as z.ZodType<Value, Value>) }
}

/** Creates the codec of a JSON object with these fields. */
export function object<Row extends object>(fields: Fields<Row>): Field<Row> {
  const all = Object.entries(fields) as unknown as readonly (readonly [name: string, field: Field<unknown>])[]
  const schema = z.object(Object.fromEntries(all.map(([name, field]) => [field.name ?? name, field.schema])))
  const renamed = all.flatMap(([name, field]) => (field.name === undefined ? [] : [[name, field.name] as const]))
  const read = (parsed: Record<string, unknown>): Row => {
    for (const [name, written] of renamed) {
      parsed[name] = parsed[written]
      delete parsed[written]
    }
    return parsed as Row
  }
  return {
    schema: schema.transform(read),
    write: (row) =>
      Object.fromEntries(all.map(([name, field]) => [field.name ?? name, field.write(Reflect.get(row, name))])),
  }
}
