import type { Immutable } from 'immer'
import { z } from 'zod'
import { Target, targetLimit } from '../../../model/noun/model-alias.ts'
import { Id, Label } from '../../../model/value/id.ts'
import { Instant } from '../../../model/value/instant.ts'
import { envelope, listOf } from '../envelope.ts'

/** An alias was made, active. */
export const ModelAliasCreated = z.strictObject({
  type: z.literal('ModelAliasCreated'),
  ...envelope,
  alias: Id,
  description: Label.optional(),
  targets: listOf(Target, targetLimit),
})
export type ModelAliasCreated = Immutable<z.infer<typeof ModelAliasCreated>>

/** What is given changed; `null` cleared. */
export const ModelAliasUpdated = z.strictObject({
  type: z.literal('ModelAliasUpdated'),
  ...envelope,
  alias: Id,
  description: Label.nullable().optional(),
})
export type ModelAliasUpdated = Immutable<z.infer<typeof ModelAliasUpdated>>

/** An alias has these targets and no others. */
export const ModelAliasTargetsSet = z.strictObject({
  type: z.literal('ModelAliasTargetsSet'),
  ...envelope,
  alias: Id,
  targets: listOf(Target, targetLimit),
})
export type ModelAliasTargetsSet = Immutable<z.infer<typeof ModelAliasTargetsSet>>

/** An alias ends at `sunsetAt`, with this successor or none. */
export const ModelAliasDeprecated = z.strictObject({
  type: z.literal('ModelAliasDeprecated'),
  ...envelope,
  alias: Id,
  sunsetAt: Instant,
  successor: Id.optional(),
})
export type ModelAliasDeprecated = Immutable<z.infer<typeof ModelAliasDeprecated>>

/** An alias ended, with this successor or none. */
export const ModelAliasRetired = z.strictObject({
  type: z.literal('ModelAliasRetired'),
  ...envelope,
  alias: Id,
  successor: Id.optional(),
})
export type ModelAliasRetired = Immutable<z.infer<typeof ModelAliasRetired>>

/** An alias is in use again, without an end and without a successor. */
export const ModelAliasActivated = z.strictObject({
  type: z.literal('ModelAliasActivated'),
  ...envelope,
  alias: Id,
})
export type ModelAliasActivated = Immutable<z.infer<typeof ModelAliasActivated>>

/** An alias is gone, from its groups and as a successor too. Restrictions went by events of their own. */
export const ModelAliasDeleted = z.strictObject({
  type: z.literal('ModelAliasDeleted'),
  ...envelope,
  alias: Id,
})
export type ModelAliasDeleted = Immutable<z.infer<typeof ModelAliasDeleted>>
