import * as z from 'zod'

/** A schema for every field of a type. A field without a line, and one of another type, do not compile. */
export type FieldsOf<T> = {
  readonly [Field in keyof T]-?: Partial<Pick<T, Field>> extends Pick<T, Field>
    ? z.ZodOptional<z.ZodType<Exclude<T[Field], undefined>>>
    : z.ZodType<T[Field]>
}

/** Makes the schema of a type of the library that has no schema there. */
export function shapeOf<T extends object>(fields: FieldsOf<T>): z.ZodType<T> {
  return z.strictObject(fields as z.ZodRawShape) as unknown as z.ZodType<T>
}

/** The fields of every member of a union, by its `type`. A member without a line does not compile. */
export type VariantsOf<T extends { readonly type: string }> = {
  readonly [Type in T['type']]: FieldsOf<Omit<Extract<T, { readonly type: Type }>, 'type'>>
}

/** Makes the schema of a union whose members differ in their `type`. */
export function variantsOf<T extends { readonly type: string }>(variants: VariantsOf<T>): z.ZodType<T> {
  const options = Object.entries(variants as Readonly<Record<string, z.ZodRawShape>>).map(([type, fields]) =>
    z.strictObject({ type: z.literal(type), ...fields }),
  )
  return z.discriminatedUnion('type', options as unknown as [z.ZodObject, ...z.ZodObject[]]) as unknown as z.ZodType<T>
}

/** Makes the schema of a union of strings. A string without a line does not compile. */
export function choiceOf<T extends string>(choices: Readonly<Record<T, true>>): z.ZodType<T> {
  return z.enum(Object.keys(choices)) as unknown as z.ZodType<T>
}
