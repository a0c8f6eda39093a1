import type { Immutable } from 'immer'
import { z } from 'zod'
import { Digest, Id, Label } from '../../model/id.ts'
import { Instant } from '../../model/instant.ts'
import { Principal } from '../../model/principal.ts'
import { Scope } from '../../model/selector.ts'
import { heading } from '../heading.ts'

/** Issues a credential to a principal. Its scope is `all` unless said otherwise; only a user's may name a team. */
export const IssueCredential = z
  .strictObject({
    type: z.literal('IssueCredential'),
    ...heading,
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
  ...heading,
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
  ...heading,
  credential: Id,
  digest: Digest,
  overlapUntil: Instant.optional(),
})
export type RotateCredential = Immutable<z.infer<typeof RotateCredential>>

/** Ends a credential for good, its replaced digests included. */
export const RevokeCredential = z.strictObject({
  type: z.literal('RevokeCredential'),
  ...heading,
  credential: Id,
})
export type RevokeCredential = Immutable<z.infer<typeof RevokeCredential>>
