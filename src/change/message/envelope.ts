import { z } from 'zod'
import { Instant } from '../../model/value/instant.ts'
import { Actor } from '../../model/value/principal.ts'

/**
 * The two fields of every command: who gives the command and when. The events that a command causes have the same two
 * values.
 */
export interface Envelope {
  /** The user or virtual account that gives the command, or `system` for the host's own trusted code. */
  readonly actor: Actor
  /** The instant of the command in epoch milliseconds, as the host's clock reads it: an integer from 10^11 to 10^14. */
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
 * The schema of a command or an event: its `type`, the envelope and its own fields. Unknown keys are errors. The fields keep
 * their own type in the result, so that their documentation is in the built declarations too.
 */
export function message<Type extends string, Fields extends z.ZodRawShape>(
  type: Type,
  fields: Fields,
): z.ZodObject<MessageShape<Type> & Fields, z.core.$strict> {
  const shape: MessageShape<Type> & Fields = { type: z.literal(type), ...envelope, ...fields }
  return z.strictObject(shape) as unknown as z.ZodObject<MessageShape<Type> & Fields, z.core.$strict>
}

/** The maximum number of entries of a list in a command. */
export const listLimit = 10_000

/** The schema of a list in a command: at most `limit` entries, 10,000 by default. */
export function listOf<Entry extends z.ZodType>(entry: Entry, limit: number = listLimit) {
  return z.array(entry).max(limit, { error: `expected at most ${limit} entries` })
}
