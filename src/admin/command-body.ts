import * as z from 'zod'
import type { Command } from '../change/message/command.ts'
import type { Instant } from '../model/value/instant.ts'
import { issuesOf } from '../model/value/issue.ts'
import type { CommandBody } from '../runtime/execute-request.ts'
import { invalidField } from './admin-fault.ts'
import { fieldName, fromWire, wireMessage, wireName, wirePath } from './wire.ts'

/** The schema of a command. */
export type CommandSchema = z.ZodObject<z.ZodRawShape>

/** The fields of every command that no body may have. */
const envelope = new Set(['type', 'actor', 'at'])

/** Returns the fields of a command without its type, its actor and its instant. */
export function fieldsOf(command: Command): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(command).filter(([field]) => !envelope.has(field)))
}

/** Returns the schema of a command without one field. Rules about several fields are left to the command itself. */
export function withoutField({ shape }: CommandSchema, field: string): CommandSchema {
  return z.strictObject(Object.fromEntries(Object.entries(shape).filter(([name]) => name !== field)))
}

/** Returns the fields of a command that its HTTP body has: all but those in the path, the actor and the instant. */
export function bodyFields(schema: CommandSchema, params: Iterable<string>): readonly string[] {
  const inPath = new Set([...params].map((param) => fieldName(param)))
  return Object.keys(schema.shape).filter((field) => !envelope.has(field) && !inPath.has(field))
}

/** The name of the command that a schema describes. */
export function commandType(schema: CommandSchema): string {
  const { values } = schema.shape['type'] as unknown as { readonly values: ReadonlySet<string> }
  return [...values][0] ?? ''
}

/**
 * Reads a command from the body and the path of a request.
 * @throws {AdminFault} when the body does not match the schema; names the field of the body
 */
export function readCommand(
  schema: CommandSchema,
  body: unknown,
  params: Readonly<Record<string, string>>,
  at: Instant,
): CommandBody {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw invalidField({ param: '', message: 'expected a JSON object' })
  const allowed = new Set(bodyFields(schema, Object.keys(params)).map(wireName))
  const unknown = Object.keys(body).find((field) => !allowed.has(field))
  if (unknown !== undefined)
    throw invalidField({ param: unknown, message: 'there is no such field; leave it out or correct it' })
  const read = fromWire(body)
  if (!read.ok) throw invalidField(read.fault)
  const fromPath = Object.entries(params).map(([name, value]) => [fieldName(name) ?? name, value])
  const parsed = schema.safeParse({
    ...(read.value as object),
    ...Object.fromEntries(fromPath),
    ...{ type: commandType(schema), actor: { type: 'system' }, at },
  })
  if (!parsed.success) {
    const [first] = issuesOf(parsed.error)
    throw invalidField({ param: wirePath(first?.path ?? []) ?? '', message: wireMessage(first?.message ?? '') })
  }
  const { actor: _, at: __, ...command } = parsed.data
  return command as CommandBody
}
