import type { Immutable } from 'immer'
import * as z from 'zod'
import { Authority } from '../value/authority.ts'
import { Digest, Id, Label } from '../value/id.ts'
import { Instant } from '../value/instant.ts'
import { listOf } from '../value/list.ts'
import { Operations } from '../value/operation.ts'
import { Actor, Principal } from '../value/principal.ts'
import { Scope } from '../value/selector.ts'
import { Incarnation } from '../value/status.ts'

/** A digest that a rotation replaced. The replaced digest is accepted until `expiresAt`. */
const PreviousDigest = z.strictObject({ digest: Digest, expiresAt: Instant })
export interface PreviousDigest extends Immutable<z.infer<typeof PreviousDigest>> {}

/** The maximum number of replaced digests that a credential keeps. */
export const previousLimit = 8

/**
 * A personal access token (owner: user), a virtual key (owner: team) or a virtual account token. Stores a digest, never
 * the secret. Only a personal access token may have a `team`, the team on whose behalf the token acts. A credential
 * gives access to at most the models that its owner can use at the instant of the request, for its `operations` only. A
 * suspended credential has `suspendedBy`.
 */
export const Credential = z.strictObject({
  id: Id,
  name: Label.optional(),
  owner: Principal,
  team: Id.optional(),
  /** The actor that issued the credential. Not checked as a reference: the actor may have been deleted since. */
  issuedBy: Actor,
  digest: Digest,
  previous: listOf(PreviousDigest, previousLimit, 'replaced digests'),
  scope: Scope,
  operations: Operations,
  expiresAt: Instant.optional(),
  revokedAt: Instant.optional(),
  suspendedBy: Authority.optional(),
  createdAt: Instant,
  incarnation: Incarnation,
})
export interface Credential extends Immutable<z.infer<typeof Credential>> {}
