import type { Immutable } from 'immer'
import type { z } from 'zod'
import { Target, targetLimit } from '../../../model/noun/model-alias.ts'
import { Id, Label } from '../../../model/value/id.ts'
import { Instant } from '../../../model/value/instant.ts'
import { listOf } from '../../../model/value/list.ts'
import { type Envelope, message } from '../envelope.ts'

/** An active model alias was created. */
export const ModelAliasCreated = message('ModelAliasCreated', {
  alias: Id,
  description: Label.optional(),
  targets: listOf(Target, targetLimit),
})
export interface ModelAliasCreated extends Envelope, Immutable<z.infer<typeof ModelAliasCreated>> {}

/** The given fields of a model alias changed. A field that is `null` was removed. */
export const ModelAliasUpdated = message('ModelAliasUpdated', {
  alias: Id,
  description: Label.nullable().optional(),
})
export interface ModelAliasUpdated extends Envelope, Immutable<z.infer<typeof ModelAliasUpdated>> {}

/** The targets of a model alias were replaced. */
export const ModelAliasTargetsSet = message('ModelAliasTargetsSet', {
  alias: Id,
  targets: listOf(Target, targetLimit),
})
export interface ModelAliasTargetsSet extends Envelope, Immutable<z.infer<typeof ModelAliasTargetsSet>> {}

/** A model alias was deprecated and retires at `sunsetAt`. Without `successor`, the alias has no successor. */
export const ModelAliasDeprecated = message('ModelAliasDeprecated', {
  alias: Id,
  sunsetAt: Instant,
  successor: Id.optional(),
})
export interface ModelAliasDeprecated extends Envelope, Immutable<z.infer<typeof ModelAliasDeprecated>> {}

/** A model alias was retired. Without `successor`, the alias has no successor. */
export const ModelAliasRetired = message('ModelAliasRetired', {
  alias: Id,
  successor: Id.optional(),
})
export interface ModelAliasRetired extends Envelope, Immutable<z.infer<typeof ModelAliasRetired>> {}

/** A model alias became active again, without a successor. */
export const ModelAliasActivated = message('ModelAliasActivated', { alias: Id })
export interface ModelAliasActivated extends Envelope, Immutable<z.infer<typeof ModelAliasActivated>> {}

/**
 * A model alias was deleted. The alias was also removed from access groups, from scopes, and as the successor of other
 * aliases.
 */
export const ModelAliasDeleted = message('ModelAliasDeleted', { alias: Id })
export interface ModelAliasDeleted extends Envelope, Immutable<z.infer<typeof ModelAliasDeleted>> {}
