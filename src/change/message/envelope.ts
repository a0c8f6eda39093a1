import { z } from 'zod'
import { Instant } from '../../model/value/instant.ts'
import { Actor } from '../../model/value/principal.ts'

/** Who and when: what every command says, and every event that comes of it. */
export const envelope = { actor: Actor, at: Instant }
export interface Envelope {
  readonly actor: Actor
  readonly at: Instant
}

/** The most entries a list in a command may have. */
export const listLimit = 10_000

/** A list of a bounded length. */
export function listOf<Entry extends z.ZodType>(entry: Entry, limit: number = listLimit) {
  return z.array(entry).max(limit, { error: `expected at most ${limit} entries` })
}

/** The two ends of a window, as a command writes them: half-open, and open where an end is missing. */
export const windowEnds = { startsAt: Instant.optional(), expiresAt: Instant.optional() }
