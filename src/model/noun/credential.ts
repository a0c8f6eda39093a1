import type { Immutable } from 'immer'
import { z } from 'zod'
import { Digest, Id, Label } from '../value/id.ts'
import { Instant } from '../value/instant.ts'
import { Principal } from '../value/principal.ts'
import { Scope } from '../value/selector.ts'

/** A digest that a rotation replaced, good until the overlap ends. */
const PreviousDigest = z.strictObject({ digest: Digest, expiresAt: Instant })

/** The most replaced digests that a credential remembers. */
export const previousLimit = 8

/**
 * Proof of a principal: a personal access token (owner: user), a virtual key (owner: team) or a virtual account token.
 * Only a user's may name a `team`, the one it acts for. It never reaches more than its owner does at that moment.
 */
export const Credential = z.strictObject({
  id: Id,
  name: Label.optional(),
  owner: Principal,
  team: Id.optional(),
  digest: Digest,
  previous: z.array(PreviousDigest).max(previousLimit, { error: `expected at most ${previousLimit} replaced digests` }),
  scope: Scope,
  expiresAt: Instant.optional(),
  revokedAt: Instant.optional(),
  createdAt: Instant,
})
export interface Credential extends Immutable<z.infer<typeof Credential>> {}
