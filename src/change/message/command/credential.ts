import type { Immutable } from 'immer'
import { z } from 'zod'
import { Digest, Id, Label } from '../../../model/value/id.ts'
import { Instant } from '../../../model/value/instant.ts'
import { Principal } from '../../../model/value/principal.ts'
import { Scope } from '../../../model/value/selector.ts'
import { envelope } from '../envelope.ts'

/** Issues a credential to a principal. Its scope is `all` unless said otherwise; only a user's may name a team. */
export const IssueCredential = z
  .strictObject({
    type: z.literal('IssueCredential'),
    ...envelope,
    credential: Id,
    owner: Principal,
    digest: Digest,
    team: Id.optional(),
    scope: Scope.optional(),
    name: Label.optional(),
    expiresAt: Instant.optional(),
  })
  .refine(({ owner, team }) => team === undefined || owner.type === 'user', {
    error: "expected no `team`, since only a user's token acts for one",
    path: ['team'],
  })
export type IssueCredential = Immutable<z.infer<typeof IssueCredential>>

/** Changes what is given; `name: null` and `expiresAt: null` clear. */
export const UpdateCredential = z.strictObject({
  type: z.literal('UpdateCredential'),
  ...envelope,
  credential: Id,
  name: Label.nullable().optional(),
  scope: Scope.optional(),
  expiresAt: Instant.nullable().optional(),
})
export type UpdateCredential = Immutable<z.infer<typeof UpdateCredential>>

/**
 * Gives a credential a new digest. Every older one ends at `overlapUntil`, or at once. A credential remembers eight of
 * them at most: where a ninth would still be good, the oldest ends at once.
 */
export const RotateCredential = z.strictObject({
  type: z.literal('RotateCredential'),
  ...envelope,
  credential: Id,
  digest: Digest,
  overlapUntil: Instant.optional(),
})
export type RotateCredential = Immutable<z.infer<typeof RotateCredential>>

/** Ends a credential for good, its replaced digests included. */
export const RevokeCredential = z.strictObject({
  type: z.literal('RevokeCredential'),
  ...envelope,
  credential: Id,
})
export type RevokeCredential = Immutable<z.infer<typeof RevokeCredential>>
