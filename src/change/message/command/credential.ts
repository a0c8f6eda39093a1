import type { Immutable } from 'immer'
import type { z } from 'zod'
import { Digest, Id, Label } from '../../../model/value/id.ts'
import { Instant } from '../../../model/value/instant.ts'
import { Operations } from '../../../model/value/operation.ts'
import { Principal } from '../../../model/value/principal.ts'
import { Scope } from '../../../model/value/selector.ts'
import { type Envelope, message } from '../envelope.ts'

/** Issues a credential to a user, a team or a virtual account. */
export const IssueCredential = message('IssueCredential', {
  /**
   * The id of the new credential: 1 to 256 printable characters, unique among credentials. The id is not the
   * credential's secret.
   */
  credential: Id,
  /** The principal that the credential authenticates as. */
  owner: Principal,
  /** The SHA-256 digest of the secret: 64 lowercase hexadecimal digits, unique among current and replaced digests. */
  digest: Digest,
  /**
   * The id of the team that the token acts for. The owner must be a user who is a member of the team. Default: none.
   */
  team: Id.optional(),
  /**
   * The part of the owner's access that the credential may use: `all`, or at most 1,000 selectors. A selector is a
   * pattern, or names an alias, a model or a provider account that exists. An empty list passes nothing.
   * Default: `all`.
   */
  scope: Scope.optional(),
  /** What the credential may be used for: `all`, or a list of operations such as `embeddings`. Default: `all`. */
  operations: Operations.optional(),
  /** A display name of at most 1,024 characters. Default: none. */
  name: Label.optional(),
  /** The instant from which the credential is refused, in epoch milliseconds, later than `at`. Default: never. */
  expiresAt: Instant.optional(),
}).refine(({ owner, team }) => team === undefined || owner.type === 'user', {
  error: "expected no `team`, since only a user's token acts for one",
  path: ['team'],
})
export interface IssueCredential extends Envelope, Immutable<z.infer<typeof IssueCredential>> {}

/** Changes the given fields of a credential. Omitted fields keep their values. */
export const UpdateCredential = message('UpdateCredential', {
  /** The id of the credential to change. */
  credential: Id,
  /** A new display name of at most 1,024 characters; `null` removes the name. Default: unchanged. */
  name: Label.nullable().optional(),
  /**
   * A new scope that replaces the old one: `all`, or at most 1,000 selectors. Every alias, model and provider account
   * that a selector names must exist. Default: unchanged.
   */
  scope: Scope.optional(),
  /** New operations that replace the old ones: `all`, or a list of operations. Default: unchanged. */
  operations: Operations.optional(),
  /** A new expiry in epoch milliseconds, later than `at`; `null` removes the expiry. Default: unchanged. */
  expiresAt: Instant.nullable().optional(),
})
export interface UpdateCredential extends Envelope, Immutable<z.infer<typeof UpdateCredential>> {}

/**
 * Replaces the digest of a credential. The eight newest replaced digests stay valid, but no longer than until
 * `overlapUntil`. With the current digest, the command only sets the overlap of the last rotation: shorter, longer or
 * none. An overlap that has ended stays ended.
 */
export const RotateCredential = message('RotateCredential', {
  /** The id of the credential to rotate. */
  credential: Id,
  /**
   * The SHA-256 digest of the new secret: 64 lowercase hexadecimal digits, unique among current and replaced digests.
   * Can also be the credential's current digest.
   */
  digest: Digest,
  /** The instant at which the replaced digests expire, in epoch milliseconds, later than `at`. Default: at once. */
  overlapUntil: Instant.optional(),
  /**
   * A new expiry of the credential in epoch milliseconds, later than `at`; `null` removes the expiry. Required to
   * rotate an expired credential. Default: unchanged.
   */
  expiresAt: Instant.nullable().optional(),
})
export interface RotateCredential extends Envelope, Immutable<z.infer<typeof RotateCredential>> {}

/** Revokes a credential and its replaced digests. A revoked credential cannot be restored. */
export const RevokeCredential = message('RevokeCredential', {
  /** The id of the credential to revoke. */
  credential: Id,
})
export interface RevokeCredential extends Envelope, Immutable<z.infer<typeof RevokeCredential>> {}

/**
 * Suspends a credential and its replaced digests. Only the power that suspended the credential, or a higher one, can
 * activate the credential. A higher power that suspends the credential again takes over the suspension.
 */
export const SuspendCredential = message('SuspendCredential', {
  /** The id of the credential to suspend. */
  credential: Id,
})
export interface SuspendCredential extends Envelope, Immutable<z.infer<typeof SuspendCredential>> {}

/** Ends the suspension of a credential. Does not extend a credential that has expired meanwhile. */
export const ActivateCredential = message('ActivateCredential', {
  /** The id of the credential to activate. */
  credential: Id,
})
export interface ActivateCredential extends Envelope, Immutable<z.infer<typeof ActivateCredential>> {}
