import * as z from 'zod'
import { Instant } from '../../model/value/instant.ts'
import { Actor } from '../../model/value/principal.ts'

/**
 * The two fields of every command and event: the actor that gives the command, and the instant. Events copy both fields
 * from their command.
 */
export interface Envelope {
  /** The user or virtual account that gives the command, or `system` for the host's own trusted code. */
  readonly actor: Actor
  /** The instant of the command in epoch milliseconds: an integer from 10^11 to 10^14, taken from the host's clock. */
  readonly at: Instant
}

const envelope = { actor: Actor, at: Instant }

/** The Zod fields that every message of one type has: its `type` and the fields of the envelope. */
export type MessageShape<Type extends string> = {
  readonly type: z.ZodLiteral<Type>
  readonly actor: typeof Actor
  readonly at: typeof Instant
}

/**
 * Makes the schema of a command or an event, with the field `type`, the fields of the envelope, and the given `fields`.
 * Unknown keys are errors. The result type keeps the type `Fields`, so that the built declarations include the
 * docstrings of the fields.
 */
export function message<Type extends string, Fields extends z.ZodRawShape>(
  type: Type,
  fields: Fields,
): z.ZodObject<MessageShape<Type> & Fields, z.core.$strict> {
  const shape: MessageShape<Type> & Fields = { type: z.literal(type), ...envelope, ...fields }
  return z.strictObject(shape) as unknown as z.ZodObject<MessageShape<Type> & Fields, z.core.$strict>
}

/** The default maximum number of entries of a list in a command. */
export const listLimit = 10_000
