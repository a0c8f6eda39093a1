import type { Immutable } from 'immer'
import type { z } from 'zod'
import { RestrictionSubject } from '../../../model/noun/restriction.ts'
import { Id, Label } from '../../../model/value/id.ts'
import { Instant } from '../../../model/value/instant.ts'
import { Selector } from '../../../model/value/selector.ts'
import { type Envelope, message } from '../envelope.ts'

/**
 * Creates a restriction, which denies a subject the selected models for a time window. A restriction overrides every
 * grant.
 */
export const CreateRestriction = message('CreateRestriction', {
  /** The id of the new restriction: 1 to 256 printable characters, unique among restrictions. */
  restriction: Id,
  /**
   * The subject that is denied the models: a principal, a user when it calls on behalf of one team, the requests with
   * one credential, all teams and virtual accounts of an organization, or `everyone`.
   */
  subject: RestrictionSubject,
  /**
   * The models to deny: an alias, a concrete model, all models of a provider account, or a pattern. A pattern denies
   * the aliases and the routes (`account/model`) that it matches. On an account with `anyModel`, ASCII case is ignored.
   */
  selector: Selector,
  /** The first instant of the window, in epoch milliseconds. Default: no start, so the restriction applies at once. */
  startsAt: Instant.optional(),
  /** The end of the window in epoch milliseconds, later than `startsAt` and the command's `at`. Default: no end. */
  expiresAt: Instant.optional(),
  /** A note for operators of at most 1,024 characters. Default: none. */
  note: Label.optional(),
})
export interface CreateRestriction extends Envelope, Immutable<z.infer<typeof CreateRestriction>> {}

/** Deletes a restriction. */
export const DeleteRestriction = message('DeleteRestriction', {
  /** The id of the restriction to delete. */
  restriction: Id,
})
export interface DeleteRestriction extends Envelope, Immutable<z.infer<typeof DeleteRestriction>> {}
