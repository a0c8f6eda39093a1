import type { Immutable } from 'immer'
import { z } from 'zod'
import { Id, Label } from '../../model/id.ts'
import { Instant } from '../../model/instant.ts'
import { Target, targetLimit } from '../../model/model-alias.ts'
import { heading, listOf } from '../heading.ts'

/** Makes a public model name with its targets, in the order in which a gateway tries them. */
export const CreateModelAlias = z.strictObject({
  type: z.literal('CreateModelAlias'),
  ...heading,
  alias: Id,
  description: Label.optional(),
  targets: listOf(Target, targetLimit),
})
export type CreateModelAlias = Immutable<z.infer<typeof CreateModelAlias>>

/** Changes what is given; `description: null` clears it. */
export const UpdateModelAlias = z.strictObject({
  type: z.literal('UpdateModelAlias'),
  ...heading,
  alias: Id,
  description: Label.nullable().optional(),
})
export type UpdateModelAlias = Immutable<z.infer<typeof UpdateModelAlias>>

/** Replaces the targets of an alias as a whole. */
export const SetModelAliasTargets = z.strictObject({
  type: z.literal('SetModelAliasTargets'),
  ...heading,
  alias: Id,
  targets: listOf(Target, targetLimit),
})
export type SetModelAliasTargets = Immutable<z.infer<typeof SetModelAliasTargets>>

/** Announces an alias's end at `sunsetAt`. A successor named before stays unless another is given or `null` clears it. */
export const DeprecateModelAlias = z.strictObject({
  type: z.literal('DeprecateModelAlias'),
  ...heading,
  alias: Id,
  sunsetAt: Instant,
  successor: Id.nullable().optional(),
})
export type DeprecateModelAlias = Immutable<z.infer<typeof DeprecateModelAlias>>

/** Ends an alias at once. A successor named before stays unless another is given or `null` clears it. */
export const RetireModelAlias = z.strictObject({
  type: z.literal('RetireModelAlias'),
  ...heading,
  alias: Id,
  successor: Id.nullable().optional(),
})
export type RetireModelAlias = Immutable<z.infer<typeof RetireModelAlias>>

/** Takes back a deprecation or a retirement. */
export const ActivateModelAlias = z.strictObject({
  type: z.literal('ActivateModelAlias'),
  ...heading,
  alias: Id,
})
export type ActivateModelAlias = Immutable<z.infer<typeof ActivateModelAlias>>

/** Deletes an alias; refused while groups, predecessors or restrictions name it, from which `cascade` removes it. */
export const DeleteModelAlias = z.strictObject({
  type: z.literal('DeleteModelAlias'),
  ...heading,
  alias: Id,
  cascade: z.boolean().optional(),
})
export type DeleteModelAlias = Immutable<z.infer<typeof DeleteModelAlias>>
