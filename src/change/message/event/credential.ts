import type { Immutable } from 'immer'
import { z } from 'zod'
import { Digest, Id, Label } from '../../../model/value/id.ts'
import { Instant } from '../../../model/value/instant.ts'
import { Principal } from '../../../model/value/principal.ts'
import { Scope } from '../../../model/value/selector.ts'
import { envelope } from '../envelope.ts'

/** A credential was issued to a principal. */
export const CredentialIssued = z.strictObject({
  type: z.literal('CredentialIssued'),
  ...envelope,
  credential: Id,
  owner: Principal,
  digest: Digest,
  team: Id.optional(),
  scope: Scope,
  name: Label.optional(),
  expiresAt: Instant.optional(),
})
export type CredentialIssued = Immutable<z.infer<typeof CredentialIssued>>

/** What is given changed; `null` cleared. */
export const CredentialUpdated = z.strictObject({
  type: z.literal('CredentialUpdated'),
  ...envelope,
  credential: Id,
  name: Label.nullable().optional(),
  scope: Scope.optional(),
  expiresAt: Instant.nullable().optional(),
})
export type CredentialUpdated = Immutable<z.infer<typeof CredentialUpdated>>

/**
 * A credential has a new digest; from `overlapUntil` on it is the only one. Digests that were over already are forgotten,
 * and so is the oldest where there would be more than eight.
 */
export const CredentialRotated = z.strictObject({
  type: z.literal('CredentialRotated'),
  ...envelope,
  credential: Id,
  digest: Digest,
  overlapUntil: Instant,
})
export type CredentialRotated = Immutable<z.infer<typeof CredentialRotated>>

/** A credential ended for good. Its row stays, so that whoever still sends it is told so. */
export const CredentialRevoked = z.strictObject({
  type: z.literal('CredentialRevoked'),
  ...envelope,
  credential: Id,
})
export type CredentialRevoked = Immutable<z.infer<typeof CredentialRevoked>>

/** A credential is gone, because its owner is, or the place in the team that it named. */
export const CredentialDeleted = z.strictObject({
  type: z.literal('CredentialDeleted'),
  ...envelope,
  credential: Id,
})
export type CredentialDeleted = Immutable<z.infer<typeof CredentialDeleted>>
