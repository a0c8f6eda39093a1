import type { Immutable } from 'immer'
import type { z } from 'zod'
import { Authority } from '../../../model/value/authority.ts'
import { Digest, Id, Label } from '../../../model/value/id.ts'
import { Instant } from '../../../model/value/instant.ts'
import { Operations } from '../../../model/value/operation.ts'
import { Principal } from '../../../model/value/principal.ts'
import { Scope } from '../../../model/value/selector.ts'
import { type Envelope, message } from '../envelope.ts'

/** A credential was issued to a principal, by the `actor` of the event. */
export const CredentialIssued = message('CredentialIssued', {
  credential: Id,
  owner: Principal,
  digest: Digest,
  team: Id.optional(),
  scope: Scope,
  operations: Operations,
  name: Label.optional(),
  expiresAt: Instant.optional(),
})
export interface CredentialIssued extends Envelope, Immutable<z.infer<typeof CredentialIssued>> {}

/** The given fields of a credential changed. A field that is `null` was removed. */
export const CredentialUpdated = message('CredentialUpdated', {
  credential: Id,
  name: Label.nullable().optional(),
  scope: Scope.optional(),
  operations: Operations.optional(),
  expiresAt: Instant.nullable().optional(),
})
export interface CredentialUpdated extends Envelope, Immutable<z.infer<typeof CredentialUpdated>> {}

/**
 * The digest of a credential was replaced. Replaced digests expire at `overlapUntil` or earlier. Expired digests are
 * dropped, and so is the oldest replaced digest if the credential would have more than eight. With the current digest,
 * only the overlap of the last rotation changed. `expiresAt` is the credential's new expiry; `null` removed the expiry.
 */
export const CredentialRotated = message('CredentialRotated', {
  credential: Id,
  digest: Digest,
  overlapUntil: Instant,
  expiresAt: Instant.nullable().optional(),
})
export interface CredentialRotated extends Envelope, Immutable<z.infer<typeof CredentialRotated>> {}

/** A credential was revoked. The row stays, so that requests with the credential are denied as `credential_revoked`. */
export const CredentialRevoked = message('CredentialRevoked', { credential: Id })
export interface CredentialRevoked extends Envelope, Immutable<z.infer<typeof CredentialRevoked>> {}

/**
 * A credential was suspended, or a higher power took over the suspension. The credential keeps its scope, digests and
 * expiry.
 */
export const CredentialSuspended = message('CredentialSuspended', { credential: Id, suspendedBy: Authority })
export interface CredentialSuspended extends Envelope, Immutable<z.infer<typeof CredentialSuspended>> {}

/** The suspension of a credential ended. */
export const CredentialActivated = message('CredentialActivated', { credential: Id })
export interface CredentialActivated extends Envelope, Immutable<z.infer<typeof CredentialActivated>> {}

/** A credential was deleted because its owner was deleted, or because the owner left the credential's team. */
export const CredentialDeleted = message('CredentialDeleted', { credential: Id })
export interface CredentialDeleted extends Envelope, Immutable<z.infer<typeof CredentialDeleted>> {}
