import type { Immutable } from 'immer'
import type { z } from 'zod'
import { Target, targetLimit } from '../../../model/noun/model-alias.ts'
import { Id, Label } from '../../../model/value/id.ts'
import { Instant } from '../../../model/value/instant.ts'
import { type Envelope, listOf, message } from '../envelope.ts'

/** An alias was made, active. */
export const ModelAliasCreated = message('ModelAliasCreated', {
  alias: Id,
  description: Label.optional(),
  targets: listOf(Target, targetLimit),
})
export interface ModelAliasCreated extends Envelope, Immutable<z.infer<typeof ModelAliasCreated>> {}

/** What is given changed; `null` cleared. */
export const ModelAliasUpdated = message('ModelAliasUpdated', {
  alias: Id,
  description: Label.nullable().optional(),
})
export interface ModelAliasUpdated extends Envelope, Immutable<z.infer<typeof ModelAliasUpdated>> {}

/** An alias has these targets and no others. */
export const ModelAliasTargetsSet = message('ModelAliasTargetsSet', {
  alias: Id,
  targets: listOf(Target, targetLimit),
})
export interface ModelAliasTargetsSet extends Envelope, Immutable<z.infer<typeof ModelAliasTargetsSet>> {}

/** An alias ends at `sunsetAt`, with this successor or none. */
export const ModelAliasDeprecated = message('ModelAliasDeprecated', {
  alias: Id,
  sunsetAt: Instant,
  successor: Id.optional(),
})
export interface ModelAliasDeprecated extends Envelope, Immutable<z.infer<typeof ModelAliasDeprecated>> {}

/** An alias ended, with this successor or none. */
export const ModelAliasRetired = message('ModelAliasRetired', {
  alias: Id,
  successor: Id.optional(),
})
export interface ModelAliasRetired extends Envelope, Immutable<z.infer<typeof ModelAliasRetired>> {}

/** An alias is in use again, without an end and without a successor. */
export const ModelAliasActivated = message('ModelAliasActivated', { alias: Id })
export interface ModelAliasActivated extends Envelope, Immutable<z.infer<typeof ModelAliasActivated>> {}

/** An alias is gone, from its groups and as a successor too. Restrictions went by events of their own. */
export const ModelAliasDeleted = message('ModelAliasDeleted', { alias: Id })
export interface ModelAliasDeleted extends Envelope, Immutable<z.infer<typeof ModelAliasDeleted>> {}
