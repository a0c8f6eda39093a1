import type { Immutable } from 'immer'
import type { z } from 'zod'
import { Digest, Id, Label } from '../../../model/value/id.ts'
import { Instant } from '../../../model/value/instant.ts'
import { Principal } from '../../../model/value/principal.ts'
import { Scope } from '../../../model/value/selector.ts'
import { type Envelope, message } from '../envelope.ts'

/** A credential was issued to a principal. */
export const CredentialIssued = message('CredentialIssued', {
  credential: Id,
  owner: Principal,
  digest: Digest,
  team: Id.optional(),
  scope: Scope,
  name: Label.optional(),
  expiresAt: Instant.optional(),
})
export interface CredentialIssued extends Envelope, Immutable<z.infer<typeof CredentialIssued>> {}

/** What is given changed; `null` cleared. */
export const CredentialUpdated = message('CredentialUpdated', {
  credential: Id,
  name: Label.nullable().optional(),
  scope: Scope.optional(),
  expiresAt: Instant.nullable().optional(),
})
export interface CredentialUpdated extends Envelope, Immutable<z.infer<typeof CredentialUpdated>> {}

/**
 * A credential has a new digest; from `overlapUntil` on it is the only one. Digests that were over already are forgotten,
 * and so is the oldest where there would be more than eight.
 */
export const CredentialRotated = message('CredentialRotated', {
  credential: Id,
  digest: Digest,
  overlapUntil: Instant,
})
export interface CredentialRotated extends Envelope, Immutable<z.infer<typeof CredentialRotated>> {}

/** A credential ended for good. Its row stays, so that whoever still sends it is told so. */
export const CredentialRevoked = message('CredentialRevoked', { credential: Id })
export interface CredentialRevoked extends Envelope, Immutable<z.infer<typeof CredentialRevoked>> {}

/** A credential is gone, because its owner is, or the place in the team that it named. */
export const CredentialDeleted = message('CredentialDeleted', { credential: Id })
export interface CredentialDeleted extends Envelope, Immutable<z.infer<typeof CredentialDeleted>> {}
