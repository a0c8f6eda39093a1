import type { Immutable } from 'immer'
import { z } from 'zod'
import { Target, targetLimit } from '../../../model/noun/model-alias.ts'
import { Id, Label } from '../../../model/value/id.ts'
import { Instant } from '../../../model/value/instant.ts'
import { envelope, listOf } from '../envelope.ts'

/** Makes a public model name with its targets, in the order in which a gateway tries them. */
export const CreateModelAlias = z.strictObject({
  type: z.literal('CreateModelAlias'),
  ...envelope,
  alias: Id,
  description: Label.optional(),
  targets: listOf(Target, targetLimit),
})
export type CreateModelAlias = Immutable<z.infer<typeof CreateModelAlias>>

/** Changes what is given; `description: null` clears it. */
export const UpdateModelAlias = z.strictObject({
  type: z.literal('UpdateModelAlias'),
  ...envelope,
  alias: Id,
  description: Label.nullable().optional(),
})
export type UpdateModelAlias = Immutable<z.infer<typeof UpdateModelAlias>>

/** Replaces the targets of an alias as a whole. */
export const SetModelAliasTargets = z.strictObject({
  type: z.literal('SetModelAliasTargets'),
  ...envelope,
  alias: Id,
  targets: listOf(Target, targetLimit),
})
export type SetModelAliasTargets = Immutable<z.infer<typeof SetModelAliasTargets>>

/** Announces an alias's end at `sunsetAt`. A successor named before stays unless another is given or `null` clears it. */
export const DeprecateModelAlias = z.strictObject({
  type: z.literal('DeprecateModelAlias'),
  ...envelope,
  alias: Id,
  sunsetAt: Instant,
  successor: Id.nullable().optional(),
})
export type DeprecateModelAlias = Immutable<z.infer<typeof DeprecateModelAlias>>

/** Ends an alias at once. A successor named before stays unless another is given or `null` clears it. */
export const RetireModelAlias = z.strictObject({
  type: z.literal('RetireModelAlias'),
  ...envelope,
  alias: Id,
  successor: Id.nullable().optional(),
})
export type RetireModelAlias = Immutable<z.infer<typeof RetireModelAlias>>

/** Takes back a deprecation or a retirement. */
export const ActivateModelAlias = z.strictObject({
  type: z.literal('ActivateModelAlias'),
  ...envelope,
  alias: Id,
})
export type ActivateModelAlias = Immutable<z.infer<typeof ActivateModelAlias>>

/** Deletes an alias; refused while groups, predecessors or restrictions name it, from which `cascade` removes it. */
export const DeleteModelAlias = z.strictObject({
  type: z.literal('DeleteModelAlias'),
  ...envelope,
  alias: Id,
  cascade: z.boolean().optional(),
})
export type DeleteModelAlias = Immutable<z.infer<typeof DeleteModelAlias>>
